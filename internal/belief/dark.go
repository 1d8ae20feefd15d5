package belief

import (
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Dark is a stretch of time in which own acts could not be seen, because a source was
// not connected: that none came in it says nothing. It is a part of a model's body,
// so that what is believed follows from the body in force and the events alone.
type Dark struct {
	From   event.Instant `json:"from" doc:"null: since ever"`
	To     event.Instant `json:"to" doc:"null: until further notice"`
	Acts   []string      `json:"acts,omitempty" doc:"ids of the kinds of own acts; none: all of them"`
	Source string        `json:"source,omitempty"`
}

// endless is the end of what has none yet.
const endless = event.Instant(1) << 62

// stretch is a time with the kinds of acts that can be seen in it.
type stretch struct {
	from, to event.Instant
	kinds    uint8
}

// stretches are the times in which some kinds of acts cannot be seen, in order and
// apart; kinds that no body knows are left out.
func (b *Body) stretches() []stretch {
	all := uint8(1<<len(b.Acts) - 1) //nolint:gosec // at most MaxKinds
	var cuts []event.Instant
	hides := func(d Dark) (kinds uint8) {
		if len(d.Acts) == 0 {
			return all
		}
		for k, a := range b.Acts {
			if slices.Contains(d.Acts, a.ID) {
				kinds |= 1 << k
			}
		}
		return kinds
	}
	end := func(d Dark) event.Instant {
		if d.To == 0 {
			return endless
		}
		return d.To
	}
	for _, d := range b.Dark {
		if end(d) > d.From && hides(d) != 0 {
			cuts = append(cuts, d.From, end(d))
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []stretch
	for i := 1; i < len(cuts); i++ {
		s := stretch{from: cuts[i-1], to: cuts[i], kinds: all}
		for _, d := range b.Dark {
			if d.From <= s.from && end(d) >= s.to {
				s.kinds &^= hides(d)
			}
		}
		switch last := len(out) - 1; {
		case s.kinds == all:
		case last >= 0 && out[last].to == s.from && out[last].kinds == s.kinds:
			out[last].to = s.to
		default:
			out = append(out, s)
		}
	}
	return out
}

// exposures are what a filter has to be prepared for.
func exposures(dark []stretch) (out []uint8) {
	for _, s := range dark {
		out = append(out, s.kinds)
	}
	return out
}

// pass lets time go by until just before at, with what can be seen in it. Where
// nothing is dark it does nothing: the filter itself lets time go by.
func (c *course) pass(at event.Instant) {
	from := max(c.at, c.passed)
	for _, s := range c.m.dark {
		if s.to <= from {
			continue
		}
		if s.from >= at {
			break
		}
		c.expose(max(s.from, from), s.kinds)
		if s.to <= at {
			c.expose(s.to, c.m.all)
		}
	}
	c.passed = max(from, at)
}

// expose says which kinds are seen from a time on, if it is another than before.
func (c *course) expose(at event.Instant, kinds uint8) {
	if c.law.Exposure() != kinds {
		_ = c.m.filter.Expose(c.law, max(day(at), c.law.At), kinds) // it is prepared for, and does not go back
	}
}

// unseen reports whether anything was dark between two times.
func (m *Model) unseen(from, to event.Instant) bool {
	return slices.ContainsFunc(m.dark, func(s stretch) bool { return s.from < to && s.to > from })
}

// lastUnseen returns the last stretch that is dark between two times.
func (m *Model) lastUnseen(from, to event.Instant) (s stretch, ok bool) {
	for _, d := range m.dark {
		if d.from < to && d.to > from {
			s, ok = stretch{max(d.from, from), min(d.to, to), d.kinds}, true
		}
	}
	return s, ok
}

// hidden are the dark times of a history, as training reads them.
func (b *Body) hidden(start, end event.Instant) (out []statemodel.Dark) {
	for _, s := range b.stretches() {
		if s.from >= end || s.to <= start {
			continue
		}
		for k := range b.Acts {
			if s.kinds&(1<<k) == 0 {
				out = append(out, statemodel.Dark{From: day(max(s.from, start)), To: day(min(s.to, end)), Kind: uint8(k)}) //nolint:gosec // below MaxKinds
			}
		}
	}
	return out
}
