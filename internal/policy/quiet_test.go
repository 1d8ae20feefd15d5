package policy_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/definition/zone"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
)

// quietAt says by the hands of the clock whether t is in quiet hours.
func quietAt(q definition.QuietHours, t time.Time) bool {
	minute := time.Duration(t.Hour()*60+t.Minute()) * time.Minute
	if q.From < q.To {
		return minute >= q.From && minute < q.To
	}
	return q.From != q.To && (minute >= q.From || minute < q.To)
}

// The days are those on which the clocks of the zone change, by an hour, by half
// of one, at midnight, and by a whole day; and the last of leap years, which package
// time takes for one.
func TestQuietHoursEndAtTheFirstMinuteOutsideOfThem(t *testing.T) {
	t.Parallel()
	changes := map[string][]string{
		"Europe/Berlin":       {"2026-03-29", "2026-10-25", "2028-12-31"},
		"Europe/London":       {"2024-12-31", "2028-12-31"},
		"America/New_York":    {"2026-03-08", "2026-11-01", "2028-12-31"},
		"Australia/Lord_Howe": {"2026-04-05", "2026-10-04"},
		"America/Santiago":    {"2026-04-05", "2026-09-06"},
		"Africa/Cairo":        {"2026-04-24", "2026-10-30"},
		"Pacific/Apia":        {"2011-12-30"},
		"Asia/Kathmandu":      {"2026-06-01"},
		"UTC":                 {"2026-06-01"},
	}
	zones := new(zone.Table)
	for name, days := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := zones.Load(name)
			require.NoError(t, err)
			r := rand.New(rand.NewPCG(1, 4)) //nolint:gosec // a test
			for _, date := range days {
				for range 150 {
					half := func() time.Duration { return time.Duration(r.IntN(48)) * 30 * time.Minute }
					q := definition.QuietHours{From: half(), To: half()}
					day, err := time.ParseInLocation(time.DateOnly, date, zone)
					require.NoError(t, err)
					now := day.Add(time.Duration(r.IntN(3*24*60)-24*60) * time.Minute)
					want := now
					for quietAt(q, want) {
						want = want.Add(time.Minute)
					}
					until, ok := policy.QuietUntil(q, event.InstantOf(now), zone)
					what := fmt.Sprintf("quiet from %s to %s at %s", q.From, q.To, now)
					require.Equal(t, quietAt(q, now), ok, what)
					if ok {
						require.Equal(t, want.String(), until.Time().In(zone).String(), what)
					}
				}
			}
		})
	}
}

func TestQuietHoursAtTheirEdges(t *testing.T) {
	t.Parallel()
	at := func(h, m, s int) event.Instant { return event.InstantOf(time.Date(2026, 3, 3, h, m, s, 0, time.UTC)) }
	night := definition.QuietHours{From: 21 * time.Hour, To: 8 * time.Hour}
	_, ok := policy.QuietUntil(night, at(20, 59, 59), time.UTC)
	require.False(t, ok)
	until, ok := policy.QuietUntil(night, at(21, 0, 0), time.UTC)
	require.True(t, ok)
	require.Equal(t, at(32, 0, 0), until)
	until, _ = policy.QuietUntil(night, at(7, 59, 59), time.UTC)
	require.Equal(t, at(8, 0, 0), until)
	_, ok = policy.QuietUntil(night, at(8, 0, 0), time.UTC)
	require.False(t, ok)

	evening := definition.QuietHours{From: 20 * time.Hour, To: 24 * time.Hour}
	until, _ = policy.QuietUntil(evening, at(23, 0, 0), time.UTC)
	require.Equal(t, at(24, 0, 0), until)

	always := definition.QuietHours{From: 0, To: 24 * time.Hour}
	until, ok = policy.QuietUntil(always, at(12, 0, 0), time.UTC)
	require.True(t, ok)
	require.Greater(t, until, at(12, 0, 0))
}
