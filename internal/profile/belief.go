package profile

import (
	"math"

	"github.com/rapporthq/rapport/internal/event"
)

// Belief is what the state model believes of a person, as of the last event that
// moved it. Package belief makes and reads it. Law is of the model whose number
// is [Person.Model].
type Belief struct {
	At      event.Instant `cbor:"1,keyasint"`           // of the last event in Law
	Law     []byte        `cbor:"2,keyasint"`           // see statemodel.Filter.Encode
	Waiting []Waiting     `cbor:"3,keyasint,omitempty"` // touches that can still be answered, oldest first
	Late    bool          `cbor:"4,keyasint,omitempty"` // something older than At came: the history is to be filtered again

	// What it says, when it was looked at last. Rules, lists and reports go by it.
	State  string        `cbor:"5,keyasint,omitempty"`
	Since  event.Instant `cbor:"6,keyasint,omitempty"` // the workspace's clock when the person came to be in State
	Looked event.Instant `cbor:"7,keyasint,omitempty"` // the workspace's clock
	Active uint16        `cbor:"8,keyasint,omitempty"` // thousandths: probability that the person is not gone
	Soon   uint16        `cbor:"9,keyasint,omitempty"` // thousandths: probability of an own act within 30 days
	Value  event.Micros  `cbor:"10,keyasint,omitempty"`
}

// Waiting is a touch that can still be answered.
type Waiting struct {
	Delivery string        `cbor:"1,keyasint"`
	Class    uint8         `cbor:"2,keyasint"` // of the model
	Until    event.Instant `cbor:"3,keyasint"`
}

// StateValues is what rules and messages may know of where the relationship is
// believed to stand, as of the last look; nil where nothing is believed.
func (p *Person) StateValues() map[string]any {
	b := p.Belief
	if b == nil || b.State == "" {
		return nil
	}
	return map[string]any{
		"name": b.State, "active": float64(b.Active) / 1000, "soon": float64(b.Soon) / 1000, "value": float64(b.Value) / 1e6,
	}
}

func (w *writer) belief(b *Belief) {
	w.bits(len(b.Law) > 0, len(b.Waiting) > 0, b.Late, b.State != "", b.Since != 0, b.Looked != 0, b.Active != 0, b.Soon != 0, b.Value != 0)
	w.time(b.At)
	if len(b.Law) > 0 {
		w.bytes(b.Law)
	}
	if len(b.Waiting) > 0 {
		list(w, b.Waiting, func(w *writer, t *Waiting) {
			w.text(t.Delivery)
			w.uint(uint64(t.Class))
			w.time(t.Until)
		})
	}
	if b.State != "" {
		w.text(b.State)
	}
	for _, at := range [...]event.Instant{b.Since, b.Looked} {
		if at != 0 {
			w.time(at)
		}
	}
	for _, p := range [...]uint16{b.Active, b.Soon} {
		if p != 0 {
			w.uint(uint64(p))
		}
	}
	if b.Value != 0 {
		w.micros(b.Value)
	}
}

func (r *form) belief() *Belief {
	bits := r.uint()
	if bits >= 1<<9 {
		r.fail()
	}
	b := &Belief{At: r.time(), Late: bits&4 != 0}
	if bits&1 != 0 {
		b.Law = r.bytes()
	}
	if bits&2 != 0 {
		b.Waiting = readList(r, func(r *form) Waiting {
			return Waiting{Delivery: r.text(), Class: uint8(r.most(math.MaxUint8)), Until: r.time()} //nolint:gosec // no more
		})
	}
	if bits&8 != 0 {
		b.State = r.word()
	}
	if bits&16 != 0 {
		b.Since = r.time()
	}
	if bits&32 != 0 {
		b.Looked = r.time()
	}
	if bits&64 != 0 {
		b.Active = uint16(r.most(math.MaxUint16)) //nolint:gosec // no more
	}
	if bits&128 != 0 {
		b.Soon = uint16(r.most(math.MaxUint16)) //nolint:gosec // no more
	}
	if bits&256 != 0 {
		b.Value = r.micros()
	}
	return b
}

// most reads a number of at most limit.
func (r *form) most(limit uint64) uint64 {
	v := r.uint()
	if v > limit {
		r.fail()
		return 0
	}
	return v
}
