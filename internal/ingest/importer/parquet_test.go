package importer_test

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest/importer"
	"github.com/rapporthq/rapport/internal/testenv"
)

// testdata/types.parquet was written by pyarrow: three rows in two groups, ZSTD.
const typesMap = `
format: parquet
columns: [id, who, at, loc, day, total, big, f, nan, ok, u, u32, small, blob, t, address, address.geo.lat, tags, items, items.1.sku, attrs, attrs.k, cat]
skip: [{when: row.at == "", reason: no time}]
identity: {user_id: who}
event: Seen
time: {column: at, layout: rfc3339}
amount: {column: total}
currency: EUR
properties: {id: id, loc: loc, day: day, total: total, big: big, f: f, nan: nan, ok: ok, u: u, u32: u32, small: small, blob: blob, t: t,
  address: address, lat: address.geo.lat, tags: tags, items: items, second: items.1.sku, attrs: attrs, k: attrs.k, cat: cat}
`

func TestParquetOfEveryTypeIsRead(t *testing.T) {
	t.Parallel()
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{Path: filepath.Join("testdata", "types.parquet"), Map: compile(t, typesMap), Appender: j, Now: now})
	require.NoError(t, err)
	require.Equal(t, []int{3, 2, 0}, []int{sum.Rows, sum.Events, sum.Rejected})
	require.Equal(t, map[string]int{"no time": 1}, sum.Skipped)
	ada, cid := byID(t, j, "row:1"), byID(t, j, "row:3")
	require.Equal(t, `2020-01-01T10:00:00.123456Z {"id":1,"loc":"2020-01-01T10:00:00","day":"2020-01-01","total":12.50,"big":-0.000001,"f":1.5,"ok":true,`+
		`"u":9223372036854775813,"u32":4000000000,"small":-7,"blob":"/wA=","t":"01:02:03.004",`+
		`"address":{"city":"Köln","geo":{"lat":50.9}},"lat":50.9,"tags":["a",null,"b"],`+
		`"items":[{"sku":"S1","qty":2,"sizes":[1,2]},{"sku":"S2","qty":null,"sizes":[]}],"second":"S2","attrs":{"k":1},"k":1,"cat":"x",`+
		`"revenue":12.50,"currency":"EUR"}`, ada.Time.String()+" "+string(ada.Properties))
	require.Equal(t, `1969-12-31T23:59:59Z {"id":3,"loc":"1900-01-01T00:00:00","day":"1900-01-01","total":-1234567.89,"big":123456789012345678901234.567890,"f":1e+300,"nan":0.1,"ok":false,`+
		`"u":0,"u32":0,"small":127,"blob":"text","t":"23:59:59","address":{"city":null,"geo":null},"tags":[],"items":[],"attrs":{},"cat":"x",`+
		`"revenue":-1234567.89,"currency":"EUR"}`, cid.Time.String()+" "+string(cid.Properties))
}

func TestParquetIsReadFromWithinGzipToo(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join("testdata", "types.parquet"))
	require.NoError(t, err)
	var b strings.Builder
	z := gzip.NewWriter(&b)
	_, err = z.Write(content)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	j := &journal{}
	for i, path := range []string{filepath.Join("testdata", "types.parquet"), write(t, "x", b.String())} {
		sum, err := importer.Run(t.Context(), importer.Options{Path: path, Map: compile(t, typesMap), Appender: j, Now: now, Rejects: filepath.Join(t.TempDir(), "r")})
		require.NoError(t, err)
		require.Equal(t, 2, sum.Events)
		require.Equal(t, 2*i, j.again)
	}
}

