package report_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
)

// trying is the retail company with one experiment.
func trying(t *testing.T, more string) *definition.Workspace {
	t.Helper()
	source, ok := definition.Template("retail")
	require.True(t, ok)
	ws, err := definition.Compile([]byte(string(source) + `
experiments:
  - id: thanks
    name: Does a thank-you pay?
    goals: second-order
    within: 20d
    stop: {effect: 2}
` + more))
	require.NoError(t, err)
	return ws
}

const (
	twoArms    = "    arms: [{id: without, actions: [make-the-most, what-goes-with-it]}, {id: all, weight: 2}]\n"
	learnsArms = "    assignment: adaptive\n    arms: [{id: teach, actions: make-the-most}, {id: thank, actions: thank-you}]\n"
)

// fact is what the test knows of somebody, without the report.
type fact struct {
	id         person.ID
	arm        string
	at         event.Instant
	kpi, early float64
	before     float64
}

func decided(at event.Instant, arms ...event.ChoiceArm) event.Event {
	return own(event.Choice, at, event.ChoiceBody{
		Goal: "second-order", Candidates: []event.Candidate{{Goal: "second-order", Action: event.Silence}}, Probability: 1, Reason: "Drawn.", Arms: arms,
	})
}

// triers are people who came under the experiment, and who bought before and after it:
// those of the arm all by more, in the beginning, by so much as boost.
func triers(w *world, people int, boost float64) []fact {
	rng := rand.New(rand.NewPCG(21, 1))
	e, _ := w.ws.Experiment("thanks")
	shares := map[string]float64{}
	for i, s := range e.Shares() {
		shares[e.Arms[i].ID] = s
	}
	var out []fact
	for i := range people {
		user := fmt.Sprintf("trier%05d", i)
		id := person.IDOf(0, person.NewIdentity(person.UserID, user))
		f := fact{id: id, arm: e.Arms[experiment.Pick(w.ws.Seed, e.ID, id, e.Shares())].ID, at: epoch().Add(time.Duration(rng.IntN(120*24)) * time.Hour)}
		history := []event.Event{
			decided(f.at.Add(-3*dayLong), event.ChoiceArm{Experiment: "thanks", Arm: f.arm}), // nothing differed yet
			decided(f.at, event.ChoiceArm{Experiment: "thanks", Arm: f.arm, Exposed: true, Shares: shares}),
			decided(f.at.Add(7*dayLong), event.ChoiceArm{Experiment: "thanks", Arm: f.arm, Exposed: true, Shares: shares}),
		}
		buy := func(days, amount float64) {
			history = append(history, track(f.at.Add(time.Duration(days*float64(dayLong))), "Order Completed", fmt.Sprintf(`{"revenue":%.2f}`, amount)))
		}
		for range 1 + rng.IntN(3) {
			amount := math.Round(100*(10+20*rng.Float64())) / 100
			buy(-1-40*rng.Float64(), amount)
			f.before += amount
		}
		if rng.IntN(2) == 0 {
			amount := math.Round(100*(5+30*rng.Float64())) / 100
			if f.arm == "all" {
				amount += boost
			}
			buy(1+8*rng.Float64(), amount)
			f.kpi, f.early = f.kpi+amount, f.early+amount
		}
		if rng.IntN(3) == 0 {
			buy(11+8*rng.Float64(), 12)
			f.kpi += 12
		}
		buy(25, 1000) // too late to count
		history = slices.DeleteFunc(history, func(e event.Event) bool { return e.Time > w.now })
		w.add(user, nil, history...)
		out = append(out, f)
	}
	return out
}

func moments(v []float64) (mean, variance float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		variance += (x - mean) * (x - mean) / float64(len(v)-1)
	}
	return mean, variance
}

func covariance(a, b []float64) (c float64) {
	ma, _ := moments(a)
	mb, _ := moments(b)
	for i := range a {
		c += (a[i] - ma) * (b[i] - mb) / float64(len(a)-1)
	}
	return c
}

