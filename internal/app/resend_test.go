package app_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
)

// taker takes webhooks, or refuses them, and remembers their keys.
type taker struct {
	sync.Mutex

	refuses bool
	keys    []string
}

func (k *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.Lock()
	defer k.Unlock()
	k.keys = append(k.keys, r.Header.Get("webhook-id"))
	if k.refuses {
		w.WriteHeader(http.StatusTeapot)
	}
}

func (k *taker) refuse(yes bool) {
	k.Lock()
	defer k.Unlock()
	k.refuses = yes
}

func (k *taker) came() []string {
	k.Lock()
	defer k.Unlock()
	return append([]string{}, k.keys...)
}

// outcomes are what became of somebody's deliveries, the oldest first, as "outcome of
// delivery".
func (r *running) outcomes(id string) (out []string) {
	r.t.Helper()
	var page struct {
		Events []struct {
			Kind string `json:"kind"`
			Body struct {
				Delivery string `json:"delivery"`
				Outcome  string `json:"outcome"`
			} `json:"body"`
		} `json:"events"`
	}
	require.Equal(r.t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id+"/timeline?limit=100", nil, &page))
	for _, e := range page.Events {
		if e.Kind == "receipt" {
			out = append([]string{e.Body.Outcome + " of " + e.Body.Delivery}, out...)
		}
	}
	return out
}

// bought lets somebody order, and returns their id once what became of their receipt is
// known.
func (r *running) bought(who string) (id string) {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{"userId": who, "traits": map[string]any{"first_name": who, "email": who + "@example.com"}}, nil))
	require.Equal(r.t, http.StatusOK, r.call(http.MethodPost, "/v1/track", map[string]any{"userId": who, "event": "Order Completed", "properties": map[string]any{"revenue": 10}}, nil))
	require.Eventually(r.t, func() bool {
		id = r.person("user_id:" + who)
		return id != "" && len(r.outcomes(id)) > 0
	}, time.Minute, 50*time.Millisecond)
	return id
}

func TestWhatAWebhookRefusedGoesOutOnceMoreUnderItsKeyWhenSomebodyWants(t *testing.T) {
	t.Parallel()
	k := &taker{refuses: true}
	hook := httptest.NewServer(k)
	defer hook.Close()
	source, err := os.ReadFile("../processor/testdata/receipt.yaml")
	require.NoError(t, err)
	yaml := strings.NewReplacer("hello, channel: email", "hello, channel: webhook", "channels:\n", "channels:\n  - {id: webhook}\n").Replace(string(source))
	r := serve(t, config.Config{
		Data: t.TempDir(), Definitions: folder(t, yaml),
		Webhook: config.Webhook{URL: hook.URL, Secret: "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32)))},
	})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)

	ada := r.bought("ada")
	first := r.outcomes(ada)
	require.Len(t, first, 1)
	outcome, delivery, _ := strings.Cut(first[0], " of ")
	require.Equal(t, "failed", outcome)

	k.refuse(false)
	resend := func(want int, body map[string]any) (got api.Resent) {
		t.Helper()
		var answer json.RawMessage
		require.Equal(t, want, r.call(http.MethodPost, "/api/v1/deliveries/resend", body, &answer), "%s", answer)
		if want == http.StatusOK {
			require.NoError(t, json.Unmarshal(answer, &got))
		}
		return got
	}
	resend(http.StatusUnprocessableEntity, map[string]any{"delivery": delivery})
	resend(http.StatusUnprocessableEntity, map[string]any{})
	resend(http.StatusNotFound, map[string]any{"person": ada, "delivery": "dlv-1/2/3"})
	require.Equal(t, 1, resend(http.StatusOK, map[string]any{"person": ada, "delivery": delivery}).Resent)
	require.Eventually(t, func() bool { return len(r.outcomes(ada)) == 2 }, time.Minute, 50*time.Millisecond)
	require.Equal(t, []string{first[0], "sent of " + delivery}, r.outcomes(ada))
	require.Equal(t, []string{delivery, delivery}, k.came(), "whoever took it the first time knows it")
	resend(http.StatusConflict, map[string]any{"person": ada, "delivery": delivery})

	k.refuse(true)
	bea, cleo := r.bought("bea"), r.bought("cleo")
	k.refuse(false)
	all := map[string]any{"from": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}
	again := 0
	require.Eventually(t, func() bool { // what is archived trails by seconds
		again += resend(http.StatusOK, all).Resent
		return again == 2
	}, time.Minute, 500*time.Millisecond)
	for _, id := range []string{bea, cleo} {
		require.Eventually(t, func() bool { return len(r.outcomes(id)) == 2 }, time.Minute, 50*time.Millisecond)
		require.True(t, strings.HasPrefix(r.outcomes(id)[1], "sent of "))
	}
	require.Len(t, k.came(), 6)
}
