package importer_test

import (
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
