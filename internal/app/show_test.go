package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/slots"
)

const showing = `
workspace: {name: Shop, currency: EUR, time_zone: UTC, seed: show-test}
features: [{id: orders, count: Order Completed}]
map:
  stages: [{id: look, name: Look}, {id: buy, name: Buy, when: orders > 0}]
slots:
  - id: hero
    fallback: {headline: New this week, body: Everything that came in., next_step: {label: Look, url: "https://shop.example/new"}}
  - id: aside
  - id: footer
    keep: 0s
goals:
  - id: first
    name: First
    from: [look]
    to: [buy]
    kpi: {name: Revenue, events: [Order Completed]}
    horizon: 30d
    holdout: 0%
    actions:
      - id: gift
        kind: offer
        excludes: [guide]
        messages:
          - {id: gift, channels: [hero, aside, footer], appeal: pathos, headline: "A gift, {{ first_name | default: 'you' }}", body: "For your first order.", next_step: {label: See it, url: "https://shop.example/gift"}}
      - id: guide
        kind: education
        messages:
          - {id: guide, channels: [hero, aside, footer], appeal: logos, headline: How to choose, body: "Three questions.", next_step: {label: Begin, url: "https://shop.example/guide"}}
policy: {consent: opt_in, holdout: 0%}
channels: [{id: email, from: "Shop <hello@shop.example>"}]
`

// pages are those of a live shop, which ask what to show.
func pages(t *testing.T, cfg config.Config) *running {
	t.Helper()
	cfg.Definitions = folder(t, showing)
	r := serve(t, cfg)
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	return r
}

func (r *running) decide(who map[string]any, places ...string) slots.Answer {
	r.t.Helper()
	body := map[string]any{"slots": places, "within": "5s"}
	maps.Copy(body, who)
	var a slots.Answer
	require.Equal(r.t, http.StatusOK, r.call(http.MethodPost, "/v1/decide", body, &a))
	require.Len(r.t, a.Slots, len(places))
	return a
}

func (r *running) served(choice string, was bool) int {
	return r.call(http.MethodPost, "/v1/served", map[string]any{"choice": choice, "served": was}, nil)
}

// visitors is enough of them for each possibility to come up under a fair draw: the
// chance that one does not is below 1e-6.
const visitors = 60

func TestAPageIsToldWhatToShowToWhoIsThereAndKeepsIt(t *testing.T) {
	t.Parallel()
	r := pages(t, config.Config{Data: t.TempDir()})
	seen := map[string]int{}
	for i := range visitors {
		who := map[string]any{"anonymousId": fmt.Sprintf("v%d", i)}
		first := r.decide(who, "hero", "aside")
		hero, aside := first.Slots["hero"], first.Slots["aside"]
		seen[hero.Action]++
		require.False(t, hero.Fallback, hero.Reason)
		require.NotEmpty(t, hero.Choice)
		switch hero.Action {
		case "gift":
			require.Equal(t, "A gift, you", hero.Content.Headline)
			require.Contains(t, hero.Content.Next[0].URL, "http://127.0.0.1/m/c/", "a click comes back to us")
		case "silence":
			require.Equal(t, "New this week", hero.Content.Headline, "what is there anyway")
		}
		if hero.Action != "silence" {
			require.Equal(t, "silence", aside.Action, "a gift and a guide are not shown together, nor one of them twice: %s", aside.Reason)
			require.Nil(t, aside.Content)
		}
		again := r.decide(who, "hero", "aside")
		require.Equal(t, hero.Action, again.Slots["hero"].Action, "a page that is looked at again shows the same")
		require.Equal(t, aside.Action, again.Slots["aside"].Action)
		require.NotEqual(t, first.Call, again.Call)
	}
	require.Len(t, seen, 3, "gift, guide and silence all come up: %v", seen)
}

func TestOnlyWhatWasServedIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := pages(t, config.Config{Data: dir})
	heard := func(person string) (words []string) {
		for _, label := range r.timeline(person) {
			words = append(words, strings.Fields(label)[0])
		}
		return words
	}
	who := map[string]any{"anonymousId": "served"}
	c := r.decide(who, "hero").Slots["hero"]
	person := r.person("anonymous_id:served")
	require.Equal(t, http.StatusOK, r.served(c.Choice, true))
	require.Equal(t, http.StatusOK, r.served(c.Choice, true), "told twice")
	require.Eventually(t, func() bool {
		n := 0
		for _, w := range heard(person) {
			if w == "served" {
				n++
			}
		}
		return n == 1
	}, time.Minute, 20*time.Millisecond, "it counts once")

	var seen []string
	for range visitors { // footer keeps nothing: what was not served is chosen anew
		c := r.decide(who, "footer").Slots["footer"]
		seen = append(seen, c.Action)
		require.Equal(t, http.StatusOK, r.served(c.Choice, false))
	}
	require.Contains(t, seen, "gift")
	require.Contains(t, seen, "silence")

	bad := []struct {
		path  string
		body  map[string]any
		field string
	}{
		{"/v1/served", map[string]any{"choice": "abc", "served": true}, "choice"},
		{"/v1/served", map[string]any{"choice": c.Choice}, "served"},
		{"/v1/served", map[string]any{"served": true}, "choice"},
		{"/v1/decide", map[string]any{"slots": []string{"hero"}}, "userId"},
		{"/v1/decide", map[string]any{"anonymousId": "a", "slots": []string{"attic"}}, "slots[0]"},
		{"/v1/decide", map[string]any{"anonymousId": "a", "slots": []string{"hero", "hero"}}, "slots[1]"},
		{"/v1/decide", map[string]any{"anonymousId": "a", "slots": []string{}}, "slots"},
		{"/v1/decide", map[string]any{"anonymousId": "a", "slots": []string{"hero"}, "within": "1h"}, "within"},
		{"/v1/decide", map[string]any{"anonymousId": "a", "slots": []string{"hero"}, "scores": map[string]float64{"first/nothing": 1}}, "scores"},
	}
	for _, b := range bad {
		var answer struct {
			Error struct{ Field, Message string }
		}
		require.Equal(t, http.StatusBadRequest, r.call(http.MethodPost, b.path, b.body, &answer), "%v", b.body)
		require.Equal(t, b.field, answer.Error.Field)
		require.NotEmpty(t, answer.Error.Message)
	}
	r.stop()
	again := serve(t, config.Config{Data: dir})
	require.Equal(t, c.Action == "silence", again.decide(who, "hero").Slots["hero"].Action == "silence", "it is kept over a restart")
}

func TestAPageIsBelievedWhoTheUserIsWhenTheCompanySaysSo(t *testing.T) {
	t.Parallel()
	r := pages(t, config.Config{Data: t.TempDir()})
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(`{"userId":"u1","traits":{"first_name":"Una"}}`), nil))
	require.Equal(t, http.StatusUnauthorized, r.call(http.MethodPost, "/v1/decide", map[string]any{"userId": "u1", "slots": []string{"hero"}}, nil))
	require.Equal(t, http.StatusUnauthorized, r.call(http.MethodPost, "/v1/decide", map[string]any{"userId": "u1", "userHash": "00", "slots": []string{"hero"}}, nil))
	var settings api.SettingsPage
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/settings", nil, &settings))
	m := hmac.New(sha256.New, []byte(settings.Identity))
	m.Write([]byte("u1"))
	who := map[string]any{"userId": "u1", "userHash": hex.EncodeToString(m.Sum(nil))}
	visitor := map[string]any{"anonymousId": "browser"}
	r.decide(visitor, "hero")
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(`{"userId":"u1","anonymousId":"browser"}`), nil))
	visitor["slots"] = []string{"hero"}
	require.Eventually(t, func() bool { return r.call(http.MethodPost, "/v1/decide", visitor, nil) == http.StatusUnauthorized }, time.Minute, 20*time.Millisecond,
		"once somebody has signed in, the browser alone does not say that it is them")
	shown := ""
	for i := 0; shown != "gift" && i < visitors; i++ {
		a := r.decide(who, "footer").Slots["footer"]
		if shown = a.Action; shown == "gift" {
			require.Equal(t, "A gift, Una", a.Content.Headline)
		}
	}
	require.Equal(t, "gift", shown)
}

func TestAnOutsideModelsScoresDecideWithTheRest(t *testing.T) {
	t.Parallel()
	r := pages(t, config.Config{Data: t.TempDir()})
	n := map[string]int{}
	for i := range visitors {
		c := r.decide(map[string]any{"anonymousId": fmt.Sprintf("s%d", i), "scores": map[string]float64{"first/guide": 1000, "first/gift": -1000}}, "footer").Slots["footer"]
		n[c.Action]++
		var list struct {
			Events []struct {
				Event string
				Body  event.ChoiceBody
			} `json:"events"`
		}
		person := r.person(fmt.Sprintf("anonymous_id:s%d", i))
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+person+"/timeline?limit=20", nil, &list))
		for _, e := range list.Events {
			for _, x := range e.Body.Candidates {
				if e.Event == "choice" && x.Action == "guide" {
					require.InDelta(t, 1000, x.Worth.Outside, 0)
				}
			}
		}
	}
	require.Greater(t, n["guide"], 4*n["gift"], "%v", n)
	require.NotZero(t, n["silence"], "of which nothing is known yet")
}

func TestAPageThatDoesNotWaitGetsWhatIsThereAnyway(t *testing.T) {
	t.Parallel()
	r := pages(t, config.Config{Data: t.TempDir()})
	var a slots.Answer
	who := map[string]any{"anonymousId": "hasty", "slots": []string{"hero", "aside"}, "within": "1us"}
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/decide", who, &a))
	require.True(t, a.Slots["hero"].Fallback)
	require.Empty(t, a.Slots["hero"].Choice)
	require.Equal(t, "New this week", a.Slots["hero"].Content.Headline)
	require.NotEmpty(t, a.Slots["hero"].Reason)
	require.Nil(t, a.Slots["aside"].Content)
	require.True(t, a.Slots["aside"].Fallback)
}
