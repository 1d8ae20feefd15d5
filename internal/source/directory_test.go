package source_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/source"
)

// recorder is an Appender that keeps what it is given, or fails with err.
type recorder struct {
	mu     sync.Mutex
	events []event.Event
	err    error
}

func (r *recorder) Append(_ context.Context, events []event.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.events = append(r.events, events...)
	}
	return r.err
}

// last is the list of sources that was journalled last.
func (r *recorder) last(t *testing.T) event.SourcesBody {
	t.Helper()
	require.NotEmpty(t, r.events)
	body, err := event.Unpack[event.SourcesBody](r.events[len(r.events)-1])
	require.NoError(t, err)
	return body
}

var noon = event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))

func newDirectory(journal *recorder, list event.SourcesBody) *source.Directory {
	return source.NewDirectory(list, source.DirectoryOptions{Appender: journal, Default: "the-configured-key", Now: func() event.Instant { return noon }})
}

func shop() source.Draft { return source.Draft{Name: "Web shop (EU)", Kind: event.BrowserSource} }

func TestAKeyOpensForItsSourceAndIsKeptNowhere(t *testing.T) {
	t.Parallel()
	journal := &recorder{}
	d := newDirectory(journal, event.SourcesBody{})
	s, key, err := d.Add(t.Context(), shop(), "ada")
	require.NoError(t, err)
	require.Equal(t, "web-shop-eu", s.ID)
	require.True(t, strings.HasPrefix(key.WriteKey, "wk_"), "a scanner of leaked secrets must be able to tell it")

	id, ok := d.Source(key.WriteKey)
	require.True(t, ok)
	require.Equal(t, "web-shop-eu", id)
	id, ok = d.Source("the-configured-key")
	require.True(t, ok)
	require.Equal(t, event.DefaultSource, id)
	for _, wrong := range []string{"", "wk_", key.WriteKey + "x", strings.ToUpper(key.WriteKey)} {
		_, ok = d.Source(wrong)
		require.False(t, ok, wrong)
	}
	text, err := json.Marshal([]any{journal.last(t), d.List()})
	require.NoError(t, err)
	require.NotContains(t, string(text), key.WriteKey)
	require.NotContains(t, string(text), "the-configured-key")
	require.Equal(t, "ada", journal.last(t).By)
}

func TestARevocationHoldsAtOnceAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	journal := &recorder{}
	d := newDirectory(journal, event.SourcesBody{})
	s, old, err := d.Add(t.Context(), shop(), "ada")
	require.NoError(t, err)
	_, fresh, err := d.AddKey(t.Context(), s.ID, "ada")
	require.NoError(t, err)
	require.NotEqual(t, old.ID, fresh.ID)

	s, err = d.Revoke(t.Context(), s.ID, old.ID, "leaked", "ada")
	require.NoError(t, err)
	require.Equal(t, noon, s.Keys[0].Revoked)
	require.Equal(t, "leaked", s.Keys[0].Reason)
	_, ok := d.Source(old.WriteKey)
	require.False(t, ok)
	at, was := d.Revoked(old.WriteKey)
	require.True(t, was)
	require.Equal(t, noon, at)
	_, ok = d.Source(fresh.WriteKey)
	require.True(t, ok, "the other key of the source goes on")
	_, was = d.Revoked("the-configured-key")
	require.False(t, was)

	again := newDirectory(&recorder{}, journal.last(t)) // as after a restart
	_, ok = again.Source(old.WriteKey)
	require.False(t, ok)
	require.Equal(t, "leaked", again.List()[2].Keys[0].Reason)

	_, err = again.Restore(t.Context(), s.ID, old.ID, "ada")
	require.NoError(t, err)
	id, ok := again.Source(old.WriteKey)
	require.True(t, ok)
	require.Equal(t, s.ID, id)
}

