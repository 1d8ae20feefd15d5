package report_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/testenv"
)

// cdnow opens the purchases of 23,570 customers of a music shop (Fader & Hardie).
func cdnow(t *testing.T) io.Reader {
	t.Helper()
	f, err := os.Open(testenv.Data(t, "cdnow/CDNOW_master.txt"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

// purchases reads the file as it is: customer, date, CDs, dollars.
func purchases(t *testing.T) map[string][]time.Time {
	t.Helper()
	out := map[string][]time.Time{}
	lines := bufio.NewScanner(cdnow(t))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) != 4 || f[0] == "customer_id" {
			continue
		}
		on, err := time.Parse("20060102", f[1])
		require.NoError(t, err)
		out[f[0]] = append(out[f[0]], on)
	}
	require.NoError(t, lines.Err())
	return out
}

// imported folds the file, read with the import map that comes with Rapport.
func imported(t *testing.T) *world {
	t.Helper()
	t.Helper()
	source, ok := definition.ReadyImportMap("cdnow")
	require.True(t, ok)
	m, err := definition.CompileImportMap(source)
	require.NoError(t, err)
	histories := map[string][]event.Event{}
	for lines := m.Lines(cdnow(t)); ; {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		rows, err := m.Rows(line)
		require.NoError(t, err, "line %d", line.Number)
		require.Len(t, rows, 1)
		row := rows[0]
		require.Empty(t, row.Skip)
		histories[row.UserID] = append(histories[row.UserID], m.Begin(row).Events()...)
	}
	w := newWorld(t, retail(t), event.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	for _, user := range slices.Sorted(maps.Keys(histories)) {
		w.add(user, nil, histories[user]...)
	}
	return w
}

func TestCDNOWsMapAgreesWithCountingTheFile(t *testing.T) {
	t.Parallel()
	raw := purchases(t)
	for _, days := range raw {
		slices.SortFunc(days, time.Time.Compare)
	}
	w := imported(t)
	allPassed(t, raw, w)
	mostOpen(t, raw, w)
}

// allPassed looks when everybody's windows have passed, so that a share is a
// plain proportion.
func allPassed(t *testing.T, raw map[string][]time.Time, w *world) {
	t.Helper()
	w.settings(event.SettingsBody{AsOf: event.InstantOf(time.Date(1998, 7, 1, 0, 0, 0, 0, time.UTC))})
	r := w.reports()
	started := time.Now()
	m, err := r.Map(context.Background(), report.Scope{})
	require.NoError(t, err)
	t.Logf("23,570 people in %s, of which figures %.0f ms: %s", time.Since(started), m.ComputedMS, m.Answer)

	var within30, within90, orders int
	for _, days := range raw {
		orders += len(days)
		if i := slices.IndexFunc(days, func(d time.Time) bool { return d.After(days[0]) }); i > 0 {
			if gap := days[i].Sub(days[0]); gap <= 90*dayLong {
				within90++
				if gap <= 30*dayLong {
					within30++
				}
			}
		}
	}
	require.Equal(t, len(raw), m.People)
	require.Equal(t, 23570, m.People)
	require.EqualValues(t, orders, m.Events)
	require.Equal(t, orders, m.Effort.Unprompted)
	require.InDelta(t, float64(within30)/23570, m.Continued.Value, 1e-9, "nobody is censored: all windows have passed")

	i := slices.IndexFunc(m.Touchpoints, func(p report.Touchpoint) bool { return p.ID == "order" })
	order := m.Touchpoints[i]
	require.Equal(t, 23570, order.People)
	require.InDelta(t, float64(within90)/23570, order.Continuation.Value, 1e-9)
	require.Equal(t, within90, order.Back)
	require.Equal(t, 23570-within90, order.Lost)
	require.Equal(t, within90, m.Flows[1].People)
	require.Equal(t, []string{"order", "order"}, []string{m.Flows[1].From, m.Flows[1].To})
	require.Empty(t, m.DeadEnds, "the only touchpoint cannot be worse than itself")

	list, err := r.People(context.Background(), report.Filter{Touchpoint: "order", Continued: "yes"})
	require.NoError(t, err)
	require.Equal(t, within90, list.Total)
}

// mostOpen looks in the middle of April 1997, when most windows are still open.
// By hand: of those at risk on each day of their first 90, how many came back on
// it.
func mostOpen(t *testing.T, raw map[string][]time.Time, w *world) {
	t.Helper()
	asOf := time.Date(1997, 4, 15, 0, 0, 0, 0, time.UTC)
	w.settings(event.SettingsBody{AsOf: event.InstantOf(asOf.Add(12 * time.Hour))}) // noon, as the purchases are dated
	m, err := w.reports().Map(context.Background(), report.Scope{})
	require.NoError(t, err)
	var atRisk, back [91]int
	for _, days := range raw {
		watched, returned := int(asOf.Sub(days[0])/dayLong), false
		if i := slices.IndexFunc(days, func(d time.Time) bool { return d.After(days[0]) }); i > 0 && !days[i].After(asOf) {
			watched, returned = int(days[i].Sub(days[0])/dayLong), true
		}
		for d := 1; d <= min(90, watched); d++ {
			atRisk[d]++
		}
		if returned && watched <= 90 {
			back[watched]++
		}
	}
	survival := 1.0
	for d := 1; d <= 90; d++ {
		survival *= 1 - float64(back[d])/float64(atRisk[d])
	}
	i := slices.IndexFunc(m.Touchpoints, func(p report.Touchpoint) bool { return p.ID == "order" })
	require.InDelta(t, 1-survival, m.Touchpoints[i].Continuation.Value, 1e-9)
	require.Greater(t, m.Touchpoints[i].Open, 10_000)
	require.NotEmpty(t, m.Touchpoints[i].Curve)
}
