package processor

import (
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Timers are the figures of what time alone makes happen.
type Timers struct {
	Fired uint64        // since the start, those that were folded anew included
	Due   int           // by now and not fired yet; counting ends at CountedTimers
	Late  time.Duration // since the earliest of them was due, on the workspace's clock; 0: none is
}

// CountedTimers is how many due timers are counted.
const CountedTimers = 10_000

// Timers returns the figures as of now. Where nothing is due it costs nothing.
func (o *Processor) Timers(now event.Instant) (Timers, error) {
	t := Timers{Fired: o.fired.Load()}
	for p := range o.due {
		if due := event.Instant(o.due[p].Load()); due == 0 || due > now || t.Due >= CountedTimers {
			continue
		}
		found, err := o.store.DueTimers(person.Partition(p), now, CountedTimers-t.Due)
		if err != nil {
			return t, err
		}
		t.Due += len(found)
		if len(found) > 0 {
			t.Late = max(t.Late, now.Sub(found[0].Timer.Due))
		}
	}
	return t, nil
}
