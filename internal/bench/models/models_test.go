package models_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/bench/models"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/testenv"
)

func write(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log.csv")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func compare(t testing.TB, o models.Options) models.Result {
	t.Helper()
	res, err := models.Compare(t.Context(), o)
	require.NoError(t, err)
	return res
}

func row(t testing.TB, res models.Result, name string) models.Row {
	t.Helper()
	for _, r := range res.Models {
		if r.Name == name {
			require.Empty(t, r.Error, name)
			return r
		}
	}
	require.Fail(t, "no model "+name)
	return models.Row{}
}

// shop is a log of people who act at rates of their own, and leave.
func shop(people int, layout string) (rows []string) {
	r := rand.New(rand.NewPCG(1, uint64(people)))
	start := time.Date(2021, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range people {
		at, leaves, rate := r.Float64()*60, 60+r.ExpFloat64()*200, .01+r.ExpFloat64()*.05
		for at < min(leaves, 360) {
			rows = append(rows, fmt.Sprintf("p%03d,%s,%.2f", i, start.Add(time.Duration(at*24*3600)*time.Second).Format(layout), 5+20*r.Float64()))
			at += r.ExpFloat64() / rate
		}
	}
	return rows
}

const header = "customer,time,amount\n"

func table(rows []string) string { return header + strings.Join(rows, "\n") + "\n" }

func TestTimesMayBeWrittenInAnyUsualWay(t *testing.T) {
	t.Parallel()
	want := compare(t, models.Options{Path: write(t, table(shop(60, "2006-01-02"))), Split: "2021-08-31"})
	for _, layout := range []string{
		"2006-01-02 15:04:05", time.RFC3339, "20060102", "01/02/2006 15:04", "2/1/2006", "02.01.2006", "2006/01/02", "2006-01-02T15:04:05.000", "02-Jan-2006", "1/2/06 3:04 PM",
	} {
		res := compare(t, models.Options{Path: write(t, table(shop(60, layout))), Split: "2021-08-31"})
		require.True(t, res.ByDay, layout)
		require.InDelta(t, *row(t, want, "bgnbd").HeldOut, *row(t, res, "bgnbd").HeldOut, 1e-6, layout)
	}
}

func TestTablesComeInManyForms(t *testing.T) {
	t.Parallel()
	rows := shop(60, "2006-01-02")
	want := *row(t, compare(t, models.Options{Path: write(t, table(rows)), Split: "2021-08-31"}), "bgnbd").HeldOut
	zipped := filepath.Join(t.TempDir(), "log.csv.gz")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(table(rows)))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, os.WriteFile(zipped, b.Bytes(), 0o600))
	german := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(table(rows), ",", ";"), ".", ","), "amount", "Amount")
	for name, path := range map[string]string{
		"gzip":                     zipped,
		"decimal commas":           write(t, german),
		"a mark of byte order":     write(t, "\ufeff"+table(rows)),
		"line ends of Windows":     write(t, strings.ReplaceAll(table(rows), "\n", "\r\n")),
		"no amounts":               write(t, withoutAmounts(rows)),
		"each row twice":           write(t, table(append(append([]string(nil), rows...), rows...))),
		"upside down":              write(t, table(reversed(rows))),
		"other names, other order": write(t, swapped(rows)),
	} {
		res := compare(t, models.Options{Path: path, Split: "2021-08-31"})
		require.InDelta(t, want, *row(t, res, "bgnbd").HeldOut, 1e-6, name)
	}
}

func withoutAmounts(rows []string) string {
	out := "customer,time\n"
	for _, r := range rows {
		out += r[:strings.LastIndexByte(r, ',')] + "\n"
	}
	return out
}

func reversed(rows []string) (out []string) {
	for i := range rows {
		out = append(out, rows[len(rows)-1-i])
	}
	return out
}

func swapped(rows []string) string {
	out := "\"Order Date\",Sales,CustomerID\n"
	for _, r := range rows {
		f := strings.Split(r, ",")
		out += fmt.Sprintf("%q,$%s,%q\n", f[1], f[2], f[0])
	}
	return out
}

