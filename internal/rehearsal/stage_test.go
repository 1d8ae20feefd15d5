package rehearsal_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/rehearsal"
	"github.com/rapporthq/rapport/internal/sim"
)

// TestMain is also the process that plays.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == rehearsal.Command {
		os.Exit(rehearsal.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func stage(t *testing.T) *rehearsal.Stage {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	s := rehearsal.NewStage(rehearsal.Options{
		Command:     []string{self, rehearsal.Command},
		Definitions: func(context.Context) ([]byte, error) { return nil, nil },
		Now:         func() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) },
	})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// watch reads frames until the condition is one of those given.
func watch(t *testing.T, s *rehearsal.Stage, id string, until ...rehearsal.Condition) ([]sim.Frame, rehearsal.Rehearsal) {
	t.Helper()
	var all []sim.Frame
	for {
		page, err := s.Frames(t.Context(), id, len(all))
		require.NoError(t, err)
		all = append(all, page.Frames...)
		v := page.Rehearsal
		for _, c := range until {
			if v.Condition == c && v.Frames == len(all) {
				return all, v
			}
		}
		require.NotEqual(t, rehearsal.Failed, v.Condition, v.Error)
	}
}

func TestARehearsalIsPlayedToItsEndTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	s := stage(t)
	var runs [2][]sim.Frame
	for i := range runs {
		v, err := s.Start(t.Context(), rehearsal.Ask{People: 60, Days: 20, Seed: 7})
		require.NoError(t, err)
		frames, v := watch(t, s, v.ID, rehearsal.Over)
		require.Len(t, frames, 20)
		require.NotNil(t, v.Cast)
		require.Equal(t, 4, v.Cast.LiveDay)
		story, err := s.Story(t.Context(), v.ID, 3)
		require.NoError(t, err, "people of a rehearsal that is over can still be met")
		require.Equal(t, v.Cast.Names[3], story.Name)
		runs[i] = frames
	}
	require.Equal(t, runs[0], runs[1])
	require.Len(t, s.List(), 2)
	_, err := s.Story(t.Context(), s.List()[1].ID, 3)
	require.ErrorContains(t, err, "ended", "beginning another lets the one before go")
}

func TestARehearsalCanBePausedSteppedSpedUpAndStopped(t *testing.T) {
	t.Parallel()
	s := stage(t)
	v, err := s.Start(t.Context(), rehearsal.Ask{People: 40, Days: 300, Paused: true})
	require.NoError(t, err)
	frames, _ := watch(t, s, v.ID, rehearsal.Paused)
	require.Empty(t, frames)

	for day := 1; day <= 3; day++ {
		_, err = s.Step(v.ID)
		require.NoError(t, err)
		page, err := s.Frames(t.Context(), v.ID, day-1)
		require.NoError(t, err)
		require.Len(t, page.Frames, 1, "a step is a day")
		require.Equal(t, day, page.Frames[0].Day)
	}
	v, err = s.SetSpeed(v.ID, 200)
	require.NoError(t, err)
	require.InDelta(t, 200, v.Speed, 0)
	_, err = s.Resume(v.ID)
	require.NoError(t, err)
	_, err = s.Step(v.ID)
	require.ErrorContains(t, err, "pause it")
	_, err = s.Start(t.Context(), rehearsal.Ask{})
	require.True(t, fault.Is(err, fault.Conflict), "two do not play at once: %v", err)
	_, err = s.Frames(t.Context(), v.ID, 3)
	require.NoError(t, err)

	v, err = s.Stop(v.ID)
	require.NoError(t, err)
	require.Equal(t, rehearsal.Stopped, v.Condition)
	require.GreaterOrEqual(t, v.Frames, 4, "what was shown stays")
	_, err = s.Resume(v.ID)
	require.ErrorContains(t, err, "begin another")
}

func TestWhatCannotBeRehearsedIsRefused(t *testing.T) {
	t.Parallel()
	s := stage(t)
	for want, ask := range map[string]rehearsal.Ask{
		"want one of":       {Company: "circus"},
		"people 100001":     {People: 100_001},
		"days -1":           {Days: -1},
		"must come before":  {Days: 10, LiveDay: 10},
		"no definitions in": {Own: true},
		"days a second":     {Speed: -1},
		"your own":          {Copy: true, People: 20_001},
		"low, middle or":    {Answers: "rosy"},
		"does not compile":  {Draft: "goals: 7"},
	} {
		_, err := s.Start(t.Context(), ask)
		require.ErrorContains(t, err, want)
		require.True(t, fault.Is(err, fault.Invalid))
	}
	_, err := s.Get("nosuch")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = rehearsal.NewStage(rehearsal.Options{}).Start(t.Context(), rehearsal.Ask{})
	require.True(t, fault.Is(err, fault.Unsupported))
}
