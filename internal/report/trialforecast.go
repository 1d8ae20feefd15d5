package report

import (
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
)

const (
	trialPower    = 0.8            // chance of finding the effect that is worth knowing
	trialFarthest = 2 * 365        // days to which it is foretold
	paceDays      = 28             // over which the pace is taken
	dayOf         = 24 * time.Hour //
)

// foretell says how long it takes until the effect that is worth knowing would be told,
// from how widely results vary and how fast people come.
func (d *digest) foretell(t *trialDigest, pairs []experiment.Pair) TrialForecast {
	if t.def.Over(t.now) {
		return TrialForecast{Sentence: "It is over: nobody else is counted."}
	}
	needed := t.needed(pairs)
	out := TrialForecast{PerWeek: t.perWeek()}
	if needed == 0 || math.IsInf(needed, 1) {
		out.Sentence = "How long it takes cannot be told yet: too few results are known to say how much they vary."
		return out
	}
	out.People = int(math.Ceil(needed))
	at, ok := t.due(out.People)
	what := fmt.Sprintf("A difference of %s is told, with a chance of %d %%, by about %s", amount(t.def.Stop.Effect, d.ws.Currency), int(100*trialPower), t.units(out.People))
	if !ok {
		out.Sentence = fmt.Sprintf("%s. At the pace at which they come, that takes more than %d years.", what, trialFarthest/365)
		return out
	}
	out.Known, out.At = true, at
	out.Weeks = max(0, int(math.Ceil(at.Sub(t.now).Hours()/24/7)))
	out.Sentence = fmt.Sprintf("%s: about %s, if they go on coming as they do.", what, day(at, t.now, d.ws.Zone))
	return out
}

// needed is how many it takes in all; 0 where that cannot be told.
func (t *trialDigest) needed(pairs []experiment.Pair) float64 {
	o := t.options()
	k := float64(len(t.def.Arms))
	o.Alpha /= k * (k - 1) / 2
	shares, most := t.def.Shares(), 0.0
	for arm := 1; arm < len(t.def.Arms); arm++ {
		both := shares[arm] + shares[0]
		se, n := 0.0, 1000
		if p := withFirst(pairs, arm); p != nil && p.Enough {
			se, n = p.StandardError, t.first(arm)
			if t.drawn() {
				n, both = t.measured(), 1
			}
		} else if t.base.N >= measuredPeople {
			sd := t.base.Deviation(experiment.PooledSlope(t.base))
			se = sd * math.Sqrt(both/(1000*shares[arm])+both/(1000*shares[0]))
		}
		if se == 0 {
			return 0
		}
		most = math.Max(most, experiment.PeopleToTell(se, n, t.def.Stop.Effect, trialPower, o)/both)
	}
	return most
}

func (t *trialDigest) measured() (n int) {
	for i := range t.members {
		if t.members[i].mature {
			n++
		}
	}
	return n
}

// due is when so many have a complete result. Those who are there are complete when
// their time has passed; others come as they did lately. Before the beginning, everybody
// with whom the goals had to do comes at their next decision: after so many days there
// will be as many as had one in the last so many days.
func (t *trialDigest) due(needed int) (event.Instant, bool) {
	if n := len(t.members); n >= needed {
		return t.members[needed-1].at.Add(t.def.Within), true
	} else if n > 0 {
		pace := t.perWeek() / 7
		if pace <= 0 {
			return 0, false
		}
		days := math.Ceil(float64(needed-n) / pace)
		return t.now.Add(time.Duration(days)*dayOf + t.def.Within), days <= trialFarthest
	}
	begin := max(t.now, t.def.Begin)
	for days := 1; days <= trialFarthest; days++ {
		if t.metWithin(days) >= needed {
			return begin.Add(time.Duration(days)*dayOf + t.def.Within), true
		}
	}
	return 0, false
}

// metWithin is about how many people a decision is made for in so many days.
func (t *trialDigest) metWithin(days int) int {
	since := t.now.Add(-time.Duration(days) * dayOf)
	return len(t.latest) - sort.Search(len(t.latest), func(i int) bool { return t.latest[i] > since })
}

// perWeek is how many come under it a week: lately, or since it began if that is later.
func (t *trialDigest) perWeek() float64 {
	if len(t.members) == 0 {
		return float64(t.metWithin(paceDays)) / paceDays * 7
	}
	days := math.Min(paceDays, math.Max(7, t.now.Sub(t.members[0].at).Hours()/24))
	since := t.now.Add(-time.Duration(days * float64(dayOf)))
	n := len(t.members) - sort.Search(len(t.members), func(i int) bool { return t.members[i].at > since })
	return float64(n) / days * 7
}
