package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/report"
)

// happened is what an account's timeline tells, oldest first.
func (r *running) happened(account string) (out []string) {
	r.t.Helper()
	var page report.AccountTimeline
	r.ok(http.MethodGet, "/api/v1/accounts/"+account+"/timeline", nil, &page)
	for _, e := range page.Entries {
		who := "somebody"
		if e.Person != nil {
			who = e.Name
		}
		if e.What == report.AccountChanged {
			who = string(e.Traits)
		}
		out = append([]string{strings.TrimSpace(e.What + " " + who + " " + e.Role)}, out...)
	}
	return out
}

func TestAnAccountTellsWhoCameAndWhoLeft(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	for _, c := range []struct{ call, body string }{
		{"group", `{"userId":"ada","groupId":"acme","traits":{"plan":"team"},"context":{"traits":{"first_name":"Ada"}}}`},
		{"group", `{"anonymousId":"phone","groupId":"acme"}`},
		{"identify", `{"userId":"bo","anonymousId":"phone"}`},
		{"track", `{"userId":"bo","event":"Account Removed User","context":{"groupId":"acme"}}`},
	} {
		status, answer := r.send("/v1/"+c.call, writeKey, c.body)
		require.Equal(t, http.StatusOK, status, answer)
	}
	var list report.AccountList
	require.Eventually(t, func() bool {
		r.ok(http.MethodGet, "/api/v1/accounts", nil, &list)
		return len(list.Accounts) == 1
	}, time.Minute, 20*time.Millisecond)
	account := list.Accounts[0].ID.String()
	var told []string
	require.Eventually(t, func() bool { told = r.happened(account); return slices.Contains(told, "left bo") }, time.Minute, 20*time.Millisecond)
	require.Contains(t, told, `traits {"plan":"team"}`)
	require.NotContains(t, strings.Join(told, ";"), "left phone", "who became known has not left")

	r.ok(http.MethodDelete, "/api/v1/people/"+r.person("user_id:ada"), nil, nil)
	require.Eventually(t, func() bool { told = r.happened(account); return told[len(told)-1] == "left somebody" }, time.Minute, 20*time.Millisecond)
}
