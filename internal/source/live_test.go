package source_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/source"
)

// pages is an arrival of n page calls of one visitor.
func pages(sourceID, visitor string, n int) *source.Arrival {
	a := &source.Arrival{Path: "/v1/batch", Source: sourceID, At: noon, Bytes: 100 * n}
	for i := range n {
		a.Events = append(a.Events, event.Event{
			Kind: event.Page, Name: fmt.Sprint("Page ", i), AnonymousID: visitor, MessageID: fmt.Sprint(visitor, i),
			To: person.IDOf(0, person.NewIdentity(person.AnonymousID, visitor)), Properties: json.RawMessage(`{"n":1}`),
		})
	}
	return a
}

func watch(t *testing.T, l *source.Live, f source.LiveFilter, lastID string, backlog int) *source.Watcher {
	t.Helper()
	w, err := l.Watch(f, lastID, backlog)
	require.NoError(t, err)
	t.Cleanup(w.Close)
	return w
}

// names reads until nothing has come for a second.
func names(t *testing.T, w *source.Watcher) (names []string, dropped uint64) {
	t.Helper()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		events, missed, err := w.Next(ctx)
		cancel()
		dropped += missed
		if err != nil {
			return names, dropped
		}
		for _, e := range events {
			names = append(names, e.Name)
		}
	}
}

func TestAWatcherSeesWhatArrivesAndWhatCameBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(noon, nil)
		l.Arrived(pages("shop", "a", 3))
		late, all := watch(t, l, source.LiveFilter{}, "", 0), watch(t, l, source.LiveFilter{}, "", 2)
		l.Arrived(pages("shop", "b", 1))
		got, dropped := names(t, late)
		require.Equal(t, []string{"Page 0"}, got)
		require.Zero(t, dropped)
		got, _ = names(t, all)
		require.Equal(t, []string{"Page 1", "Page 2", "Page 0"}, got)
	})
}

func TestAFilterShowsOnlyWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(noon, nil)
		b := person.NewIdentity(person.AnonymousID, "b")
		for name, c := range map[string]struct {
			filter source.LiveFilter
			want   int
		}{
			"everything":    {source.LiveFilter{}, 7},
			"source":        {source.LiveFilter{Source: "shop"}, 4},
			"kind":          {source.LiveFilter{Kind: "page"}, 5},
			"event":         {source.LiveFilter{Event: "Page 1"}, 2},
			"person":        {source.LiveFilter{Person: person.IDOf(0, b)}, 3},
			"identity":      {source.LiveFilter{Identity: b}, 3},
			"rejected":      {source.LiveFilter{Outcome: source.Rejected}, 1},
			"turned away":   {source.LiveFilter{Outcome: source.TurnedAway}, 1},
			"all of it":     {source.LiveFilter{Source: "app", Outcome: source.Accepted}, 3},
			"nothing of it": {source.LiveFilter{Source: "app", Outcome: source.Rejected}, 0},
		} {
			w := watch(t, l, c.filter, "", 0)
			l.Arrived(pages("shop", "a", 2))
			l.Arrived(pages("app", "b", 3))
			l.Arrived(&source.Arrival{Path: "/v1/batch", Source: "shop", At: noon, Rejected: []source.Rejection{{Message: "bad", Raw: []byte("{\xff}")}}})
			l.Arrived(&source.Arrival{Path: "/v1/track", Source: "shop", At: noon, Failed: "come again", Busy: true})
			got, _ := names(t, w)
			require.Len(t, got, c.want, name)
		}
	})
}

func TestAReaderThatComesBackGoesOnAfterWhatItHas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(noon, nil)
		w := watch(t, l, source.LiveFilter{}, "", 0)
		l.Arrived(pages("shop", "a", 2))
		events, _, err := w.Next(t.Context())
		require.NoError(t, err)
		last, text, err := l.Text(events[0])
		require.NoError(t, err)
		require.Contains(t, string(text), `"id":"`+last+`"`)
		w.Close()
		l.Arrived(pages("shop", "b", 1))
		got, dropped := names(t, watch(t, l, source.LiveFilter{}, last, 0))
		require.Equal(t, []string{"Page 1", "Page 0"}, got)
		require.Zero(t, dropped)
		got, _ = names(t, watch(t, source.NewLive(noon+1, nil), source.LiveFilter{}, last, 0))
		require.Empty(t, got, "an id of another run says nothing about this one")
	})
}

func TestASlowReaderIsToldWhatItMissedAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(noon, nil)
		w := watch(t, l, source.LiveFilter{}, "", 0)
		for n := range 50 {
			l.Arrived(pages("shop", fmt.Sprint("v", n), 100))
		}
		got, dropped := names(t, w)
		require.Equal(t, 5000, len(got)+int(dropped)) //nolint:gosec // a count
		require.Len(t, got, 2048, "the ring is bounded")
	})
}

func TestWhileNobodyWatchesOnlyTheFirstOfEachCallAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(noon, nil)
		l.Arrived(pages("shop", "a", 500))
		got, dropped := names(t, watch(t, l, source.LiveFilter{}, "", 2048))
		require.Len(t, got, 8)
		require.Zero(t, dropped)
	})
}

func TestWhileNobodyWatchesASecondKeepsNoMoreThanTheRingHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(noon, nil)
		for range 5000 {
			l.Arrived(pages("shop", "a", 1))
		}
		later := pages("shop", "b", 1)
		later.At = noon.Add(time.Second)
		l.Arrived(later)
		w := watch(t, l, source.LiveFilter{}, "", 5000)
		got, _ := names(t, w)
		require.Less(t, len(got), 2100)
		require.Greater(t, len(got), 200, "there is something for whoever comes next")
		b := person.NewIdentity(person.AnonymousID, "b")
		got, _ = names(t, watch(t, l, source.LiveFilter{Identity: b}, "", 5000))
		require.Len(t, got, 1, "the next second begins anew")
		l.Arrived(pages("shop", "a", 1))
		got, _ = names(t, w)
		require.Len(t, got, 1, "who watches sees everything")
	})
}

func TestTheEndOfTheServerIsTheEndOfEveryWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(noon, nil)
		w := watch(t, l, source.LiveFilter{}, "", 0)
		done := make(chan error)
		go func() {
			_, _, err := w.Next(t.Context())
			done <- err
		}()
		synctest.Wait()
		l.Close()
		l.Close()
		require.ErrorIs(t, <-done, source.ErrLiveEnded)
		_, err := l.Watch(source.LiveFilter{}, "", 0)
		require.Error(t, err)
	})
}

func TestWhatIsShownKeepsNothingOfTheRequestAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(noon, nil)
		w := watch(t, l, source.LiveFilter{}, "", 0)
		body := []byte(`{"n":"` + strings.Repeat("x", 20) + `"}`)
		a := pages("shop", "a", 1)
		a.Events[0].Properties = body
		a.Events[0].Traits = json.RawMessage(`{"long":"` + strings.Repeat("x", 5000) + `"}`)
		a.Rejected = []source.Rejection{{Message: "bad", Raw: body}}
		l.Arrived(a)
		copy(body, strings.Repeat("!", len(body))) // as if it were used again
		events, _, err := w.Next(t.Context())
		require.NoError(t, err)
		require.Len(t, events, 2)
		require.Contains(t, events[0].Body, "xxx")
		require.Contains(t, string(events[1].Properties), "xxx")
		require.Nil(t, events[1].Traits, "what is large is not kept")
	})
}

func BenchmarkACallArrivesWhileNobodyWatches(b *testing.B) {
	l := source.NewLive(noon, nil)
	figures := source.NewFigures(nil, func() event.Instant { return noon })
	a := pages("shop", "a", 100)
	for b.Loop() {
		figures.Arrived(a)
		l.Arrived(a)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
}

func TestAnEventIsShownWithThePersonItIsKnownToBeOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		visitor := person.IDOf(0, person.NewIdentity(person.AnonymousID, "a"))
		ada := person.IDOf(0, person.NewIdentity(person.UserID, "ada"))
		known := false
		l := source.NewLive(noon, func(id person.ID) person.ID {
			if known && id == visitor {
				return ada
			}
			return id
		})
		w := watch(t, l, source.LiveFilter{Person: ada}, "", 0)
		l.Arrived(pages("shop", "a", 1))
		got, _ := names(t, w)
		require.Empty(t, got, "nobody knows yet that this is her")
		known = true // she has signed in
		l.Arrived(pages("shop", "a", 2))
		l.Arrived(pages("shop", "b", 2))
		got, _ = names(t, w)
		require.Len(t, got, 2)
	})
}
