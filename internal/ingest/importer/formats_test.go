package importer_test

import (
	"archive/zip"
	"bytes"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/ingest/importer"
)

func TestFixedWidthLatin1TextIsReadAndItsRejectsAreReadable(t *testing.T) {
	t.Parallel()
	const source = `
name: tills
format: fixed_width
encoding: latin1
columns:
  - {name: customer, start: 1, width: 4}
  - {name: day, start: 5, width: 8}
  - {name: city, start: 13, width: 6}
identity: {user_id: "till-{customer}"}
event: Visited
time: {column: day, layout: YYYYMMDD, zone: Europe/Berlin}
properties: {city: city}
`
	path := write(t, "tills.txt", "000120200102K\xf6ln  \n0002yesterd K\xf6ln\n\n000120200103Mainz\n")
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{Path: path, Map: compile(t, source), Appender: j, Now: now})
	require.NoError(t, err)
	require.Equal(t, 3, sum.Rows)
	require.Equal(t, 2, sum.Events)
	require.Empty(t, sum.Money)
	first := byID(t, j, "row:1")
	require.Equal(t, `till-0001 Visited 2020-01-01T23:00:00Z {"city":"Köln"}`, first.UserID+" "+first.Name+" "+first.Time.String()+" "+string(first.Properties))
	require.Equal(t, "till-0001", byID(t, j, "row:4").UserID)
	rejects, err := os.ReadFile(sum.Rejects)
	require.NoError(t, err)
	require.Contains(t, string(rejects), "\n2,")
	require.Contains(t, string(rejects), "0002yesterd K\uFFFDln\n")
}

func TestLinesOfOneOrderBecomeOneEventNamedByTheFirst(t *testing.T) {
	t.Parallel()
	text := "order,customer,day,amount,country\n" +
		"1,ada,2020-01-01,1,GB\n" +
		"1,ada,2020-01-01,2,GB\n" +
		"2,bob,2020-01-02,4,DE\n" +
		"1,ada,2020-01-03,8,GB\n"
	for lines, want := range map[string]string{
		"together": "row:2=3.00 row:4=4.00 row:5=8.00",
		"anywhere": "row:2=11.00 row:4=4.00",
	} {
		t.Run(lines, func(t *testing.T) {
			t.Parallel()
			m := compile(t, shopMap+"group_by: [order]\ngroup_lines: "+lines+"\n")
			j := &journal{}
			sum, err := importer.Run(t.Context(), importer.Options{Path: write(t, "shop.csv", text), Map: m, Appender: j, Now: now, Lanes: 1})
			require.NoError(t, err)
			var got []string
			for _, e := range j.events {
				if e.Kind == event.Track {
					_, revenue, _ := strings.Cut(string(e.Properties), `"revenue":`)
					revenue, _, _ = strings.Cut(revenue, ",")
					got = append(got, e.MessageID+"="+revenue)
				}
			}
			require.Equal(t, want, strings.Join(got, " "))
			require.Equal(t, "15.00", sum.Money[0].Amount)
		})
	}
}

func TestAnImportThroughARunningServerIsTheSame(t *testing.T) {
	t.Parallel()
	const seed = 5
	t.Logf("seed %d", seed)
	path := write(t, "shop.csv", orders(2000, seed))
	local, remote := &journal{}, &journal{}
	opts := importer.Options{Path: path, Map: compile(t, shopMap), Appender: local, Now: now, Batch: 100}
	_, err := importer.Run(t.Context(), opts)
	require.NoError(t, err)

	server := httptest.NewServer(ingest.EventsHandler(ingest.EventsOptions{
		Appender: remote, Now: func() event.Instant { return event.InstantOf(now()) },
	}))
	defer server.Close()
	opts.Appender = ingest.NewClient(server.URL, "secret", server.Client())
	_, err = importer.Run(t.Context(), opts)
	require.NoError(t, err)
	require.Len(t, remote.events, len(local.events))
	require.NoError(t, local.Append(t.Context(), remote.events), "the same ids must be the same events")
	require.Equal(t, len(local.events), local.again)
}

