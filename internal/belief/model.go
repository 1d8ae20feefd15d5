package belief

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Model is a trained model made ready. It is read only, and safe for concurrent
// use.
type Model struct {
	Body *Body
	Hash string // hex SHA-256 of the body as it is kept
	// Root is the same of all bodies of one training, whatever they were told since of
	// when acts could not be seen.
	Root string

	reader
	filter *statemodel.Filter
	dark   []stretch // in order
	all    uint8     // every kind of acts
	values *statemodel.Values
}

// New makes a model of a body as it is kept.
func New(raw []byte) (*Model, error) {
	body, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	m := &Model{Body: body, Hash: hex.EncodeToString(sum[:]), reader: newReader(body)}
	root := *body
	root.Dark = nil
	plain, err := root.Encode()
	if err != nil {
		return nil, err
	}
	sum = sha256.Sum256(plain)
	m.Root = hex.EncodeToString(sum[:8])
	m.dark, m.all = body.stretches(), uint8(1<<len(body.Acts)-1) //nolint:gosec // at most MaxKinds
	if m.filter, err = statemodel.NewFilter(body.Model, exposures(m.dark)...); err != nil {
		return nil, err
	}
	m.values, err = m.filter.Values(body.economics())
	return m, err
}

// Filter is that of the model, for whoever asks it what this package does not.
func (m *Model) Filter() *statemodel.Filter { return m.filter }

// Values are what states are worth.
func (m *Model) Values() *statemodel.Values { return m.values }

// reader sees events as a state model does.
type reader struct {
	acts     []actRule
	currency string
	touches  map[string]uint8 // by action
	answers  []bool           // by class: whether answers are evidence
	answer   float64          // days
	gap      event.Instant    // see Body.Gap
	begins   *Start           // nil: all relationships begin alike
}

type actRule struct {
	kpi   definition.KPI
	money bool
}

func newReader(b *Body) reader {
	r := reader{currency: b.Currency, touches: map[string]uint8{}, answer: b.Answer, gap: event.Instant(days(b.Gap).Microseconds()), begins: b.Start}
	for _, a := range b.Acts {
		r.acts = append(r.acts, actRule{kpi: definition.KPI{Events: a.Events, Property: a.Property}, money: a.Property != ""})
	}
	for i, t := range b.Touches {
		r.touches[t.Action] = uint8(i) //nolint:gosec // below MaxTouches
		r.answers = append(r.answers, b.Model == nil || b.Model.Touches[i].Respond != nil)
	}
	return r
}

// step is what an event means to the model.
type step struct {
	statemodel.Event
	time     event.Instant
	delivery string // of a touch or an answer
	class    uint8  // starting class, if the event tells
	tells    bool
}

// telling is the type of a step that only tells how the relationship begins, if it
// has not begun.
const telling statemodel.Type = 255

// read returns what e means to the model; ok is false if it means nothing. The
// class of an answer is not known from it alone.
func (r *reader) read(e *event.Event) (s step, ok bool) {
	s, ok = r.means(e)
	if r.begins == nil {
		return s, ok
	}
	if v, tells := said(r.begins.By(), e, ok && s.Type == statemodel.Own); tells {
		s.class, s.tells = r.begins.class(v), true
		if !ok {
			s.Type, ok = telling, true
		}
	}
	return s, ok
}

// means is read, but for how relationships begin.
func (r *reader) means(e *event.Event) (s step, ok bool) {
	s.time, s.At = e.Time, day(e.Time)
	switch e.Kind {
	case event.Track, event.Page, event.Screen:
		for k := range r.acts {
			if definition.Names(r.acts[k].kpi.Events, e) {
				s.Type, s.Kind, s.Amount = statemodel.Own, uint8(k), r.amount(k, e) //nolint:gosec // below MaxKinds
				return s, true
			}
		}
	case event.Grant:
		g, err := event.UnpackGrant(e)
		if class, known := r.touches[g.Action]; err == nil && known {
			s.Type, s.Kind, s.delivery = statemodel.Touch, class, g.Delivery
			return s, true
		}
	case event.Receipt:
		if len(r.touches) == 0 {
			return s, false
		}
		c, err := event.Unpack[event.ReceiptBody](*e)
		if err == nil && c.Outcome == event.Clicked && !c.Machine {
			s.Type, s.Outcome, s.delivery = statemodel.Response, 1, c.Delivery
			return s, true
		}
	default: // says nothing of how the relationship stands
	}
	return s, false
}

// same reports whether s is a part of what came last, at a time: the further acts
// of a visit, or a visit that answers a touch. An act with an amount is always one
// of its own.
func (r *reader) same(s step, last event.Instant) bool {
	return s.Type == statemodel.Own && !r.acts[s.Kind].money && s.time < last+r.gap
}

// amount is that of an act of kind k, 0 where none is known.
func (r *reader) amount(k int, e *event.Event) float64 {
	if !r.acts[k].money {
		return 0
	}
	m, ok := profile.MoneyOf(e, r.acts[k].kpi, r.currency)
	if !ok || m.Currency != r.currency || m.Amount <= 0 {
		return 0
	}
	return float64(m.Amount) / 1e6
}

// await adds a touch to those that can be answered, in the order of their ends.
func (r *reader) await(waiting []profile.Waiting, s step) []profile.Waiting {
	if !r.answers[s.Kind] {
		return waiting
	}
	w := profile.Waiting{Delivery: s.delivery, Class: s.Kind, Until: s.time.Add(days(r.answer))}
	i := len(waiting)
	for i > 0 && waiting[i-1].Until > w.Until {
		i--
	}
	return slices.Insert(waiting, i, w)
}
