package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/bench"
)

func newBenchIngest() *cobra.Command {
	var o bench.IngestOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ingest",
		Short: "How fast events become durable and then people, beside PostgreSQL's COPY",
		Long: `How fast events become durable and then people, beside PostgreSQL's COPY.

The server, the load generator and PostgreSQL are processes of their own, so that
the processor time of each can be told. A burst of --events is sent as fast as
answers come. With --duration an even load follows, and it is told whether the
lag of the fold stays flat and how long an event takes to be seen on its person's
page. Figures of a machine that does other things are to be compared within a run.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out = cmd.ErrOrStderr()
			_, err := measured(cmd, asJSON, func(ctx context.Context, binary, dir string) (bench.IngestResult, error) {
				o.Binary = binary
				return bench.Ingest(ctx, dir, o)
			}, printIngest)
			return err
		},
	}
	loadFlags(cmd, &o.Load)
	f := cmd.Flags()
	f.IntVar(&o.Clients, "clients", 8, "clients that send at once")
	f.IntVar(&o.Batch, "batch", 100, "events a request, and rows a transaction")
	f.DurationVar(&o.Duration, "duration", 0, "length of an even load after the burst; 0: none")
	f.Float64Var(&o.Rate, "rate", 0, "events a second of the even load; 0: nine tenths of what the burst gave end to end")
	f.BoolVar(&o.Door, "door", true, "measure ingest by itself first, on a server that folds nothing: in batches, and one event a request")
	f.BoolVar(&o.Restart, "restart", false, "measure a start after a clean stop, and after kill -9 under load")
	f.BoolVar(&o.Replay, "replay", false, "measure folding the whole journal again")
	f.BoolVar(&o.Postgres, "postgres", false, "measure PostgreSQL too, started for the purpose with fsync on")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// newBenchLoad is the load generator of bench ingest, which starts it.
func newBenchLoad() *cobra.Command {
	var o bench.LoadOptions
	cmd := &cobra.Command{
		Use: "load", Short: "Send made-up events to a server", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			res, err := bench.Send(cmd.Context(), o)
			if err != nil {
				return err
			}
			return writeJSON(cmd.OutOrStdout(), res)
		},
	}
	loadFlags(cmd, &o.Load)
	f := cmd.Flags()
	f.StringVar(&o.URL, "url", "", "of the server")
	f.IntVar(&o.Clients, "clients", 8, "clients that send at once")
	f.IntVar(&o.Batch, "batch", 100, "events a request")
	f.Float64Var(&o.Rate, "rate", 0, "events a second; 0: as fast as answers come")
	f.DurationVar(&o.Duration, "duration", 0, "how long; 0: until all events were sent")
	return cmd
}

func printIngest(out io.Writer, r bench.IngestResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printRun(w, r.Machine)
	fmt.Fprintf(w, "%d people, events of %.0f bytes, %d clients, %d a request; fsync of this disk p50 %.2f ms, p99 %.2f ms\n\n",
		r.People, r.Burst.BytesEach, r.Clients, r.Batch, r.Disk.P50, r.Disk.P99)
	fmt.Fprint(w, "\tevents/s\tCPU µs: server\tclients\trequest p50\tp99\t\n")
	if r.Door != nil {
		printPhase(w, "nothing folded, acknowledged", *r.Door, r.Door.PerSecond)
		printPhase(w, "nothing folded, one a request", *r.Single, r.Single.PerSecond)
	}
	printPhase(w, "burst, acknowledged", r.Burst, r.Burst.PerSecond)
	fmt.Fprintf(w, "burst, folded too\t%.0f\t\t\t\t\t\n", r.Burst.EndToEnd)
	if s := r.Sustained; s != nil {
		printPhase(w, fmt.Sprintf("even, %.0f offered", s.Rate), *s, s.PerSecond)
		fmt.Fprintf(w, "even, folded too\t%.0f\t\t\t\t\t\n", s.EndToEnd)
	}
	if p := r.Postgres; p != nil {
		fmt.Fprintf(w, "PostgreSQL %s, COPY, two indexes, fsync\t%.0f\t%.1f\t%.1f\t\t\t\n", p.Version, p.PerSecond, p.ServerMicros, p.CPUMicros-p.ServerMicros)
	}
	if r.Replay != nil {
		fmt.Fprintf(w, "replay from the beginning\t%.0f\t\t\t\t\t\n", r.Replay.PerSec)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if s := r.Sustained; s != nil {
		flat := "not flat"
		if s.Lag.Flat {
			flat = "flat"
		}
		fmt.Fprintf(out, "\nlag under the even load: %s: %+.0f ± %.0f events a second; %d at most, %d at the end\n", flat, s.Lag.Slope, s.Lag.Within, s.Lag.Most, s.Lag.Last)
		fmt.Fprintf(out, "on the person's page: p50 %.0f ms, p99 %.0f ms after sending (%d events looked for)\n", s.Visible50, s.Visible99, s.Visible)
	}
	fmt.Fprintf(out, "\nserver's memory at most %d MiB", r.Memory>>20)
	if r.Restarts != nil {
		fmt.Fprintf(out, "; ready %.1f s after a clean stop; after kill -9 under load serving in %.1f s, %d events behind, and ready in %.1f s",
			r.Restarts.Clean, r.Restarts.Serving, r.Restarts.Behind, r.Restarts.Killed)
	}
	if r.Replay != nil {
		fmt.Fprintf(out, "; replay gives the same state: %t", r.Replay.Same)
	}
	fmt.Fprintln(out)
	return nil
}

func printPhase(w io.Writer, name string, p bench.Phase, rate float64) {
	fmt.Fprintf(w, "%s\t%.0f\t%.1f\t%.1f\t%.1f ms\t%.1f ms\t\n", name, rate, p.Server, p.Clients, p.Load.P50, p.Load.P99)
}
