package app_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/event"
)

func TestASourceThatFallsSilentIsAskedAboutUntilSomebodySays(t *testing.T) {
	t.Parallel()
	data, err := app.OpenData(t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, data.Close()) })
	var now atomic.Int64
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now.Store(int64(event.InstantOf(noon)))
	r := serveBy(t, app.Options{Data: data, Now: func() event.Instant { return event.Instant(now.Load()) }})
	pass := func(d time.Duration) { now.Add(d.Microseconds()) }
	batch := make([]map[string]any, 40)
	for hour := range 16 * 24 {
		for i := range batch {
			batch[i] = map[string]any{"type": "page", "userId": "u", "name": "Home", "messageId": fmt.Sprintf("%d-%d", hour, i)}
		}
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/batch", map[string]any{"batch": batch}, nil))
		pass(time.Hour)
	}
	list := func() api.SourceRow {
		var l api.SourceList
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/sources", nil, &l))
		for _, s := range l.Sources {
			if s.Figures.LastSeen != 0 {
				return s
			}
		}
		return api.SourceRow{}
	}
	require.Eventually(t, func() bool { return list().Figures.Day.Accepted == 23*40 }, time.Minute, 20*time.Millisecond)
	last := list().Figures.LastSeen
	require.Empty(t, list().Figures.Gaps)
	pass(5 * time.Hour)
	s := list()
	require.Len(t, s.Figures.Gaps, 1)
	g := s.Figures.Gaps[0]
	require.Equal(t, last, g.From)
	require.Zero(t, g.To)
	require.InDelta(t, 40, g.PerHour, 1e-9)

	said := map[string]any{"outages": []event.Outage{{From: g.From}}}
	require.Equal(t, http.StatusOK, r.call(http.MethodPut, "/api/v1/sources/"+s.ID+"/outages", said, nil))
	require.Empty(t, list().Figures.Gaps, "it was said")
	require.Zero(t, list().Figures.Returned)
	r.track(`{"userId":"u","event":"Order Completed"}`)
	require.Eventually(t, func() bool { return list().Figures.Returned != 0 }, time.Minute, 20*time.Millisecond, "and that it is back, is seen")
	said = map[string]any{"outages": []event.Outage{{From: g.From, To: event.Instant(now.Load()), Connected: true}}}
	require.Equal(t, http.StatusOK, r.call(http.MethodPut, "/api/v1/sources/"+s.ID+"/outages", said, nil))
	require.Empty(t, list().Figures.Gaps)
	require.Zero(t, list().Figures.Returned)
}