func TestAnExperimentsPageIsWhatCountingPeopleOneByOneGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, trying(t, twoArms), epoch().Add(120*dayLong))
	facts := triers(w, 1500, 9)
	r := w.reports()
	page, err := r.Trial(context.Background(), "thanks")
	require.NoError(t, err)

	y, x, all := map[string][]float64{}, map[string][]float64{}, map[string]int{}
	for _, f := range facts {
		all[f.arm]++
		if f.at.Add(20*dayLong) <= w.now {
			y[f.arm], x[f.arm] = append(y[f.arm], f.kpi), append(x[f.arm], f.before)
		}
	}
	for i, arm := range []string{"without", "all"} {
		side := page.Sides[i]
		require.Equal(t, all[arm], side.People)
		require.Equal(t, len(y[arm]), side.Measured)
		mean, _ := moments(y[arm])
		require.InDelta(t, mean, side.Mean.Value, 1e-6)
		for _, open := range []struct {
			outcome string
			want    int
		}{{"", side.People}, {"measured", side.Measured}, {"earned", side.Earned}} {
			ids, total := everyone(t, r, report.Filter{Experiment: "thanks", Arm: arm, Outcome: open.outcome})
			require.Equal(t, open.want, total)
			for _, f := range facts {
				in := f.arm == arm && (open.outcome == "" || f.at.Add(20*dayLong) <= w.now && (open.outcome == "measured" || f.kpi != 0))
				require.Equal(t, in, slices.Contains(ids, f.id), "%s of %s: %s", f.id, arm, open.outcome)
			}
		}
	}

	n1, n0 := float64(len(y["all"])), float64(len(y["without"]))
	m1, _ := moments(y["all"])
	m0, _ := moments(y["without"])
	x1, vx1 := moments(x["all"])
	x0, vx0 := moments(x["without"])
	slope := (covariance(y["all"], x["all"])/n1 + covariance(y["without"], x["without"])/n0) / (vx1/n1 + vx0/n0)
	require.InDelta(t, m1-m0-slope*(x1-x0), page.Sides[1].Versus.Value, 1e-6)
	require.Greater(t, page.Sides[1].Versus.Low, 0.0)

	require.Equal(t, "better", page.Outcome)
	require.True(t, page.Stop)
	require.Equal(t, []string{"all"}, page.Best)
	require.True(t, strings.HasPrefix(page.Answer, "“All” is better than “Without” by "), page.Answer)
	require.True(t, strings.HasSuffix(page.Answer, "The experiment may stop."), page.Answer)
	require.Contains(t, page.Sides[1].Novelty, "may be wearing off", "all of it comes in the first days")
	require.True(t, page.Ratio.OK)
	require.NotEmpty(t, page.Course)
	last := page.Course[len(page.Course)-1]
	require.InDelta(t, page.Sides[1].Versus.Value, last.Arms[0].Difference.Value, 1e-9)
	width := func(p report.TrialPoint) float64 { return p.Arms[0].Difference.High - p.Arms[0].Difference.Low }
	require.Less(t, width(last), width(page.Course[0]), "intervals narrow over time")

	list, err := r.People(context.Background(), report.Filter{Experiment: "thanks", Arm: "all", Outcome: "measured"})
	require.NoError(t, err)
	require.Contains(t, list.Sentence, "in the arm “All” of the experiment “Does a thank-you pay?”; their result is complete")
	require.Contains(t, list.People[0].Why, "In the arm “All” since ")
}

func TestWhatIsKnownOfAnExperimentIsSaidInTime(t *testing.T) {
	t.Parallel()
	page := func(more string, now event.Instant, people int, boost float64) report.Trial {
		w := newWorld(t, trying(t, more), now)
		triers(w, people, boost)
		p, err := w.reports().Trial(context.Background(), "thanks")
		require.NoError(t, err)
		require.NotEmpty(t, p.Method)
		return p
	}
	now := epoch().Add(120 * dayLong)
	young := page(twoArms, now, 120, 0)
	require.Equal(t, "waiting", young.Outcome)
	require.Contains(t, young.Answer, "Not enough evidence yet")
	require.Contains(t, young.Sides[1].Versus.Note, "a result is complete 20 days after")

	equal := page(twoArms, now, 1500, 0)
	require.Equal(t, "waiting", equal.Outcome)
	require.True(t, equal.Forecast.Known, equal.Forecast.Sentence)
	require.Regexp(t, `^Not enough evidence yet: about \d+ more weeks\. The difference to “Without” a person so far`, equal.Answer)

	planned := page("    begin: 2026-06-01\n"+twoArms, now, 1500, 0)
	require.Equal(t, "planned", planned.Status)
	require.True(t, planned.Forecast.Known, planned.Forecast.Sentence)
	require.Contains(t, planned.Answer, "It begins on 1 June. A difference of 2.00 USD is told, with a chance of 80 %, by about ")

	ended := page("    ended: 2026-03-01\n    winner: all\n"+twoArms, now, 1500, 30)
	require.Equal(t, "ended", ended.Status)
	require.Less(t, ended.People, 1500, "who came later is not counted")
	require.Contains(t, ended.Answer, "“All” was declared the winner on 1 March.")
	require.False(t, ended.Stop)

	require.Equal(t, "Nobody has come under it yet: no decision was made that the arms would have made differently.", page(twoArms, now, 0, 0).Answer)
}

