package processor

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
)

// How far states are trusted is told from choices of which half a year has passed: each
// partition adds up what came of them, by arm, and tells it with all else that it learned.

// mature notes what came of choices in half a year.
func (g *group) mature(p *part, of []engine.Matured) {
	if len(of) == 0 || p.env.Learned == nil {
		return
	}
	l := g.lessonsOf(p)
	for _, m := range of {
		var one decide.Mature
		one.Add(m.Gain, m.Before, m.Later)
		l.grow(m.Model, engine.ActionKey(m.Goal, m.Action), one)
	}
	l.dirty, p.dirty = true, true
}

// grow adds to what is known of an arm under a state model.
func (l *lessons) grow(model, key string, more decide.Mature) {
	row := event.MatureRow{Key: key, Model: model}
	at, found := slices.BinarySearchFunc(l.stored.Matured, row, func(a, b event.MatureRow) int {
		return cmp.Or(strings.Compare(a.Model, b.Model), strings.Compare(a.Key, b.Key))
	})
	if !found {
		l.stored.Matured = slices.Insert(l.stored.Matured, at, row)
	}
	sums := decide.MatureOf(l.stored.Matured[at].Sums)
	sums.Merge(more)
	l.stored.Matured[at].Sums = sums.Sums()
}

// wane forgets a part of it, as of all that was learned.
func (l *lessons) wane(keep float64) {
	for i := range l.stored.Matured {
		for j := range l.stored.Matured[i].Sums {
			l.stored.Matured[i].Sums[j] *= keep
		}
	}
}

// told is what all arms say together of each state model. Where an older one comes
// into force again its evidence is there.
func (l *lessons) told() map[string]decide.Told {
	arms := map[string][]decide.Mature{}
	for _, r := range l.stored.Matured {
		if r.Model != "" { // before each model had its own
			arms[r.Model] = append(arms[r.Model], decide.MatureOf(r.Sums))
		}
	}
	out := map[string]decide.Told{}
	for model, of := range arms {
		out[model] = decide.Trust(of)
	}
	return out
}
