package importer_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest/importer"
	"github.com/rapporthq/rapport/internal/testenv"
)

func readyMap(t testing.TB, name string) *definition.ImportMap {
	t.Helper()
	source, ok := definition.ReadyImportMap(name)
	require.True(t, ok)
	return compile(t, string(source))
}

// importData imports a data set into a journal, with rejects kept out of its
// folder.
func importData(t testing.TB, path, ready string) (importer.Summary, *journal) {
	t.Helper()
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{
		Path: path, Map: readyMap(t, ready), Appender: j, Now: now, Rejects: filepath.Join(t.TempDir(), "rejects.csv"),
	})
	require.NoError(t, err)
	return sum, j
}

// lines calls f with each line of a file, by other means than the importer's.
func lines(t *testing.T, path string, f func(number int, line string)) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	var r io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		r, err = gzip.NewReader(file)
		require.NoError(t, err)
	}
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		f(n, s.Text())
	}
	require.NoError(t, s.Err())
}

func number(t *testing.T, s string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is not a number", s)
	}
	return r
}

func TestCDNOWIsImportedAsAwkCountsIt(t *testing.T) {
	t.Parallel()
	path := testenv.Data(t, "cdnow/CDNOW_master.txt")
	sum, j := importData(t, path, "cdnow")

	rows, people, dollars, first, last := 0, map[string]bool{}, new(big.Rat), "9", "0"
	lines(t, path, func(n int, line string) {
		if n == 1 {
			return
		}
		f := strings.Fields(line)
		rows++
		people[f[0]] = true
		dollars.Add(dollars, number(t, f[3]))
		first, last = min(first, f[1]), max(last, f[1])
	})
	require.Equal(t, 69_659, rows, "the reference must have read the file that we know")
	require.Equal(t, rows, sum.Rows)
	require.Equal(t, rows, sum.Events)
	require.Len(t, j.events, rows)
	require.Equal(t, len(people), sum.People)
	require.Equal(t, 23_570, sum.People)
	require.Zero(t, sum.Rejected)
	require.Empty(t, sum.Skipped)
	require.Equal(t, []importer.Money{{Event: "Order Completed", Currency: "USD", Amount: dollars.FloatString(2)}}, sum.Money)
	require.Equal(t, first, sum.From.Time().Format("20060102"))
	require.Equal(t, last, sum.To.Time().Format("20060102"))
	for _, e := range j.events {
		if !e.Imported {
			t.Fatalf("%s is not marked as imported", e.MessageID)
		}
	}
}

func TestOnlineRetailIsImportedAsASlowReaderCountsIt(t *testing.T) {
	t.Parallel()
	path := testenv.Data(t, "online_retail/online_retail.csv.gz")
	sum, j := importData(t, path, "online-retail")

	type order struct{ invoice, customer string }
	orders, people, missing, rows := map[order]bool{}, map[string]bool{}, 0, 0
	money := map[bool]*big.Rat{false: new(big.Rat), true: new(big.Rat)}
	count := map[bool]int{}
	lines(t, path, func(n int, line string) {
		if n == 1 {
			return
		}
		rows++
		f := fields(line)
		if len(f) != 8 {
			t.Fatalf("line %d has %d fields", n, len(f))
		}
		if f[6] == "" || f[6] == "nan" {
			missing++
			return
		}
		refund := strings.HasPrefix(f[0], "C")
		if o := (order{f[0], f[6]}); !orders[o] {
			orders[o] = true
			count[refund]++
		}
		people[f[6]] = true
		amount := new(big.Rat).Mul(number(t, f[3]), number(t, f[5]))
		if refund {
			amount.Neg(amount)
		}
		money[refund].Add(money[refund], amount)
	})
	require.Equal(t, 541_909, rows, "the reference must have read the file that we know")
	require.Equal(t, rows, sum.Rows)
	require.Equal(t, map[string]int{"no customer id": missing}, sum.Skipped)
	require.Equal(t, len(orders), sum.Events)
	require.Equal(t, len(people), sum.People)
	require.Equal(t, 4_372, sum.People)
	require.Zero(t, sum.Rejected)
	require.Equal(t, []importer.Money{
		{Event: "Order Completed", Currency: "GBP", Amount: money[false].FloatString(3)},
		{Event: "Order Refunded", Currency: "GBP", Amount: money[true].FloatString(2)},
	}, sum.Money)
	got := map[bool]int{}
	for _, e := range j.events {
		if e.Kind == event.Track {
			got[e.Name == "Order Refunded"]++
		}
	}
	require.Equal(t, count, got)
}

// fields splits a line of CSV, slowly: a quote begins or ends quoting, and two
// of them within it are one.
func fields(line string) []string {
	var out []string
	var field strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"' && quoted && i+1 < len(line) && line[i+1] == '"':
			field.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			out = append(out, field.String())
			field.Reset()
		case c != '\r':
			field.WriteByte(c)
		}
	}
	return append(out, field.String())
}

// BenchmarkImport reads CDNOW and throws its events away.
func BenchmarkImport(b *testing.B) {
	path := testenv.Data(b, "cdnow/CDNOW_master.txt")
	m := readyMap(b, "cdnow")
	rows := 0
	for b.Loop() {
		sum, err := importer.Run(b.Context(), importer.Options{Path: path, Map: m, Appender: discard{}, Now: now})
		if err != nil {
			b.Fatal(err)
		}
		rows += sum.Rows
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