func TestWhatIsLeftOutIsCounted(t *testing.T) {
	t.Parallel()
	rows := shop(60, "2006-01-02")
	want := compare(t, models.Options{Path: write(t, table(rows)), Split: "2021-08-31"})
	last := want.End.Time().Format(time.DateOnly)
	more := append(rows,
		"p000,2021-06-07,-3.50", "p001,2021-11-11,-8", // refunds
		"late,2021-10-01,4", "late,2021-10-05,4", "later,2021-12-01,4", // began after the split
		",2021-06-07,3", "NaN,2021-06-07,3", // nobody
		"p003,whenever,3", // cannot be read
		"",
	)
	res := compare(t, models.Options{Path: write(t, table(more)), Split: "2021-08-31", End: last})
	require.Equal(t, want.People, res.People)
	require.Equal(t, want.Actual, res.Actual)
	require.InDelta(t, *row(t, want, "paretonbd").HeldOut, *row(t, res, "paretonbd").HeldOut, 1e-6)
	require.Equal(t, 2, res.Later)
	require.Equal(t, map[string]int{"refunds: amounts below 0": 2, "no customer": 2}, res.LeftOut)
	require.Equal(t, 1, res.Rejected)
	require.Len(t, res.Examples, 1)
	require.Contains(t, res.Examples[0], fmt.Sprintf(`line %d: time "whenever" is not written like the others`, len(rows)+9))
	var out bytes.Buffer
	require.NoError(t, res.WriteText(&out))
	require.Contains(t, out.String(), "2 people who began after the split, 1 rows that cannot be read, 2 no customer, 2 refunds")
	require.Contains(t, out.String(), "whenever")
}

func TestWhatCannotBeComparedSaysWhereAndHowToMend(t *testing.T) {
	t.Parallel()
	long := table(shop(40, "2006-01-02"))
	ambiguous := header + "a,1/2/2021,3\na,3/4/2021,3\nb,2/2/2021,3\n"
	for _, test := range []struct{ text, split, want string }{
		{"", "2021-08-31", "is empty: it needs the header customer,time,amount"},
		{header, "2021-08-31", "a header and no rows"},
		{"who,when,what\na,2021-01-01,3\n", "2021-08-31", `line 1: the header is "who,when,what": it needs the columns customer and time`},
		{header + "a,tomorrow,3\n", "2021-08-31", `line 2: time "tomorrow" cannot be read; write times like 2011-06-10`},
		{header + "a,2021-01-01,3\na,2021-01-02,three\n", "2021-01-01", `1 of 2 rows cannot be read:
  line 3: amount "three" is not a number: write it like 1234.50, or leave it empty`},
		{ambiguous, "2021-02-15", "say --dates mdy or --dates dmy"},
		{long, "yesterday", `--split "yesterday" is not a time`},
		{long, "2020-01-01", "--split 2020-01-01 is before the first act"},
		{long, "2023-01-01", "--split 2023-01-01 is not before the last act"},
		{header + ",2021-01-01,3\n", "2021-08-31", "holds not one act of a customer"},
	} {
		_, err := models.Compare(t.Context(), models.Options{Path: write(t, test.text), Split: test.split})
		require.ErrorContains(t, err, test.want)
	}
	_, err := models.Compare(t.Context(), models.Options{Path: "nowhere.csv", Split: "2021-01-01"})
	require.ErrorContains(t, err, "there is no file nowhere.csv")
	res := compare(t, models.Options{Path: write(t, ambiguous), Split: "2021-02-15", Dates: "dmy"})
	require.Equal(t, 2, res.People)
}

// Little is an answer or a reason, never a panic or not a number.
func TestVeryLittleIsToldAsWhatItIs(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"one customer":          header + "a,2021-01-01,3\na,2021-01-09,3\na,2021-02-02,4\na,2021-03-01,3\n",
		"one act each":          header + "a,2021-01-01,3\nb,2021-01-09,3\nc,2021-03-02,4\n",
		"nobody comes back":     header + "a,2021-01-01,3\na,2021-01-05,3\nb,2021-01-09,3\nc,2021-03-02,4\n",
		"all on the last day":   header + "a,2021-01-31,3\nb,2021-01-31,3\na,2021-03-02,4\n",
		"two days for everyone": header + "a,2021-01-01,3\nb,2021-01-01,3\na,2021-01-20,3\nb,2021-01-20,4\nb,2021-03-01,4\n",
	} {
		res := compare(t, models.Options{Path: write(t, text), Split: "2021-01-31"})
		b, err := json.Marshal(res)
		require.NoError(t, err, name) // not a number, and infinity, are none in JSON
		var out bytes.Buffer
		require.NoError(t, res.WriteText(&out), name)
		for _, r := range res.Models {
			require.True(t, r.Error != "" || r.MAE != nil || r.HeldOut != nil, "%s: %s says nothing in %s", name, r.Name, b)
			require.NotContains(t, r.Name, "NaN", name)
		}
	}
}

