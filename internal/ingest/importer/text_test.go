package importer_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest/importer"
)

// FuzzText imports any bytes as delimited text, as fixed-width text and as
// tracking calls, plain and gzip. Whatever they are, there is an answer, every row
// is accounted for, and what becomes of them are events fit for the journal.
func FuzzText(f *testing.F) {
	f.Add([]byte("order,customer,day,amount,country\n1,ada,2020-01-01,12.50,DE\n2,,2020-01-01,1,DE\n3,bob,x,1,DE\n"))
	f.Add([]byte("\xef\xbb\xbforder,customer,day,amount,country\r\n\"1\",\"a\"\"b\",2020-01-01,\"1\n2\",\"\"\r\n"))
	f.Add([]byte(callLines))
	f.Add([]byte("000120200102K\xf6ln  \n0002yesterd\n"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\x28\xb5\x2f\xfd\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		plain, zipped := filepath.Join(dir, "x.csv"), filepath.Join(dir, "x.csv.gz")
		require.NoError(t, os.WriteFile(plain, b, 0o600))
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, err := z.Write(b)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		require.NoError(t, os.WriteFile(zipped, out.Bytes(), 0o600))
		for _, m := range []string{shopMap, tillMap, "segment"} {
			for _, path := range []string{plain, zipped} {
				importAnything(t, path, m)
			}
		}
	})
}

const tillMap = `
name: tills
format: fixed_width
encoding: latin1
columns:
  - {name: customer, start: 1, width: 4}
  - {name: day, start: 5, width: 8}
identity: {user_id: "till-{customer}"}
event: Visited
time: {column: day, layout: YYYYMMDD, zone: UTC}
`

func importAnything(t *testing.T, path, source string) {
	t.Helper()
	o := importer.Options{Path: path, Appender: &journal{}, Now: now}
	if source == "segment" {
		o.Map = readyMap(t, source)
	} else {
		o.Map = compile(t, source)
	}
	sum, err := importer.Run(t.Context(), o)
	if err != nil {
		require.NotEmpty(t, err.Error())
		return
	}
	skipped := 0
	for _, n := range sum.Skipped {
		skipped += n
	}
	j := o.Appender.(*journal) //nolint:forcetypeassert // put there above
	require.LessOrEqual(t, sum.Rejected+skipped, sum.Rows)
	for _, e := range j.events {
		got, err := event.Decode(e.AppendTo(nil))
		require.NoError(t, err)
		require.Equal(t, e.MessageID, got.MessageID)
		require.True(t, e.Imported)
		require.False(t, e.Primary().IsZero())
	}
}
