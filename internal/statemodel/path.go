package statemodel

import "math"

// op is what ends a step.
type op uint8

const (
	opNone   op = iota // only time, or exposure, has changed
	opOwn              // an own act at exactly that time
	opWithin           // at least one own act of the kind in the step itself
	opTouch            // a touch
	opRespond
)

// step is a quiet time and what ended it. Times are on the model's clock.
type step struct {
	from, to float64 // since the last own act, or the start
	mask     uint8   // bit k: acts of kind k could be seen
	op       op
	kind     uint8 // of the act, or class of the touch
	sub      uint8 // bucket of fatigue, or outcome
	mark     int32 // index into amounts, or -1
	speed    float64
	span     int32 // in the table of flows, or -1
}

// amount is an amount with what was known of the person's amounts before.
type amount struct {
	kind  uint8
	value float64
	purse purse
}

// path is a history made ready for the likelihood.
type path struct {
	class   uint8
	steps   []step
	amounts []amount
	weight  float64 // how many people have this very path
}

// compiler turns histories into paths. It depends on the clock and on the fatigue
// of a model, and not on its other parameters.
type compiler struct {
	dial    dial
	fatigue Fatigue
	weights []float64 // of fatigue, by class
	kinds   int
	spends  []bool
}

func (m *Model) compiler() compiler {
	c := compiler{dial: m.Clock.dial(), fatigue: m.Fatigue, kinds: len(m.Kinds)}
	for _, k := range m.Kinds {
		c.spends = append(c.spends, k.Spend != nil)
	}
	for _, t := range m.Touches {
		c.weights = append(c.weights, t.weight())
	}
	return c
}

// path compiles one history. The last step runs to the end of it.
func (c *compiler) path(h History) path {
	p := path{class: h.Class, weight: 1, steps: make([]step, 0, len(h.Events)+1)}
	zero, _ := c.dial.read(h.Start)
	now, at := 0.0, h.Start // on the clock since the last act, and in days
	level, levelAt := 0.0, h.Start
	purses := make([]purse, c.kinds)
	// until adds the quiet steps to a day, broken where exposure changes.
	until := func(day float64) (mask uint8) {
		for {
			mask, change := c.exposure(h.Dark, at, day)
			if change >= day {
				return mask
			}
			read, _ := c.dial.read(change)
			p.steps = append(p.steps, step{from: now, to: read - zero, mask: mask, mark: -1, span: -1})
			now, at = read-zero, change
		}
	}
	for _, e := range h.Events {
		if e.Span > 0 && e.At-e.Span > at {
			mask := until(e.At - e.Span)
			read, _ := c.dial.read(e.At - e.Span)
			p.steps = append(p.steps, step{from: now, to: read - zero, mask: mask, mark: -1, span: -1})
			now, at = read-zero, e.At-e.Span
		}
		var mask uint8
		if e.Span > 0 { // what can be seen in a span is what can be seen at its start
			mask, _ = c.exposure(h.Dark, at, e.At)
		} else {
			mask = until(e.At)
		}
		read, speed := c.dial.read(e.At)
		s := step{from: now, to: read - zero, mask: mask, kind: e.Kind, mark: -1, speed: speed, span: -1}
		switch e.Type {
		case Own:
			s.op = opOwn
			if e.Span > 0 {
				s.op = opWithin
				s.mask |= 1 << e.Kind // it was seen after all
			}
			if e.Amount > 0 && e.Span == 0 && c.spends[e.Kind] {
				s.mark = int32(len(p.amounts)) //nolint:gosec // a person has fewer events than that
				p.amounts = append(p.amounts, amount{kind: e.Kind, value: e.Amount, purse: purses[e.Kind]})
				purses[e.Kind].n++
				purses[e.Kind].sum += e.Amount
			}
			zero = read
		case Touch:
			level = c.fatigue.decay(level, e.At-levelAt)
			levelAt = e.At
			s.op, s.sub = opTouch, uint8(c.fatigue.bucket(level)) //nolint:gosec // as many as edges
			level += c.weights[e.Kind]
		case Response:
			s.op, s.sub = opRespond, e.Outcome
		}
		p.steps = append(p.steps, s)
		now, at = read-zero, e.At
	}
	mask := until(h.End)
	read, _ := c.dial.read(h.End)
	p.steps = append(p.steps, step{from: now, to: read - zero, mask: mask, mark: -1, span: -1})
	return p
}

// exposure returns which kinds can be seen after a day, and the day on which that
// changes, at most until.
func (c *compiler) exposure(dark []Dark, at, until float64) (mask uint8, change float64) {
	mask, change = uint8(1<<c.kinds-1), until //nolint:gosec // at most MaxKinds
	for _, d := range dark {
		switch {
		case d.From <= at && at < d.To:
			mask &^= 1 << d.Kind
			change = min(change, d.To)
		case at < d.From:
			change = min(change, d.From)
		}
	}
	return mask, change
}

// merge joins people whose paths are the same: those who never acted again, above
// all. Only short paths are worth the look.
func merge(paths []path) []path {
	seen := map[string]int{}
	out := make([]path, 0, len(paths))
	var key []byte
	for _, p := range paths {
		if len(p.steps) > 3 || len(p.amounts) > 0 {
			out = append(out, p)
			continue
		}
		key = append(key[:0], p.class)
		for _, s := range p.steps {
			key = append(key, s.mask, byte(s.op), s.kind, s.sub)
			for _, v := range [...]float64{s.from, s.to, s.speed} {
				bits := math.Float64bits(v)
				for range 8 {
					key = append(key, byte(bits))
					bits >>= 8
				}
			}
		}
		if i, ok := seen[string(key)]; ok {
			out[i].weight += p.weight
			continue
		}
		seen[string(key)] = len(out)
		out = append(out, p)
	}
	return out
}