func TestAShortLogIsReadToTheMoment(t *testing.T) {
	t.Parallel()
	text := header
	for i := range 30 {
		for h := 0; h < 24*20; h += 5 + i*3 {
			text += fmt.Sprintf("c%d,%s,1\n", i, time.Date(2021, 1, 1, h, 30, 0, 0, time.UTC).Format(time.DateTime))
		}
	}
	res := compare(t, models.Options{Path: write(t, text), Split: "2021-01-10"})
	require.False(t, res.ByDay)
	byDay := compare(t, models.Options{Path: write(t, text), Split: "2021-01-10", Merge: "day"})
	require.True(t, byDay.ByDay)
	require.Greater(t, res.Actual, byDay.Actual)
}

func TestEventsOfAMapAreActsAndTouches(t *testing.T) {
	t.Parallel()
	m, err := definition.CompileImportMap([]byte(`
name: shop
format: delimited
header: true
columns: [who, what, at, paid]
identity: {user_id: who}
time: {column: at, layout: YYYY-MM-DD}
events:
  - {when: row.what == "buy", event: Order Completed, amount: {column: paid}, currency: EUR}
  - {when: row.what == "mail", event: Mail Sent}
  - {when: row.what == "look", event: Page Seen}
`))
	require.NoError(t, err)
	text := "who,what,at,paid\n"
	for _, r := range shop(60, "2006-01-02") {
		f := strings.Split(r, ",")
		text += fmt.Sprintf("%s,buy,%s,%s\n", f[0], f[1], f[2])
	}
	plain := compare(t, models.Options{Path: write(t, table(shop(60, "2006-01-02"))), Split: "2021-08-31"})
	text += "p001,mail,2021-06-01,\np002,mail,2021-09-01,\np003,look,2021-06-01,\n"
	o := models.Options{Path: write(t, text), Map: m, Split: "2021-08-31", Touches: []string{"Mail Sent"}}
	res := compare(t, o)
	require.InDelta(t, *row(t, plain, "bgnbd").HeldOut, *row(t, res, "bgnbd").HeldOut, 1e-6)
	require.InDelta(t, *plain.Spend.Actual, *res.Spend.Actual, 1e-6)
	require.Equal(t, 1, res.LeftOut["events called Page Seen"])
	o.Touches = []string{"Letter Sent"}
	_, err = models.Compare(t.Context(), o)
	require.ErrorContains(t, err, `no event is called "Letter Sent"; the file holds "Mail Sent" (2), "Order Completed"`)
}

func TestTheTableOfCDNOWIsTheOneInTheDocuments(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile(testenv.Data(t, "cdnow/CDNOW_sample.txt"))
	require.NoError(t, err)
	text := header
	for line := range strings.Lines(string(src)) {
		f := strings.Fields(line)
		text += fmt.Sprintf("%s,%s,%s\n", f[0], f[2], f[4])
	}
	res := compare(t, models.Options{Path: write(t, text), Split: "1997-09-30"})
	require.Equal(t, []int{2357, 2457, 1882}, []int{res.People, res.Repeats, res.Actual})
	var out bytes.Buffer
	require.NoError(t, res.WriteText(&out))
	t.Log(out.String())
	require.Greater(t, *row(t, res, "statespace").Gain, 70.0)
	require.Equal(t, "statespace", res.Serves.Name)
	documented(t, res)
}

// documented compares the table in docs/models with what was computed now.
func documented(t *testing.T, res models.Result) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "models", "README.md"))
	require.NoError(t, err)
	found := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		name := strings.Trim(cells[0], " `")
		if len(cells) != 7 || name == "model" || strings.HasPrefix(name, "-") {
			continue
		}
		r := row(t, res, name)
		within, wide := .02, 1.0
		if name == "statespace" {
			within, wide = 3, 10 // the climb ends on a ridge, and a little elsewhere on each machine
		}
		for i, got := range []*float64{r.LogLik, r.HeldOut, r.Expected, r.TotalError, r.MAE, r.RMSE} {
			text := strings.NewReplacer("−", "-", " ", "", "%", "", ",", "").Replace(cells[i+1])
			if got == nil {
				require.Equal(t, "–", text, "%s: %s", name, line)
				continue
			}
			want, err := strconv.ParseFloat(text, 64)
			require.NoError(t, err, line)
			tolerance := []float64{within, within, within * 10, .1 * wide, .001 * wide, .002 * wide}[i]
			value := *got
			if i == 3 {
				value *= 100
			}
			require.InDelta(t, want, value, tolerance, "%s, column %d of %s", name, i+1, line)
		}
		found++
	}
	require.Equal(t, len(res.Models), found, "docs/models has a row for each model")
}
