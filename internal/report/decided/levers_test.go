package decided_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report/decided"
)

// TestWhatLeversCostIsTheSumOfWhatWasForgoneWithAnInterval: the interval of a sum over
// made-up people holds what they cost on average, and that of a lever is of the decisions
// that it had a part in.
func TestWhatLeversCostIsTheSumOfWhatWasForgoneWithAnInterval(t *testing.T) {
	t.Parallel()
	a, ctx := newTables(t), t.Context()
	_, err := a.ExecContext(ctx, `CREATE TABLE decisions (person_id VARCHAR, time TIMESTAMP WITH TIME ZONE, forgone DOUBLE, levers JSON)`)
	require.NoError(t, err)
	none, err := decided.Forgone(ctx, a, decided.Period{}, "EUR")
	require.NoError(t, err)
	require.Zero(t, none.Decisions)
	require.NotEmpty(t, none.Sentence)

	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // made-up people
	const people, worth = 400, 0.5
	sums := map[string]float64{}
	decisions := map[string]int{}
	for i := range people {
		for n := range 1 + i%2 {
			cost := worth + r.NormFloat64()
			levers, of := `["one"]`, []string{"", "one"}
			if i%4 == 0 {
				levers, of = `["one","two"]`, []string{"", "one", "two"}
			}
			for _, l := range of {
				sums[l] += cost
				decisions[l]++
			}
			_, err := a.ExecContext(ctx, `INSERT INTO decisions VALUES (?, ?, ?, ?)`, fmt.Sprint("p", i), start.Add(time.Duration(n)*24*time.Hour), cost, levers)
			require.NoError(t, err)
		}
	}
	_, err = a.ExecContext(ctx, `INSERT INTO decisions VALUES ('p0', ?, NULL, NULL), ('p1', ?, 1000, '["one"]')`, start, start.AddDate(0, 1, 0))
	require.NoError(t, err)
	c, err := decided.Forgone(ctx, a, decided.Period{Until: event.InstantOf(start.AddDate(0, 0, 20))}, "EUR")
	require.NoError(t, err)
	require.Equal(t, decisions[""], c.Decisions)
	require.Equal(t, people, c.Total.People)
	require.InDelta(t, sums[""], c.Total.Value, 1e-9)
	require.True(t, c.Total.Enough)
	truth := worth * float64(decisions[""])
	require.True(t, c.Total.Low < truth && truth < c.Total.High, "%g to %g: %g", c.Total.Low, c.Total.High, truth)
	require.Less(t, c.Total.High-c.Total.Low, 8*math.Sqrt(float64(decisions[""])), "and not much wider than chance")
	require.Len(t, c.Levers, 2)
	for _, l := range c.Levers {
		require.Equal(t, decisions[l.ID], l.Decisions)
		require.InDelta(t, sums[l.ID], l.Total.Value, 1e-9)
	}
	few, err := decided.Forgone(ctx, a, decided.Period{Since: event.InstantOf(start.AddDate(0, 0, 20))}, "EUR")
	require.NoError(t, err)
	require.False(t, few.Total.Enough)
	require.NotEmpty(t, few.Total.Note)
}
