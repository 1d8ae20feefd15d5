package statestore_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
	"github.com/rapporthq/rapport/internal/statestore/crashfs"
)

func open(t *testing.T) *statestore.Store {
	t.Helper()
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func idOf(user string) person.ID { return person.IDOf(0, person.NewIdentity(person.UserID, user)) }

// put commits one change.
func put(t *testing.T, s *statestore.Store, change func(b *statestore.Batch)) {
	t.Helper()
	b := s.NewBatch()
	change(b)
	require.NoError(t, b.Commit())
}

func history(t *testing.T, s *statestore.Store, id person.ID) (out []event.Event) {
	t.Helper()
	require.NoError(t, s.History(t.Context(), id, func(e event.Event) bool {
		out = append(out, e)
		return true
	}))
	return out
}

// writeTimeline writes n entries at random times, some of them the same, in a
// random order, and returns them as a timeline must have them.
func writeTimeline(t *testing.T, s *statestore.Store, r *rand.Rand, id person.ID, n int) []event.Event {
	t.Helper()
	type entry struct {
		offset uint64
		n      int
		e      event.Event
	}
	extremes := []event.Instant{math.MinInt64, -1, 0, 1, math.MaxInt64}
	entries := make([]entry, n)
	for i := range entries {
		at := event.Instant(r.IntN(9)-4) * 1_000_000
		if r.IntN(4) == 0 {
			at = extremes[r.IntN(len(extremes))]
		}
		entries[i] = entry{uint64(i / 3), i % 3, event.Event{Kind: event.Track, Name: fmt.Sprint(i), Time: at}}
	}
	want := slices.Clone(entries)
	slices.SortStableFunc(want, func(a, b entry) int {
		switch {
		case a.e.Time < b.e.Time:
			return -1
		case a.e.Time > b.e.Time:
			return 1
		}
		return 0
	})
	r.Shuffle(n, func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	put(t, s, func(b *statestore.Batch) {
		for _, x := range entries {
			b.PutTimeline(id, x.offset, x.n, x.e)
		}
	})
	out := make([]event.Event, n)
	for i, x := range want {
		out[i] = x.e
	}
	return out
}

func TestATimelineIsInOrderOfTimeThenOfArrival(t *testing.T) {
	t.Parallel()
	s := open(t)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 8)) //nolint:gosec // a test
		id := idOf(fmt.Sprint(seed))
		want := writeTimeline(t, s, r, id, 1+r.IntN(60))
		require.Empty(t, cmp.Diff(want, history(t, s, id)), "seed %d", seed)
	}
}

func TestPagesOfATimelineAreTheWholeBackwards(t *testing.T) {
	t.Parallel()
	s := open(t)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // a test
		id := idOf(fmt.Sprint(seed))
		want := writeTimeline(t, s, r, id, r.IntN(60))
		slices.Reverse(want)
		var got []event.Event
		for cursor, more := "", true; more; more = cursor != "" {
			limit := 1 + r.IntN(9)
			page, next, err := s.HistoryPage(t.Context(), id, cursor, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), limit)
			require.True(t, next == "" || len(page) == limit, "only the last page is short")
			got, cursor = append(got, page...), next
		}
		require.Len(t, got, len(want))
		require.Empty(t, cmp.Diff(want, append([]event.Event{}, got...)), "seed %d", seed)
	}
	for _, bad := range []string{"x", "00", strings.Repeat("0", 42)} {
		_, _, err := s.HistoryPage(t.Context(), idOf("1"), bad, 5)
		require.True(t, fault.Is(err, fault.Invalid), "%q", bad)
	}
}

func TestSearchFindsPeopleByTheBeginningOfAnyIdentity(t *testing.T) {
	t.Parallel()
	s := open(t)
	add := func(user string, more ...person.Identity) {
		p := &profile.Person{ID: idOf(user), Identities: append(more, person.NewIdentity(person.UserID, user))}
		slices.SortFunc(p.Identities, person.Identity.Compare)
		put(t, s, func(b *statestore.Batch) {
			_, _, err := b.PutPerson(statestore.TraceOf(nil), p)
			require.NoError(t, err)
		})
	}
	add("ada", person.NewIdentity(person.Email, "ada@example.com"), person.NewIdentity(person.AnonymousID, "ada-phone"))
	add("bob", person.NewIdentity(person.Phone, "+49 30 42"))
	add("cleo", person.NewIdentity(person.Email, "Cleo@example.com"))
	for prefix, want := range map[string][]string{
		"ada": {"ada"}, "ADA@": {"ada"}, "cleo@EX": {"cleo"}, "+49 (30)": {"bob"}, "bo": {"bob"}, "zoe": nil, "": nil, "  ": nil, "ada+49": nil, "-": nil,
	} {
		var ids []person.ID
		for _, user := range want {
			ids = append(ids, idOf(user))
		}
		got, err := s.Search(t.Context(), prefix, 10)
		require.NoError(t, err)
		require.Equal(t, ids, got, "%q", prefix)
	}
	got, err := s.Search(t.Context(), "ada", 1)
	require.NoError(t, err)
	require.Len(t, got, 1)
}

