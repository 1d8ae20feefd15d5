package definition_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rapporthq/rapport/internal/definition"
)

// experimentsCase compiles definitions and prints what each arm of each experiment
// may do.
func experimentsCase(t *testing.T, input string) string {
	t.Helper()
	w, err := definition.Compile([]byte(completed(input)))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for i := range w.Experiments {
		e := &w.Experiments[i]
		fmt.Fprintf(&b, "%s %q: %v, %s, for %s, effect %g, alpha %g", e.ID, e.Name, e.Goals, e.Assignment, e.Within, e.Stop.Effect, e.Stop.Alpha)
		for _, at := range []struct {
			what string
			at   interface{ String() string }
			is   bool
		}{{"from", e.Begin, e.Begin != 0}, {"until", e.Stop.End, e.Stop.End != 0}, {"ended", e.Ended, e.Ended != 0}} {
			if at.is {
				fmt.Fprintf(&b, ", %s %s", at.what, at.at)
			}
		}
		if e.Winner != "" {
			fmt.Fprintf(&b, ", won by %s", e.Winner)
		}
		b.WriteString("\n")
		for k, share := range e.Shares() {
			a := &e.Arms[k]
			fmt.Fprintf(&b, "  %s %q: %.3g of people, %s %s, may do", a.ID, a.Name, share, a.Policy, a.Best)
			for _, id := range e.Goals {
				g, _ := w.Goal(id)
				for _, action := range g.Actions {
					for _, m := range action.Messages {
						if a.Allows(id, action.ID, m.ID) {
							fmt.Fprintf(&b, " %s/%s/%s", id, action.ID, m.ID)
						}
					}
				}
			}
			b.WriteString("\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
