package report

import (
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/profile"
)

const (
	aDay    = 24 * time.Hour
	aWeek   = 7 * aDay
	quarter = 13 * aWeek // of a year, which is what the loop speaks of unless told otherwise
)

// mark says one thing that a person did or met in a period. All that the loop's page
// counts in people is a mark, so that it can be opened.
type mark uint16

const (
	cameBack     mark = 1 << iota // came in the period, as far as it can be judged, and again of their own accord within a window
	stayedAway                    // came then, and did not
	reachedOut                    // in the period
	responded                     // in the period
	cameUnasked                   // in the period
	wasSent                       // in the period
	wasLeftAlone                  // silence was chosen for them in the period
	wasHeld                       // something was held or stopped in the period
)

// lately is how marks are called in a filter.
func lately() map[string]mark {
	return map[string]mark{
		"came": cameBack | stayedAway, "back": cameBack, "away": stayedAway,
		"outreach": reachedOut, "response": responded, "unprompted": cameUnasked,
		"sent": wasSent, "silent": wasLeftAlone, "held": wasHeld,
	}
}

// recent is people in a period, step by step, beside the equally long one before.
type recent struct {
	period lifecycle.Period
	length time.Duration
	step   time.Duration
	now    event.Instant
	window time.Duration

	marks  []mark // by place in the atlas
	counts map[mark]int

	// Of the period, and of the one before.
	value      [2]event.Micros
	effort     [2]profile.Effort
	initiative [2]lifecycle.Ratio
	came, back [2]int // who came, of whom a window has passed since; and of them who came back

	steps        []stepTally
	stagesBefore []int   // people at its begin, by stage
	then         []int16 // stage at its end, by place; -1 is none
}

// stepTally is one step of a period, the oldest first.
type stepTally struct {
	effort profile.Effort
	stages []int // people in each at its end
	value  event.Micros
}

// stepOf is how finely a period is drawn.
func stepOf(length time.Duration) time.Duration {
	switch {
	case length <= 31*aDay:
		return aDay
	case length <= 200*aDay:
		return aWeek
	default:
		return 4 * aWeek
	}
}

func newRecent(period lifecycle.Period, now event.Instant, window time.Duration, stages, people int) *recent {
	r := &recent{
		period: period, length: period.Length(), now: now, window: window, counts: map[mark]int{}, stagesBefore: make([]int, stages),
		marks: make([]mark, people), then: make([]int16, people),
	}
	r.step = stepOf(r.length)
	r.steps = make([]stepTally, max(1, int((r.length+r.step-1)/r.step)))
	for i := range r.steps {
		r.steps[i].stages = make([]int, stages)
	}
	for i := range r.then {
		r.then[i] = -1
	}
	return r
}

// half is 0 in the period, 1 in the one before, and else -1.
func (r *recent) half(at event.Instant) int {
	switch {
	case r.period.Holds(at):
		return 0
	case at < r.period.From && r.period.From.Sub(at) <= r.length:
		return 1
	default:
		return -1
	}
}

// at is the place of an instant of the period.
func (r *recent) at(t event.Instant) int {
	return max(0, len(r.steps)-1-int(max(0, r.period.To.Sub(t)-1)/r.step))
}

// end is when a step ends.
func (r *recent) end(step int) event.Instant {
	return r.period.To.Add(-time.Duration(len(r.steps)-1-step) * r.step)
}

// add counts the person at a place, who is in a stage now and walked so.
func (r *recent) add(place int, stage int16, first event.Instant, happened []fact, walk []lifecycle.Interaction, back []event.Instant) {
	person := r.facts(happened)
	var effort [2]profile.Effort
	for _, in := range walk {
		h := r.half(in.Time)
		if h < 0 {
			continue
		}
		add(&effort[h], in.Effort)
		if h == 0 {
			add(&r.steps[r.at(in.Time)].effort, in.Effort)
		}
	}
	for i, e := range effort {
		r.effort[i].Outreach += e.Outreach
		r.effort[i].Response += e.Response
		r.effort[i].Unprompted += e.Unprompted
		if e.Outreach+e.Unprompted > 0 {
			r.initiative[i].Add(e.Unprompted, e.Unprompted+e.Outreach)
		}
	}
	for _, x := range []struct {
		n int64
		m mark
	}{{effort[0].Outreach, reachedOut}, {effort[0].Response, responded}, {effort[0].Unprompted, cameUnasked}} {
		if x.n > 0 {
			person |= x.m
		}
	}
	person |= r.cohorts(walk, back)
	r.then[place] = r.stages(stage, first, happened)
	r.marks[place] = person
	for m := mark(1); m <= wasHeld; m <<= 1 {
		if person&m != 0 {
			r.counts[m]++
		}
	}
}

