package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/sim"
)

func newDemo() *cobra.Command {
	var o app.DemoOptions
	var level string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Serve a simulated company that lives at a day a second",
		Long: `Serve a simulated company that lives at a day a second. Its first months are lived
at once, so that the first page is already alive. Nothing is kept, nothing leaves
this machine, and there is nothing to sign in to.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logger(level, "text")
			if err != nil {
				return err
			}
			bar := dayBar(cmd.ErrOrStderr(), o.Days)
			o.Progress = func(p sim.Progress) { _ = bar.Set(p.Day) } // a progress bar that cannot be drawn is no error
			o.Out, o.Logger = cmd.OutOrStdout(), log
			fmt.Fprintf(o.Out, "A shop of %d people is living its first %d days.\n", o.People, o.Days)
			o.Ready = func(string) {
				fmt.Fprintln(o.Out, "It lives on at a day a second. Open the address in a browser; stop with Ctrl-C.")
			}
			o.Answerer, o.Player, o.Trainer = answerer(), player(), trainer()
			return app.Demo(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Listen, "listen", "127.0.0.1:8700", "address of the HTTP server, on loopback")
	f.Uint64Var(&o.Seed, "seed", 1, "decides the company")
	f.IntVar(&o.People, "people", 3000, "people of the company")
	f.IntVar(&o.Days, "days", 240, "days lived before the page opens")
	f.Float64Var(&o.Speed, "speed", 86400, "virtual seconds a second")
	f.StringVar(&level, "log", "warn", "log level: debug, info, warn or error")
	return cmd
}
