package inbound_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/inbound"
	"github.com/rapporthq/rapport/internal/person"
)

// choosing is a desk at which Ada may choose.
func choosing(t *testing.T, language string) (*desk, string) {
	d := open(t)
	var err error
	d.handler, err = inbound.New(inbound.Options{Key: key, Appender: d, Now: d.clock, Preferring: func(_ context.Context, id person.ID) (inbound.Preferences, error) {
		if id != ada {
			return inbound.Preferences{}, fault.New(fault.NotFound, "nobody")
		}
		return inbound.Preferences{
			Brand: event.Brand{Name: "Oak & Iron", Accent: "#123456", OnAccent: "#ffffff", Logo: "https://cdn.example/logo.png"}, Language: language,
			Channels: []inbound.Preference{{ID: "email", Name: "email", On: true}, {ID: "sms", Name: "sms"}},
			Topics:   []inbound.Preference{{ID: "news", Name: "What is <new>", On: true}, {ID: "offers", Name: "Offers", On: true}},
		}, nil
	}})
	require.NoError(t, err)
	link, err := d.links.Unsubscribe(ada, "dlv-1", "email")
	require.NoError(t, err)
	return d, strings.Replace(strings.TrimPrefix(link, "https://r.example/base"), "/m/u/", "/m/p/", 1)
}

func (d *desk) send(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func TestPeopleChooseWhatTheyHearOfAndHow(t *testing.T) {
	t.Parallel()
	d, path := choosing(t, "en")
	asked := d.send(http.MethodGet, strings.Replace(path, "/m/p/", "/m/u/", 1), nil)
	require.Contains(t, asked.Body.String(), `<a href="../p/`, "who wants no more is told that they may choose")
	shown := d.send(http.MethodGet, path, nil)
	require.Equal(t, http.StatusOK, shown.Code)
	body := shown.Body.String()
	require.Contains(t, body, `<img src="https://cdn.example/logo.png" alt="Oak &amp; Iron">`)
	require.Contains(t, shown.Header().Get("Content-Security-Policy"), "img-src https://cdn.example")
	require.Contains(t, body, "background:#123456;color:#ffffff")
	require.Contains(t, body, `name="topic" value="news" checked> <span>What is &lt;new&gt;</span>`)
	require.Contains(t, body, `name="channel" value="sms"> <span>Text message</span>`)
	require.Empty(t, d.events, "looking changes nothing")

	saved := d.send(http.MethodPost, path, url.Values{"channel": {"email", "sms"}, "topic": {"offers", "not-there"}})
	require.Contains(t, saved.Body.String(), "Saved. It takes effect at once.")
	require.Contains(t, saved.Body.String(), `value="sms" checked`)
	var said []event.ConsentBody
	ids := map[string]bool{}
	for _, e := range d.events {
		require.Equal(t, event.Consented, e.Kind)
		require.Equal(t, ada, e.To)
		require.False(t, ids[e.MessageID])
		ids[e.MessageID] = true
		b, err := event.Unpack[event.ConsentBody](e)
		require.NoError(t, err)
		said = append(said, b)
	}
	const proof = "preference page"
	require.Equal(t, []event.ConsentBody{
		{Channel: "sms", Given: true, Proof: proof, On: "email"},
		{Channel: "email", Topic: "news", Proof: proof, On: "email"},
		{Channel: "sms", Topic: "news", Proof: proof, On: "email"},
	}, said, "only what is otherwise now")
}

func TestThePageOfPreferencesSpeaksThePersonsLanguage(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{"de": "Worüber möchten Sie etwas hören?", "fr": "De quoi souhaitez-vous", "xx": "What would you like to hear about?"} {
		d, path := choosing(t, language)
		body := d.send(http.MethodGet, path, nil).Body.String()
		require.Contains(t, body, want)
		if language != "xx" {
			require.Contains(t, body, `<html lang="`+language+`">`)
		}
	}
}

func TestNobodyChoosesForSomebodyElse(t *testing.T) {
	t.Parallel()
	d, path := choosing(t, "en")
	require.Equal(t, http.StatusNotFound, d.send(http.MethodPost, path[:len(path)-2]+"xx", url.Values{}).Code)
	other, err := d.links.Unsubscribe(person.IDOf(1, person.NewIdentity(person.UserID, "gone")), "dlv-2", "email")
	require.NoError(t, err)
	gone := strings.Replace(strings.TrimPrefix(other, "https://r.example/base"), "/m/u/", "/m/p/", 1)
	require.Equal(t, http.StatusNotFound, d.send(http.MethodGet, gone, nil).Code)
	require.Empty(t, d.events)
}

// FuzzForms: whatever is sent in place of the forms of our pages, what is kept of it is
// about channels and topics that there are, or that Ada gets no more.
func FuzzForms(f *testing.F) {
	f.Add("/m/p/", "channel=sms&topic=news&topic=x")
	f.Add("/m/p/", "channel=%ff;%zz")
	f.Add("/m/u/", "List-Unsubscribe=One-Click")
	f.Add("/m/u/", "--x\r\nContent-Disposition: form-data\r\n\r\nOne-Click")
	f.Fuzz(func(t *testing.T, page, form string) {
		d, path := choosing(t, "en")
		if page != "/m/p/" {
			path = strings.Replace(path, "/m/p/", "/m/u/", 1)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, w.Code)
		for _, e := range d.events {
			body, err := event.Unpack[event.ConsentBody](e)
			require.NoError(t, err)
			require.Equal(t, ada, e.To)
			require.Contains(t, []string{"email", "sms"}, body.Channel)
			require.Contains(t, []string{"", "news", "offers"}, body.Topic)
			require.NotEmpty(t, body.Proof)
		}
	})
}