// facts counts what happened besides the walk.
func (r *recent) facts(happened []fact) (person mark) {
	for _, f := range happened {
		h := r.half(f.at)
		if h < 0 {
			continue
		}
		if f.kind == valued {
			r.value[h] += f.amount
			if h == 0 {
				r.steps[r.at(f.at)].value += f.amount
			}
		}
		if h > 0 {
			continue
		}
		switch f.kind {
		case silent:
			person |= wasLeftAlone
		case sent:
			person |= wasSent
		case held:
			person |= wasHeld
		case moved, valued:
		}
	}
	return person
}

func add(e *profile.Effort, of lifecycle.Effort) {
	switch of {
	case lifecycle.Outreach:
		e.Outreach++
	case lifecycle.Response:
		e.Response++
	case lifecycle.Unprompted:
		e.Unprompted++
	}
}

// cohort is the stretch in which people have to have come: as long as the period,
// though at most a window, and so long ago that another window has passed.
func (r *recent) cohort(i int) lifecycle.Period {
	end := min(r.period.To, r.now.Add(-r.window)).Add(-time.Duration(i) * r.length)
	return lifecycle.Period{From: end.Add(-min(r.window, r.length)), To: end}
}

// cohorts counts the person among those who came in the cohort, and among those who
// came back within a window of their first visit in it. All have been watched for a
// whole window, so nothing is censored.
func (r *recent) cohorts(walk []lifecycle.Interaction, back []event.Instant) (person mark) {
	for i := range r.came {
		cohort := r.cohort(i)
		for k, in := range walk {
			if in.Effort == lifecycle.Outreach || !cohort.Holds(in.Time) {
				continue
			}
			r.came[i]++
			returned := back[k] != 0 && back[k].Sub(in.Time) <= r.window
			if returned {
				r.back[i]++
			}
			switch {
			case i > 0:
			case returned:
				person |= cameBack
			default:
				person |= stayedAway
			}
			break
		}
	}
	return person
}

// stages counts where the person was at the end of each step, as their moves tell it
// backwards from the stage they are in now. It returns where they were at the end of
// the period.
func (r *recent) stages(at int16, first event.Instant, happened []fact) (then int16) {
	next := len(happened) - 1
	then = -1
	for s := len(r.steps) - 1; s >= -1; s-- {
		end := r.period.From
		if s >= 0 {
			end = r.end(s)
		}
		for ; next >= 0 && happened[next].at > end; next-- {
			if happened[next].kind == moved {
				at = happened[next].from
			}
		}
		if first > end {
			return then
		}
		if s == len(r.steps)-1 {
			then = at
		}
		switch {
		case at < 0:
		case s < 0:
			r.stagesBefore[at]++
		default:
			r.steps[s].stages[at]++
		}
	}
	return then
}

// late is the test that a filter is of people's marks.
func (r *recent) late(what string) (func(int) bool, error) {
	m, ok := lately()[what]
	if !ok {
		return nil, fault.New(fault.Invalid, "lately %q: use came, back, away, outreach, response, unprompted, sent, silent or held", what).At("lately")
	}
	return func(i int) bool { return i < len(r.marks) && r.marks[i]&m != 0 }, nil
}

// lateWords say what a filter of marks asks for.
func (r *recent) lateWords(what string, zone *time.Location) string {
	w, in := inDays(r.window), periodWords(r.period, r.now, zone)
	came := "came " + periodWords(r.cohort(0), r.now, zone)
	return map[string]string{
		"came":       came,
		"back":       came + ", and again of their own accord within " + w,
		"away":       came + ", and not again of their own accord within " + w,
		"outreach":   "reached out to by us " + in,
		"response":   "responded to us " + in,
		"unprompted": "came by themselves " + in,
		"sent":       "sent something " + in,
		"silent":     "silence was chosen for them " + in,
		"held":       "something was stopped or held " + in,
	}[what]
}

// periodWords say a period: "in the last 30 days", "from 3 March to 2 April 2026".
func periodWords(p lifecycle.Period, now event.Instant, zone *time.Location) string {
	switch {
	case p.To > now && p.From == 0:
		return "at any time"
	case p.To > now && p.Length()%aDay == 0:
		return "in the last " + inDays(p.Length())
	}
	from, to := p.From.Time().In(zone), (p.To - 1).Time().In(zone)
	if from.Year() == to.Year() && to.Year() == now.Time().In(zone).Year() {
		return "from " + from.Format("2 January") + " to " + to.Format("2 January")
	}
	return "from " + from.Format("2 January 2006") + " to " + to.Format("2 January 2006")
}