func TestAnIdentityLeadsToWhoHasItAndToWhoSaidSo(t *testing.T) {
	t.Parallel()
	s := open(t)
	shared := person.NewIdentity(person.Email, "family@example.com")
	nobodys := person.NewIdentity(person.Email, "free@example.com")
	home := &profile.Person{ID: person.IDOf(0, shared), Forward: idOf("ada")}
	home.Claim(idOf("ada"))
	home.Claim(idOf("bob"))
	put(t, s, func(b *statestore.Batch) {
		for _, p := range []*profile.Person{
			{ID: idOf("ada")}, {ID: idOf("bob")}, home, {ID: person.IDOf(0, nobodys), Vacant: true},
		} {
			_, _, err := b.PutPerson(statestore.TraceOf(nil), p)
			require.NoError(t, err)
		}
	})
	for i, want := range map[person.Identity][]person.ID{
		shared: {idOf("ada"), idOf("bob")}, nobodys: nil, person.NewIdentity(person.UserID, "ada"): {idOf("ada")},
		person.NewIdentity(person.Email, "other@example.com"): nil,
	} {
		got, err := s.ByIdentity(t.Context(), i)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestIndexesFollowThePeople(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := rand.New(rand.NewPCG(1, 10)) //nolint:gosec // a test
	people := map[person.ID]*profile.Person{}
	traces := map[person.ID]statestore.Trace{}
	for range 400 {
		id := idOf(fmt.Sprint(r.IntN(12)))
		p := people[id]
		if p == nil {
			p = &profile.Person{ID: id}
			people[id] = p
		}
		change(r, p)
		put(t, s, func(b *statestore.Batch) {
			_, _, err := b.PutPerson(traces[id], p)
			require.NoError(t, err)
		})
		traces[id] = statestore.TraceOf(p)
		require.NoError(t, s.Check(t.Context()))
	}
}

func TestAnIndexThatDoesNotFollowIsNoticed(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(p *profile.Person){
		"a timer":     func(p *profile.Person) { p.SetTimer(profile.Timer{Due: 9, Kind: profile.StageTimer}) },
		"an identity": func(p *profile.Person) { p.Identities = nil },
		"a delivery":  func(p *profile.Person) { p.PutDelivery(profile.Delivery{ID: "d"}) },
		"a choice":    func(p *profile.Person) { p.Choosing = &profile.Choosing{} },
	} {
		s := open(t)
		p := &profile.Person{ID: idOf("ada"), Identities: []person.Identity{person.NewIdentity(person.UserID, "ada")}}
		put(t, s, func(b *statestore.Batch) {
			_, _, err := b.PutPerson(statestore.TraceOf(nil), p)
			require.NoError(t, err)
		})
		require.NoError(t, s.Check(t.Context()))
		change(p)
		put(t, s, func(b *statestore.Batch) {
			_, _, err := b.PutPerson(statestore.TraceOf(p), p) // a trace that says the indexes know already
			require.NoError(t, err)
		})
		require.ErrorIs(t, s.Check(t.Context()), statestore.ErrInconsistent, what)
	}
}

func change(r *rand.Rand, p *profile.Person) {
	switch r.IntN(6) {
	case 0:
		p.SetTimer(profile.Timer{Due: event.Instant(r.IntN(9) - 4), Kind: profile.TimerKind(1 + r.IntN(2)), Ref: []string{"", "g"}[r.IntN(2)]})
	case 1:
		p.ClearTimer(profile.TimerKind(1+r.IntN(2)), []string{"", "g"}[r.IntN(2)])
	case 2:
		i := person.NewIdentity(person.Email, fmt.Sprint(r.IntN(5)))
		if at, found := slices.BinarySearchFunc(p.Identities, i, person.Identity.Compare); found {
			p.Identities = slices.Delete(p.Identities, at, at+1)
		} else {
			p.Identities = slices.Insert(p.Identities, at, i)
		}
	case 3:
		p.PutDelivery(profile.Delivery{ID: fmt.Sprint("d", r.IntN(3)), Channel: "email", Phase: profile.Phase(1 + r.IntN(3)), After: event.Instant(r.IntN(3))})
	case 4:
		delete(p.Deliveries, fmt.Sprint("d", r.IntN(3)))
	default:
		p.Choosing = nil
		if r.IntN(2) == 0 {
			p.Choosing = &profile.Choosing{Goal: "g"}
		}
	}
}

func TestTimersComeWhenTheyAreDueEarliestFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := &profile.Person{ID: idOf("ada")}
	for i, due := range []event.Instant{5, -7, 0, 3} {
		p.SetTimer(profile.Timer{Due: due, Kind: profile.DecideTimer, Ref: fmt.Sprint(i)})
	}
	put(t, s, func(b *statestore.Batch) {
		_, _, err := b.PutPerson(statestore.TraceOf(nil), p)
		require.NoError(t, err)
	})
	next, err := s.NextDue(p.ID.Home())
	require.NoError(t, err)
	require.Equal(t, event.Instant(-7), next)
	due, err := s.DueTimers(p.ID.Home(), 3, 10)
	require.NoError(t, err)
	var times []event.Instant
	for _, d := range due {
		require.Equal(t, p.ID, d.Person)
		require.Contains(t, p.Timers, d.Timer)
		times = append(times, d.Timer.Due)
	}
	require.Equal(t, []event.Instant{-7, 0, 3}, times)
	due, err = s.DueTimers(p.ID.Home(), 3, 2)
	require.NoError(t, err)
	require.Len(t, due, 2)
}

func TestMessagesAreRememberedForADayAtLeastAndImportsForEver(t *testing.T) {
	t.Parallel()
	s := open(t)
	k, imported := statestore.KeyOf("web", "m"), statestore.KeyOf("import", "1")
	put(t, s, func(b *statestore.Batch) {
		b.PutMessage(3, 100, k)
		b.PutMessage(3, statestore.Forever, imported)
	})
	known := func(p person.Partition, d statestore.Day, k statestore.MessageKey) bool {
		dup, err := s.Duplicate(p, d, k)
		require.NoError(t, err)
		return dup
	}
	require.True(t, known(3, 100, k))
	require.True(t, known(3, 101, k))
	require.False(t, known(3, 102, k))
	require.False(t, known(4, 100, k), "partitions are apart")
	require.False(t, known(3, 100, statestore.KeyOf("webm", "")), "source and id are not run together")
	require.True(t, known(3, statestore.Forever, imported))
	put(t, s, func(b *statestore.Batch) { require.NoError(t, b.ForgetMessages(3, 0, 101)) })
	require.False(t, known(3, 100, k))
	require.True(t, known(3, statestore.Forever, imported), "for ever")
}

func TestWhatWasFlushedSurvivesACrashAndABatchIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 11)) //nolint:gosec // a test
		fs := crashfs.New()
		s, err := statestore.Open("state", statestore.Options{FS: fs, MemTableBytes: 64 << 10})
		require.NoError(t, err)
		const batches = 60
		flushed := uint64(0)
		crashAt := 1 + r.IntN(batches)
		for n := uint64(1); n <= uint64(crashAt); n++ {
			put(t, s, func(b *statestore.Batch) {
				for p := range 4 {
					require.NoError(t, b.PutPartition(person.Partition(p), &statestore.Partition{Next: n, Definition: strings.Repeat("x", r.IntN(3000))}))
				}
			})
			if r.IntN(8) == 0 {
				require.NoError(t, s.Flush())
				flushed = n
			}
		}
		clone := fs.Crash(r)
		require.NoError(t, s.Close())
		s, err = statestore.Open("state", statestore.Options{FS: clone})
		require.NoError(t, err)
		first, err := s.Partition(0)
		require.NoError(t, err)
		require.GreaterOrEqual(t, first.Next, max(flushed, 1), "seed %d", seed)
		for p := range 4 {
			state, err := s.Partition(person.Partition(p))
			require.NoError(t, err)
			require.Equal(t, first.Next, state.Next, "seed %d: partition %d is of the same batch", seed, p)
		}
		require.NoError(t, s.Close())
	}
}
