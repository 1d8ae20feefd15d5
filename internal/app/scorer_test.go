package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/event"
)

// choices returns those of a person, once there are n.
func (r *running) choices(person string, n int) []event.ChoiceBody {
	r.t.Helper()
	var out []event.ChoiceBody
	require.Eventually(r.t, func() bool {
		var page timeline
		r.call(http.MethodGet, "/api/v1/people/"+person+"/timeline?limit=50", nil, &page)
		out = out[:0]
		for _, e := range page.Events {
			var b event.ChoiceBody
			if e.Event == "choice" && json.Unmarshal(e.Body, &b) == nil {
				out = append(out, b)
			}
		}
		return len(out) >= n
	}, time.Minute, 20*time.Millisecond)
	return out
}

func TestTheCompanysOwnModelIsAskedBeforeAChoiceWhichItsFailureDoesNotStop(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	var asked atomic.Int64
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var q struct {
			Person struct {
				Traits   map[string]any `json:"traits"`
				Features map[string]any `json:"features"`
				Stage    string         `json:"stage"`
			} `json:"person"`
			Actions []string `json:"actions"`
		}
		if broken.Load() || json.NewDecoder(req.Body).Decode(&q) != nil || q.Person.Stage != "buy" || q.Person.Features["orders"] != 1.0 || len(q.Actions) != 2 {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		asked.Add(1)
		_, _ = fmt.Fprint(w, `{"scores": {"again/a": 500, "again/b": -500, "retired/one": 3}}`)
	}))
	defer model.Close()
	_, address := newMailbox(t)
	yaml := strings.Replace(everyday, "policy:", fmt.Sprintf("calls: [{id: model, name: Our model, url: %q, timeout: 10s}]\nscorer: {call: model, trait: scores}\npolicy:", model.URL+"/scores"), 1)
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, yaml), SMTP: config.SMTP{Address: address, TLS: "none"}})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	buys := func(id, traits string) []event.ChoiceBody {
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(fmt.Sprintf(`{"userId":%q,"traits":{"email":"%s@example.com","consent":{"email":true}%s}}`, id, id, traits)), nil))
		r.track(fmt.Sprintf(`{"userId":%q,"event":"Order Completed"}`, id))
		return r.choices(r.person("user_id:"+id), 1)
	}
	worth := func(b event.ChoiceBody) map[string]float64 {
		out := map[string]float64{}
		for _, c := range b.Candidates {
			if c.Worth != nil {
				out[c.Action] = c.Worth.Outside
			}
		}
		return out
	}
	chosen := map[string]int{}
	for i := range 20 {
		b := buys(fmt.Sprintf("u%d", i), "")[0]
		require.Empty(t, b.Unscored)
		require.Equal(t, map[string]float64{"silence": 0, "a": 500, "b": -500}, worth(b))
		chosen[b.Candidates[b.Chosen].Action]++
	}
	require.Greater(t, chosen["a"], chosen["b"], "%v", chosen)
	require.Equal(t, int64(20), asked.Load(), "once a choice")

	broken.Store(true)
	b := buys("unlucky", `,"scores":{"again/b":7}`)[0]
	require.Equal(t, "Our model answered 500 Internal Server Error", b.Unscored)
	require.Equal(t, map[string]float64{"silence": 0, "a": 0, "b": 7}, worth(b), "what the trait says stands by itself")
}
