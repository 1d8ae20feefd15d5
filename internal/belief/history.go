package belief

import (
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Clicked is the name of the outcome of a touch that was answered.
const Clicked = "clicked"

// History is a person's timeline, oldest first, as training reads it: what came
// until end. ok is false of who has not begun. The reading is that of Observe.
func (b *Body) History(timeline func(yield func(event.Event) bool), end event.Instant) (h statemodel.History, ok bool) {
	r := newReader(b)
	var waiting []profile.Waiting
	expire := func(at event.Instant) {
		for len(waiting) > 0 && waiting[0].Until <= at {
			w := waiting[0]
			waiting = waiting[1:]
			h.Events = append(h.Events, statemodel.Event{At: day(w.Until), Type: statemodel.Response, Kind: w.Class})
		}
	}
	last, begun := event.Instant(0), event.Instant(0)
	if b.Start != nil {
		h.Class = b.Start.class("")
	}
	for e := range timeline {
		s, means := r.read(&e)
		switch {
		case !means || s.time > end:
			continue
		case s.Type == telling && ok:
			continue
		case !ok:
			if s.tells {
				h.Class = s.class
			}
			if s.Type == statemodel.Own {
				h.Start, ok, last, begun = s.At, true, s.time, s.time
			}
			continue
		case r.same(s, last):
			continue
		case s.Type == statemodel.Response:
			i := slices.IndexFunc(waiting, func(w profile.Waiting) bool { return w.Delivery == s.delivery && w.Until > s.time })
			if i < 0 {
				continue
			}
			s.Kind = waiting[i].Class
			waiting = slices.Delete(slices.Clone(waiting), i, i+1)
		}
		expire(s.time)
		h.Events = append(h.Events, s.Event)
		if s.Type == statemodel.Touch {
			waiting = r.await(waiting, s)
		}
		last = s.time
	}
	end = max(end, last)
	expire(end)
	h.End = day(end)
	if ok {
		h.Dark = b.hidden(begun, end)
	}
	return h, ok
}
