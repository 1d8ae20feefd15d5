package report

import (
	"fmt"
	"math"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/profile"
)

// GoalGap is how far the people of a goal are from where it wants them: who is under
// way, how many of them are forecast to arrive, with what is done and left alone, and
// what came of the same forecast one horizon ago.
type GoalGap struct {
	Sentence string    `json:"sentence"`
	Days     []GapDay  `json:"days" doc:"who has arrived by each day since joining, by arm"`
	UnderWay int       `json:"under_way" doc:"treated people who have not arrived and whose horizon has not passed"`
	Policy   Estimate  `json:"policy" doc:"how many of them arrive within their horizons, with what is done"`
	Alone    Estimate  `json:"alone" doc:"how many would, left alone: by those who are held out"`
	Before   *Foretold `json:"before,omitempty" doc:"the same forecast one horizon ago, and what happened; left out while there is none"`
}

// GapDay is both arms by the end of a day since joining.
type GapDay struct {
	Day     float64 `json:"day"`
	Treated GapArm  `json:"treated"`
	HeldOut GapArm  `json:"held_out"`
}

// GapArm is the share of an arm that has arrived by then.
type GapArm struct {
	Arrived experiment.Interval `json:"arrived" doc:"with a 95 % band that holds for all days at once"`
	People  int                 `json:"people" doc:"watched for so long, and not arrived before"`
}

// Foretold is a forecast that can be judged.
type Foretold struct {
	At       event.Instant `json:"at"`
	UnderWay int           `json:"under_way" doc:"then"`
	Policy   Estimate      `json:"policy" doc:"how many of them were forecast to arrive, by what was known then"`
	Arrived  int           `json:"arrived" doc:"how many did"`
}

const (
	gapSteps   = 24 // of the horizon
	gapAtRisk  = 10 // people who must have been watched for a whole horizon
	gapArrived = 10 // and who must have arrived, before anything is forecast
)

// gapView tells the gap of a goal.
func (d *digest) gapView(g *goalDigest) GoalGap {
	ownOnly := d.ownHoldout(g)
	treated := g.curve(d.now, (*member).treated)
	held := g.curve(d.now, func(m *member) bool { return m.holdout() && (!ownOnly || m.arm != profile.GlobalHoldout) })
	horizon := g.def.Horizon
	out := GoalGap{Days: make([]GapDay, gapSteps)}
	days := make([]float64, gapSteps)
	for i := range days {
		days[i] = inDaysNumber(horizon) * float64(i+1) / gapSteps
	}
	treatedBand, heldBand := treated.band(days), held.band(days)
	for i := range days {
		out.Days[i] = GapDay{Day: days[i], Treated: treatedBand[i], HeldOut: heldBand[i]}
	}
	var waited []time.Duration
	for i := range g.members {
		if m := &g.members[i]; m.underWay(horizon, d.now) {
			waited = append(waited, d.now.Sub(m.joined))
		}
	}
	out.UnderWay = len(waited)
	out.Policy, out.Alone = treated.forecast(waited, horizon), held.forecast(waited, horizon)
	out.Before = d.foretold(g)
	out.Sentence = out.say(horizon)
	return out
}

// ownHoldout reports whether only the goal's own holdout says what the goal does.
func (d *digest) ownHoldout(g *goalDigest) bool { return len(d.ws.Goals) > 1 && g.def.Holdout > 0 }

// foretold is the forecast that would have been made one horizon ago, when everybody
// of it has had their time since.
func (d *digest) foretold(g *goalDigest) *Foretold {
	then := d.now.Add(-g.def.Horizon)
	treated := g.curve(then, (*member).treated)
	var waited []time.Duration
	out := Foretold{At: then}
	for i := range g.members {
		m := &g.members[i]
		if !m.underWay(g.def.Horizon, then) {
			continue
		}
		waited = append(waited, then.Sub(m.joined))
		if m.arrived(g.def.Horizon) {
			out.Arrived++
		}
	}
	if out.Policy = treated.forecast(waited, g.def.Horizon); !out.Policy.Enough {
		return nil
	}
	out.UnderWay = len(waited)
	return &out
}

// underWay reports whether m was treated and on the way at a time: joined, not arrived,
// and the horizon not passed.
func (m *member) underWay(horizon time.Duration, at event.Instant) bool {
	return m.treated() && m.joined <= at && at < m.joined.Add(horizon) && (m.reached == 0 || m.reached > at)
}

