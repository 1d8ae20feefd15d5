package web

// An internal test: sessions have no door but the desk's.

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

func TestASessionComesBackAsItWentUntilItExpires(t *testing.T) {
	t.Parallel()
	key, other := bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{8}, 32)
	for _, s := range []session{
		{"site", person.NewIdentity(person.UserID, "ada"), 1000},
		{"", person.NewIdentity(person.AnonymousID, "7d2c-é🌻"), 1 << 50},
	} {
		text := sealSession(key, s)
		got, err := openSession(key, text, s.Expires-1)
		require.NoError(t, err)
		require.Equal(t, s, got)
		_, err = openSession(key, text, s.Expires)
		require.ErrorContains(t, err, "has expired")
		_, err = openSession(other, text, 1)
		require.Error(t, err)
		for i := range text { // no letter of it can be changed
			c := byte('A')
			if text[i] == c {
				c = 'B'
			}
			_, err := openSession(key, text[:i]+string(c)+text[i+1:], 1)
			require.Error(t, err, "letter %d", i)
		}
	}
}

// FuzzSessions checks that no text but a sealed one opens anything.
func FuzzSessions(f *testing.F) {
	f.Add("")
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := openSession(bytes.Repeat([]byte{7}, 32), text, event.Instant(1))
		require.Error(t, err)
	})
}

func TestOriginsAreSitesAndNothingElse(t *testing.T) {
	t.Parallel()
	got, err := ParseOrigins(" https://Shop.example/, http://localhost:3000 ,")
	require.NoError(t, err)
	require.Equal(t, []string{"https://shop.example", "http://localhost:3000"}, got)
	for _, bad := range []string{"shop.example", "*", "https://shop.example/path", "https://u@shop.example", "ftp://shop.example", "https://"} {
		_, err := ParseOrigins(bad)
		require.Error(t, err, bad)
	}
}
