package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
)

func TestAnEmptyConfigurationIsGood(t *testing.T) {
	t.Parallel()
	c := config.Config{}.WithDefaults()
	require.NoError(t, c.Validate())
	require.Equal(t, "http://127.0.0.1:8700", c.PublicURL)
	require.Equal(t, c, c.WithDefaults(), "defaults do not change what is set")
}

func TestEveryProblemIsToldAtOnceWithItsMend(t *testing.T) {
	t.Parallel()
	err := config.Config{
		Listen: "nowhere", PublicURL: "ftp://x", Groups: 1000,
		SMTP: config.SMTP{Address: "mail", TLS: "maybe"}, Webhook: config.Webhook{URL: "https://hooks.example"},
	}.WithDefaults().Validate()
	for _, want := range []string{
		`listen "nowhere": want HOST:PORT`, `public-url "ftp://x": want http://HOST`, `smtp "mail": want HOST:PORT`,
		`smtp-tls "maybe": want opportunistic, required or none`, `webhook-secret: a webhook is signed`, `groups 1000: want 1 to 256`,
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestTheAdminAPIIsLeftOpenOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for listen, open := range map[string]bool{
		"127.0.0.1:8700": true, "localhost:1": true, "[::1]:8700": true, "0.0.0.0:8700": false, ":8700": false, "192.0.2.1:80": false,
	} {
		err := config.Config{Listen: listen, Open: true}.WithDefaults().Validate()
		if open {
			require.NoError(t, err, listen)
		} else {
			require.ErrorContains(t, err, "only be left open when listening on loopback", listen)
		}
	}
}
