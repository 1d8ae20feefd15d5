package decide_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
)

func travelled(t *testing.T) (*decide.Layout, *decide.Statistics) {
	t.Helper()
	l, err := decide.NewLayout(4, 2, []decide.ActionShape{
		{ID: "offer", Messages: []decide.MessageShape{{ID: "mail", Channels: []string{"email", "push"}}}},
		{ID: "tip", Messages: []decide.MessageShape{{ID: "mail", Channels: []string{"email"}}}},
	})
	require.NoError(t, err)
	return l, l.NewStatistics()
}

func TestStatisticsArriveAsTheyLeft(t *testing.T) {
	t.Parallel()
	l, s := travelled(t)
	require.True(t, s.Empty())
	require.Empty(t, s.Pieces())
	r := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		at, err := l.Place("offer", "mail", []string{"email", "push"}[r.IntN(2)], r.IntN(decide.Hours))
		require.NoError(t, err)
		require.NoError(t, l.Observe(s, "offer", at, []float64{1, 0, 1, r.Float64()}, r.NormFloat64(), 1))
		require.NoError(t, l.Observe(s, "silence", decide.Place{}, []float64{1, 1, 0, r.Float64()}, r.NormFloat64(), 1))
	}
	pieces := s.Pieces()
	require.Len(t, pieces, 2, "of the action that was never taken there is nothing to tell")
	got := l.NewStatistics()
	for _, p := range pieces {
		require.NoError(t, got.Add(p))
	}
	require.Equal(t, s, got)
	require.NoError(t, got.Add(pieces[0]))
	require.InDelta(t, 80, got.Blocks[0].N, 0, "what arrives adds up")
}

func TestDamagedStatisticsAreRefused(t *testing.T) {
	t.Parallel()
	l, s := travelled(t)
	require.NoError(t, l.Observe(s, "silence", decide.Place{}, []float64{1, 1, 0, 0.5}, 2, 1))
	whole := s.Pieces()[0]
	for n := range whole {
		require.Error(t, l.NewStatistics().Add(whole[:n]), "%d of %d bytes", n, len(whole))
	}
	require.Error(t, l.NewStatistics().Add(append(whole, 0)))
}

func TestStatisticsDoNotMoveBetweenContextsOfDifferentForms(t *testing.T) {
	t.Parallel()
	l, _ := travelled(t)
	a, b := l.In("stage"), l.In("state")
	require.NotEqual(t, a.Version, b.Version)
	_, err := b.Move(a.NewStatistics(), a)
	require.ErrorContains(t, err, "learning has to begin again")
	_, err = a.Move(a.NewStatistics(), l.In("stage"))
	require.NoError(t, err)
}

func TestAThumbOnTheScaleMovesTheOddsAndIsInTheRecord(t *testing.T) {
	t.Parallel()
	l, s := travelled(t)
	p, err := l.Learn(s, decide.PriorOf(10))
	require.NoError(t, err)
	offers := func(favour float64) []decide.Offer {
		return []decide.Offer{
			{Action: "silence"},
			{Action: "offer", Favour: favour, Ways: []decide.Way{{Message: "mail", Channel: "email"}, {Message: "mail", Channel: "push", Favour: -1}}},
			{Action: "tip", Ways: []decide.Way{{Message: "mail", Channel: "email"}}},
		}
	}
	var c decide.Chooser
	for favour, want := range map[float64]float64{0: 1.0 / 3, 1: 0.5, -1: 0} {
		rec, err := c.Decide(p, offers(favour), []float64{1, 1, 0, 0}, 7, decide.Exploration{})
		require.NoError(t, err)
		require.InDelta(t, want, rec.Drawn.Offers[1], 1e-12)
		if rec.Drawn.Offer == 1 {
			require.Equal(t, []float64{1, 0}, rec.Drawn.Ways, "the way that was ruled out is not taken")
		}
		_, err = rec.Again(p)
		require.NoError(t, err)
	}
}
