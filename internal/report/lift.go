package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/profile"
)

// narrowingPoints is the most that the history of an interval is drawn with.
const narrowingPoints = 104

// measuredPeople is how many results each side needs before a lift is offered,
// and paceNeeds how many must have joined before their pace is told from.
const (
	measuredPeople = 100
	paceNeeds      = 10
)

// comparison is who is compared in a goal, and how.
type comparison struct {
	members  []*member // measured people of both sides, in the order in which their horizons passed
	horizon  time.Duration
	currency string
	ownOnly  bool   // the goal's holdout alone is compared with
	due      string // when there will be enough of them, in words; empty when there are
}

// comparison chooses the people on whom the lift rests. Only those whose horizon
// has passed: their result is final, so each person enters once, and the
// sequence of results is one to which an anytime-valid interval applies. Only
// those who could be reached when they joined: nothing can be done for the
// others, in either arm.
//
// Where there are several goals the global holdout differs from the treated by
// all of them, so only this goal's own holdout says what this goal does.
func (d *digest) comparison(g *goalDigest) comparison {
	c := comparison{horizon: g.def.Horizon, currency: d.ws.Currency, ownOnly: d.ownHoldout(g)}
	var treated, holdout []event.Instant // when the result of each is complete
	for i := range g.members {
		m := &g.members[i]
		if !m.reachable || c.ownOnly && m.arm == profile.GlobalHoldout {
			continue
		}
		if m.mature {
			c.members = append(c.members, m)
		}
		if complete := m.joined.Add(c.horizon); m.holdout() {
			holdout = append(holdout, complete)
		} else {
			treated = append(treated, complete)
		}
	}
	c.due = d.due(c.horizon, treated, holdout)
	slices.SortStableFunc(c.members, func(a, b *member) int { return cmp.Compare(a.joined, b.joined) })
	return c
}

// due says when both sides will have enough results: the day on which the last
// that is needed is complete, or, before so many have joined, about when it would
// be if people went on joining as they do.
func (d *digest) due(horizon time.Duration, sides ...[]event.Instant) string {
	var last event.Instant
	guess := false
	for _, complete := range sides {
		slices.Sort(complete)
		n := len(complete)
		switch {
		case n >= measuredPeople:
			last = max(last, complete[measuredPeople-1])
			continue
		case n < paceNeeds:
			return "too few have joined to say when that will be"
		}
		watched := d.now.Sub(complete[0].Add(-horizon))
		wait := watched / time.Duration(n) * time.Duration(measuredPeople-n)
		if wait > 5*365*24*time.Hour {
			return "at the pace at which people join, that will take more than 5 years"
		}
		last, guess = max(last, d.now.Add(wait+horizon)), true
	}
	switch {
	case guess:
		return "at the pace at which people join, that will be about " + day(last, d.now, d.ws.Zone)
	case last > d.now:
		return "that will be on " + day(last, d.now, d.ws.Zone)
	default:
		return ""
	}
}

// money compares the KPI, adjusted by what people were worth before they joined.
func (c comparison) money() Lift {
	d := c.compare(c.members, kpiOf)
	l := c.lift(d)
	how := ""
	if d.Slope != 0 {
		how = ", adjusted for what they were worth before"
	}
	l.Sentence = c.sentence(l, c.amount, c.amount, "a person", how)
	if d.Slope != 0 {
		l.Method += fmt.Sprintf(" Adjusted by their KPI before joining (CUPED, slope %.2f).", d.Slope)
	}
	return l
}

// reached compares the share who arrived in a desired stage within the horizon.
func (c comparison) reached() Lift {
	l := c.lift(c.compare(c.members, func(m *member) (float64, float64) {
		if m.arrived(c.horizon) {
			return 1, 0
		}
		return 0, 0
	}))
	l.Sentence = c.sentence(l, percent, points, "of people", "")
	return l
}

func kpiOf(m *member) (y, x float64) { return m.kpi.Float(), m.before.Float() }

func (c comparison) compare(members []*member, value func(*member) (y, x float64)) experiment.Difference {
	var treated, holdout experiment.Sample
	for _, m := range members {
		if m.holdout() {
			holdout.Add(value(m))
		} else {
			treated.Add(value(m))
		}
	}
	return experiment.Lift(treated, holdout, experiment.Options{MinPeople: measuredPeople})
}

func (c comparison) lift(d experiment.Difference) Lift {
	l := Lift{Difference: c.estimate(d, len(c.members)), Treated: d.Treated, Holdout: d.Holdout}
	against := "both holdouts"
	if c.ownOnly {
		against = "this goal's own holdout, because the global one is also spared the other goals"
	}
	l.Method = fmt.Sprintf("People who could be reached when they joined and whose %s have passed, compared with %s. "+
		"The interval is a 95 %% confidence sequence (Waudby-Smith et al. 2021): it holds however often one looks.", inDays(c.horizon), against)
	return l
}

// estimate leaves out an interval that does not exist, which JSON could not say.
func (c comparison) estimate(d experiment.Difference, n int) Estimate {
	e := Estimate{Value: d.Value, People: n, Enough: d.Enough}
	if d.Missing != "" {
		e.Note = fmt.Sprintf("%s; a result is complete %s after joining", d.Missing, inDays(c.horizon))
		if c.due != "" {
			e.Note += "; " + c.due
		}
	}
	if d.Enough {
		e.Low, e.High = d.Low, d.High
	}
	return e
}

// sentence says the difference and what to make of it; how is what it was
// adjusted for, if it was.
func (c comparison) sentence(l Lift, write, difference func(float64) string, per, how string) string {
	if !l.Difference.Enough {
		return fmt.Sprintf("Not enough evidence yet: %s.", l.Difference.Note)
	}
	e := l.Difference
	verdict := "which may be chance"
	if e.Low > 0 || e.High < 0 {
		verdict = "which is more than chance"
	}
	return fmt.Sprintf("Treated %s %s, holdout %s: a difference of %s (%s to %s)%s, %s.",
		write(l.Treated), per, write(l.Holdout), difference(e.Value), difference(e.Low), difference(e.High), how, verdict)
}

func (c comparison) amount(x float64) string { return amount(x, c.currency) }

// narrowing recomputes the lift as it stood at the end of each week. A person's
// result does not change once their horizon has passed, so nothing has to be
// remembered from back then.
func (c comparison) narrowing(now event.Instant) []LiftPoint {
	out := []LiftPoint{}
	if len(c.members) == 0 {
		return out
	}
	const week = 7 * 24 * time.Hour
	first := c.members[0].joined.Add(c.horizon)
	step := week
	for now.Sub(first) > step*narrowingPoints {
		step += week
	}
	var treated, holdout experiment.Sample
	done := 0
	for at := first.Add(step); ; at = at.Add(step) {
		at = min(at, now)
		for done < len(c.members) && c.members[done].joined.Add(c.horizon) <= at {
			if m := c.members[done]; m.holdout() {
				holdout.Add(kpiOf(m))
			} else {
				treated.Add(kpiOf(m))
			}
			done++
		}
		if d := experiment.Lift(treated, holdout, experiment.Options{MinPeople: measuredPeople}); d.Enough {
			out = append(out, LiftPoint{At: at, Difference: c.estimate(d, done)})
		}
		if at >= now {
			return out
		}
	}
}
