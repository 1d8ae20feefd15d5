package ingest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest"
)

const historyNow = event.Instant(1_795_000_000_000_000)

func TestHistoryKeepsTheTimeThatACallSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, call, want string }{
		{"timestamp", `"timestamp":"2020-01-01T10:00:00Z","sentAt":"2020-01-01T09:00:00Z"`, "2020-01-01T10:00:00Z"},
		{"timestamp before originalTimestamp", `"timestamp":"2020-01-01T10:00:00Z","originalTimestamp":"2020-01-02T10:00:00Z","sentAt":"2020-01-02T10:00:01Z"`, "2020-01-01T10:00:00Z"},
		{"originalTimestamp", `"originalTimestamp":"2020-01-02T10:00:00Z"`, "2020-01-02T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, err := ingest.History(0, nil, []byte(`{"type":"track","event":"E","userId":"ada",`+c.call+`}`), historyNow)
			require.NoError(t, err)
			require.Equal(t, c.want, e.Time.String())
			require.True(t, e.Imported)
			require.Empty(t, e.Source)
			require.Empty(t, e.MessageID)
		})
	}
}

// A law for any bytes: what is taken is valid JSON, survives the event codec,
// belongs to somebody, and is in the past; what is not says why.
func FuzzHistory(f *testing.F) {
	f.Add([]byte(`{"type":"track","userId":"u1","event":"Added","properties":{"a":[1,{"b":null}]},"timestamp":"2026-11-22T10:00:00Z"}`))
	f.Add([]byte(`{"type":"identify","anonymousId":7,"traits":{"\ud800":"\u0000"},"originalTimestamp":"2020-01-01"}`))
	f.Add([]byte(`{"type":"batch","batch":[{"type":"track"}]}`))
	f.Add([]byte(strings.Repeat(`{"context":`, 100)))
	f.Add([]byte("{\"userId\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := ingest.History(0, nil, body, historyNow)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid) || fault.Is(err, fault.Unsupported) || fault.Is(err, fault.TooLarge), "%v", err)
			return
		}
		back, err := event.Decode(e.AppendTo(nil))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(e, back))
		require.False(t, e.To.IsZero())
		require.True(t, e.Imported && e.Time != 0 && e.Time <= historyNow)
		for _, raw := range [][]byte{e.Traits, e.Properties, e.Context} {
			require.True(t, raw == nil || json.Valid(raw) && raw[0] == '{', "%s", raw)
		}
	})
}