func TestWhatIsNotAsTheMapOfATableSaysIsNamed(t *testing.T) {
	t.Parallel()
	const types = "testdata/types.parquet"
	content, err := os.ReadFile(types)
	require.NoError(t, err)
	for _, c := range []struct{ name, path, source, says string }{
		{"a column that is not there", types, strings.Replace(typesMap, "[id,", "[id, country,", 1), `no column "country"; its columns are id, who, at`},
		{"text", write(t, "x", "id,who\n1,2\n"), typesMap, "x is not Parquet"},
		{"cut short", write(t, "x", string(content[:len(content)-200])), typesMap, "is not Parquet, or is damaged"},
		{"another format", types, strings.NewReplacer("parquet", "json").Replace(typesMap), "say format: parquet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := importer.Run(t.Context(), importer.Options{Path: c.path, Map: compile(t, c.source), Appender: &journal{}, Now: now, Rejects: filepath.Join(t.TempDir(), "r")})
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// A damaged file is an error, whatever the library makes of it; what it still
// holds are events fit for the journal.
func FuzzParquet(f *testing.F) {
	content, err := os.ReadFile(filepath.Join("testdata", "types.parquet"))
	require.NoError(f, err)
	f.Add(uint16(0), []byte{})
	f.Add(uint16(100), []byte{0xff, 0xff, 0xff})
	f.Add(uint16(len(content)-300), []byte{0})
	f.Fuzz(func(t *testing.T, at uint16, harm []byte) {
		b := []byte(string(content))
		copy(b[min(int(at), len(b)):], harm)
		path := filepath.Join(t.TempDir(), "x.parquet")
		require.NoError(t, os.WriteFile(path, b, 0o600))
		j := &journal{}
		if _, err := importer.Run(t.Context(), importer.Options{Path: path, Map: compile(t, typesMap), Appender: j, Now: now}); err != nil {
			require.NotEmpty(t, err.Error())
		}
		for _, e := range j.events {
			_, err := event.Decode(e.AppendTo(nil))
			require.NoError(t, err)
		}
	})
}

// same demands that two imports say the same of the same people: events, money
// and traits, whatever they call their rows.
func same(t *testing.T, want, got importer.Summary, a, b *journal) {
	t.Helper()
	require.Equal(t, want.Events, got.Events)
	require.Equal(t, want.People, got.People)
	require.Equal(t, want.Traits, got.Traits)
	require.Equal(t, want.Skipped, got.Skipped)
	require.Equal(t, want.Money, got.Money)
	require.Equal(t, []event.Instant{want.From, want.To}, []event.Instant{got.From, got.To})
	told := func(j *journal) map[string]int {
		out := map[string]int{}
		for _, e := range j.events {
			e.Source, e.MessageID = "", ""
			out[string(e.AppendTo(nil))]++
		}
		return out
	}
	require.True(t, equal(told(a), told(b)), "the events are not the same")
}

func equal(a, b map[string]int) bool {
	for k, n := range a {
		if b[k] != n {
			return false
		}
	}
	return len(a) == len(b)
}

// parquetMap is the ready map of invoices, for Parquet.
func parquetMap(t *testing.T) *definition.ImportMap {
	t.Helper()
	source, ok := definition.ReadyImportMap("online-retail")
	require.True(t, ok)
	return compile(t, strings.Replace(string(source), "format: delimited\ndelimiter: comma\nheader: true\n", "format: parquet\n", 1))
}

// invoiceLine is a line of an invoice with the types that pandas gives it.
type invoiceLine struct {
	InvoiceNo   *string   `parquet:",optional,zstd"`
	StockCode   *string   `parquet:",optional,zstd"`
	Description *string   `parquet:",optional,zstd"`
	Quantity    int64     `parquet:",zstd"`
	InvoiceDate time.Time `parquet:",timestamp(nanosecond:local),zstd"`
	UnitPrice   float64   `parquet:",zstd"`
	CustomerID  *float64  `parquet:",optional,zstd"`
	Country     *string   `parquet:",optional,zstd"`
}

func TestInvoicesInParquetAreThoseOfTheText(t *testing.T) {
	t.Parallel()
	data := testenv.Data(t, "online_retail/online_retail.csv.gz")
	file, err := os.Open(data)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	z, err := gzip.NewReader(file)
	require.NoError(t, err)
	r := csv.NewReader(z)
	_, err = r.Read()
	require.NoError(t, err)

	head := &strings.Builder{}
	w := csv.NewWriter(head)
	require.NoError(t, w.Write(strings.Split("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", ",")))
	path := filepath.Join(t.TempDir(), "invoices.parquet")
	out, err := os.Create(path)
	require.NoError(t, err)
	table := parquet.NewGenericWriter[invoiceLine](out)
	for range 40_000 {
		f, err := r.Read()
		require.NoError(t, err)
		require.NoError(t, w.Write(f))
		line := invoiceLine{InvoiceNo: &f[0], StockCode: &f[1], Country: &f[7]}
		if f[2] != "nan" {
			line.Description = &f[2]
		}
		line.Quantity, err = strconv.ParseInt(f[3], 10, 64)
		require.NoError(t, err)
		line.InvoiceDate, err = time.Parse("2006-01-02T15:04:05", f[4])
		require.NoError(t, err)
		line.UnitPrice, err = strconv.ParseFloat(f[5], 64)
		require.NoError(t, err)
		if f[6] != "" {
			id, err := strconv.ParseFloat(f[6], 64)
			require.NoError(t, err)
			line.CustomerID = &id
		}
		_, err = table.Write([]invoiceLine{line})
		require.NoError(t, err)
	}
	require.NoError(t, table.Close())
	require.NoError(t, out.Close())
	w.Flush()
	require.NoError(t, w.Error())

	want, text := importData(t, write(t, "invoices.csv", head.String()), "online-retail")
	require.Positive(t, want.Events)
	j := &journal{}
	got, err := importer.Run(t.Context(), importer.Options{Path: path, Map: parquetMap(t), Appender: j, Now: now})
	require.NoError(t, err)
	same(t, want, got, text, j)
}