func TestAChangeThatIsNotDurableIsNotInForce(t *testing.T) {
	t.Parallel()
	journal := &recorder{}
	d := newDirectory(journal, event.SourcesBody{})
	s, key, err := d.Add(t.Context(), shop(), "ada")
	require.NoError(t, err)
	journal.err = errors.New("the disk is full")
	_, err = d.Revoke(t.Context(), s.ID, key.ID, "", "ada")
	require.ErrorIs(t, err, journal.err)
	_, ok := d.Source(key.WriteKey)
	require.True(t, ok)
}

func TestTheListRefusesWhatItCannotKeep(t *testing.T) {
	t.Parallel()
	d := newDirectory(&recorder{}, event.SourcesBody{})
	_, _, err := d.Add(t.Context(), shop(), "ada")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		draft source.Draft
		kind  fault.Kind
	}{
		"twice":       {shop(), fault.Conflict},
		"no name":     {source.Draft{Name: " ", Kind: event.ServerSource}, fault.Invalid},
		"no kind":     {source.Draft{Name: "x"}, fault.Invalid},
		"bad id":      {source.Draft{ID: "a:b", Name: "x", Kind: event.ServerSource}, fault.Invalid},
		"reserved id": {source.Draft{ID: "import", Name: "x", Kind: event.ServerSource}, fault.Invalid},
		"no letters":  {source.Draft{Name: "店", Kind: event.ServerSource}, fault.Invalid},
	} {
		_, _, err := d.Add(t.Context(), c.draft, "ada")
		require.True(t, fault.Is(err, c.kind), "%s: %v", name, err)
	}
	_, err = d.Rename(t.Context(), event.DefaultSource, "x", "ada")
	require.ErrorContains(t, err, "RAPPORT_WRITE_KEY", "it says where the default key is changed")
	_, err = d.Revoke(t.Context(), "nobody", "key-1", "", "ada")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = d.Revoke(t.Context(), "web-shop-eu", "key-9", "", "ada")
	require.True(t, fault.Is(err, fault.NotFound))
}

func BenchmarkAKeyIsLookedUp(b *testing.B) {
	d := newDirectory(&recorder{}, event.SourcesBody{})
	var key string
	for n := range 100 {
		_, made, err := d.Add(b.Context(), source.Draft{Name: fmt.Sprint("source ", n), Kind: event.ServerSource}, "ada")
		require.NoError(b, err)
		key = made.WriteKey
	}
	for b.Loop() {
		if _, ok := d.Source(key); !ok {
			b.Fatal("not found")
		}
	}
}

func TestWhenASourceWasNotConnectedIsKeptWithTheListAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	journal := &recorder{}
	d := newDirectory(journal, event.SourcesBody{})
	s, _, err := d.Add(t.Context(), shop(), "ada")
	require.NoError(t, err)
	first := event.Outage{To: 100, Acts: []string{"visit"}}
	later := event.Outage{From: 200, To: 300}
	all, err := d.SetOutages(t.Context(), s.ID, []event.Outage{later, first}, "ada")
	require.NoError(t, err)
	require.Equal(t, []event.Outage{{Source: s.ID, To: 100, Acts: []string{"visit"}, By: "ada"}, {Source: s.ID, From: 200, To: 300, By: "ada"}}, all)
	_, err = d.Rename(t.Context(), s.ID, "Another", "bob")
	require.NoError(t, err)
	require.Equal(t, all, d.Outages(), "another change leaves them")

	last := journal.events[len(journal.events)-1]
	list, err := event.Unpack[event.SourcesBody](last)
	require.NoError(t, err)
	require.Equal(t, all, newDirectory(&recorder{}, list).Outages(), "they are in the journal")

	for want, bad := range map[string]event.Outage{
		"ends before it begins":           {From: 5, To: 4},
		"neither since when nor until":    {},
		"of a time that is not here yet;": {From: 1 << 61},
	} {
		_, err := d.SetOutages(t.Context(), s.ID, []event.Outage{bad}, "ada")
		require.ErrorContains(t, err, want)
	}
	_, err = d.SetOutages(t.Context(), "nobody", nil, "ada")
	require.True(t, fault.Is(err, fault.NotFound))
	none, err := d.SetOutages(t.Context(), s.ID, nil, "ada")
	require.NoError(t, err)
	require.Empty(t, none)
}
