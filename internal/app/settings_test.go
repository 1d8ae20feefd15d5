package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/sender"
)

func TestSettingsAreWhatTheDefinitionsInForceSay(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	var got api.SettingsPage
	r.ok(http.MethodGet, "/api/v1/settings", nil, &got)
	require.InDelta(t, 0.05, got.Holdout, 1e-9)
	require.Equal(t, "opt_in", got.Consent)
	require.Equal(t, [2]string{"21:00", "08:00"}, [2]string{got.QuietFrom, got.QuietTo})
	require.Contains(t, got.Caps, api.SettingsCap{Channel: "email", AtMost: 2, Days: 7})
	require.Contains(t, got.Channels, api.SettingsChannel{ID: "email", From: "The Shop <hello@shop.example>", Domain: "shop.example"})
	require.NotEmpty(t, got.Goals)

	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/settings/channels/webhook/sender", nil, nil), "it sends from no domain")
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/settings/channels/fax/sender", nil, nil))
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodGet, "/api/v1/settings/channels/email/sender?selector=a/b", nil, nil))

	// Whatever this machine's name server says of a reserved name, or whether there
	// is one at all, all three are answered for.
	var report sender.Report
	r.ok(http.MethodGet, "/api/v1/settings/channels/email/sender", nil, &report)
	require.Equal(t, "shop.example", report.Domain)
	require.Len(t, report.Findings, 3)
}
