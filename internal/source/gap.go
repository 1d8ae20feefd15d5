package source

import (
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
)

// Gap is a time in which nothing that could be taken came from a source, although by
// its own rhythm that is next to impossible: it may have been cut off. It is a
// question to people, and no outage until one of them says so.
type Gap struct {
	From     event.Instant `json:"from" doc:"when the latest before it came"`
	To       event.Instant `json:"to" doc:"the hour in which something came again; null: it goes on"`
	Expected float64       `json:"expected" doc:"events that were to be expected in its whole hours, by the source's rhythm in the weeks before"`
	PerHour  float64       `json:"per_hour" doc:"events an hour, then"`
}

// falseGaps is how many gaps a year are raised of a source that was connected all the
// time, if its days differ and its events come in bursts as they did before: one in
// ten years. A day without anybody, as a holiday, is not as it was before.
const falseGaps = .1

const (
	// rhythmDays is for how many days a source must be known, so that each hour of
	// the week was seen twice.
	rhythmDays = 14

	// beyond is by how much a gap must be longer, in events expected, than any that
	// was let pass before: whatever the law of the source, it is new.
	beyond = 1.5

	// unsure widens the spread of days, which two to four weeks tell roughly: the 95th
	// percentile of its estimate from 20 days, over the middle.
	unsure = 1.6

	leastSpread = .02 // of days, as a variance; no source is as regular as a clock
)

const hourLong = 60 * minute

// Gaps finds them among the last thirty days, oldest first. hours are those in which
// something came, as Series has them. What people have said of a time, either way, is
// not asked again; a time in which the source was not connected is not part of its
// rhythm. Only whole hours count, as a source may have a minute of its own.
//
// Arrivals are taken for bursts, as many as D events on average, at the rate of their
// hour of the week, times a factor of the day that has a Gamma law of variance 1/k: so
// that none comes where M are expected has the probability Π_days (1 + M/(D·k))^-k.
func Gaps(now event.Instant, hours []Hour, said []event.Outage) []Gap {
	hours = slices.DeleteFunc(slices.Clone(hours), func(h Hour) bool { return h.Accepted == 0 })
	if len(hours) == 0 {
		return nil
	}
	first := hours[0].Start
	w := &watch{counts: make([]float64, (now-first)/hourLong+1), out: make([]bool, (now-first)/hourLong+1), first: first}
	for _, h := range hours {
		w.counts[w.at(h.Start)] += float64(h.Accepted)
	}
	for _, o := range said {
		if !o.Connected {
			w.leave(o.From, o.To, now)
		}
	}
	var out []Gap
	r, passed := &rhythm{watch: w}, 0. // events expected in the longest gap that was let pass
	for i := range hours {
		from, next := hours[i], now/hourLong*hourLong
		if i+1 < len(hours) {
			next = hours[i+1].Start
		}
		a, b := w.at(from.Start)+1, w.at(next)
		if r.learn(a); b <= a {
			continue
		}
		g := Gap{From: max(from.Last, from.Start), To: next}
		if i+1 == len(hours) {
			g.To = 0
		}
		g.Expected = r.expected(a, b)
		g.PerHour = g.Expected / float64(b-a)
		switch told := spoken(said, g.From, next); {
		case told != nil && !told.Connected:
		case told == nil && r.known >= rhythmDays*dayHours && g.Expected > beyond*passed && r.impossible(a, b):
			out = append(out, g)
			w.leave(g.From, next, now)
		default:
			passed = max(passed, g.Expected)
		}
	}
	return out
}

// spoken is what people have said of a time; nil: nothing.
func spoken(said []event.Outage, from, to event.Instant) *event.Outage {
	for i, o := range said {
		if o.From < to && (o.To == 0 || o.To > from) {
			return &said[i]
		}
	}
	return nil
}

