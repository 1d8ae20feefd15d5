package definition

import (
	"fmt"
	"slices"
	"strings"
)

// What steps of conversations and of journeys have in common: each has an id, does one
// thing, and leads to others by their ids.

// stepID reads the id of the step at a place; without one it is step-N.
func stepID(o *object, i int) string {
	if at := o.take("id"); !at.absent() {
		return at.id()
	}
	return fmt.Sprintf("step-%d", i+1)
}

// theOne takes what a step does, and reports where it does nothing or several things:
// then ok is false, and the kind is the last of them.
func theOne[K ~string](o *object, kinds []K) (kind K, how value, ok bool) {
	names := make([]string, len(kinds))
	found := 0
	for i, k := range kinds {
		names[i] = string(k)
		if v := o.take(string(k)); !v.absent() {
			kind, how = k, v
			found++
		}
	}
	switch {
	case found == 0 && o.isMap():
		o.problem("does nothing", "write one of: "+strings.Join(names, ", "))
	case found > 1:
		o.problem("does several things", "make a step of each")
	}
	return kind, how, found == 1
}

// ways are the names by which steps lead to others.
type ways struct{ named []placed }

type placed struct {
	at value
	to string
}

// leads reads the name of a step, which may come later.
func (w *ways) leads(v value) string {
	to := strings.TrimSpace(v.text())
	w.named = append(w.named, placed{v, to})
	return to
}

// check reports the names that no step has.
func (w *ways) check(steps []string) {
	for _, n := range w.named {
		if !slices.Contains(steps, n.to) {
			n.at.oneKnown("step", steps)
		}
	}
}
