package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/bench"
)

func newBenchPages() *cobra.Command {
	var o bench.PagesOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "pages",
		Short: "How long the console's pages wait for what they show",
		Long: `How long the console's pages wait for what they show.

A data folder is filled with people who did something in the last two months, and
served by a process of its own. Each page's questions are asked at once, as the
console asks them, and counted until the last answer has come. What the browser
draws of it is not in these figures.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out = cmd.ErrOrStderr()
			_, err := measured(cmd, asJSON, func(ctx context.Context, binary, dir string) (bench.PagesResult, error) {
				o.Binary = binary
				return bench.Pages(ctx, dir, o)
			}, printPages)
			return err
		},
	}
	loadFlags(cmd, &o.Load)
	f := cmd.Flags()
	f.IntVar(&o.Rounds, "rounds", 30, "in which each page is asked once")
	f.Float64Var(&o.Rate, "rate", 0, "events a second that arrive meanwhile; 0: none")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func printPages(out io.Writer, r bench.PagesResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printRun(w, r.Machine)
	fmt.Fprintf(w, "%d people, %d events, %.0f a second meanwhile; read once after %.0f s, %.0f s old at the end; %.0f MiB\n\n",
		r.People, r.Events, r.Rate, r.Gather, r.Age, float64(r.Memory)/(1<<20))
	fmt.Fprint(w, "milliseconds\tfirst\tp50\tp99\tmost\tKiB\n")
	for _, p := range r.Pages {
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\n", p.Page, p.First, p.P50, p.P99, p.Max, float64(p.Bytes)/1024)
	}
	return w.Flush()
}
