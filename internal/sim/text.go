package sim

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d days with seed %d: %d events of %d people (%d turned up), %d journal records\n", r.Days, r.Seed, r.Events, r.People, r.Turned, r.Records)
	list := func(what string, counts []Count) {
		fmt.Fprintf(&b, "%-9s", what)
		for i, c := range counts {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s %d", c.What, c.N)
		}
		b.WriteString("\n")
	}
	list("stages", r.Stages)
	list("hidden", r.Hidden)
	list("receipts", r.Told)
	list("held", r.Held)
	for _, g := range r.Goals {
		fmt.Fprintf(&b, "goal %s: %d joined (%d treated, %d in its holdout, %d in the global one), %d choices, %d of them silence, %d sent, %d held back\n",
			g.Goal, g.Joined, g.Treated, g.GoalHoldout, g.GlobalHoldout, g.Chosen, g.Silent, g.Sent, g.Held)
		if g.Missing != "" {
			fmt.Fprintf(&b, "  lift: %s\n", g.Missing)
		} else {
			fmt.Fprintf(&b, "  lift: %+.2f a person (%+.2f to %+.2f)\n", g.Lift, g.Low, g.High)
		}
		if g.Truth.People > 0 {
			fmt.Fprintf(&b, "  truth: %+.2f a person (standard error %.2f): %.2f as it was, %.2f had there been no letters\n",
				g.Truth.Effect, g.Truth.StandardError, g.Truth.Lived, g.Truth.Untouched)
		}
	}
	fmt.Fprintf(&b, "journal %s\nstate   %s\n", r.Journal, r.State)
	_, err := io.WriteString(w, b.String())
	return err
}
