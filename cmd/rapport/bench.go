package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/bench"
)

func newBench() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure this machine, and try to break the server on it",
		Long: `Measure this machine, and try to break the server on it.

Without a subcommand it measures a little of everything and prints one table, with
the machine, the date and the command of each line. That takes about two minutes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tendHeap(cmd.Context())
			return benchTable(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.AddCommand(newBenchIngest(), newBenchLoad(), newBenchFold(), newBenchSegments(), newBenchCrash(), newBenchModels(), newBenchDecide(), newBenchProve(), newBenchDeliver(), newBenchSlots(), newBenchPages())
	return cmd
}

func loadFlags(cmd *cobra.Command, l *bench.Load) {
	f := cmd.Flags()
	f.IntVar(&l.Events, "events", 500_000, "events")
	f.IntVar(&l.People, "people", 50_000, "people they are of")
	f.IntVar(&l.Groups, "groups", 2, "goroutines that fold")
	f.Uint64Var(&l.Seed, "seed", 1, "seed of the made-up shoppers")
	f.BoolVar(&l.Known, "known", false, "let everybody be known before: an identify and a view each, not measured")
	f.Float64Var(&l.Zipf, "zipf", 0, "exponent, above 1, by which some people do more than others; 0: all the same")
}

func newBenchFold() *cobra.Command {
	var l bench.Load
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "fold",
		Short: "How fast a journal becomes people",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return inScratch(func(dir string) error {
				tendHeap(cmd.Context())
				r, err := bench.Fold(cmd.Context(), dir, l)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), r)
				}
				w := cmd.OutOrStdout()
				fmt.Fprintln(w, r.Machine)
				fmt.Fprintf(w, "%d events of %d people folded by %d groups in %.1f s\n", r.Events, r.People, r.Groups, r.Seconds)
				fmt.Fprintf(w, "  %8.0f events/s   %.1f µs of processor an event   %.0f bytes an event on disk\n", r.PerSecond, r.CPUMicros, r.BytesPerEvent)
				return nil
			})
		},
	}
	loadFlags(cmd, &l)
	cmd.Flags().StringVar(&l.Profile, "profile", "", "write a processor profile of what is measured to this file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func newBenchCrash() *cobra.Command {
	var o bench.CrashOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "crash",
		Short: "kill -9 a serving process again and again under load, and count what was lost or sent twice",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return inScratch(func(dir string) error {
				var err error
				if o.Binary, err = os.Executable(); err != nil {
					return err
				}
				o.Dir, o.Out = dir, cmd.ErrOrStderr()
				r, err := bench.Crash(cmd.Context(), o)
				if err != nil {
					return err
				}
				if err := writeJSON(cmd.OutOrStdout(), r); err != nil {
					return err
				}
				if !r.Kept() {
					return errors.New("a promise was broken: see the counts above")
				}
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&o.Runs, "runs", 100, "how often it is killed")
	cmd.Flags().IntVar(&o.Clients, "clients", 4, "clients that send all the time")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "seed of the moments")
	cmd.Flags().BoolVar(&asJSON, "json", true, "print the result as JSON, the only form there is")
	return cmd
}

// measured measures in a folder that is gone afterwards, by processes of the binary,
// and writes what came out.
func measured[T any](cmd *cobra.Command, asJSON bool, measure func(ctx context.Context, binary, dir string) (T, error), write func(io.Writer, T) error) (res T, err error) {
	binary, err := os.Executable()
	if err != nil {
		return res, err
	}
	tendHeap(cmd.Context())
	err = inScratch(func(dir string) error {
		if res, err = measure(cmd.Context(), binary, dir); err != nil {
			return err
		}
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), res)
		}
		return write(cmd.OutOrStdout(), res)
	})
	return res, err
}

// printRun writes where and how something was measured.
func printRun(w io.Writer, m bench.Machine) {
	fmt.Fprintf(w, "%s\nrapport %s\n", m, strings.Join(os.Args[1:], " "))
}

// inScratch gives run a folder that is gone afterwards.
func inScratch(run func(dir string) error) error {
	dir, err := os.MkdirTemp("", "rapport-bench-*")
	if err != nil {
		return err
	}
	err = run(dir)
	if errors.Is(err, context.Canceled) {
		err = context.Canceled
	}
	return errors.Join(err, os.RemoveAll(dir))
}
