package sim_test

import (
	"bytes"
	"context"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/sim"
	"github.com/rapporthq/rapport/internal/sim/own"
	"github.com/rapporthq/rapport/internal/statestore"
)

// livedIn is a workspace with a past: what a server's data folder holds.
type livedIn struct {
	journal *journal.Memory
	state   *statestore.Store
	now     event.Instant
}

// closeLived lets go of it.
var closeLived = func() {}

// livedOnce is a workspace that several tests read.
var livedOnce = sync.OnceValues(func() (w livedIn, err error) {
	w.journal = journal.NewMemory()
	if w.state, err = statestore.OpenMemory(statestore.Options{}); err != nil {
		return w, err
	}
	closeLived = func() { _ = w.state.Close() } // in memory: there is nothing to lose
	r, err := sim.Rehearse(context.Background(), sim.RehearseOptions{Seed: 9, People: 400, Days: 110, LiveDay: 20, Tick: 3 * time.Hour, Journal: w.journal, Store: w.state, NoReport: true})
	if err == nil {
		w.now = r.Now
	}
	return w, err
})

func lived(t *testing.T) livedIn {
	t.Helper()
	w, err := livedOnce()
	require.NoError(t, err)
	return w
}

func (w livedIn) take(t *testing.T, seed uint64, most int) *own.Copy {
	t.Helper()
	var b bytes.Buffer
	from := own.Source{State: w.state, Body: w.journal.Body, Now: func() event.Instant { return w.now }}
	require.NoError(t, own.Take(t.Context(), from, seed, most, &b))
	c, err := own.Read(&b)
	require.NoError(t, err)
	require.Zero(t, b.Len(), "what follows the copy is not read with it")
	return c
}

func fitted(t *testing.T, c *own.Copy) *own.Process {
	t.Helper()
	ws, err := definition.Compile(c.Definitions())
	require.NoError(t, err)
	p, err := own.Fit(c, ws)
	require.NoError(t, err)
	return p
}

func TestACopyBeginsWithTheStagesAndSegmentsThatItsPeopleAreIn(t *testing.T) {
	t.Parallel()
	w := lived(t)
	c := w.take(t, 1, 100_000)
	require.Equal(t, c.Of, c.Drawn)
	require.Greater(t, len(c.People), 300)
	heap, err := statestore.OpenHeap(statestore.Options{})
	require.NoError(t, err)
	p, err := sim.NewPlayer(t.Context(), sim.RehearseOptions{Seed: 1, Days: 1, Tick: time.Hour, Own: c, Process: fitted(t, c), Store: heap})
	require.NoError(t, err)
	for _, one := range c.People {
		is, err := w.state.Record(one.ID)
		require.NoError(t, err)
		copied, err := heap.Record(one.ID)
		require.NoError(t, err)
		require.Equal(t, is.Stage, copied.Stage)
		require.Equal(t, is.Segments, copied.Segments)
		require.Equal(t, is.Features, copied.Features)
		require.Equal(t, is.Consent, copied.Consent)
		require.Equal(t, is.Belief, copied.Belief)
	}
	require.NoError(t, p.Close())
}

func TestRehearsingACopyLeavesTheLiveJournalAndStateAsTheyWereToTheByte(t *testing.T) {
	t.Parallel()
	w := lived(t)
	hash, err := w.state.Hash(t.Context())
	require.NoError(t, err)
	end, records := w.journal.End(), allOf(t, w.journal)

	var reports [2]sim.Report
	for i := range reports {
		c := w.take(t, 3, 120)
		require.LessOrEqual(t, len(c.People), 120)
		require.Equal(t, 120, c.Drawn)
		r, err := sim.Rehearse(t.Context(), sim.RehearseOptions{Seed: 5, Days: 60, Tick: 2 * time.Hour, Own: c, Process: fitted(t, c)})
		require.NoError(t, err)
		reports[i] = r.Report
	}
	require.Empty(t, cmp.Diff(reports[0], reports[1]), "the same seed gives the same rehearsal")
	require.Positive(t, reports[0].Events)
	sent := 0
	for _, g := range reports[0].Goals {
		sent += g.Sent
	}
	require.Positive(t, sent, "the copy got letters, and nobody else did")

	now, err := w.state.Hash(t.Context())
	require.NoError(t, err)
	require.Equal(t, hash, now)
	require.Equal(t, end, w.journal.End())
	require.Equal(t, records, allOf(t, w.journal))
}

