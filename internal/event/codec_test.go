package event_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

func samples() []event.Event {
	ada := person.IDOf(0, person.NewIdentity(person.UserID, "ada"))
	return []event.Event{
		{},
		{Kind: event.Clock, ReceivedAt: 1},
		{
			Kind: event.Track, To: ada, Source: "web", MessageID: "m1", Name: "Order Completed", UserID: "ada", AnonymousID: "anon",
			Time: 1_772_539_200_000_000, ReceivedAt: 1_772_539_200_000_001, Properties: []byte(`{"revenue":12.5}`), Context: []byte(`{"locale":"de"}`),
		},
		{Kind: event.Identify, To: ada, UserID: "ada", Time: -1, Imported: true, Traits: []byte(`{"email":"ada@example.com"}`)},
		{
			Kind: event.Grant, To: ada, Source: "engine", MessageID: "emitted:255/9", Time: 5, ReceivedAt: 5,
			Origin: event.Origin{Partition: 255, Seq: 1 << 63}, Body: []byte(`{"delivery":"d"}`),
		},
	}
}

func TestEventsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	var all []byte
	for _, e := range samples() {
		b := e.AppendTo(nil)
		got, err := event.Decode(b)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(e, got))
		all = e.AppendTo(all)
		_, err = event.Decode(append(b, 0))
		require.ErrorIs(t, err, event.ErrCorrupt, "left over")
		for cut := range b {
			_, err := event.Decode(b[:cut])
			require.ErrorIs(t, err, event.ErrCorrupt, "cut at %d", cut)
		}
	}
	for _, want := range samples() {
		var got event.Event
		var err error
		got, all, err = event.DecodeNext(all)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(want, got))
	}
	require.Empty(t, all)
}

// The golden is the samples as version 1 wrote them. It never changes: journals
// hold such bytes.
func TestEventsOfFormat1StillRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/events-format-1.hex")
	require.NoError(t, err)
	lines := strings.Fields(string(text))
	require.Len(t, lines, len(samples()))
	for i, want := range samples() {
		b, err := hex.DecodeString(lines[i])
		require.NoError(t, err)
		got, err := event.Decode(b)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(want, got))
		require.Equal(t, lines[i], hex.EncodeToString(want.AppendTo(nil)), "and are still written so")
	}
	_, err = event.Decode(append([]byte{2}, make([]byte, 40)...))
	require.ErrorContains(t, err, "format version 2")
}

func FuzzDecode(f *testing.F) {
	for _, e := range samples() {
		f.Add(e.AppendTo(nil))
		e.Via, e.Led = person.ID{1}, []person.ID{{2}, {3}}
		f.Add(e.AppendTo(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, rest, err := event.DecodeNext(b)
		if err != nil {
			require.ErrorIs(t, err, event.ErrCorrupt)
			require.Equal(t, event.Event{}, e)
			return
		}
		require.LessOrEqual(t, len(rest), len(b))
		again, err := event.Decode(e.AppendTo(nil))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(e, again))
	})
}

func FuzzEncode(f *testing.F) {
	f.Add(byte(2), "src", "id", "name", "user", "anon", int64(5), int64(-6), true, byte(7), uint64(8), []byte("{}"))
	f.Fuzz(func(t *testing.T, kind byte, source, id, name, user, anon string, at, received int64, imported bool, from byte, seq uint64, raw []byte) {
		e := event.Event{
			Kind: event.Kind(kind), To: person.IDOf(0, person.NewIdentity(person.UserID, user)), Source: source, MessageID: id, Name: name,
			UserID: user, AnonymousID: anon, Time: event.Instant(at), ReceivedAt: event.Instant(received), Imported: imported,
		}
		if seq != 0 {
			e.Origin = event.Origin{Partition: person.Partition(from), Seq: seq}
		}
		if len(raw) > 0 {
			e.Traits, e.Properties, e.Context, e.Body = raw, raw[:len(raw)/2], raw[len(raw)/2:], raw
			if len(e.Properties) == 0 {
				e.Properties = nil
			}
		}
		require.Len(t, e.AppendTo(nil), e.EncodedLen())
		got, err := event.Decode(e.AppendTo(nil))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(e, got))
	})
}

