package slots_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/inbound"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/slots"
)

const shop = `workspace: {name: Shop, currency: EUR, time_zone: Europe/Berlin}
slots:
  - {id: top, fallback: {headline: Hello, body: "Look around.", next_step: {label: Look, url: "https://shop.example/"}}}
  - {id: side}
map:
  stages: [{id: discover}]
`

var at = event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

// journal keeps what is appended.
type journal struct {
	mu     sync.Mutex
	events []event.Event
}

func (j *journal) Append(_ context.Context, events []event.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, events...)
	return nil
}

// FuzzQuestions: whatever is asked, or told of what was served, is answered or refused
// with a reason; and what is kept of it is of somebody, and comes out of the journal as
// it went in.
func FuzzQuestions(f *testing.F) {
	links, err := inbound.NewLinks("https://r.example", []byte(strings.Repeat("k", 32)), func() event.Instant { return at })
	require.NoError(f, err)
	ws, err := definition.Compile([]byte(shop))
	require.NoError(f, err)
	ref := links.Ref(person.ID{1}, event.Opportunity{Partition: 3, Offset: 7, N: 1}.Delivery())
	f.Add("decide", `{"writeKey":"k","anonymousId":"a","slots":["top","side"],"within":"1ms"}`)
	f.Add("decide", `{"userId":"ada","userHash":"h","slots":["top"],"within":"1ms","scores":{"g/a":1e308}}`)
	f.Add("decide", `{"userId":"null","slots":["top","top"],"within":"-1h"}`)
	f.Add("decide", "{\"anonymousId\":\"\xff\\u0000\",\"slots\":[\"side\"],\"within\":\"1ns\"}")
	f.Add("served", `{"choice":"`+ref+`","served":true,"why":"seen"}`)
	f.Add("served", `{"choices":["`+ref+`","`+ref+`"],"served":false,"why":"`+strings.Repeat("é", 200)+`"}`)
	f.Add("served", `[`)
	f.Fuzz(func(t *testing.T, path, body string) {
		kept := &journal{}
		desk := slots.New(slots.Options{
			Appender: kept, Links: links, Now: func() event.Instant { return at },
			Caller: func(*http.Request, string) (string, error) { return "site", nil },
			Verify: func(_, hash string) error {
				if hash == "" {
					return fault.New(fault.Unauthorized, "userHash is missing")
				}
				return nil
			},
			Known:       func(context.Context, person.ID) (bool, error) { return false, nil },
			Definitions: func(context.Context) (*definition.Workspace, error) { return ws, nil },
			Refuse: func(w http.ResponseWriter, err error) {
				require.True(t, fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) || fault.Is(err, fault.Unauthorized), "%v", err)
				require.NotEmpty(t, err.Error())
				w.WriteHeader(http.StatusBadRequest)
			},
		})
		answer := desk.Decide
		if path == "served" {
			answer = desk.Served
		}
		w := httptest.NewRecorder()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond) // the caller goes away
		defer cancel()
		answer(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/decide", strings.NewReader(body)))
		require.NoError(t, desk.Close())
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, w.Code)
		if w.Code == http.StatusOK {
			require.True(t, json.Valid(w.Body.Bytes()), "%s", w.Body)
		} else {
			require.Empty(t, kept.events, "what is refused is not kept")
		}
		for _, e := range kept.events {
			again, err := event.Decode(e.AppendTo(nil))
			require.NoError(t, err)
			require.Equal(t, e.To, again.To)
			require.False(t, e.To.IsZero())
			require.True(t, json.Valid(e.Body) && utf8.Valid(e.Body), "%q", e.Body)
			require.True(t, utf8.ValidString(e.UserID) && utf8.ValidString(e.AnonymousID), "%q %q", e.UserID, e.AnonymousID)
		}
	})
}
