package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/report"
)

func TestASuppressionListHoldsForWhoeverHasTheAddressNowOrLater(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	know := func(user, email string) {
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{
			"userId": user, "traits": map[string]any{"email": email, "consent": map[string]bool{"email": true}},
		}, nil))
	}
	know("before", "ada@example.com")
	ada := r.person("user_id:before")
	var done api.Suppression
	list := api.SuppressRequest{Why: "complained", Emails: []string{" Ada@Example.com", "no address", "bob@example.com", "@example.com"}}
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/suppressions", list, &done))
	require.Equal(t, 2, done.Taken)
	require.Len(t, done.Refused, 2)
	require.Equal(t, 1, done.Refused[0].Index)
	require.Contains(t, done.Refused[0].Problem, "write it as ada@example.com")

	know("after", "bob@example.com")
	know("other", "eve@example.com")
	suppressed := func(id string) []report.SuppressedRow {
		var p report.Person
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id, nil, &p))
		return p.Suppressed
	}
	for id, address := range map[string]string{ada: "ada@example.com", r.person("user_id:after"): "bob@example.com"} {
		require.Eventually(t, func() bool { return len(suppressed(id)) == 1 }, time.Minute, 5*time.Millisecond)
		require.Equal(t, address, suppressed(id)[0].Address)
		require.Equal(t, "complained", suppressed(id)[0].Why)
	}
	require.Empty(t, suppressed(r.person("user_id:other")))

	was := suppressed(ada)[0].Time
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/suppressions", api.SuppressRequest{Why: "bounced", Emails: []string{"ada@example.com"}}, &done))
	require.Equal(t, was, suppressed(ada)[0].Time, "the first list's day and reason stay")
	require.Equal(t, "complained", suppressed(ada)[0].Why)
}
