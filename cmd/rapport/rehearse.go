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
	var asJSON, ownPeople bool
	var ask ownAsk
	cmd := &cobra.Command{
		Use:   "rehearse",
		Short: "Let the engine work on a simulated company, on a virtual clock",
		Long: `Let the engine work on a simulated company, on a virtual clock. The same seed gives
the same bytes: the report ends with the hashes of the journal and of the state.

With --own a running server rehearses a copy of its own people as they are now, drawn
by the seed, under the definitions in force and, with --draft, beside others. Nothing
of it reaches a channel, the journal or the state. How they go on is fitted to what
they have really done; what rests on an assumption is printed. The admin token is read
from RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if ownPeople {
				ask.Seed, ask.Days, ask.asJSON = o.Seed, o.Days, asJSON
				if cmd.Flags().Changed("people") {
					ask.People = o.People
				}
				return rehearseOwn(cmd, ask)
			}
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
	f.IntVar(&o.People, "people", 2000, "people of the company; with --own, at most so many of your own")
	f.IntVar(&o.Days, "days", 180, "virtual days")
	f.BoolVar(&o.Check, "check", false, "hold every day against the promises of the engine")
	f.BoolVar(&ownPeople, "own", false, "rehearse a copy of a running server's own people")
	f.StringVar(&ask.url, "url", "http://127.0.0.1:8700", "with --own: the running server")
	f.StringVar(&ask.draft, "draft", "", "with --own: a file or folder of other definitions, to compare with")
	f.StringVar(&ask.Answers, "answers", "middle", "with --own: which end of what is unsure about letters to assume: low, middle, high")
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