// arrived reports whether m reached a desired stage within the horizon.
func (m *member) arrived(horizon time.Duration) bool {
	return m.reached != 0 && m.reached < m.joined.Add(horizon)
}

// arrivals are those of an arm, by days since joining.
type arrivals struct {
	experiment.Incidence

	people, arrived, whole int // whole: watched for the whole horizon without arriving
}

// treated reports whether m is in neither holdout.
func (m *member) treated() bool { return !m.holdout() }

// curve is the arrivals of those of whom in holds, as they were known at a time.
func (g *goalDigest) curve(at event.Instant, in func(*member) bool) (out arrivals) {
	var spells []experiment.Spell
	horizon := g.def.Horizon
	for i := range g.members {
		m := &g.members[i]
		if m.joined > at || !in(m) {
			continue
		}
		s := experiment.Spell{After: inDaysNumber(min(at.Sub(m.joined), horizon))}
		switch {
		case m.arrived(horizon) && m.reached <= at:
			s = experiment.Spell{After: inDaysNumber(max(0, m.reached.Sub(m.joined))), Cause: 1}
			out.arrived++
		case at.Sub(m.joined) >= horizon:
			out.whole++
		}
		spells = append(spells, s)
	}
	out.people, out.Incidence = len(spells), experiment.Incidences(spells, 1)
	return out
}

func (a *arrivals) band(days []float64) []GapArm {
	out := make([]GapArm, len(days))
	for i, left := range a.Band(0, days[len(days)-1], days) {
		out[i] = GapArm{Arrived: experiment.Interval{Value: 1 - left.Value, Low: 1 - left.High, High: 1 - left.Low}, People: a.At(1, days[i]).AtRisk}
	}
	return out
}

// forecast is how many arrive by the end of their horizon of those who have waited so
// long without. Its interval holds the chance of each and that the curve is not known
// exactly; errors of the curve are taken to be the same for all, which is the worst.
func (a *arrivals) forecast(waited []time.Duration, horizon time.Duration) Estimate {
	e := Estimate{People: a.people}
	switch {
	case len(waited) == 0:
		e.Note = "nobody is under way"
		return e
	case a.arrived < gapArrived:
		e.Note = fmt.Sprintf("%d of the %d who have to have arrived have", a.arrived, gapArrived)
		return e
	case a.whole < gapAtRisk:
		e.Note = fmt.Sprintf("%d of the %d who have to have been watched for a whole horizon have", a.whole, gapAtRisk)
		return e
	}
	var chance, curve float64
	for _, w := range waited {
		left, se := a.Remaining(inDaysNumber(w), inDaysNumber(horizon))
		e.Value += 1 - left
		chance += left * (1 - left)
		curve += se
	}
	half := experiment.Z95 * math.Sqrt(chance+curve*curve)
	e.Low, e.High = max(0, e.Value-half), min(float64(len(waited)), e.Value+half)
	e.Enough = true
	return e
}

func (g *GoalGap) say(horizon time.Duration) string {
	round := func(e Estimate) string {
		return fmt.Sprintf("%s (%s to %s)", Count(int(math.Round(e.Value))), Count(int(math.Round(e.Low))), Count(int(math.Round(e.High))))
	}
	switch {
	case g.UnderWay == 0:
		return "Nobody is under way: all have arrived, are held out, or their time has passed."
	case !g.Policy.Enough:
		return fmt.Sprintf("%s under way. How many arrive cannot be foretold yet: %s.", are(g.UnderWay), g.Policy.Note)
	case !g.Alone.Enough:
		return fmt.Sprintf("%s under way; with what is done now %s of them are forecast to arrive within %s of joining. What they would do left alone cannot be foretold yet: %s.",
			are(g.UnderWay), round(g.Policy), inDays(horizon), g.Alone.Note)
	default:
		return fmt.Sprintf("%s under way; with what is done now %s of them are forecast to arrive within %s of joining, and left alone %s.", are(g.UnderWay), round(g.Policy), inDays(horizon), round(g.Alone))
	}
}

// are is so many people, and the verb.
func are(n int) string {
	if n == 1 {
		return "One person is"
	}
	return HowMany(n) + " are"
}
