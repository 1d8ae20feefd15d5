package archive

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/rapporthq/rapport/internal/event"
)

// month of a time, as files are sorted by.
func month(at int64) string { return time.UnixMicro(at).UTC().Format("2006-01") }

// options of the files of an archive.
func options(extra ...parquet.WriterOption) []parquet.WriterOption {
	return append([]parquet.WriterOption{
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.CreatedBy("rapport", "", ""),
		parquet.PageBufferSize(512 << 10),
		parquet.MaxRowsPerRowGroup(maxGroup),
	}, extra...)
}

// maxGroup bounds the rows of a row group, and so the memory that joining takes.
const maxGroup = 128 << 10

// writeNew writes rows that have just happened into a file of their own, in row
// groups by month, and describes it.
func writeNew[T any](files Files, m *Manifest, table string, rows []T, at func(*T) int64) error {
	if len(rows) == 0 {
		return nil
	}
	info := FileInfo{
		Name:  fmt.Sprintf("%s/new/%012d.parquet", table, m.Step),
		Table: table, Rows: int64(len(rows)), From: m.Step, To: m.Step, First: event.Instant(at(&rows[0])), Last: event.Instant(at(&rows[0])),
	}
	months := map[string][]T{}
	one := month(at(&rows[0]))
	for i := range rows {
		t := event.Instant(at(&rows[i]))
		info.First, info.Last = min(info.First, t), max(info.Last, t)
	}
	if month(int64(info.First)) == one && month(int64(info.Last)) == one {
		months[one] = rows
		info.Month = one
	} else {
		for i := range rows {
			key := month(at(&rows[i]))
			months[key] = append(months[key], rows[i])
		}
	}
	err := files.Write(info.Name, func(w io.Writer) error {
		c := &counter{w: w}
		pw := parquet.NewGenericWriter[T](c, options()...)
		for _, key := range slices.Sorted(maps.Keys(months)) {
			if err := writeRows(pw, months[key]); err != nil {
				return err
			}
			if err := pw.Flush(); err != nil {
				return err
			}
		}
		err := pw.Close()
		info.Bytes = c.n
		return err
	})
	if err != nil {
		return err
	}
	m.Files = append(m.Files, info)
	return nil
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// writeRows writes rows one by one. In a batch parquet-go, up to v0.32.0 at least,
// takes the nulls between a value at the second place of 64 rows and the end of them
// for values, if there is no other value there: a column that few rows have comes
// out with empty texts, and JSON that DuckDB refuses.
func writeRows[T any](w *parquet.GenericWriter[T], rows []T) error {
	for i := range rows {
		if _, err := w.Write(rows[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}
