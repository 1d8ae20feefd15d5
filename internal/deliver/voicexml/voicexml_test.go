package voicexml_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/voicexml"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

const key = "0123456789abcdef"

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

func open(t *testing.T, i *delivertest.Inbox) *voicexml.Channel {
	t.Helper()
	c, err := voicexml.Open(voicexml.Options{
		Key: key, Callback: "https://r.example/c/voice/ivr", Begins: "change-plan", Inbox: i, Now: now, Patience: 20 * time.Millisecond,
	})
	require.NoError(t, err)
	return c
}

// fetch fetches a document as a platform does, and makes sure that it is XML.
func fetch(t *testing.T, c http.Handler, path string, form url.Values) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if w.Code == http.StatusOK {
		d := xml.NewDecoder(strings.NewReader(w.Body.String()))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, w.Body.String())
		}
		require.Contains(t, w.Body.String(), `<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml"`)
	}
	return w.Code, w.Body.String()
}

func TestACallIsATalkByKeysAndWords(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	c := open(t, i)
	caller := func(more ...string) url.Values {
		f := url.Values{"session": {"s-1"}, "from": {"+15550199"}}
		for n := 0; n < len(more); n += 2 {
			f.Set(more[n], more[n+1])
		}
		return f
	}
	_, doc := fetch(t, c, "/call/"+key, caller())
	require.Contains(t, doc, `namelist="session from waited"`, "nothing is to be said yet")
	require.Equal(t, deliver.Heard{Channel: "voice", From: "+15550199", Address: "call:s-1", Begins: "change-plan", ID: "call:s-1"}, i.Heard()[0])

	said := make(chan error, 1)
	go func() {
		l := delivertest.Letter("d", "call:s-1")
		l.Links, l.Content.NextStep = deliver.Letter{}.Links, event.Step{}
		l.Content.Subject, l.Content.Text = "", "Which plan? For small press 1. For large & <loud> press 2."
		l.Content.Options = []event.Option{{ID: "s", Label: "small"}, {ID: "l", Label: "large & loud"}}
		said <- c.Send(t.Context(), l)
	}()
	require.Eventually(t, func() bool {
		_, doc = fetch(t, c, "/turn/"+key, caller("waited", "1"))
		return strings.Contains(doc, "<field")
	}, 5*time.Second, time.Millisecond)
	require.NoError(t, <-said)
	require.Contains(t, doc, `large &amp; &lt;loud&gt; press 2`)
	require.Contains(t, doc, `<item>2</item>`)

	code, _ := fetch(t, c, "/turn/"+key, caller("keys", "2", "said", ""))
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "2", i.Heard()[1].Keys)
	require.Equal(t, "l", i.Heard()[1].Payload, "the key means the answer")
	for range 2 {
		_, doc = fetch(t, c, "/turn/"+key, caller("keys", "", "said", ""))
		require.Contains(t, doc, "Which plan?", "who says nothing is asked again")
	}
	_, doc = fetch(t, c, "/turn/"+key, caller("keys", "", "said", ""))
	require.Contains(t, doc, "<disconnect", "who says nothing is not kept")
	require.True(t, fault.Is(c.Send(t.Context(), delivertest.Letter("d", "call:s-1")), fault.Invalid), "the call is over")
}

func TestOnlyThePlatformGetsDocuments(t *testing.T) {
	t.Parallel()
	c := open(t, &delivertest.Inbox{})
	for path, want := range map[string]int{"/call/other": http.StatusNotFound, "/call/": http.StatusNotFound, "/call/" + key: http.StatusBadRequest} {
		code, _ := fetch(t, c, path, url.Values{"session": {"'; alert(1)//"}})
		require.Equal(t, want, code, path)
	}
	_, err := voicexml.Open(voicexml.Options{Key: "short", Callback: "x", Inbox: &delivertest.Inbox{}, Now: now})
	require.Error(t, err)
	require.False(t, voicexml.Takes("+15550199"))
}
