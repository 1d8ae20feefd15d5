package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/bench"
)

func newBenchSegments() *cobra.Command {
	var o bench.SegmentsOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "segments",
		Short: "What it costs to count a rule while it is written, to keep segments up, and to compute them anew",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out = func(s string) { fmt.Fprintln(cmd.ErrOrStderr(), s) }
			return inScratch(func(dir string) error {
				r, err := bench.Segments(cmd.Context(), dir, o)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), r)
				}
				printSegments(cmd.OutOrStdout(), &r)
				return nil
			})
		},
	}
	loadFlags(cmd, &o.Load)
	cmd.Flags().Lookup("known").Hidden = true // everybody is
	cmd.Flags().IntVar(&o.Previews, "previews", 200, "rules that are counted")
	cmd.Flags().StringVar(&o.Profile, "profile", "", "write a processor profile of the previews to this file")
	cmd.Flags().BoolVar(&o.Postgres, "postgres", false, "ask a PostgreSQL the same, of the same events in a table with two indexes")
	cmd.Flags().BoolVar(&o.NoSweep, "no-sweep", false, "do not compute everybody anew, which takes the longest")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func printSegments(w io.Writer, r *bench.SegmentsResult) {
	fmt.Fprintln(w, r.Machine)
	fmt.Fprintf(w, "%d people, %d events\n", r.People, r.Events)
	fmt.Fprintf(w, "first answer, by %d people: %.0f ms; columns of everybody after %.1f s, %d MB of memory\n", r.FirstLooked, r.First.Max, r.FillSeconds, r.ColumnBytes>>20)
	fmt.Fprintf(w, "count and sample, exact:            p50 %8.1f ms   p99 %8.1f ms   most %8.1f ms   %.1f ms of processor\n", r.Preview.P50, r.Preview.P99, r.Preview.Max, r.PreviewCPU)
	printAsked(w, r.Rows)
	if r.Sweep.Seconds > 0 {
		fmt.Fprintf(w, "everybody computed anew:            %8.1f s, %.0f people/s, %.0f µs of processor each\n", r.Sweep.Seconds, r.Sweep.PerSecond, r.Sweep.CPUMicros)
	}
	fmt.Fprintf(w, "an event folded with four segments: %8.1f µs of processor, without any %.1f µs\n", r.With, r.Without)
	fmt.Fprintf(w, "resident: %d MB\n", r.ResidentMB)
	if p := r.Postgres; p != nil {
		fmt.Fprintf(w, "PostgreSQL %s\ncount and sample:                   p50 %8.1f ms   p99 %8.1f ms   most %8.1f ms\n", p.Version, p.Preview.P50, p.Preview.P99, p.Preview.Max)
		printAsked(w, p.Rows)
		fmt.Fprintf(w, "the four segments computed anew:    %8.1f s\n", p.Recompute)
		fmt.Fprintf(w, "counts that agree: %d; that differ: %d\n", p.Agree, p.Differ)
	}
}

func printAsked(w io.Writer, rows []bench.Asked) {
	for _, a := range rows {
		fmt.Fprintf(w, "  p50 %8.1f ms  %8d people  %s\n", a.Preview.P50, a.People, a.Rule)
	}
}
