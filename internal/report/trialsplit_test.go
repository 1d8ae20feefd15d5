package report_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
)

func splitShop(t *testing.T, more string) *definition.Workspace {
	t.Helper()
	source, _ := definition.Template("retail")
	ws, err := definition.Compile([]byte(string(source) + `
journeys:
  - id: welcome
    begin: {events: Signed Up}
    horizon: 30d
    kpi: {events: Order Completed, of: revenue}
    steps:
      - {id: way, split: [{arm: as-now, share: 50%, go: bye}, {arm: with-call, share: 50%, go: ring}]}
      - {id: ring, hand_over: Ring them., owner: care}
      - {id: bye, end: welcomed}
experiments:
  - id: which-way
    split: welcome/way
    within: 20d
    stop: {effect: 2}
` + more))
	require.NoError(t, err)
	return ws
}

// splitPeople come to the split twice; who is called earns 9 more.
func splitPeople(w *world, people int) map[string][]person.ID {
	rng := rand.New(rand.NewPCG(5, 5))
	out := map[string][]person.ID{}
	shares := map[string]float64{"as-now": 0.5, "with-call": 0.5}
	for i := range people {
		user := fmt.Sprintf("walker%05d", i)
		at := epoch().Add(time.Duration(rng.IntN(90*24)) * time.Hour)
		arm, earns := "as-now", 10+20*rng.Float64()
		if rng.IntN(2) == 0 {
			arm, earns = "with-call", earns+9
		}
		arrived := event.JourneyedBody{Journey: "welcome", Run: user, Stride: event.Arrived, Step: "way", Arm: arm, Shares: shares}
		id := w.add(user, nil,
			track(at.Add(-5*dayLong), "Order Completed", `{"revenue":20}`),
			own(event.Journeyed, at, arrived),
			track(at.Add(3*dayLong), "Order Completed", fmt.Sprintf(`{"revenue":%.2f}`, earns)),
			own(event.Journeyed, at.Add(10*dayLong), arrived),
			track(at.Add(25*dayLong), "Order Completed", `{"revenue":1000}`), // too late to count
		)
		out[arm] = append(out[arm], id)
	}
	return out
}

func TestTheWaysOfASplitAreComparedAsTheArmsOfAnExperiment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, splitShop(t, ""), epoch().Add(120*dayLong))
	in := splitPeople(w, 800)
	r := w.reports()
	page, err := r.Trial(t.Context(), "which-way")
	require.NoError(t, err)
	require.Equal(t, &report.TrialSplit{Journey: "welcome", Name: "Welcome", Step: "way"}, page.Split)
	require.Empty(t, page.Goals)
	require.Equal(t, 800, page.People, "each once, however often they come to it")
	for _, side := range page.Sides {
		require.Equal(t, len(in[side.ID]), side.People)
		ids, _ := everyone(t, r, report.Filter{Experiment: "which-way", Arm: side.ID})
		slices.SortFunc(ids, func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
		slices.SortFunc(in[side.ID], func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
		require.Equal(t, in[side.ID], ids)
	}
	require.Equal(t, "Goes on with “Ring”.", page.Sides[1].What)
	require.Equal(t, "better", page.Outcome)
	require.Equal(t, []string{"with-call"}, page.Best)
	require.InDelta(t, 9, page.Sides[1].Versus.Value, 1.5, "what the call was made to earn")
	require.True(t, page.Ratio.OK)
}

func TestWhoComesToASplitAfterItsExperimentEndedIsNotOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, splitShop(t, "    begin: 2026-01-20\n    ended: 2026-02-10\n    winner: with-call\n"), epoch().Add(120*dayLong))
	splitPeople(w, 400)
	page, err := w.reports().Trial(t.Context(), "which-way")
	require.NoError(t, err)
	require.Equal(t, "ended", page.Status)
	require.Equal(t, "with-call", page.Winner)
	require.Greater(t, page.People, 60)
	require.Less(t, page.People, 180, "of some hundred days, three weeks, and ten days for those who came a second time")
	require.Contains(t, page.Answer, "was declared the winner")
}
