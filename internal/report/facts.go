package report

import (
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// facts are what the loop counts besides walks over the map, of everybody and all
// the time, so that any period can be counted without reading histories again.
type facts struct {
	ws    *definition.Workspace
	kpi   *definition.KPI // of the value feature; nil without one
	since event.Instant   // what is older is not kept

	all   []fact
	ends  []int           // by place in the atlas
	first []event.Instant // when each was first seen
}

// fact is one of them.
type fact struct {
	at     event.Instant
	amount event.Micros // of value
	from   int16        // of a move: the stage's place in the map; -1 is none
	kind   factKind
}

type factKind uint8

const (
	moved  factKind = iota // to another stage
	valued                 // an amount of the value feature came
	silent                 // silence was chosen
	sent                   // something was sent
	held                   // something was held or stopped
)

func newFacts(ws *definition.Workspace, since event.Instant) facts {
	f := facts{ws: ws, since: since}
	for i := range ws.Features {
		if x := &ws.Features[i]; x.Aggregate == definition.Sum && !x.Plain && x.Within == 0 {
			f.kpi = &definition.KPI{Events: x.Events, Property: x.Property, Less: x.Less, LessOf: x.LessOf}
			break
		}
	}
	return f
}

// see notes an event of the person at hand, which is choice where it is one that can
// be read. A body that cannot be read is left out: the fold refused it too.
func (f *facts) see(e *event.Event, choice *choiceFact) {
	if e.Time < f.since {
		return
	}
	x := fact{at: e.Time}
	switch e.Kind {
	case event.StageMoved:
		b, err := event.Unpack[event.StageBody](*e)
		if err != nil {
			return
		}
		_, i := f.ws.Map.Stage(b.From)
		x.kind, x.from = moved, int16(i) //nolint:gosec // a map has fewer than 32,768 stages
	case event.Track:
		if f.kpi == nil {
			return
		}
		m, ok := profile.MoneyOf(e, *f.kpi, f.ws.Currency)
		if !ok || m.Currency != f.ws.Currency {
			return
		}
		x.kind, x.amount = valued, m.Amount
	case event.Choice:
		if choice == nil || choice.Candidates[choice.Chosen].Action != event.Silence {
			return
		}
		x.kind = silent
	case event.Receipt:
		b, err := event.Unpack[event.ReceiptBody](*e)
		if err != nil || b.Outcome != event.Sent {
			return
		}
		x.kind = sent
	case event.Suppressed:
		x.kind = held
	default:
		return
	}
	f.all = append(f.all, x)
}

// end ends the person at hand.
func (f *facts) end(p *profile.Person) {
	f.ends, f.first = append(f.ends, len(f.all)), append(f.first, p.FirstSeen)
}

// of returns those of the person at a place, oldest first.
func (f *facts) of(place int) []fact {
	from := 0
	if place > 0 {
		from = f.ends[place-1]
	}
	return f.all[from:f.ends[place]]
}
