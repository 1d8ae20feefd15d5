package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
)

var unsubscribeLink = regexp.MustCompile(`/m/u/([\w-]+)>`)

func TestALetterLeadsToWhereItsReaderChoosesWhatToHearOf(t *testing.T) {
	t.Parallel()
	mails, address := newMailbox(t)
	source := everyday + "topics: [{id: news, name: News}, {id: offers, name: Offers}]\nbrand: {name: Oak and Iron, accent: \"#123456\"}\n"
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, source), SMTP: config.SMTP{Address: address, TLS: "none"}})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	const n = 12 // of whom a fair draw leaves four in silence, give or take
	for i := range n {
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{
			"userId": fmt.Sprint("u", i), "traits": map[string]any{"email": fmt.Sprintf("u%d@example.com", i), "locale": "de-AT", "consent": map[string]bool{"email": true}},
		}, nil))
		r.track(fmt.Sprintf(`{"userId":"u%d","event":"Order Completed"}`, i))
	}
	var reader, token string
	require.Eventually(t, func() bool {
		for i := range n {
			for _, mail := range mails.of(fmt.Sprintf("u%d@example.com", i)) {
				if m := unsubscribeLink.FindStringSubmatch(strings.NewReplacer("\r\n ", "", "\n ", "").Replace(mail)); m != nil {
					reader, token = fmt.Sprint("u", i), m[1]
					return true
				}
			}
		}
		return false
	}, time.Minute, 20*time.Millisecond)

	get := func() string {
		resp, err := http.Get(r.url + "/m/p/" + token) //nolint:noctx // a test's
		require.NoError(t, err)
		return read(t, resp)
	}
	page := get()
	require.Contains(t, page, "Worüber möchten Sie etwas hören?", "in the reader's language")
	require.Contains(t, page, "Oak and Iron")
	require.Contains(t, page, `value="email" checked`)
	require.Contains(t, page, `value="news" checked`)

	resp, err := http.PostForm(r.url+"/m/p/"+token, url.Values{"channel": {"email"}, "topic": {"news"}}) //nolint:noctx // a test's
	require.NoError(t, err)
	require.Contains(t, read(t, resp), "Gespeichert")
	require.Eventually(t, func() bool { return strings.Contains(get(), `value="offers">`) }, time.Minute, 20*time.Millisecond)
	require.Contains(t, get(), `value="news" checked`)
	var said struct {
		Said []struct {
			Channel, Topic, Proof string
			Given                 bool
		} `json:"said"`
	}
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+r.person("user_id:"+reader)+"/consent-history", nil, &said))
	require.Contains(t, fmt.Sprint(said.Said), "{email offers preference page false}")
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return string(body)
}
