package ingest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRequestsAtOnceDoNotSeeEachOther sends bodies of all sizes, plain and gzip,
// good and broken, at once: memory serves one request after another, and nothing
// of one may be found in the next.
func TestRequestsAtOnceDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	const clients, each = 6, 60
	kept := &recorder{}
	api := newAPI(kept)
	var work sync.WaitGroup
	for c := range clients {
		work.Go(func() {
			for n := range each {
				who := fmt.Sprintf("u%d-%d", c, n)
				event := fmt.Sprintf(`{"type":"track","event":"E %s","userId":%q,"messageId":%q,"properties":{"who":%q,"pad":%q},"context":{"who":%q}}`,
					who, who, who, who, strings.Repeat("x", n*n%3000), who)
				body := []byte(`{"batch":[` + event + `,{"type":"track"},` + event + `]}`)
				if n%3 == 0 {
					body = zipped(t, body)
				}
				switch w := post(api, "/v1/batch", body); {
				case w.Code != http.StatusOK:
					t.Errorf("%s: %s", who, w.Body)
				case !strings.Contains(w.Body.String(), `"rejected":[{"index":1,`):
					t.Errorf("%s: %s", who, w.Body)
				}
				if w := post(api, "/v1/track", []byte(`{"event":"`+who)); w.Code != http.StatusBadRequest {
					t.Errorf("%s: what is cut short is answered %d", who, w.Code)
				}
			}
		})
	}
	work.Wait()
	events := kept.take()
	require.Len(t, events, 2*clients*each)
	for _, e := range events {
		require.Equal(t, "E "+e.UserID, e.Name)
		require.Equal(t, e.UserID, e.MessageID)
		require.Contains(t, string(e.Properties), fmt.Sprintf(`{"who":%q,"pad":"`, e.UserID))
		require.JSONEq(t, fmt.Sprintf(`{"who":%q}`, e.UserID), string(e.Context))
	}
}
