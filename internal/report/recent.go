package report

import (
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/profile"
)

const (
	loopWeeks = 13 // a quarter of a year, which is compared with the one before
	aWeek     = 7 * 24 * time.Hour
	quarter   = loopWeeks * aWeek
	lateDays  = 7 // for what was done lately
)

// mark says one thing that a person did or met lately. All that the loop's page
// counts in people is a mark, so that it can be opened.
type mark uint16

const (
	cameBack     mark = 1 << iota // came in the window before the last, and again of their own accord within a window
	stayedAway                    // came then, and did not
	reachedOut                    // in the last quarter
	responded                     // in the last quarter
	cameUnasked                   // in the last quarter
	wasSent                       // in the last days
	wasLeftAlone                  // silence was chosen for them in the last days
	wasHeld                       // something was held or stopped in the last days
)

// lately is how marks are called in a filter.
func lately() map[string]mark {
	return map[string]mark{
		"came": cameBack | stayedAway, "back": cameBack, "away": stayedAway,
		"outreach": reachedOut, "response": responded, "unprompted": cameUnasked,
		"sent": wasSent, "silent": wasLeftAlone, "held": wasHeld,
	}
}

// recent is everybody in the last half year, week by week.
type recent struct {
	now    event.Instant
	window time.Duration
	kpi    *definition.KPI // of the value feature; nil without one
	ws     *definition.Workspace

	marks  []mark // by place in the atlas
	counts map[mark]int

	// Of the last quarter, and of the one before.
	value      [2]event.Micros
	effort     [2]profile.Effort
	initiative [2]lifecycle.Ratio
	came, back [2]int // who came in the window before the last, and a quarter earlier; and of them who came back

	weeks        [loopWeeks]weekTally
	stagesBefore []int // people a quarter ago, by stage

	moves  []event.Event // between stages, of the person who is being added
	person mark          // theirs
}

// weekTally is one week, the oldest first.
type weekTally struct {
	effort profile.Effort
	stages []int // people in each at its end
	value  event.Micros
}

func newRecent(ws *definition.Workspace, now event.Instant, window time.Duration) *recent {
	r := &recent{ws: ws, now: now, window: window, counts: map[mark]int{}, stagesBefore: make([]int, len(ws.Map.Stages))}
	for i := range r.weeks {
		r.weeks[i].stages = make([]int, len(ws.Map.Stages))
	}
	for i := range ws.Features {
		if f := &ws.Features[i]; f.Aggregate == definition.Sum && !f.Plain && f.Within == 0 {
			r.kpi = &definition.KPI{Events: f.Events, Property: f.Property, Less: f.Less, LessOf: f.LessOf}
			break
		}
	}
	return r
}

// begin starts a person.
func (r *recent) begin() {
	r.moves, r.person = r.moves[:0], 0
}

// see notes an event of the person.
func (r *recent) see(e event.Event) {
	age := r.now.Sub(e.Time)
	if age < 0 || age >= 2*quarter {
		return
	}
	switch e.Kind {
	case event.StageMoved:
		if age < quarter {
			r.moves = append(r.moves, e)
		}
	case event.Track:
		if r.kpi == nil {
			return
		}
		if m, ok := profile.MoneyOf(&e, *r.kpi, r.ws.Currency); ok && m.Currency == r.ws.Currency {
			r.value[half(age)] += m.Amount
			if age < quarter {
				r.weeks[r.week(e.Time)].value += m.Amount
			}
		}
	case event.Choice, event.Receipt, event.Suppressed:
		if age < lateDays*24*time.Hour {
			r.done(e)
		}
	default:
	}
}

// done notes what was done with the person lately. A body that cannot be read is
// left out: the fold refused it too.
func (r *recent) done(e event.Event) {
	switch e.Kind {
	case event.Choice:
		if b, err := event.Unpack[event.ChoiceBody](e); err == nil && b.Chosen >= 0 && b.Chosen < len(b.Candidates) && b.Candidates[b.Chosen].Action == event.Silence {
			r.person |= wasLeftAlone
		}
	case event.Receipt:
		if b, err := event.Unpack[event.ReceiptBody](e); err == nil && b.Outcome == event.Sent {
			r.person |= wasSent
		}
	default:
		r.person |= wasHeld
	}
}

// week is the place of an instant of the last quarter.
func (r *recent) week(t event.Instant) int {
	return loopWeeks - 1 - min(loopWeeks-1, int(r.now.Sub(t)/aWeek))
}

// half is 0 for the last quarter and 1 for the one before.
func half(age time.Duration) int { return min(1, int(age/quarter)) }

// end counts the person, whose walk over the map is given.
func (r *recent) end(p *profile.Person, walk []lifecycle.Interaction, back []event.Instant) {
	var effort [2]profile.Effort
	for _, in := range walk {
		age := r.now.Sub(in.Time)
		if age < 0 || age >= 2*quarter {
			continue
		}
		add(&effort[half(age)], in.Effort)
		if age < quarter {
			add(&r.weeks[r.week(in.Time)].effort, in.Effort)
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
			r.person |= x.m
		}
	}
	r.cohorts(walk, back)
	r.stages(p)
	r.marks = append(r.marks, r.person)
	for m := mark(1); m <= wasHeld; m <<= 1 {
		if r.person&m != 0 {
			r.counts[m]++
		}
	}
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

// cohorts counts the person among those who came in a window that has another
// after it, and among those who came back within a window of their first visit in
// it. All have been watched for a whole window, so nothing is censored.
func (r *recent) cohorts(walk []lifecycle.Interaction, back []event.Instant) {
	for i := range r.came {
		end := r.now.Add(-r.window - time.Duration(i)*quarter)
		begin := end.Add(-r.window)
		for k, in := range walk {
			if in.Effort == lifecycle.Outreach || in.Time < begin || in.Time >= end {
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
				r.person |= cameBack
			default:
				r.person |= stayedAway
			}
			break
		}
	}
}

// stages counts where the person was at the end of each week, as the moves of the
// last quarter tell it backwards from now.
func (r *recent) stages(p *profile.Person) {
	at, next := p.Stage, len(r.moves)-1
	for w := loopWeeks; w >= 0; w-- {
		end := r.now.Add(-time.Duration(loopWeeks-w) * aWeek)
		for ; next >= 0 && r.moves[next].Time > end; next-- {
			if b, err := event.Unpack[event.StageBody](r.moves[next]); err == nil {
				at = b.From
			}
		}
		if p.FirstSeen > end {
			return
		}
		_, i := r.ws.Map.Stage(at)
		switch {
		case i < 0:
		case w == 0:
			r.stagesBefore[i]++
		default:
			r.weeks[w-1].stages[i]++
		}
	}
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
func (r *recent) lateWords(what string) string {
	w := inDays(r.window)
	return map[string]string{
		"came":       "came in the " + w + " that ended " + w + " ago",
		"back":       "came in the " + w + " that ended " + w + " ago, and again of their own accord within " + w,
		"away":       "came in the " + w + " that ended " + w + " ago, and not again of their own accord within " + w,
		"outreach":   "reached out to by us in the last " + inDays(quarter),
		"response":   "responded to us in the last " + inDays(quarter),
		"unprompted": "came by themselves in the last " + inDays(quarter),
		"sent":       "sent something in the last " + inDays(lateDays*24*time.Hour),
		"silent":     "silence was chosen for them in the last " + inDays(lateDays*24*time.Hour),
		"held":       "something was stopped or held in the last " + inDays(lateDays*24*time.Hour),
	}[what]
}
