package report_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
)

// way is how one person's way to the goal went.
type way struct {
	arm     profile.Arm
	joined  event.Instant
	reached event.Instant // zero: never
}

// ways are of people who joined over half a year and arrive at a constant rate: of the
// treated half do within ninety days.
func ways(rng *rand.Rand, people int) []way {
	out := make([]way, people)
	for i := range out {
		w := &out[i]
		w.arm, w.joined = profile.Treated, epoch().Add(time.Duration(rng.Int64N(int64(180*dayLong))))
		mean := 130 * float64(dayLong)
		if rng.IntN(3) == 0 {
			w.arm, mean = profile.GoalHoldout, 2*mean
		}
		w.reached = w.joined.Add(time.Duration(rng.ExpFloat64() * mean))
	}
	return out
}

// gapOf is what a goal's page tells at a time of whom it knows then.
func gapOf(t *testing.T, all []way, now event.Instant) report.GoalGap {
	t.Helper()
	ws := retail(t)
	w := newWorld(t, ws, now)
	for i, x := range all {
		if x.joined > now {
			continue
		}
		standing := profile.Goal{Joined: x.joined, Reachable: true, Arm: x.arm}
		if x.reached <= now {
			standing.Reached = x.reached
		}
		w.add(fmt.Sprint("user", i), map[string]profile.Goal{ws.Goals[0].ID: standing}, track(x.joined, "Order Completed", `{}`))
	}
	g, err := w.reports().Goal(t.Context(), ws.Goals[0].ID)
	require.NoError(t, err)
	return g.Gap
}

func TestTheGapIsForetoldAsItComesToBe(t *testing.T) {
	t.Parallel()
	horizon := retail(t).Goals[0].Horizon
	rng := rand.New(rand.NewPCG(11, 11))
	held, runs := 0, 40
	for range runs {
		all := ways(rng, 400)
		now := epoch().Add(180 * dayLong)
		gap := gapOf(t, all, now)
		require.True(t, gap.Policy.Enough, gap.Sentence)
		underWay, arrived := 0, 0
		for _, x := range all {
			end := x.joined.Add(horizon)
			if x.arm == profile.Treated && end > now && x.reached > now {
				underWay++
				if x.reached < end {
					arrived++
				}
			}
		}
		require.Equal(t, underWay, gap.UnderWay)
		if float64(arrived) >= gap.Policy.Low && float64(arrived) <= gap.Policy.High {
			held++
		}
		require.Less(t, gap.Alone.Value, gap.Policy.Value, "they arrive at half the rate")

		// One horizon later the same forecast stands beside what came of it.
		before := gapOf(t, all, now.Add(horizon)).Before
		require.NotNil(t, before)
		require.Equal(t, now, before.At)
		require.Equal(t, gap.UnderWay, before.UnderWay)
		require.InDelta(t, gap.Policy.Value, before.Policy.Value, 1e-9, "by what was known then, and nothing since")
		require.Equal(t, arrived, before.Arrived)
	}
	require.GreaterOrEqual(t, held, runs*8/10, "the interval is one of 95 %%, and holds at least that often but for chance")
}

func TestAForecastWithTooLittleToGoByIsNotGiven(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(12, 12))
	all := ways(rng, 400)
	early := gapOf(t, all, epoch().Add(10*dayLong))
	require.False(t, early.Policy.Enough)
	require.Contains(t, early.Sentence, "cannot be foretold yet")
	require.Nil(t, early.Before)
	none := gapOf(t, nil, epoch())
	require.Equal(t, "Nobody is under way: all have arrived, are held out, or their time has passed.", none.Sentence)
}