func TestInstants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   event.Instant
		json string
	}{
		{0, `null`},
		{1, `"1970-01-01T00:00:00.000001Z"`},
		{-1, `"1969-12-31T23:59:59.999999Z"`},
		{1_772_539_200_500_000, `"2026-03-03T12:00:00.5Z"`},
	} {
		b, err := json.Marshal(c.at)
		require.NoError(t, err)
		require.Equal(t, c.json, string(b))
		var back event.Instant
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, c.at, back)
		require.Equal(t, c.at, event.InstantOf(c.at.Time()))
	}
	var at event.Instant
	require.Error(t, json.Unmarshal([]byte(`"yesterday"`), &at))
	require.Error(t, json.Unmarshal([]byte(`17`), &at))
	require.NoError(t, json.Unmarshal([]byte(`"2026-03-03T13:00:00+01:00"`), &at))
	require.Equal(t, "2026-03-03T12:00:00Z", at.String(), "in UTC whatever it was written in")
	require.Equal(t, event.Instant(-1), event.InstantOf(time.Unix(0, -1)), "rounded down, before the epoch too")
	require.Equal(t, event.Instant(0), event.InstantOf(time.Time{}))
	require.Equal(t, time.Hour, at.Add(time.Hour).Sub(at))
}

func TestTheHomeOfAnEventIsThatOfItsStrongestUsableIdentity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ user, anon, want string }{
		{"42", "a", "user_id:42"},
		{" 42 ", "", "user_id:42"},
		{"", "a", "anonymous_id:a"},
		{"null", "a", "anonymous_id:a"},
		{"undefined", "NULL", ":"},
		{"", "", ":"},
		{"0", "00000000-0000-0000-0000-000000000000", ":"},
	} {
		require.Equal(t, c.want, event.Event{UserID: c.user, AnonymousID: c.anon}.Primary().String())
	}
}

func TestEveryKindHasAName(t *testing.T) {
	t.Parallel()
	names, known := map[string]bool{}, 0
	for k := range 256 {
		name := event.Kind(k).String()
		if name == "unknown" {
			continue
		}
		known++
		require.False(t, names[name], "%s names two kinds", name)
		names[name] = true
		require.Equal(t, k >= 32, event.Kind(k).Own())
		require.Equal(t, k >= 32 && k <= 39 || k == 80 || k == 82 || k == 100, event.Kind(k).OfPartition())
	}
	require.Equal(t, 56, known)
}

func TestTheRecordThatAnEventWasAddressedToAtFirstIsKept(t *testing.T) {
	t.Parallel()
	for _, e := range samples() {
		e.Via = person.ID{1, 2}
		b := e.AppendTo(nil)
		got, err := event.Decode(b)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(e, got))
		require.Equal(t, e.Via, got.Home())
		require.Len(t, b, e.EncodedLen())
		for cut := range b {
			_, err := event.Decode(b[:cut])
			require.ErrorIs(t, err, event.ErrCorrupt, "cut at %d", cut)
		}
	}
}

func TestTheRecordsThatLedAnEventOnAreKept(t *testing.T) {
	t.Parallel()
	for _, e := range samples() {
		for _, led := range [][]person.ID{{{1}}, {{1}, {2, 3}, {1}}, make([]person.ID, 200)} {
			e.Via, e.Led = person.ID{1, 2}, led
			b := e.AppendTo(nil)
			got, err := event.Decode(b)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(e, got))
			require.Len(t, b, e.EncodedLen())
			for cut := range b {
				_, err := event.Decode(b[:cut])
				require.ErrorIs(t, err, event.ErrCorrupt, "cut at %d", cut)
			}
		}
	}
}

func TestTheMarkOfARobotIsKept(t *testing.T) {
	t.Parallel()
	for _, e := range samples() {
		e.Bot = true
		got, err := event.Decode(e.AppendTo(nil))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(e, got))
	}
}
