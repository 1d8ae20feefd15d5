package web

// An internal test: it seals the sessions that calls come with.

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/inbound"
	"github.com/rapporthq/rapport/internal/person"
)

// page is a store in which one person has one letter.
type page struct {
	who  person.ID
	told []event.Event
}

func (p page) Person(_ context.Context, id person.ID) (Owner, error) {
	if id == p.who {
		return Owner{ID: id}, nil
	}
	return Owner{}, nil
}

func (p page) HistoryPage(_ context.Context, id person.ID, _ string, _ int) ([]event.Event, string, error) {
	if id == p.who {
		return p.told, "", nil
	}
	return nil, "", nil
}

// FuzzCalls: whatever a browser says, it is taken or refused with a reason, and what is
// heard of it is text, by who has the session.
func FuzzCalls(f *testing.F) {
	at := event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	key := bytes.Repeat([]byte{7}, 32)
	links, err := inbound.NewLinks("https://r.example", key, func() event.Instant { return at })
	require.NoError(f, err)
	ada := person.NewIdentity(person.AnonymousID, "ada")
	store := page{who: person.IDOf(0, ada)}
	const delivery = "3/7/1"
	store.told = []event.Event{ // newest first
		{Kind: event.Receipt, Time: at, Body: event.Pack(event.ReceiptBody{Delivery: delivery, Channel: ID, Outcome: event.Sent})},
		{Kind: event.Grant, Time: at, Body: event.Pack(event.GrantBody{Delivery: delivery, Channel: ID, Content: event.Content{
			Subject: "Hello", NextStep: event.Step{Label: "Keep it", Reply: "keep"},
		}})},
	}
	session := sealSession(key, session{"site", ada, at + 1_000_000})
	ref := links.Ref(store.who, delivery)
	f.Add("session", `{"writeKey":"k","anonymousId":"ada"}`)
	f.Add("session", `{"userId":"ada","userHash":"h"}`)
	f.Add("session", "{\"anonymousId\":\"\xff\\ud800\"}")
	f.Add("seen", `{"session":"SESSION","entries":["REF"],"dismissed":true}`)
	f.Add("act", `{"session":"SESSION","entry":"REF","payload":"reply:keep","id":"1-a"}`)
	f.Add("say", "{\"session\":\"SESSION\",\"text\":\" h\xe9llo \\ud83d \",\"id\":\"x\"}")
	f.Add("say", `{"session":"AQ","text":""}`)
	f.Fuzz(func(t *testing.T, path, body string) {
		i := &delivertest.Inbox{}
		desk, err := New(Options{
			Key: key, Store: store, Links: links, Inbox: i, Now: func() event.Instant { return at },
			Caller:  func(*http.Request, string) (string, error) { return "site", nil },
			Verify:  func(_, _ string) error { return nil },
			Origins: func(context.Context) ([]string, error) { return nil, nil },
			Refuse: func(w http.ResponseWriter, err error) {
				kind, is := fault.KindOf(err), err != nil
				require.True(t, is && kind != fault.Internal, "%v", err)
				w.WriteHeader(http.StatusBadRequest)
			},
		})
		require.NoError(t, err)
		defer desk.Close()
		do := map[string]func(http.ResponseWriter, *http.Request) (any, error){"session": desk.session, "seen": desk.seen, "act": desk.act}[path]
		if do == nil {
			do = desk.say
		}
		body = strings.NewReplacer("SESSION", session, "REF", ref).Replace(body)
		w := httptest.NewRecorder()
		desk.serve(http.MethodPost, do)(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/web/x", strings.NewReader(body)))
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, w.Code)
		if w.Code == http.StatusOK {
			require.True(t, json.Valid(w.Body.Bytes()), "%s", w.Body)
		}
		for _, h := range i.Heard() {
			require.Equal(t, ada.Value, h.From)
			require.True(t, utf8.ValidString(h.Text) && utf8.ValidString(h.Payload), "%q %q", h.Text, h.Payload)
		}
		for _, r := range i.Reports() {
			require.Equal(t, ref, r.Ref)
		}
	})
}
