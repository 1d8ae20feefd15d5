package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/bench"
)

func newBenchDeliver() *cobra.Command {
	var o bench.DeliverOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "deliver",
		Short: "How fast personalised e-mails go out, and what kill -9 half-way does to them",
		Long: `How fast personalised e-mails go out, and what kill -9 half-way does to them.

A server comes to know --people while its mail server answers nobody, so that a
letter for each waits in the outbox; then the mail server answers. What is measured
is all that follows: the gate at send time, Liquid and Markdown, the durable grant,
the letter in HTML and text, SMTP, and the receipt, each event folded. The mail
server is a part of this process and keeps nothing.

With --kill it is done again, the server is killed when half has come and started
again, and everything that it chose to send is held against everything that came.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out = cmd.ErrOrStderr()
			res, err := measured(cmd, asJSON, func(ctx context.Context, binary, dir string) (bench.DeliverResult, error) {
				o.Binary = binary
				return bench.Deliver(ctx, dir, o)
			}, printDeliver)
			if err == nil && !res.Kept() {
				err = errors.New("a promise was broken: see the counts above")
			}
			return err
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.People, "people", 20_000, "people who get a letter each")
	f.IntVar(&o.Concurrency, "concurrency", 0, "letters asked for or under way at once; 0: as serve has it")
	f.BoolVar(&o.DKIM, "dkim", true, "sign the letters, by RSA with 2,048 bits")
	f.BoolVar(&o.Kill, "kill", true, "do it again, and kill the server half-way")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func printDeliver(out io.Writer, r bench.DeliverResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	signed := "not signed"
	if r.DKIM {
		signed = "signed by DKIM (RSA, 2,048 bits)"
	}
	printRun(w, r.Machine)
	fmt.Fprintf(w, "%d letters of %.0f bytes, %s, at most %d under way, over %d connections\n\n", r.Letters, r.BytesEach, signed, r.Concurrency, r.Connections)
	fmt.Fprint(w, "\tletters/s\tCPU µs a letter\tmemory at most\t\n")
	fmt.Fprintf(w, "rapport\t%.0f\t%.0f\t%d MB\t\n", r.PerSecond, r.Server, r.Memory/1_000_000)
	fmt.Fprintf(w, "listmonk, measured on another day\t%d\t%d\t%s\t\n", bench.ListmonkPerSecond, bench.ListmonkMicros, bench.ListmonkMemory)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nbefore that: %.0f µs for each person who became known and was decided about\n", r.Decided)
	if k := r.Killed; k != nil {
		fmt.Fprintf(out, "kill -9 after %d of %d letters, ready again after %.1f s: %d lost, %d repeated, %d unknown of which %d came\n",
			k.AtKill, k.Chosen, k.Ready, k.Lost, k.Repeated, k.Unknown, k.UnknownReceived)
		fmt.Fprintf(out, "listmonk, killed likewise in three runs, never mailed %s\n", bench.ListmonkLost)
	}
	return nil
}
