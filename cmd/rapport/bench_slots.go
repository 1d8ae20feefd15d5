package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/bench"
)

func newBenchSlots() *cobra.Command {
	var o bench.SlotsOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "slots",
		Short: "How long a page waits that asks what to show, while events arrive",
		Long: `How long a page waits that asks what to show, while events arrive.

Every question is about two slots and six actions. It is made durable, folded,
decided, and answered when the choices are durable. Waiting is counted from when a
question was due, so that one that is late makes those after it late too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out = cmd.ErrOrStderr()
			_, err := measured(cmd, asJSON, func(ctx context.Context, binary, dir string) (bench.SlotsResult, error) {
				o.Binary = binary
				return bench.Slots(ctx, dir, o)
			}, printSlots)
			return err
		},
	}
	loadFlags(cmd, &o.Load)
	f := cmd.Flags()
	f.Float64Var(&o.Asks, "asks", 1000, "questions a second")
	f.Float64Var(&o.Rate, "rate", 5000, "events a second beside them; 0: none")
	f.IntVar(&o.Clients, "clients", 64, "pages that ask at once")
	f.DurationVar(&o.Within, "within", time.Second, "for how long a page waits")
	f.DurationVar(&o.Duration, "duration", 20*time.Second, "how long")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func printSlots(out io.Writer, r bench.SlotsResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printRun(w, r.Machine)
	fmt.Fprintf(w, "%d people; fsync of this disk p50 %.2f ms, p99 %.2f ms\n\n", r.People, r.Disk.P50, r.Disk.P99)
	fmt.Fprintf(w, "asked\t%.0f a second of %.0f offered, %d in all, beside %.0f events a second\n", r.Each, r.Offered, r.Asked, r.Rate)
	fmt.Fprintf(w, "waited\tp50 %.1f ms, p99 %.1f ms\n", r.P50, r.P99)
	fmt.Fprintf(w, "fell back\t%d\n", r.FellBack)
	fmt.Fprintf(w, "server\t%.2f cores, peak %.0f MiB\n", r.Server, float64(r.Memory)/(1<<20))
	return w.Flush()
}
