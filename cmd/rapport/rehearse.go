package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/rapporthq/rapport/internal/rehearsal"
	"github.com/rapporthq/rapport/internal/sim"
)

func newRehearse() *cobra.Command {
	var o sim.RehearseOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rehearse",
		Short: "Let the engine work on a simulated company, on a virtual clock",
		Long: `Let the engine work on a simulated company, on a virtual clock. The same seed gives
the same bytes: the report ends with the hashes of the journal and of the state.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rehearsal.Collect()
			bar := dayBar(cmd.ErrOrStderr(), o.Days)
			o.Progress = func(p sim.Progress) { _ = bar.Set(p.Day) } // a progress bar that cannot be drawn is no error
			r, err := sim.Rehearse(cmd.Context(), o)
			if err != nil {
				return fmt.Errorf("%w\nrepeat it with: rapport rehearse --company %s --seed %d --people %d --days %d", err, o.Kind, o.Seed, o.People, o.Days)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r.Report)
			}
			return r.Report.WriteText(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&o.Seed, "seed", 1, "decides everything")
	f.StringVar(&o.Kind, "company", "shop", "what it does for a living: "+strings.Join(sim.Kinds(), ", "))
	f.IntVar(&o.People, "people", 2000, "people of the company")
	f.IntVar(&o.Days, "days", 180, "virtual days")
	f.BoolVar(&o.Check, "check", false, "hold every day against the promises of the engine")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// dayBar is silent where nobody watches.
func dayBar(w io.Writer, days int) *progressbar.ProgressBar {
	f, ok := w.(*os.File)
	watched := ok && term.IsTerminal(int(f.Fd()))
	return progressbar.NewOptions(days,
		progressbar.OptionSetVisibility(watched), progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("living"), progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(), progressbar.OptionSetItsString("days"), progressbar.OptionShowIts(),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
}
