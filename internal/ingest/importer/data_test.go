package importer_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

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

func TestStarbucksIsImportedAsASlowReaderCountsIt(t *testing.T) {
	t.Parallel()
	path := testenv.Data(t, "starbucks/transcript_full.csv.gz")
	sum, j := importData(t, path, "starbucks")

	names := map[string]string{
		"offer received": "Offer Received", "offer viewed": "Offer Viewed",
		"offer completed": "Offer Completed", "transaction": "Order Completed",
	}
	rows, people, count := 0, map[string]bool{}, map[string]int{}
	dollars, rewards, last := new(big.Rat), new(big.Rat), int64(0)
	lines(t, path, func(n int, line string) {
		if n == 1 {
			return
		}
		rows++
		f := fields(line)
		people[f[0]] = true
		count[names[f[1]]]++
		last = max(last, number(t, f[2]).Num().Int64())
		if f[4] != "" {
			dollars.Add(dollars, number(t, f[4]))
		}
		if f[5] != "" {
			rewards.Add(rewards, number(t, f[5]))
		}
	})
	require.Equal(t, 306_534, rows, "the reference must have read the file that we know")
	require.Equal(t, map[string]int{"Order Completed": 138_953, "Offer Received": 76_277, "Offer Viewed": 57_725, "Offer Completed": 33_579}, count)
	require.Equal(t, []int{rows, rows, len(people), 0}, []int{sum.Rows, sum.Events, sum.People, sum.Rejected})
	require.Equal(t, 17_000, sum.People)
	require.Equal(t, []string{"times are invented: hour 0 is 2018-07-27T00:00:00Z"}, sum.Invented)
	require.Equal(t, []importer.Money{{Event: "Order Completed", Currency: "USD", Amount: dollars.FloatString(2)}}, sum.Money)
	start := time.Date(2018, 7, 27, 0, 0, 0, 0, time.UTC)
	require.Equal(t, event.InstantOf(start), sum.From)
	require.Equal(t, event.InstantOf(start.Add(time.Duration(last)*time.Hour)), sum.To)
	got, rewarded := map[string]int{}, new(big.Rat)
	for _, e := range j.events {
		got[e.Name]++
		if r := gjson.GetBytes(e.Properties, "reward"); r.Exists() {
			rewarded.Add(rewarded, number(t, r.Raw))
		}
		if e.Name != "Order Completed" && len(gjson.GetBytes(e.Properties, "offer_id").String()) != 32 {
			t.Fatalf("%s has no offer: %s", e.MessageID, e.Properties)
		}
	}
	require.Equal(t, count, got)
	require.Zero(t, rewards.Cmp(rewarded))
}

func TestStarbucksPeopleAreImportedAsASlowReaderCountsThem(t *testing.T) {
	t.Parallel()
	path := testenv.Data(t, "starbucks/profile.json")
	sum, j := importData(t, path, "starbucks-people")

	type profile struct {
		ID     string
		Gender *string
		Age    int
		Income *int64
		Since  string `json:"became_member_on"`
	}
	want := map[string]profile{}
	lines(t, path, func(_ int, line string) {
		var p profile
		require.NoError(t, json.Unmarshal([]byte(line), &p))
		want[p.ID] = p
	})
	require.Len(t, want, 17_000)
	require.Equal(t, []int{17_000, 0, 17_000, 17_000, 0}, []int{sum.Rows, sum.Events, sum.Traits, sum.People, sum.Rejected})
	require.Empty(t, sum.Invented)
	missing := 0
	for _, e := range j.events {
		p, o := want[e.UserID], gjson.ParseBytes(e.Traits)
		require.Equal(t, p.Since, o.Get("member_since").String())
		require.Equal(t, p.Since, e.Time.Time().Format("20060102"))
		require.Equal(t, p.Gender != nil, o.Get("gender").Exists())
		require.Equal(t, p.Age != 118, o.Get("age").Type == gjson.Number)
		require.Equal(t, p.Income != nil, o.Get("income").Type == gjson.Number)
		if p.Income != nil {
			require.Equal(t, *p.Income, o.Get("income").Int())
			require.Equal(t, *p.Gender, o.Get("gender").Str)
			require.EqualValues(t, p.Age, o.Get("age").Int())
		} else {
			missing++
		}
	}
	require.Equal(t, 2_175, missing, "who said nothing about themselves")
}

func TestHillstromIsImportedAsASlowReaderCountsIt(t *testing.T) {
	t.Parallel()
	path := testenv.Data(t, "hillstrom/hillstrom.csv")
	sum, j := importData(t, path, "hillstrom")

	type arm struct{ people, visits, orders int }
	want, dollars := map[string]arm{}, map[string]*big.Rat{}
	lines(t, path, func(n int, line string) {
		if n == 1 {
			return
		}
		f := fields(line)
		a := want[f[8]]
		a.people++
		a.visits += int(number(t, f[9]).Num().Int64())
		a.orders += int(number(t, f[10]).Num().Int64())
		want[f[8]] = a
		if dollars[f[8]] == nil {
			dollars[f[8]] = new(big.Rat)
		}
		dollars[f[8]].Add(dollars[f[8]], number(t, f[11]))
	})
	require.Equal(t, map[string]arm{
		"Womens E-Mail": {21_387, 3_238, 189}, "Mens E-Mail": {21_307, 3_894, 267}, "No E-Mail": {21_306, 2_262, 122},
	}, want)
	require.Equal(t, []int{64_000, 64_000, 64_000, 0}, []int{sum.Rows, sum.Traits, sum.People, sum.Rejected})
	require.Equal(t, []string{
		"customer is invented: the number of the row within the file",
		"times are invented: rows without another are at 2008-03-20T12:00:00Z",
		"times are invented: Site Visited is at 2008-03-21T12:00:00Z",
		"times are invented: Order Completed is at 2008-03-21T12:00:00Z",
	}, sum.Invented)

	got, sent, spent, all := map[string]arm{}, map[string]int{}, map[string]*big.Rat{}, new(big.Rat)
	for _, e := range j.events {
		name := gjson.GetBytes(e.Properties, "arm").Str
		if e.Kind == event.Identify {
			name = gjson.GetBytes(e.Traits, "arm").Str
		}
		a := got[name]
		switch {
		case e.Kind == event.Identify:
			a.people++
		case e.Name == "Campaign E-Mail Sent":
			sent[name]++
		case e.Name == "Site Visited":
			a.visits++
		case e.Name == "Order Completed":
			a.orders++
			if spent[name] == nil {
				spent[name] = new(big.Rat)
			}
			amount := number(t, gjson.GetBytes(e.Properties, "revenue").Raw)
			spent[name].Add(spent[name], amount)
			all.Add(all, amount)
		}
		got[name] = a
	}
	require.Equal(t, want, got)
	require.Equal(t, map[string]int{"Womens E-Mail": 21_387, "Mens E-Mail": 21_307}, sent)
	for name, d := range dollars {
		require.Zero(t, d.Cmp(spent[name]), "%s: %s and %s", name, d.FloatString(2), spent[name].FloatString(2))
	}
	require.Equal(t, []importer.Money{{Event: "Order Completed", Currency: "USD", Amount: all.FloatString(2)}}, sum.Money)
	require.Equal(t, "67258.13", all.FloatString(2))
	require.Equal(t, "hillstrom-1", byID(t, j, "row:2:traits").UserID)
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
