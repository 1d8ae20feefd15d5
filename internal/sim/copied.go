package sim

import (
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/sim/own"
)

// measure is something that people bring: the KPI of a goal.
type measure struct {
	goal     string
	kpi      definition.KPI
	currency string

	plain, name string // of the goal, where goal is a key of a comparison
}

// measuresOf are those of the goals of definitions.
func measuresOf(ws *definition.Workspace) []measure {
	out := make([]measure, len(ws.Goals))
	for i := range ws.Goals {
		out[i] = measure{goal: ws.Goals[i].ID, kpi: ws.Goals[i].KPI, currency: ws.Currency}
	}
	return out
}

// copied is the world of a copy of one's own people.
type copied struct {
	*own.People

	measures []measure
	ledgers  map[string][][]sale // by goal and person
}

var _ world = (*copied)(nil)

func newCopied(p *own.People, measures []measure) *copied {
	w := &copied{People: p, measures: measures, ledgers: map[string][][]sale{}}
	for _, m := range measures {
		w.ledgers[m.goal] = make([][]sale, p.Len())
	}
	return w
}

// Step implements world. What people bring is written down.
func (w *copied) Step(until event.Instant) []event.Event {
	events := w.People.Step(until)
	for i := range events {
		e := &events[i]
		if e.Kind.Own() {
			continue
		}
		for _, m := range w.measures {
			if money, ok := profile.MoneyOf(e, m.kpi, m.currency); ok && money.Currency == m.currency {
				n := w.By(e)
				w.ledgers[m.goal][n] = append(w.ledgers[m.goal][n], sale{e.Time, money.Amount})
			}
		}
	}
	return events
}

// Receive implements world.
func (w *copied) Receive(l Letter, at event.Instant) bool {
	return w.People.Receive(own.Letter{Person: l.person, Delivery: l.Delivery, Channel: l.Channel, Action: l.action}, at)
}

func (w *copied) states() (names []string, nobody int) { return own.States(), own.Left }
func (w *copied) size() int                            { return w.Len() }
func (w *copied) name(n int) string                    { return w.Name(n) }
func (w *copied) at(n int) (int, uint64, bool)         { return w.State(n), w.Letters(n), true }
func (w *copied) records(n int) []person.ID            { return []person.ID{w.ID(n)} }
func (w *copied) number(p *profile.Person) (int, bool) { return w.Number(p.ID) }
func (w *copied) alone() world                         { return newCopied(w.Alone(), w.measures) }

// life adds up what was brought for the first goal.
func (w *copied) life(n int) (spells []spell, sum event.Micros) {
	for _, s := range w.Spells(n) {
		spells = append(spells, spell{s.At, state(s.State)}) //nolint:gosec // one of a few
	}
	if len(w.measures) > 0 {
		for _, s := range w.ledgers[w.measures[0].goal][n] {
			sum += s.amount
		}
	}
	return spells, sum
}

func (w *copied) earned(n int, goal string, from, until event.Instant) (sum event.Micros) {
	for _, s := range w.ledgers[goal][n] {
		if s.at > from && s.at <= until {
			sum += s.amount
		}
	}
	return sum
}
