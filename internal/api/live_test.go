package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/source"
)

// page is a ResponseWriter whose reader sees what was flushed.
type page struct {
	header http.Header

	mu      sync.Mutex
	written strings.Builder
	seen    string
}

func (p *page) Header() http.Header { return p.header }
func (p *page) WriteHeader(int)     {}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.written.Write(b)
}

func (p *page) Flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = p.written.String()
}

func (p *page) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// follow opens the live view for as long as the context lives.
func follow(ctx context.Context, l *source.Live, query string) (*page, <-chan struct{}) {
	world := newWorld()
	h := api.New(api.Options{Reports: world, Control: world, Live: l, Open: true})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/events/live"+query, nil)
	r.Host = "localhost"
	p, done := &page{header: http.Header{}}, make(chan struct{})
	go func() {
		defer close(done)
		h.ServeHTTP(p, r)
	}()
	return p, done
}

func arrive(l *source.Live, n int) {
	a := &source.Arrival{Path: "/v1/batch", Source: "shop", At: event.Instant(1)}
	for range n {
		a.Events = append(a.Events, event.Event{Kind: event.Page, Name: "Home", AnonymousID: "a", To: person.ID{1}})
	}
	l.Arrived(a)
}

func TestAQuietStreamGivesSignsOfLifeAndEndsWithTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(1, nil)
		p, done := follow(t.Context(), l, "")
		time.Sleep(50 * time.Second)
		synctest.Wait()
		require.True(t, strings.HasPrefix(p.text(), "retry: 2000\n"), p.text())
		require.Equal(t, 3, strings.Count(p.text(), ": still here\n\n"))
		arrive(l, 1)
		synctest.Wait()
		require.Equal(t, 1, strings.Count(p.text(), "event: arrived\n"))
		l.Close()
		<-done
	})
}

func TestAReaderThatWasTooSlowIsToldHowMuchItMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := source.NewLive(1, nil)
		ctx, cancel := context.WithCancel(t.Context())
		p, done := follow(ctx, l, "?backlog=0")
		synctest.Wait()
		arrive(l, 1)
		synctest.Wait() // it pauses now, after its first answer
		for range 30 {
			arrive(l, 100)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Equal(t, 1+2048, strings.Count(p.text(), "event: arrived\n"))
		require.Contains(t, p.text(), "event: dropped\ndata: {\"dropped\":952}\n\n")
		cancel() // the reader leaves
		<-done
	})
}
