package bench // internal: the load generator has no exported parts

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
)

// TestTheLoadGeneratorSpeaksHTTP holds what it sends and reads by itself to the
// standard library's server.
func TestTheLoadGeneratorSpeaksHTTP(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 10)
	var status atomic.Int32
	status.Store(http.StatusOK)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, _, ok := r.BasicAuth()
		body, err := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/v1/batch" || !ok || key != crashKey || err != nil {
			status.Store(http.StatusBadRequest)
		}
		bodies <- string(body)
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, strings.Repeat("x", len(body)%700))
	}))
	t.Cleanup(s.Close)
	c, err := dial(t.Context(), s.URL)
	require.NoError(t, err)
	shoppers := newShoppers(Load{People: 10, Seed: 1}, event.Instant(1e15))
	var r request
	for n := range 3 {
		r.fill(shoppers, n+1)
		got, err := c.post(&r)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, got)
		body := <-bodies
		require.Equal(t, string(r.body), body)
		require.Equal(t, n+1, strings.Count(body, `"userId"`))
	}
	status.Store(http.StatusTooManyRequests)
	got, err := c.post(&r)
	require.NoError(t, err)
	require.Equal(t, http.StatusTooManyRequests, got)
	require.NoError(t, c.Close())
}
