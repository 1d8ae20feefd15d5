package importer_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest/importer"
)

const callLines = `{"type":"identify","userId":"ada","traits":{"plan":"pro"},"timestamp":"2020-01-01T10:00:00Z","messageId":"m1","sentAt":"2020-01-01T09:00:00Z"}
{"type":"track","userId":"ada","event":"Order Completed","properties":{"revenue":12.50},"originalTimestamp":"2020-01-02T10:00:00.123Z","receivedAt":"2020-01-02T10:00:01Z"}

{"type":"page","anonymousId":"x1","name":"Home","timestamp":"2020-01-03T10:00:00+02:00","messageId":"m3"}
{"type":"track","userId":"ada","timestamp":"2020-01-04T10:00:00Z"}
{"type":"track","userId":"ada","event":"E"}
{"type":"track","userId":"ada","event":"E","timestamp":"2099-01-04T10:00:00Z"}
{"type":"track","userId":"ada",
{"type":"screen","userId":"null","timestamp":"2020-01-04T10:00:00Z"}
`

func TestTrackingCallsAreReadAsTheAPIReadsThemAndKeepTheirTimes(t *testing.T) {
	t.Parallel()
	path := write(t, "events.jsonl", callLines)
	holds, err := importer.HoldsCalls(path)
	require.NoError(t, err)
	require.True(t, holds)
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{Path: path, Map: readyMap(t, "segment"), Appender: j, Now: now})
	require.NoError(t, err)
	require.Equal(t, []int{8, 2, 1, 2, 5}, []int{sum.Rows, sum.Events, sum.Traits, sum.People, sum.Rejected})

	var got []string
	for _, id := range []string{"m1", "row:2", "m3"} {
		e := byID(t, j, id)
		require.True(t, e.Imported)
		require.Equal(t, event.InstantOf(now()), e.ReceivedAt)
		got = append(got, strings.Join([]string{e.Source, e.Kind.String(), e.Label(), e.Primary().String(), e.Time.String(), string(e.Traits) + string(e.Properties)}, " "))
	}
	require.Equal(t, []string{
		`import:segment identify identify user_id:ada 2020-01-01T10:00:00Z {"plan":"pro"}`,
		sum.Source + ` track Order Completed user_id:ada 2020-01-02T10:00:00.123Z {"revenue":12.50}`,
		`import:segment page page anonymous_id:x1 2020-01-03T08:00:00Z `,
	}, got)

	rejects, err := os.ReadFile(sum.Rejects)
	require.NoError(t, err)
	require.Equal(t, strings.TrimLeft(`
line,reason,text
5,"event is missing; a track call names what happened, for instance ""Order Completed""","{""type"":""track"",""userId"":""ada"",""timestamp"":""2020-01-04T10:00:00Z""}"
6,"timestamp is missing; history must say when it happened, such as 2026-11-22T06:05:17.043Z","{""type"":""track"",""userId"":""ada"",""event"":""E""}"
7,time 2099-01-04T10:00:00Z is in the future,"{""type"":""track"",""userId"":""ada"",""event"":""E"",""timestamp"":""2099-01-04T10:00:00Z""}"
8,the body is not valid JSON at byte 31: it is cut short,"{""type"":""track"",""userId"":""ada"","
9,"userId ""null"" is a placeholder and names nobody; send a real userId or an anonymousId","{""type"":""screen"",""userId"":""null"",""timestamp"":""2020-01-04T10:00:00Z""}"
`, "\n"), string(rejects))
}

func TestOtherFilesAreNotTakenForTrackingCalls(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing": "", "blank lines": "\n\n", "CSV": "type,userId\ntrack,ada\n", "a profile": `{"id":"7","type":"person"}`,
		"nobody": `{"type":"track","event":"E"}`, "an array": `["track"]`, "a very long line": strings.Repeat("[", 2<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds, err := importer.HoldsCalls(write(t, "x", text))
			require.NoError(t, err)
			require.False(t, holds)
		})
	}
}

// The content decides, not the name: compressed or not, it is the same file.
func TestAFileIsTheSameCompressed(t *testing.T) {
	t.Parallel()
	shop := orders(300, 3)
	json := `{"order":"1","customer":"ada","day":"2020-01-01","amount":2,"country":"GB"}` + "\n"
	for name, c := range map[string]struct{ text, source string }{
		"delimited": {shop, shopMap},
		"json":      {json, strings.Replace(strings.Replace(shopMap, "delimited", "json", 1), "header: true\n", "", 1)},
		"segment":   {callLines, "format: segment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := &journal{}
			opts := importer.Options{Map: compile(t, c.source), Appender: j, Now: now}
			var zipped bytes.Buffer
			z := gzip.NewWriter(&zipped)
			_, err := z.Write([]byte(c.text))
			require.NoError(t, err)
			require.NoError(t, z.Close())
			enc, err := zstd.NewWriter(nil)
			require.NoError(t, err)
			var want importer.Summary
			for i, content := range []string{c.text, zipped.String(), string(enc.EncodeAll([]byte(c.text), nil))} {
				opts.Path = write(t, "file", content)
				sum, err := importer.Run(t.Context(), opts)
				require.NoError(t, err)
				if i == 0 {
					want = sum
					require.NotZero(t, sum.Events)
				}
				require.Equal(t, want.Source, sum.Source)
				require.Equal(t, want.Events, sum.Events)
				require.Equal(t, i*len(j.events), j.again)
			}
		})
	}
}