// Returned is since when events come from a source whose outage is said to go on, by
// the hour; 0: none does.
func Returned(hours []Hour, said []event.Outage) event.Instant {
	for _, o := range said {
		if o.To != 0 || o.Connected {
			continue
		}
		for _, h := range hours {
			if h.Accepted > 0 && h.Start > o.From {
				return h.Start
			}
		}
	}
	return 0
}

// watch is what came, by the hour, from the first on.
type watch struct {
	first  event.Instant
	counts []float64
	out    []bool // it was not connected, or may not have been
}

func (w *watch) at(t event.Instant) int { return int((t - w.first) / hourLong) }

// leave takes a time out of the rhythm.
func (w *watch) leave(from, to, now event.Instant) {
	if to == 0 {
		to = now
	}
	for i := max(w.at(max(from, w.first)), 0); i <= w.at(to) && i < len(w.out); i++ {
		w.out[i] = true
	}
}

const (
	weekHours = 7 * 24
	dayHours  = 24
)

// slot is the hour of the week, and day the day, of an hour.
func (w *watch) slot(i int) int { return int((w.first/hourLong + event.Instant(i)) % weekHours) }
func (w *watch) day(i int) int  { return int((w.first/hourLong + event.Instant(i)) / dayHours) }

// rhythm is how a source usually comes, as learned from what was before an hour.
type rhythm struct {
	*watch

	before int // the hour
	known  int // hours
	sum    float64
	in, n  [weekHours]float64 // events, and hours, by the hour of the week
}

// learn goes on to an hour.
func (r *rhythm) learn(before int) {
	for ; r.before < before; r.before++ {
		if i := r.before; !r.out[i] {
			r.in[r.slot(i)] += r.counts[i]
			r.n[r.slot(i)]++
			r.sum += r.counts[i]
			r.known++
		}
	}
}

// usual is how many events come in an hour.
func (r *rhythm) usual(i int) float64 { return r.in[r.slot(i)] / max(r.n[r.slot(i)], 1) }

// expected is how many events are, from an hour to another.
func (r *rhythm) expected(a, b int) (sum float64) {
	for i := a; i < b; i++ {
		sum += r.usual(i)
	}
	return sum
}

// impossible says whether silence from an hour to another is, next to.
func (r *rhythm) impossible(a, b int) bool {
	if math.Exp(-r.expected(a, b)) > falseGaps {
		return false // whatever bursts and days are like
	}
	burst, spread := r.spread()
	year := 365.25 * dayHours
	chances := min(year, year*r.sum/float64(r.known)/burst) // of a gap: hours, or bursts where there are fewer
	log := 0.0
	for i := a; i < b; {
		end := i + dayHours - int((r.first/hourLong+event.Instant(i))%dayHours)
		log -= math.Log1p(r.expected(i, min(end, b))*spread/burst) / spread
		i = end
	}
	return log < math.Log(falseGaps/chances)
}

// spread is by how much more hours differ than by chance, once their day is known
// (D), and by how much days do (1/k).
func (r *rhythm) spread() (burst, days float64) {
	came, usual := map[int]float64{}, map[int]float64{} // by day
	for i := range r.before {
		if !r.out[i] {
			came[r.day(i)] += r.counts[i]
			usual[r.day(i)] += r.usual(i)
		}
	}
	apart, sum := 0.0, 0.0
	for i := range r.before {
		if u := usual[r.day(i)]; !r.out[i] && u > 0 {
			e := r.usual(i) * came[r.day(i)] / u
			apart += (r.counts[i] - e) * (r.counts[i] - e)
			sum += e
		}
	}
	weeks := float64(r.known) / weekHours
	burst = max(apart/max(sum, 1)*weeks/(weeks-1), 1)
	apart, sum = 0, 0
	for d := r.day(0); d <= r.day(r.before-1); d++ { // in order, so that sums are the same each time
		if u := usual[d]; u > 0 {
			apart += (came[d]-u)*(came[d]-u)/u - burst
			sum += u
		}
	}
	return burst, max(unsure*apart/sum, leastSpread) * (1 + 1/weeks)
}