func TestPeopleWhoFallIntoTheWrongArmsMakeTheVerdictVoid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, trying(t, twoArms), epoch().Add(120*dayLong))
	for i := range 400 {
		at := epoch().Add(time.Duration(i) * time.Hour)
		w.add(fmt.Sprint("x", i), nil, decided(at, event.ChoiceArm{Experiment: "thanks", Arm: []string{"without", "all"}[i%2], Exposed: true, Shares: map[string]float64{"without": 1.0 / 3, "all": 2.0 / 3}}))
	}
	page, err := w.reports().Trial(context.Background(), "thanks")
	require.NoError(t, err)
	require.False(t, page.Ratio.OK)
	require.Contains(t, page.Answer, "Do not trust it")
	require.Len(t, page.Warnings, 1)
	require.InDelta(t, 400.0/3, page.Sides[0].Expected, 1e-6)
}

func TestWhereTheLearnerDecidesEachDecisionCountsByTheInverseOfItsProbability(t *testing.T) {
	t.Parallel()
	w := newWorld(t, trying(t, learnsArms), epoch().Add(200*dayLong))
	rng := rand.New(rand.NewPCG(4, 4))
	sum, n, drawn := 0.0, 0.0, 0
	for i := range 400 {
		var history []event.Event
		for k := range 3 {
			p := 0.2 + 0.6*rng.Float64()
			arm, at := "teach", epoch().Add(time.Duration(30*k)*dayLong)
			if rng.Float64() < p {
				arm = "thank"
			}
			history = append(history, decided(at, event.ChoiceArm{Experiment: "thanks", Arm: arm, Exposed: true, Shares: map[string]float64{"thank": p, "teach": 1 - p}}))
			amount := 10 + 3*rng.Float64()
			if arm == "thank" {
				amount += 4
				sum, n, drawn = sum+amount/p, n+1/p, drawn+1
			}
			history = append(history, track(at.Add(dayLong), "Order Completed", fmt.Sprintf(`{"revenue":%.2f}`, amount)))
		}
		w.add(fmt.Sprint("d", i), nil, history...)
	}
	page, err := w.reports().Trial(context.Background(), "thanks")
	require.NoError(t, err)
	require.Equal(t, "decision", page.Unit)
	require.InDelta(t, 20, page.WithinDays, 0)
	require.Equal(t, 400, page.People)
	require.Equal(t, drawn, page.Sides[1].Decisions)
	require.InDelta(t, sum/n, page.Sides[1].Mean.Value, 0.3, "near what weighing by hand gives")
	require.InDelta(t, 4, page.Sides[1].Versus.Value, 0.5)
	require.Equal(t, "better", page.Outcome)
	require.Contains(t, page.Answer, "a decision")
	require.True(t, page.Ratio.OK)
	_, total := everyone(t, w.reports(), report.Filter{Experiment: "thanks", Arm: "thank"})
	require.Equal(t, page.Sides[1].People, total)
}

func TestWhatCannotBeAskedOfAnExperimentIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, trying(t, twoArms), epoch())
	for want, f := range map[string]report.Filter{
		`arm "most"`:       {Experiment: "thanks", Arm: "most"},
		`experiment "no"`:  {Experiment: "no"},
		`outcome "sent"`:   {Experiment: "thanks", Outcome: "sent"},
		`goal "win-back":`: {Experiment: "thanks", Goal: "win-back"},
	} {
		_, err := w.reports().People(context.Background(), f)
		require.ErrorContains(t, err, want)
	}
	_, err := w.reports().Trial(context.Background(), "no")
	require.Error(t, err)
	rows, err := w.reports().Trials(context.Background())
	require.NoError(t, err)
	require.Len(t, rows, 1)
}
