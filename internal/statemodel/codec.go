package statemodel

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/fault"
)

// MaxBelief is the most bytes that a belief takes at rest.
const MaxBelief = 240

const (
	beliefVersion = 1
	beliefHeader  = 29
	// Masses are kept as 12 bits of −ln(mass/largest) in steps of resolution: to a
	// quarter of a percent, down to e^−20 of the largest. Live and gone are measured
	// each by its own largest.
	resolution = .005
	nothing    = 4095
)

// Encode appends the belief at rest to dst. The lightest nodes are left out if it
// would not fit into [MaxBelief] bytes: probabilities read back are within .003 of
// what they were, and expectations within a percent.
//
// At rest a belief is of the model that made it: [Filter.Decode] refuses another's.
func (f *Filter) Encode(dst []byte, b *Belief) []byte {
	t, s := f.t, f.t.s
	head := beliefHeader + (len(t.nodes)+7)/8
	for k, kind := range t.m.Kinds {
		if kind.Spend != nil && b.purses[k].n > 0 {
			head += 6
		}
	}
	room := (MaxBelief - head) * 8 / (12 * (s + 1))
	keep := f.heaviest(b, max(room, 1))

	var live, gone float64
	for _, i := range keep {
		for j := range s {
			live = max(live, b.live[i*s+j])
		}
		gone = max(gone, b.gone[i])
	}
	dst = append(dst, beliefVersion, b.mask)
	dst = binary.LittleEndian.AppendUint16(dst, f.print)
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(b.At))
	small := func(v float64) { dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v))) }
	small(b.clock - b.act)
	small(t.m.Fatigue.decay(b.level, b.At-b.levelAt))
	small(b.silence)
	small(math.Log(gone / live)) // −Inf if nobody is gone
	spent := uint8(0)
	at := len(dst)
	dst = append(dst, 0)
	for k, kind := range t.m.Kinds {
		if p := b.purses[k]; kind.Spend != nil && p.n > 0 {
			spent |= 1 << k
			dst = binary.LittleEndian.AppendUint16(dst, uint16(min(p.n, math.MaxUint16)))
			small(p.sum)
		}
	}
	dst[at] = spent
	at = len(dst)
	dst = append(dst, make([]byte, (len(t.nodes)+7)/8)...)
	w := bits12{dst: dst}
	for _, i := range keep {
		n := b.on[i]
		w.dst[at+int(n/8)] |= 1 << (n % 8)
		for j := range s {
			w.put(quantise(b.live[i*s+j], live))
		}
		w.put(quantise(b.gone[i], gone))
	}
	return w.end()
}

// heaviest returns the places of at most n nodes in play, in their order.
func (f *Filter) heaviest(b *Belief, n int) []int {
	keep := make([]int, len(b.on))
	for i := range keep {
		keep[i] = i
	}
	if len(keep) <= n {
		return keep
	}
	slices.SortStableFunc(keep, func(i, j int) int {
		switch a, c := f.nodeMass(b, i), f.nodeMass(b, j); {
		case a > c:
			return -1
		case a < c:
			return 1
		default:
			return 0
		}
	})
	keep = keep[:n]
	slices.Sort(keep)
	return keep
}

// Decode reads a belief at rest. It refuses one of another model or version: that
// person's history must be filtered again.
func (f *Filter) Decode(src []byte) (*Belief, error) {
	bad := func(why string) (*Belief, error) {
		return nil, fault.New(fault.Invalid, "a belief of %d bytes: %s; filter the history again", len(src), why)
	}
	t, s := f.t, f.t.s
	bitmap := (len(t.nodes) + 7) / 8
	switch {
	case len(src) < beliefHeader+bitmap:
		return bad("it is cut short")
	case src[0] != beliefVersion:
		return bad("its version is not this one's")
	case binary.LittleEndian.Uint16(src[2:]) != f.print:
		return bad("it is of another model")
	case f.t.slot[src[1]&f.all] < 0:
		return bad("the filter was not prepared for its exposure")
	}
	b := &Belief{
		At: math.Float64frombits(binary.LittleEndian.Uint64(src[4:])), mask: src[1] & f.all,
		on: make([]int32, 0, len(t.nodes)), live: make([]float64, len(t.nodes)*s), gone: make([]float64, len(t.nodes)),
	}
	small := func(at int) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(src[at:]))) }
	b.clock, _ = f.dial.read(b.At)
	b.act = b.clock - small(12)
	b.level, b.levelAt = small(16), b.At
	b.silence = small(20)
	ratio := math.Exp(min(small(24), 640))
	spent, rest := src[28], src[29:]
	for k := range MaxKinds {
		if spent>>k&1 == 0 {
			continue
		}
		if len(rest) < 6+bitmap || k >= len(t.m.Kinds) {
			return bad("it is cut short")
		}
		b.purses[k] = purse{
			n:   float64(binary.LittleEndian.Uint16(rest)),
			sum: float64(math.Float32frombits(binary.LittleEndian.Uint32(rest[2:]))),
		}
		rest = rest[6:]
	}
	r := bits12{dst: rest[bitmap:]}
	for n := range t.nodes {
		if rest[n/8]>>(n%8)&1 == 0 {
			continue
		}
		i := len(b.on)
		b.on = append(b.on, int32(n)) //nolint:gosec // of a grid
		for j := range s {
			b.live[i*s+j] = restore(r.get())
		}
		b.gone[i] = restore(r.get()) * ratio
	}
	if r.short || math.IsNaN(b.At) || math.IsNaN(b.clock+b.act+b.level+b.silence+ratio) {
		return bad("it is cut short or spoilt")
	}
	if _, ok := f.scale(b); !ok {
		return bad("nothing is in it")
	}
	return b, nil
}

func quantise(v, largest float64) uint16 {
	if !(v > 0) {
		return nothing
	}
	x := math.Round(math.Log(largest/v) / resolution)
	if x >= nothing {
		return nothing
	}
	return uint16(max(x, 0))
}

func restore(q uint16) float64 {
	if q == nothing {
		return 0
	}
	return math.Exp(-resolution * float64(q))
}

// bits12 packs numbers of 12 bits, two to three bytes.
type bits12 struct {
	dst   []byte
	held  uint16
	half  bool
	at    int
	short bool
}

func (w *bits12) put(v uint16) {
	if !w.half {
		w.held, w.half = v, true
		return
	}
	w.dst = append(w.dst, byte(w.held), byte(w.held>>8|v<<4), byte(v>>4)) //nolint:gosec // the bits are meant to part
	w.half = false
}

func (w *bits12) end() []byte {
	if w.half {
		w.dst = append(w.dst, byte(w.held), byte(w.held>>8)) //nolint:gosec // the bits are meant to part
	}
	return w.dst
}

func (w *bits12) get() uint16 {
	i := w.at / 2 * 3
	odd := w.at%2 == 1
	w.at++
	if i+1 >= len(w.dst) || odd && i+2 >= len(w.dst) {
		w.short = true
		return nothing
	}
	if odd {
		return uint16(w.dst[i+1])>>4 | uint16(w.dst[i+2])<<4
	}
	return uint16(w.dst[i]) | uint16(w.dst[i+1]&15)<<8
}

// fingerprint tells models apart.
func fingerprint(m *Model) (uint16, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, err, "state model: it has no JSON")
	}
	h := fnv.New32a()
	_, _ = h.Write(raw) // never fails
	sum := h.Sum32()
	return uint16(sum>>16) ^ uint16(sum), nil //nolint:gosec // folded
}
