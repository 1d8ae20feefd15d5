package webpush

// An internal test: subscriptions have no door but a push to where they say.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/fault"
)

// FuzzSubscriptions: whatever a page says that a browser gave it, it is one that can be
// written to, under its key and over TLS, or it is refused.
func FuzzSubscriptions(f *testing.F) {
	f.Add("https://push.example/x BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4 BTBZMqHH6r4Tts7J_aSIgg")
	f.Add("http://127.0.0.1 x y")
	f.Add("https://u:p@push.example \xff ==")
	f.Fuzz(func(t *testing.T, address string) {
		s, err := readAddress(address)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			return
		}
		require.Equal(t, "https", s.endpoint.Scheme)
		require.NotEmpty(t, s.endpoint.Host)
		sealed, err := encrypt(s, []byte("hello"))
		require.NoError(t, err)
		require.Greater(t, len(sealed), len("hello"))
	})
}
