package ingest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/testenv"
)

const billing = `
name: Billing
format: json
columns: [id, type, {name: at, path: created}, {name: who, path: customer.id}, {name: plan, path: customer.plan},
  {name: value, path: amount.value}, {name: currency, path: amount.currency}]
skip: [{when: row.type == "test", reason: a test}]
identity: {user_id: who}
event:
  - {when: row.type == "refund", event: Order Refunded}
  - {event: Order Completed}
time: {column: at, layout: unix}
amount: {column: value}
currency: {column: currency}
message_id: id
traits: {plan: plan}
`

const form = `
format: json
columns: [mail, visitor, {name: answer, path: answers.q1}]
identity: {anonymous_id: visitor}
event: Form Sent
time: arrival
properties: {answer: answer}
traits: {email: mail}
`

func hooks(t *testing.T) ingest.Hooks {
	t.Helper()
	compile := func(text string) *definition.ImportMap {
		m, err := definition.CompileImportMap([]byte(text))
		require.NoError(t, err)
		return m
	}
	signed := func(h http.Header, body []byte, _ time.Time) error {
		if h.Get("Signature") != "right" || len(body) == 0 {
			return fault.New(fault.Unauthorized, "the signature is wrong")
		}
		return nil
	}
	all := map[string]ingest.Hook{
		"billing": {Source: "billing", Map: compile(billing), RefuseWith: http.StatusOK},
		"strict":  {Source: "strict", Map: compile(billing), RefuseWith: http.StatusBadRequest},
		"signed":  {Source: "signed", Map: compile(billing), RefuseWith: http.StatusOK, Verify: signed},
		"form":    {Source: "form", Map: compile(form), RefuseWith: http.StatusOK},
	}
	keys := map[string]string{"HOOKKEY": "billing", "STRICTKEY": "strict", "FORMKEY": "form"}
	return func(name string) (ingest.Hook, bool, bool) {
		id, open := keys[name]
		if !open {
			id = name
		}
		h, found := all[id]
		return h, open, found
	}
}

// TestWebhooksBehaveAsTheScenariosSay runs testdata/hooks: a call, and the answer
// with the events and dead letters that went into the journal together.
func TestWebhooksBehaveAsTheScenariosSay(t *testing.T) {
	t.Parallel()
	testenv.ScriptsIn(t, "testdata/hooks", *update, func(t *testing.T) func(string) string {
		t.Helper()
		return func(block string) string { return hooked(t, block) }
	})
}

func hooked(t *testing.T, block string) string {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(block), "\n") {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	words := strings.Fields(lines[0])
	kept, busy := &recorder{}, false
	r := httptest.NewRequestWithContext(t.Context(), words[0], words[1], strings.NewReader(strings.Join(lines[1:], "\n")))
	for _, w := range words[2:] {
		switch name, value, _ := strings.Cut(w, "="); name {
		case "key":
			r.SetBasicAuth(value, "")
		case "broken":
			kept.err = errors.New("the disk is full")
		case "busy":
			busy = true
		case "signature", "webhook-id":
			r.Header.Set(name, value)
		default:
			t.Fatalf("unknown option %q", w)
		}
	}
	keys := func(key string) (string, bool) {
		if key == "HOOKKEY" {
			return "billing", true
		}
		return onlyKey(key)
	}
	heard := &ear{}
	w := httptest.NewRecorder()
	ingest.New(ingest.Options{
		Keys: keys, Revoked: onlyRevoked, Hooks: hooks(t), Keeper: pigeonholes{}, Witness: heard, Appender: kept, Random: &counter{},
		Now:  func() event.Instant { return instant(t, "2026-11-25T12:00:00Z") },
		Busy: func() bool { return busy },
	}).ServeHTTP(w, r)
	for _, a := range heard.heard {
		require.NotContains(t, a.Path, "KEY", "a write key is kept nowhere")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", w.Code, strings.TrimSpace(w.Body.String()))
	for _, e := range kept.take() {
		if e.Kind != event.DeadLetters {
			require.False(t, e.Imported, "what a webhook brings is of now")
			fmt.Fprintln(&b, describe(e))
			continue
		}
		body, err := event.Unpack[event.DeadLetterBody](e)
		require.NoError(t, err)
		for _, l := range body.Letters {
			fmt.Fprintf(&b, "letter from %s by %s, %d: %s\n", e.Source, l.Path, l.Index, l.Raw)
		}
	}
	return b.String()
}

func TestADeadLetterOfAWebhookIsReadByItsMapOfNow(t *testing.T) {
	t.Parallel()
	at := instant(t, "2026-11-25T12:00:00Z")
	api := ingest.New(ingest.Options{Keys: onlyKey, Hooks: hooks(t), Appender: &recorder{}, Now: func() event.Instant { return at.Add(time.Hour) }})
	letter := event.Letter{Number: 7, Source: "form", ReceivedAt: at, DeadLetter: event.DeadLetter{Path: "/v1/webhooks/form", Whole: true}}
	_, err := api.Decode(letter, []byte(`{"mail":"ana@example.com"}`))
	require.ErrorContains(t, err, "no identity")
	events, err := api.Decode(letter, []byte(`{"mail":"ana@example.com","visitor":"v1"}`))
	require.NoError(t, err)
	require.Len(t, events, 2)
	require.Equal(t, at, events[1].Time, "it happened when it first came")
	require.Equal(t, at.Add(time.Hour), events[1].ReceivedAt)
	require.Equal(t, "dead-letter:7", events[1].MessageID)
	letter.Source = "billing"
	letter.Path = "/v1/webhooks/billing"
	_, err = api.Decode(letter, []byte(`{"type":"test"}`))
	require.ErrorContains(t, err, "on purpose")
	letter.Source = "gone"
	_, err = api.Decode(letter, []byte(`{}`))
	require.ErrorContains(t, err, "no map")
}

func FuzzWebhookBodiesAreReadOrRefused(f *testing.F) {
	f.Add([]byte(`{"id":"evt_1","type":"payment","created":1795500000,"customer":{"id":"u1"},"amount":{"value":12.5,"currency":"EUR"}}`))
	f.Add([]byte(`[{"id":"a"},7,null,[[]]]`))
	f.Add([]byte(`[`))
	f.Add([]byte(" \xff{"))
	at := event.InstantOf(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	kept := &recorder{}
	m, err := definition.CompileImportMap([]byte(billing))
	require.NoError(f, err)
	api := ingest.New(ingest.Options{
		Appender: kept, Keys: onlyKey, Keeper: pigeonholes{}, Now: func() event.Instant { return at },
		Hooks: func(string) (ingest.Hook, bool, bool) {
			return ingest.Hook{Source: "billing", Map: m, RefuseWith: http.StatusOK}, true, true
		},
	})
	f.Fuzz(func(t *testing.T, body []byte) {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/webhooks/K", strings.NewReader(string(body))))
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest && w.Code != http.StatusRequestEntityTooLarge {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, e := range kept.take() {
			again, err := event.Decode(e.AppendTo(nil))
			require.NoError(t, err)
			require.Equal(t, e.MessageID, again.MessageID)
			require.False(t, e.Kind != event.DeadLetters && (e.To.IsZero() || e.Time.IsZero() || e.Time > at))
		}
	})
}