func TestAFileWithinAZipIsAFileOfItsOwn(t *testing.T) {
	t.Parallel()
	const source = `
format: delimited
header: true
file_name: file
columns: [who, day, {name: left, optional: true}]
identity: {anonymous_id: who}
time: {column: day, layout: YYYY-MM-DD}
traits: {list: file, left: left}
consent:
  - {when: 'row.file.startsWith("un")', channel: email, given: false, proof: "left for {left}"}
`
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range [][2]string{
		{"list/unsubscribed.csv", "who,left,day\nbob,ever,2020-01-02\ncid,x,soon\n"},
		{"__MACOSX/list/x.csv", "junk"},
		{"list/", ""},
		{"list/subscribed.csv", "day,who\n2020-01-01,ada\n"},
	} {
		w, err := z.Create(f[0])
		require.NoError(t, err)
		_, err = w.Write([]byte(f[1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{Path: write(t, "list.zip", b.String()), Map: compile(t, source), Appender: j, Now: now, Lanes: 1})
	require.NoError(t, err)
	require.Equal(t, []int{3, 0, 2, 1, 2, 1}, []int{sum.Rows, sum.Events, sum.Traits, sum.Said, sum.People, sum.Rejected})
	var got []string
	for _, e := range j.events {
		got = append(got, e.Kind.String()+" "+e.AnonymousID+" "+string(e.Traits)+string(e.Body))
	}
	require.Equal(t, []string{
		`identify ada {"list":"subscribed.csv"}`,
		`identify bob {"list":"unsubscribed.csv","left":"ever"}`,
		`consented bob {"channel":"email","given":false,"proof":"left for ever"}`,
	}, got)
	rejects, err := os.ReadFile(sum.Rejects)
	require.NoError(t, err)
	require.Contains(t, string(rejects), `3,"unsubscribed.csv: column day: ""soon"" is not a time written as YYYY-MM-DD","cid,x,soon"`)
}

func TestALongerFileOnlyAddsWhatIsNewWhenRowsHaveIDs(t *testing.T) {
	t.Parallel()
	m := compile(t, shopMap+"message_id: order\n")
	j := &journal{}
	run := func(text string) {
		sum, err := importer.Run(t.Context(), importer.Options{Path: write(t, "shop.csv", text), Map: m, Appender: j, Now: now})
		require.NoError(t, err)
		require.Equal(t, "import:shop", sum.Source)
	}
	const head = "order,customer,day,amount,country\n"
	run(head + "1,ada,2020-01-01,1,GB\n2,bob,2020-01-02,2,DE\n")
	require.Len(t, j.events, 4)
	run(head + "3,cid,2020-01-03,3,DE\n1,ada,2020-01-01,1,GB\n2,bob,2020-01-02,2,DE\n")
	require.Len(t, j.events, 6)
	require.Equal(t, 4, j.again)
	require.Equal(t, "cid", byID(t, j, "3").UserID)
}

// The ready map of invoices knows them by their numbers: the Parquet file of the
// same invoices, whose rows come in another order and without their text, adds
// nothing.
func TestInvoicesAreTheSameInEveryFile(t *testing.T) {
	t.Parallel()
	const head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
	const one = "1,A,BOX,2,2011-07-01T08:26:00,2.5,17850,France\n"
	const two = "C2,A,BOX,-1,2011-07-02T08:26:00,2.5,17850,France\n"
	j := &journal{}
	for _, text := range []string{one + two, two + one, "\n" + one + two} {
		_, err := importer.Run(t.Context(), importer.Options{Path: write(t, "x.csv", head+text), Map: readyMap(t, "online-retail"), Appender: j, Now: now, Lanes: 1})
		require.NoError(t, err)
	}
	tracked := 0 // what is said of the person may be said again, at another order
	for _, e := range j.events {
		if e.Kind == event.Track {
			tracked++
		}
	}
	require.Equal(t, 2, tracked, "an order and a refund")
	require.Equal(t, "import:Online Retail invoices", j.events[0].Source)
}
