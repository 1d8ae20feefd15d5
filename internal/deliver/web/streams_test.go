package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// crowd is a store of inboxes, each of which holds the letters that were put into it.
type crowd struct {
	mu      sync.Mutex
	letters map[person.ID][]event.Event
}

func (c *crowd) Person(_ context.Context, id person.ID) (Owner, error) {
	return Owner{ID: id, Known: true}, nil
}

func (c *crowd) HistoryPage(_ context.Context, id person.ID, _ string, _ int) ([]event.Event, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]event.Event(nil), c.letters[id]...), "", nil
}

// put puts a letter that says text into an inbox: newest first, as stores have it.
func (c *crowd) put(id person.ID, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	grant := event.Pack(event.GrantBody{Delivery: "dlv-" + text, Channel: ID, Content: event.Content{Subject: text, Text: text, NextStep: event.Step{Label: "Go", Reply: "go"}}})
	c.letters[id] = append([]event.Event{
		{Kind: event.Receipt, To: id, Time: 2, Body: event.Pack(event.ReceiptBody{Delivery: "dlv-" + text, Channel: ID, Outcome: event.Delivered})},
		{Kind: event.Grant, To: id, Time: 1, Body: grant},
	}, c.letters[id]...)
}

type noLinks struct{}

func (noLinks) Ref(_ person.ID, delivery string) string { return delivery }

func (noLinks) OpenRef(string) (person.ID, string, error) { return person.ID{}, "", nil }

func (noLinks) StepMade(_ person.ID, _, _, target string, _ event.Instant) (string, error) {
	return target, nil
}

// TestThousandsOfOpenInboxesEachGetWhatIsTheirs holds so many streams open on one
// server, over sockets of this machine, and writes to every inbox. What a stream costs
// is told, and bounded by far more than it is.
func TestThousandsOfOpenInboxesEachGetWhatIsTheirs(t *testing.T) {
	const streams, most = 3000, 256 << 10 // bytes of memory a stream, the client's half with it
	store := &crowd{letters: map[person.ID][]event.Event{}}
	key := bytes.Repeat([]byte{7}, 32)
	d, err := New(Options{
		Key: key, Store: store, Links: noLinks{}, Now: func() event.Instant { return 1000 },
		Caller:  func(*http.Request, string) (string, error) { return "site", nil },
		Verify:  func(string, string) error { return nil },
		Origins: func(context.Context) ([]string, error) { return nil, nil },
		Refuse:  func(w http.ResponseWriter, err error) { http.Error(w, err.Error(), http.StatusBadRequest) },
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	d.Mount(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(d.Close)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 0}}
	t.Cleanup(client.CloseIdleConnections)
	ctx, hangUp := context.WithCancel(t.Context())

	before := inUse()
	var ready, got, wrong atomic.Int64
	var readers sync.WaitGroup
	who := make([]person.ID, streams)
	open := make(chan struct{}, 64) // who connect at once
	for i := range streams {
		user := person.NewIdentity(person.UserID, fmt.Sprint("u", i))
		who[i] = person.IDOf(0, user)
		session := sealSession(key, session{Source: "site", Identity: user, Expires: 1 << 50})
		open <- struct{}{}
		readers.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/web/stream?session="+session, nil)
			if err != nil {
				return
			}
			resp, err := client.Do(req)
			<-open
			if err != nil {
				return
			}
			defer resp.Body.Close() //nolint:errcheck // it is read to its end
			for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
				switch line := lines.Text(); {
				case line == "event: ready":
					ready.Add(1)
				case strings.HasPrefix(line, "data: ") && strings.Contains(line, fmt.Sprintf("for u%d only", i)):
					got.Add(1)
				case strings.HasPrefix(line, "data: ") && strings.Contains(line, " only"):
					wrong.Add(1)
				}
			}
		})
	}
	require.Eventually(t, func() bool { return ready.Load() == streams }, 2*time.Minute, 10*time.Millisecond, "all are open")
	each := (inUse() - before) / streams
	t.Logf("%d streams held open: %d bytes each, of server and client together", streams, each)
	require.Less(t, each, int64(most))

	for i, id := range who {
		store.put(id, fmt.Sprintf("for u%d only", i))
	}
	d.Touched(who)
	require.Eventually(t, func() bool { return got.Load() >= streams }, 2*time.Minute, 10*time.Millisecond, "everybody gets theirs")
	require.Equal(t, int64(streams), got.Load(), "once")
	require.Zero(t, wrong.Load(), "and nobody somebody else's")
	hangUp()
	readers.Wait()
	require.Eventually(t, func() bool { return d.streams.Load() == 0 }, time.Minute, 10*time.Millisecond, "what is hung up is let go")
}

// inUse is how much memory is in use once what is not has been collected.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse) //nolint:gosec // less than a machine has
}
