package archive

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
)

// What few rows have is null in the others, wherever it stands among them.
func TestWhatFewRowsHaveIsNullInTheOthers(t *testing.T) {
	t.Parallel()
	for every := 1; every < 130; every++ {
		for first := range 3 {
			rows := make([]changeRow, 300)
			nulls := len(rows)
			for i := first; i < len(rows); i += every {
				rows[i].Subject, rows[i].Body = "buy", json.RawMessage(`{"a":1}`)
				nulls--
			}
			var file bytes.Buffer
			w := parquet.NewGenericWriter[changeRow](&file, options()...)
			require.NoError(t, writeRows(w, rows))
			require.NoError(t, w.Close())
			f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
			require.NoError(t, err)
			for _, name := range []string{"subject", "body"} {
				column, ok := f.Schema().Lookup(name)
				require.True(t, ok)
				pages := f.RowGroups()[0].ColumnChunks()[column.ColumnIndex].Pages()
				p, err := pages.ReadPage()
				require.NoError(t, err)
				require.EqualValues(t, nulls, p.NumNulls(), "%s of every %d rows from %d on", name, every, first)
				require.NoError(t, pages.Close())
			}
		}
	}
}
