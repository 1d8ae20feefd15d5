package rehearsal_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/rehearsal"
	"github.com/rapporthq/rapport/internal/sim"
	"github.com/rapporthq/rapport/internal/sim/own"
	"github.com/rapporthq/rapport/internal/statestore"
)

func TestACopyOfOnesOwnPeopleIsRehearsedUnderTwoVersionsOfTheDefinitions(t *testing.T) {
	t.Parallel()
	j, s := journal.NewMemory(), memory(t)
	r, err := sim.Rehearse(t.Context(), sim.RehearseOptions{Seed: 2, People: 150, Days: 80, LiveDay: 20, Tick: 3 * time.Hour, Journal: j, Store: s, NoReport: true})
	require.NoError(t, err)
	hash, err := s.Hash(t.Context())
	require.NoError(t, err)
	yaml, _ := definition.Template("retail")
	now := func() event.Instant { return r.Now }
	st := stageOf(t, rehearsal.Options{
		Definitions: func(context.Context) ([]byte, error) { return yaml, nil }, Now: now,
		Copy: func(ctx context.Context, seed uint64, most int, w io.Writer) error {
			return own.Take(ctx, own.Source{State: s, Body: j.Body, Now: now}, seed, most, w)
		},
	})
	silent := bytes.ReplaceAll(yaml, []byte("holdout: 10%"), []byte("holdout: 50%"))
	require.NotEqual(t, yaml, silent)
	var last [3]sim.Frame
	for i, draft := range [][]byte{yaml, silent, silent} {
		v, err := st.Start(t.Context(), rehearsal.Ask{Copy: true, People: 80, Days: 30, Seed: 3, Draft: string(draft)})
		require.NoError(t, err)
		require.Empty(t, v.Ask.Draft)
		frames, v := watch(t, st, v.ID, rehearsal.Over)
		require.Len(t, frames, 30)
		require.Equal(t, 80, v.Cast.Own.Drawn)
		require.Zero(t, v.Cast.LiveDay, "they have a past")
		require.NotEmpty(t, v.Cast.Own.Basis)
		last[i] = frames[29]
		require.NotEmpty(t, last[i].Compared)
		story, err := st.Story(t.Context(), v.ID, 3)
		require.NoError(t, err)
		require.NotEmpty(t, story.Acts, "their past is told with it")
	}
	require.Equal(t, last[1], last[2], "the same seed gives the same rehearsal")
	require.Positive(t, last[0].Sent)
	require.Equal(t, last[0].Sent, last[0].Beside.Sent)
	for _, c := range last[0].Compared {
		require.Zero(t, c.Difference, "what is the same does the same")
		require.Equal(t, c.People, c.Alike)
	}
	require.Less(t, last[1].Beside.Sent, last[1].Sent, "a draft that holds half of them back sends less")
	require.Equal(t, last[0].Sent, last[1].Sent, "what is in force does the same beside any draft")

	again, err := s.Hash(t.Context())
	require.NoError(t, err)
	require.Equal(t, hash, again, "the live state is as it was")
}

func TestACopyThatCannotBeMadeIsSaidSo(t *testing.T) {
	t.Parallel()
	yaml, _ := definition.Template("retail")
	st := stageOf(t, rehearsal.Options{
		Definitions: func(context.Context) ([]byte, error) { return yaml, nil }, Now: func() event.Instant { return 0 },
		Copy: func(context.Context, uint64, int, io.Writer) error { return errors.New("the disk is gone") },
	})
	v, err := st.Start(t.Context(), rehearsal.Ask{Copy: true})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		v, err = st.Get(v.ID)
		return err == nil && v.Condition == rehearsal.Failed
	}, time.Minute, 5*time.Millisecond)
	require.Contains(t, v.Error, "the disk is gone")
}

func memory(t *testing.T) *statestore.Store {
	t.Helper()
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func stageOf(t *testing.T, o rehearsal.Options) *rehearsal.Stage {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	o.Command = []string{self, rehearsal.Command}
	s := rehearsal.NewStage(o)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
