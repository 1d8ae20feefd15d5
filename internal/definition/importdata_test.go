package definition_test

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/testenv"
)

// dataFile opens a file of the reference data sets.
func dataFile(t testing.TB, name string) io.Reader {
	t.Helper()
	f, err := os.Open(testenv.Data(t, name))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	if filepath.Ext(name) != ".gz" {
		return f
	}
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	return z
}

// tally is what an import would have made of a file.
type tally struct {
	lines, rejected int
	skipped         map[string]int
	events          map[string]int
	revenue         map[string]event.Micros
	people          map[string]bool
	traits          map[string]bool
}

func importAll(t testing.TB, name string, r io.Reader) tally {
	t.Helper()
	source, ok := definition.ReadyImportMap(name)
	require.True(t, ok)
	m, err := definition.CompileImportMap(source)
	require.NoError(t, err)
	got := tally{
		skipped: map[string]int{}, events: map[string]int{}, revenue: map[string]event.Micros{},
		people: map[string]bool{}, traits: map[string]bool{},
	}
	groups := map[string]*definition.Fold{}
	lines := m.Lines(r)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		got.lines++
		rows, err := m.Rows(line)
		if err != nil {
			got.rejected++
			continue
		}
		require.Len(t, rows, 1)
		row := rows[0]
		switch {
		case row.Skip != "":
			got.skipped[row.Skip]++
		case row.Key == "":
			got.take(m.Begin(row).Events())
		case groups[row.Key] == nil:
			groups[row.Key] = m.Begin(row)
		default:
			groups[row.Key].Add(row)
		}
	}
	for _, f := range groups {
		got.take(f.Events())
	}
	return got
}

func (got *tally) take(events []event.Event) {
	for _, e := range events {
		got.people[e.UserID] = true
		if e.Kind == event.Identify {
			got.traits[e.UserID] = true
			continue
		}
		got.events[e.Name]++
		amount, err := event.ParseMicros(gjson.GetBytes(e.Properties, "revenue").Raw)
		if err != nil {
			panic(err)
		}
		got.revenue[e.Name] += amount
	}
}

func TestTheCDNOWMapReadsEveryPurchase(t *testing.T) {
	t.Parallel()
	got := importAll(t, "cdnow", dataFile(t, "cdnow/CDNOW_master.txt"))
	require.Equal(t, 69_659, got.lines)
	require.Zero(t, got.rejected)
	require.Equal(t, map[string]int{"Order Completed": 69_659}, got.events)
	require.Len(t, got.people, 23_570)
	require.Equal(t, "2500315.63", got.revenue["Order Completed"].String(), "awk sums column 4 to this")
}

func TestTheOnlineRetailMapFoldsInvoicesIntoOrdersAndRefunds(t *testing.T) {
	t.Parallel()
	got := importAll(t, "online-retail", dataFile(t, "online_retail/online_retail.csv.gz"))
	require.Equal(t, 541_909, got.lines)
	require.Zero(t, got.rejected)
	require.Equal(t, map[string]int{"no customer id": 135_080}, got.skipped)
	require.Len(t, got.people, 4_372)
	require.Len(t, got.traits, 4_372)
	require.Equal(t, map[string]int{"Order Completed": 18_536, "Order Refunded": 3_654}, got.events)
	require.Equal(t, "8911407.904", got.revenue["Order Completed"].String())
	require.Equal(t, "611342.09", got.revenue["Order Refunded"].String())
}
