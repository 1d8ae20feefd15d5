package sim

import (
	"math/rand/v2"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// rhythm is when in the day and the week a person has time for a shop.
type rhythm struct {
	zone    *time.Location
	evening float64 // favourite hour
	lunch   float64 // share of visits in the lunch break
	weekend float64 // how a weekend day compares with a weekday
}

// moment returns a time about gap after from at which the person would visit.
func (h rhythm) moment(r *rand.Rand, from event.Instant, gap time.Duration) event.Instant {
	t := from.Add(gap).Time().In(h.zone)
	for range 3 {
		w := 1.0
		if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
			w = h.weekend
		}
		if chance(r, w/max(1, h.weekend)) {
			break
		}
		t = t.AddDate(0, 0, 1)
	}
	hour := h.evening + 2.1*r.NormFloat64()
	if chance(r, h.lunch) {
		hour = 12.6 + 0.8*r.NormFloat64()
	}
	at := h.at(t, min(max(hour, 6.5), 23.6), r)
	for at <= from.Add(time.Hour) {
		t = t.AddDate(0, 0, 1)
		at = h.at(t, min(max(hour, 6.5), 23.6), r)
	}
	return at
}

// awake moves t out of the person's night.
func (h rhythm) awake(r *rand.Rand, t event.Instant) event.Instant {
	local := t.Time().In(h.zone)
	if local.Hour() >= 7 {
		return t
	}
	return h.at(local, 7+2*r.Float64(), r)
}

func (h rhythm) at(day time.Time, hour float64, r *rand.Rand) event.Instant {
	midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, h.zone)
	return event.InstantOf(midnight.Add(time.Duration(hour*float64(time.Hour)) + time.Duration(r.IntN(1_000_000))*time.Microsecond))
}
