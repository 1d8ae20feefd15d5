package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/rehearsal"
	"github.com/rapporthq/rapport/internal/sim"
)

// ownAsk is a rehearsal of a server's own people.
type ownAsk struct {
	rehearsal.Ask

	url    string
	draft  string
	asJSON bool
}

// rehearseOwn has a server rehearse a copy of its people, and waits for the end.
func rehearseOwn(cmd *cobra.Command, ask ownAsk) error {
	ask.Copy = true
	if ask.draft != "" {
		yaml, _, err := app.ReadDefinitions(ask.draft)
		if err != nil {
			return err
		}
		ask.Draft = string(yaml)
	}
	admin := newAdmin(ask.url)
	var begun rehearsal.Rehearsal
	if err := admin.call(cmd.Context(), http.MethodPost, "/api/v1/rehearsals", ask.Ask, &begun); err != nil {
		return err
	}
	bar := dayBar(cmd.ErrOrStderr(), begun.Ask.Days)
	var page rehearsal.FramePage
	var last sim.Frame
	for days := 0; ; {
		if err := admin.call(cmd.Context(), http.MethodGet, fmt.Sprintf("/api/v1/rehearsals/%s/frames?wait=true&after=%d", begun.ID, days), nil, &page); err != nil {
			return err
		}
		days += len(page.Frames)
		_ = bar.Set(days) // a bar that cannot be drawn is no error
		for _, f := range page.Frames {
			if f.Measured {
				last = f
			}
		}
		if c := page.Rehearsal.Condition; c == rehearsal.Failed || c == rehearsal.Stopped {
			return errors.New("the rehearsal " + string(c) + ": " + page.Rehearsal.Error)
		}
		if page.Rehearsal.Condition == rehearsal.Over && days >= page.Rehearsal.Frames {
			break
		}
	}
	if ask.asJSON {
		return writeJSON(cmd.OutOrStdout(), rehearsal.FramePage{Rehearsal: page.Rehearsal, Frames: []sim.Frame{last}})
	}
	return writeOwn(cmd.OutOrStdout(), *page.Rehearsal.Cast, last)
}

func writeOwn(out io.Writer, cast sim.Cast, f sim.Frame) error {
	fmt.Fprintf(out, "%d of %d people, as they were at %s, rehearsed for %d days: %d events, %d letters\n", cast.People, cast.Own.Of, cast.Own.As, f.Day, f.Events, f.Sent)
	fmt.Fprintf(out, "\nThe truth of this rehearsal is an assumption (answers: %s):\n", cast.Own.Answers)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, b := range cast.Own.Basis {
		how := "seen"
		if b.Assumed {
			how = "assumed"
		}
		value := ""
		if b.Share {
			value = fmt.Sprintf("%.1f %% (%.1f to %.1f)", 100*b.Value, 100*b.Low, 100*b.High)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", how, b.What, value, b.Words)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	writeGoals(out, "in force", f.Goals)
	if f.Beside != nil {
		writeGoals(out, "draft", f.Beside.Goals)
		fmt.Fprintf(out, "\nThe same %d people under both, draft less in force, a person:\n", cast.People)
		for _, c := range f.Compared {
			fmt.Fprintf(out, "  %s: %+.2f (%+.2f to %+.2f), %.2f beside %.2f; %d people brought the same under both\n", c.Name, c.Difference, c.Low, c.High, c.Others, c.These, c.Alike)
		}
	}
	return nil
}

func writeGoals(out io.Writer, which string, goals []sim.GoalReport) {
	for _, g := range goals {
		fmt.Fprintf(out, "%s, goal %s: %d under it, %d sent, %d held back; ", which, g.Goal, g.Joined, g.Sent, g.Held)
		if g.Missing != "" {
			fmt.Fprintf(out, "lift: %s", g.Missing)
		} else {
			fmt.Fprintf(out, "lift %+.2f a person (%+.2f to %+.2f)", g.Lift, g.Low, g.High)
		}
		if g.Truth.People > 0 {
			fmt.Fprintf(out, "; truth %+.2f", g.Truth.Effect)
		}
		fmt.Fprintln(out)
	}
}
