package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// mostSegments bounds what is asked of each person with each event.
const mostSegments = 500

func (c *compiler) topics(v value) {
	seen := ids{}
	for _, item := range v.list() {
		o := item.object()
		at := o.take("id")
		t := Topic{ID: at.id()}
		seen.add(at, t.ID)
		t.Name = o.take("name").titled(t.ID)
		o.end()
		c.w.Topics = append(c.w.Topics, t)
		c.subjects = append(c.subjects, t.ID)
	}
}

// segmentIDs makes the ids of segments known, before any rule speaks of them. It
// returns the segments.
func (c *compiler) segmentIDs(v value) []*object {
	items := v.list()
	if len(items) > mostSegments {
		v.problem(fmt.Sprintf("are more than %d", mostSegments), "remove those that nothing speaks of")
	}
	out := make([]*object, 0, len(items))
	for _, item := range items {
		o := item.object()
		if at, ok := o.values["id"]; ok && at.isText() {
			c.voc.segments = append(c.voc.segments, at.text())
		}
		out = append(out, o)
	}
	return out
}

func (c *compiler) segments(objects []*object) {
	places := make([]value, 0, len(objects))
	seen := ids{}
	right := true
	for _, o := range objects {
		before := len(o.src.problems)
		at, when := o.take("id"), o.take("when")
		s := Segment{ID: at.id()}
		seen.add(at, s.ID)
		s.Name = o.take("name").titled(s.ID)
		if when.need(`say who belongs to it, such as when: did("Order Completed", 3, days(90))`) {
			s.When = c.voc.expr(when, c.voc.person, c.voc.names)
		}
		o.end()
		c.w.Segments = append(c.w.Segments, s)
		places = append(places, when)
		right = right && len(o.src.problems) == before
	}
	if right {
		c.orderSegments(places)
	}
}

// orderSegments finds an order in which each segment comes after those that it
// speaks of (Kahn 1962), keeping the order of the source where it can.
func (c *compiler) orderSegments(places []value) {
	done := map[string]bool{}
	for len(c.w.order) < len(c.w.Segments) {
		before := len(c.w.order)
		for i, s := range c.w.Segments {
			ready := !slices.ContainsFunc(s.When.Inputs().Segments, func(id string) bool { return !done[id] })
			if ready && !slices.Contains(c.w.order, i) {
				c.w.order = append(c.w.order, i)
				done[s.ID] = true
			}
		}
		if len(c.w.order) == before {
			for i, s := range c.w.Segments {
				if !done[s.ID] {
					places[i].problem("goes round in a circle: this segment depends on itself by way of others",
						"take one in_segment out of the circle")
					return
				}
			}
		}
	}
}

// versions gives each segment the hash of what decides it.
func (c *compiler) versions() {
	version := map[string]string{}
	for _, i := range c.w.order {
		s := &c.w.Segments[i]
		h := sha256.New()
		put(h, "segment/1", s.When.Source(), c.w.Currency)
		in := s.When.Inputs()
		for _, f := range in.Features {
			f.describe(h)
		}
		for _, id := range in.Segments {
			put(h, id, version[id])
		}
		if in.Stage {
			for _, st := range c.w.Map.Stages {
				put(h, st.ID, st.When.Source())
				for _, f := range st.When.Inputs().Features {
					f.describe(h)
				}
			}
		}
		s.Version = hex.EncodeToString(h.Sum(nil)[:6])
		version[s.ID] = s.Version
	}
}

// basis is the hash of everything that is computed from histories.
func (c *compiler) basis() string {
	h := sha256.New()
	put(h, "basis/1", c.w.Currency, c.w.Map.VisitGap.String())
	for _, f := range c.w.watch.all {
		f.describe(h)
	}
	for _, f := range c.w.AccountFeatures {
		put(h, f.Key)
	}
	for _, t := range c.w.Map.Touchpoints {
		put(h, t.ID, t.Channel, string(t.Direction), strings.Join(t.Events, "\x00"), t.Where.Source(), t.Window.String())
	}
	for _, g := range c.w.Programs() {
		k := g.KPI
		if len(k.Events) == 0 {
			continue // a journey that no money measures
		}
		put(h, g.ID, g.Horizon.String(), strings.Join(k.Events, "\x00"), k.Property, strings.Join(k.Less, "\x00"), k.LessOf)
	}
	if r := c.w.Complaints; len(r.Events) > 0 {
		put(h, "complaints", strings.Join(r.Events, "\x00"), strings.Join(r.Until, "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// describe writes all that decides the value of a feature.
func (f *Feature) describe(w io.Writer) {
	put(w, f.ID, string(f.Aggregate), strings.Join(f.Events, "\x00"), f.Where.Source(), f.Within.String(), f.Property,
		fmt.Sprint(f.Plain), strings.Join(f.Less, "\x00"), f.LessOf, f.Per.String(), fmt.Sprint(f.Keep))
}

// put writes parts so that no two lists of them are alike. A hash never fails.
func put(w io.Writer, parts ...string) {
	for _, p := range parts {
		_, _ = fmt.Fprintf(w, "%d:%s", len(p), p)
	}
	_, _ = io.WriteString(w, "\n")
}