func allOf(t *testing.T, j *journal.Memory) (out [][]byte) {
	t.Helper()
	r, err := j.NewReader(journal.All(), journal.Positions{})
	require.NoError(t, err)
	for {
		records, err := r.Poll(1 << 20)
		require.NoError(t, err)
		if len(records) == 0 {
			return out
		}
		for _, x := range records {
			out = append(out, x.Data)
		}
	}
}

func TestACopyLivesAboutAsItsPeopleHaveLived(t *testing.T) {
	t.Parallel()
	w := lived(t)
	c := w.take(t, 1, 10_000)
	process := fitted(t, c)
	people := own.New(process, own.Options{Seed: 2, Start: c.Now})
	const span = 40 * 24 * time.Hour
	past, future := map[string]int{}, map[string]int{}
	ids := map[person.ID]bool{}
	for _, one := range c.People {
		ids[one.ID] = true
		events, err := one.Events()
		require.NoError(t, err)
		for _, e := range events {
			if c.Now.Sub(e.Time) < span && (e.Kind == event.Track || e.Kind == event.Page) {
				past[e.Name]++
			}
		}
	}
	for _, e := range people.Step(c.Now.Add(span)) {
		if !e.Kind.Own() {
			future[e.Name]++
		}
	}
	// The company is one of spells and the law of the copy has none; a third of its
	// people came in the last months. About is what can be asked.
	for _, name := range []string{"Product Viewed", "Order Completed", "Home"} {
		require.Greater(t, past[name], 30, name)
		require.InEpsilon(t, past[name], future[name], .5, "%s: %d lived, %d rehearsed", name, past[name], future[name])
	}
}

func TestWhatSomebodyDoesOfThemselvesDoesNotHangOnWhoElseIsWrittenTo(t *testing.T) {
	t.Parallel()
	w := lived(t)
	c := w.take(t, 1, 10_000)
	process := fitted(t, c)
	o := own.Options{Seed: 4, Start: c.Now}
	alone, together := own.New(process, o), own.New(process, o)
	for k := range 20 {
		require.True(t, together.Receive(own.Letter{Person: together.ID(0), Delivery: "d", Channel: "email", Action: strconv.Itoa(k)}, c.Now))
	}
	require.False(t, together.Receive(own.Letter{Person: person.ID{1}}, c.Now), "nobody else gets anything")
	end := c.Now.Add(90 * 24 * time.Hour)
	byPerson := func(p *own.People) map[int][]event.Event {
		out := map[int][]event.Event{}
		for _, e := range p.Step(end) {
			if !e.Kind.Own() {
				n := p.By(&e)
				out[n] = append(out[n], e)
			}
		}
		return out
	}
	a, b := byPerson(alone), byPerson(together)
	delete(a, 0)
	delete(b, 0)
	require.NotEmpty(t, a)
	require.True(t, reflect.DeepEqual(a, b))
}

func TestTheBasisSaysWhatWasSeenAndWhatIsAssumed(t *testing.T) {
	t.Parallel()
	w := lived(t)
	all := fitted(t, w.take(t, 1, 10_000)).Basis()
	few := fitted(t, w.take(t, 1, 12)).Basis()
	assumed := func(list []own.Basis, what string) bool {
		for _, b := range list {
			if b.What == what {
				require.NotEmpty(t, b.Words)
				if b.Share {
					require.Less(t, b.Low, b.Value)
					require.Less(t, b.Value, b.High)
				}
				return b.Assumed
			}
		}
		require.Fail(t, "no "+what)
		return false
	}
	require.False(t, assumed(all, "How often people come, and when they leave"))
	require.True(t, assumed(few, "How often people come, and when they leave"))
	require.True(t, assumed(all, "What stays as it is"))
}
