package pacing_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/pacing"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func TestAWarmUpGrowsByTheSameShareEachDay(t *testing.T) {
	t.Parallel()
	w := pacing.WarmUp{Since: noon, First: 50, Ceiling: 51_200, Days: 10}
	var got []int
	for d := range 13 {
		got = append(got, w.Volume(pacing.DayOf(noon)+pacing.Day(d-1)))
	}
	require.Equal(t, []int{0, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 51200}, got)
}

// TestLimitsHoldWhateverComes takes turns at random, by random limits, and holds them
// against the limits themselves.
func TestLimitsHoldWhateverComes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // made-up letters
		l := pacing.Limits{}
		if r.IntN(4) > 0 {
			l.PerDomain = []float64{0.001, 0.02, 1, 5}[r.IntN(4)]
		}
		if r.IntN(4) > 0 {
			l.WarmUp = &pacing.WarmUp{Since: noon.Add(time.Duration(r.IntN(5)-2) * 24 * time.Hour), First: 1 + r.IntN(5), Days: 1 + r.IntN(6)}
			l.WarmUp.Ceiling = l.WarmUp.First + r.IntN(50)
		}
		b, now := pacing.NewBook(l), noon
		byDay, byDomain := map[pacing.Day]int{}, map[string][]time.Time{}
		last := map[string]time.Time{}
		for n := range 200 {
			to := fmt.Sprintf("p%d@d%d.example", n, r.IntN(3))
			domain := to[len(to)-len("d0.example"):]
			now = now.Add(time.Duration(r.Int64N(int64(10 * time.Minute))))
			turn := b.Take(to, now)
			require.False(t, turn.At.Before(now), "seed %d: a turn in the past", seed)
			require.Equal(t, turn.At.After(now), turn.Why != "", "seed %d: who waits is told why, and nobody else", seed)
			require.False(t, turn.At.Before(last[domain]), "seed %d: who came later goes first", seed)
			last[domain] = turn.At
			byDay[pacing.DayOf(turn.At)]++
			byDomain[domain] = append(byDomain[domain], turn.At)
		}
		if l.WarmUp != nil {
			for d, n := range byDay {
				require.LessOrEqual(t, n, l.WarmUp.Volume(d), "seed %d", seed)
			}
		}
		if l.PerDomain > 0 {
			gap := time.Duration(float64(time.Second) / l.PerDomain)
			for _, turns := range byDomain {
				for i := 1; i < len(turns); i++ {
					require.GreaterOrEqual(t, turns[i].Sub(turns[i-1]), gap, "seed %d", seed)
				}
			}
		}
	}
}

func TestNoTurnIsWastedWhileLettersWait(t *testing.T) {
	t.Parallel()
	b := pacing.NewBook(pacing.Limits{WarmUp: &pacing.WarmUp{Since: noon, First: 10, Ceiling: 80, Days: 3}})
	b.Resume(pacing.DayOf(noon), 4)
	byDay := map[pacing.Day]int{}
	for range 6 + 20 + 40 + 80 {
		byDay[pacing.DayOf(b.Take("a@x.example", noon).At)-pacing.DayOf(noon)]++
	}
	require.Equal(t, map[pacing.Day]int{0: 6, 1: 20, 2: 40, 3: 80}, byDay)
	require.False(t, b.TakeNow("a@x.example", noon))
	require.True(t, pacing.NewBook(pacing.Limits{}).TakeNow("a@x.example", noon))
}
