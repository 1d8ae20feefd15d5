package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/sim"
)

func TestPlayingARehearsalIsTheRehearsal(t *testing.T) {
	t.Parallel()
	o := sim.RehearseOptions{Seed: 5, People: 300, Days: 80, LiveDay: 10, Tick: 3 * time.Hour}
	whole, err := sim.Rehearse(t.Context(), o)
	require.NoError(t, err)

	p, err := sim.NewPlayer(t.Context(), o)
	require.NoError(t, err)
	cast := p.Cast()
	require.Equal(t, []string{"curious", "customer", "regular", "drifting", "gone"}, cast.States)
	require.Len(t, cast.Names, 300)

	var last sim.Frame
	var before []int
	reached := 0
	for !p.Over() {
		last, err = p.Day(t.Context())
		require.NoError(t, err)
		requireMovesAddUp(t, before, last)
		require.Equal(t, last.Turned, 300-strings.Count(last.Dots, "-"), "all of them are shown")
		before = last.Hidden
		reached += len(last.Reached)
	}
	require.Equal(t, whole.Report.Events, last.Events)
	require.True(t, last.Measured, "the last frame counts everybody")
	require.Equal(t, whole.Report.Stages, last.Stages)
	require.Equal(t, whole.Report.Goals, last.Goals, "lift and truth are those of the report")
	for i, c := range whole.Report.Hidden {
		require.Equal(t, c.N, last.Hidden[i], c.What)
	}
	require.Positive(t, reached)
	require.GreaterOrEqual(t, last.Sent, reached, "somebody may get two letters in a day")
	_, err = p.Day(t.Context())
	require.ErrorContains(t, err, "are over")

	requireStory(t, p, last)
	require.NoError(t, p.Close())
}

// requireMovesAddUp checks that nobody is lost on the way from one frame to the
// next: who is in a state now was there before, came into it, or is new.
func requireMovesAddUp(t *testing.T, before []int, f sim.Frame) {
	t.Helper()
	fresh := f.Turned
	for s, n := range before {
		fresh -= n
		for to := range before {
			n += f.Moves[to][s] - f.Moves[s][to]
		}
		require.LessOrEqual(t, n, f.Hidden[s], "state %d on day %d", s, f.Day)
	}
	require.GreaterOrEqual(t, fresh, 0)
}

func requireStory(t *testing.T, p *sim.Player, last sim.Frame) {
	t.Helper()
	letters, came, silent := 0, 0, 0
	for n := range 300 {
		s, err := p.Story(t.Context(), n)
		require.NoError(t, err)
		if last.Dots[n] == '-' {
			require.False(t, s.Came)
			continue
		}
		require.NotEmpty(t, s.Spells)
		require.Equal(t, int(last.Dots[n]-'0'), s.Spells[len(s.Spells)-1].State)
		came++
		if len(s.Acts) == 0 {
			silent++ // turned up today, and their first visit is still to come
		}
		for i, a := range s.Acts {
			require.NotEmpty(t, a.What)
			if i > 0 {
				require.GreaterOrEqual(t, a.At, s.Acts[i-1].At)
			}
			if a.What == "Sent a letter" {
				letters++
			}
		}
	}
	require.Less(t, 20*silent, came)
	require.Equal(t, last.Sent, letters, "each letter is in somebody's story")
	_, err := p.Story(t.Context(), 300)
	require.ErrorContains(t, err, "no person 300")
}
