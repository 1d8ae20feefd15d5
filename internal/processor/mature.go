package processor

import (
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
		l.grow(engine.ActionKey(m.Goal, m.Action), one)
	}
	l.dirty, p.dirty = true, true
}

// grow adds to what is known of an arm.
func (l *lessons) grow(key string, more decide.Mature) {
	at, found := slices.BinarySearchFunc(l.stored.Matured, key, func(r event.MatureRow, key string) int { return strings.Compare(r.Key, key) })
	if !found {
		l.stored.Matured = slices.Insert(l.stored.Matured, at, event.MatureRow{Key: key})
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

// told is what all arms say together.
func (l *lessons) told() decide.Told {
	arms := make([]decide.Mature, len(l.stored.Matured))
	for i, r := range l.stored.Matured {
		arms[i] = decide.MatureOf(r.Sums)
	}
	return decide.Trust(arms)
}
