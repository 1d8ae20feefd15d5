package sim_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/sim"
	"github.com/rapporthq/rapport/internal/statestore"
)

// rehearse rehearses, checked, and says how to repeat what failed.
func rehearse(t *testing.T, o sim.RehearseOptions) *sim.Rehearsal {
	t.Helper()
	o.Check = true
	r, err := sim.Rehearse(t.Context(), o)
	require.NoError(t, err, "repeat with: rapport rehearse --seed %d --people %d --days %d", o.Seed, o.People, o.Days)
	return r
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	o := sim.RehearseOptions{Seed: 7, People: 150, Days: 90}
	first, second := rehearse(t, o), rehearse(t, o)
	require.Empty(t, cmp.Diff(first.Report, second.Report))
	require.NotEmpty(t, first.Report.State)
	require.NotEmpty(t, first.Report.Journal)

	o.Seed = 8
	other := rehearse(t, o)
	require.NotEqual(t, first.Report.State, other.Report.State)
	require.NotEqual(t, first.Report.Journal, other.Report.Journal)
}

func TestPromisesHoldWhateverTheSeed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := rehearse(t, sim.RehearseOptions{Seed: seed, People: 120, Days: 260, LiveDay: 20, Tick: time.Hour}).Report
			require.Zero(t, r.Duplicates)
			for _, g := range r.Goals {
				require.Positive(t, g.Sent, "goal %s has sent nothing, so its promises were not tried", g.Goal)
				require.Positive(t, g.Silent, "goal %s has never been silent", g.Goal)
			}
			require.Positive(t, r.Merged, "nobody signed up after browsing")
		})
	}
}

func TestNothingIsSentBeforeGoingLive(t *testing.T) {
	t.Parallel()
	r := rehearse(t, sim.RehearseOptions{Seed: 3, People: 100, Days: 40, LiveDay: 50}).Report
	require.Empty(t, r.Told)
	for _, g := range r.Goals {
		require.Zero(t, g.Joined, "people joined %s while nothing could reach them", g.Goal)
	}
	require.Positive(t, r.Known)
}

// The order in which groups write to the journal is theirs, but people are the
// same: their lives do not hang on it.
func TestTheNumberOfGroupsDoesNotChangePeople(t *testing.T) {
	t.Parallel()
	o := sim.RehearseOptions{Seed: 5, People: 150, Days: 100}
	var one map[person.ID]*profile.Person
	for _, groups := range []int{1, 2, 5} {
		o.Groups = groups
		o.Store = store(t)
		rehearse(t, o)
		got := everybody(t, o.Store)
		if one == nil {
			one = got
			require.NotEmpty(t, one)
			continue
		}
		require.Empty(t, cmp.Diff(one, got), "%d groups", groups)
	}
}

// What a rehearsal is played on is not what a server keeps people in: rows on the
// heap, and Pebble. They hold each other to every byte.
func TestPeopleAreTheSameOnTheHeapAsInPebble(t *testing.T) {
	t.Parallel()
	o := sim.RehearseOptions{Seed: 12, People: 150, Days: 80}
	heap := rehearse(t, o)
	o.Store = store(t)
	pebble := rehearse(t, o)
	require.Empty(t, cmp.Diff(pebble.Report, heap.Report))
	require.Positive(t, heap.Report.Goals[0].Sent, "nothing was sent, so no choice was compared")
}

func TestReplayingARehearsalGivesTheSameState(t *testing.T) {
	t.Parallel()
	j := journal.NewMemory()
	r := rehearse(t, sim.RehearseOptions{Seed: 11, People: 120, Days: 100, Journal: j})
	for _, groups := range []int{1, 3} {
		s := store(t)
		require.NoError(t, processor.Replay(t.Context(), j, s, j.End(), processor.Options{Groups: groups}, nil))
		hash, err := s.Hash(t.Context())
		require.NoError(t, err)
		require.Equal(t, r.Report.State, hash, "%d groups", groups)
	}
}

func TestAServerGoesOnFromARehearsal(t *testing.T) {
	t.Parallel()
	j, err := journal.Open(t.TempDir(), journal.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	s := store(t)
	days := 0
	r := rehearse(t, sim.RehearseOptions{
		Seed: 2, People: 100, Days: 60, Journal: j, Store: s,
		Progress: func(p sim.Progress) { days = p.Day },
	})
	require.Equal(t, 60, days)
	require.Equal(t, r.Now, r.Company.Now())

	p := processor.New(j, s, processor.Options{})
	require.NoError(t, p.CatchUp(t.Context(), nil))
	require.Zero(t, p.Lag())
	require.NoError(t, p.GoLive(t.Context()))
	more := r.Company.Step(r.Now.Add(48 * time.Hour))
	require.NotEmpty(t, more)
	_, err = j.Append(t.Context(), processor.Entries(more))
	require.NoError(t, err)
	require.NoError(t, p.Drain(t.Context()))
	require.NoError(t, p.Close())
}

func TestARehearsalRefusesAJournalThatIsNotEmpty(t *testing.T) {
	t.Parallel()
	j := journal.NewMemory()
	_, err := j.Append(t.Context(), []journal.Entry{{Partition: 3, Data: event.Event{Kind: event.Clock}.AppendTo(nil)}})
	require.NoError(t, err)
	_, err = sim.Rehearse(t.Context(), sim.RehearseOptions{Journal: j, Days: 1})
	require.ErrorContains(t, err, "not empty")
}

func TestLiftConvergesOnTheTruth(t *testing.T) {
	t.Parallel()
	// A holdout large enough that 2,000 people are evidence.
	retail, ok := definition.Template("retail")
	require.True(t, ok)
	wide := bytes.ReplaceAll(retail, []byte("holdout: 10%"), []byte("holdout: 30%"))
	r, err := sim.Rehearse(t.Context(), sim.RehearseOptions{Seed: 1, People: 2000, Days: 180, LiveDay: 20, Tick: 3 * time.Hour, Definitions: wide})
	require.NoError(t, err)
	g := r.Report.Goals[0]
	require.Empty(t, g.Missing)
	require.Greater(t, g.Truth.Effect, 3*g.Truth.StandardError, "letters have no effect that could be found")
	require.Greater(t, g.Truth.Effect, g.Low)
	require.Less(t, g.Truth.Effect, g.High)
	require.InDelta(t, g.TreatedKPI, g.Truth.Lived, 0.005, "the engine's KPI is not the money that the company took")
}

func store(t *testing.T) *statestore.Store {
	t.Helper()
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// everybody returns all people by id, without what depends on the order of the
// journal between partitions.
func everybody(t *testing.T, s *statestore.Store) map[person.ID]*profile.Person {
	t.Helper()
	out := map[person.ID]*profile.Person{}
	for part := range person.Partitions {
		ids, err := s.PeopleAfter(person.Partition(part), person.ID{}, 0)
		require.NoError(t, err)
		for _, id := range ids {
			p, err := s.Record(id)
			require.NoError(t, err)
			out[id] = p
		}
	}
	return out
}
