package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Erasure is a record of which the archive is to hold nothing that arrived up to a
// time. The manifest keeps it until all files are without.
type Erasure struct {
	Record person.ID     `json:"record"`
	Until  event.Instant `json:"until"`
}

// noteErasure has the record's rows taken out, if the fold erased it: it may have
// come to be somebody else's.
func (b *builder) noteErasure(e *event.Event) error {
	p, err := b.a.opts.State.Record(e.To)
	if err != nil || p == nil || p.Erased.IsZero() {
		return err
	}
	b.m.Erase = append(slices.Clone(b.m.Erase), Erasure{Record: e.To, Until: p.Erased})
	return nil
}

// Erase takes the rows of erased records out of all files, and takes a new snapshot
// of people, which they are not in. It costs the reading of the archive and the
// writing anew of what held such rows.
func (a *Archive) Erase(ctx context.Context) error {
	a.rewriting.Lock()
	defer a.rewriting.Unlock()
	a.mu.Lock()
	due, files := a.mu.m.Erase, a.mu.m.Files
	a.mu.Unlock()
	if len(due) == 0 {
		return nil
	}
	until := map[string]int64{}
	for _, e := range due {
		until[e.Record.String()] = max(until[e.Record.String()], int64(e.Until))
	}
	for _, f := range files {
		if f.Table == tablePeople || f.Table == tableRecords {
			continue
		}
		again, without, err := a.without(ctx, f, until)
		if err == nil && again {
			err = a.replace(f, without) // one by one: what is done is not done again
		}
		if err != nil {
			return fmt.Errorf("archive: erase from %s: %w", f.Name, err)
		}
	}
	err := a.change(func(m *Manifest) error {
		m.Erase = slices.Clone(m.Erase[len(due):])
		return nil
	})
	if err != nil {
		return err
	}
	return a.SnapshotPeople(ctx)
}

// replace puts a file, unless it is empty, in the place of another.
func (a *Archive) replace(old, by FileInfo) error {
	return a.change(func(m *Manifest) error {
		at := slices.IndexFunc(m.Files, func(f FileInfo) bool { return f.Name == old.Name })
		switch {
		case at < 0: // cannot be: whoever replaces files holds the lock
			return errors.New("it is not there any more")
		case by.Rows == 0:
			m.Files = slices.Delete(m.Files, at, at+1)
		default:
			m.Files[at] = by
		}
		return nil
	})
}

// without writes what f holds besides the rows of the given records up to their
// times into another file. again is false where it holds none of them.
func (a *Archive) without(ctx context.Context, f FileInfo, until map[string]int64) (again bool, out FileInfo, err error) {
	in, err := a.opts.Files.Open(f.Name)
	if err != nil {
		return false, out, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	p, err := parquet.OpenFile(in, in.Size())
	if err != nil {
		return false, out, err
	}
	record, ok := p.Schema().Lookup("record_id")
	moment, timed := p.Schema().Lookup("received_at")
	if !timed { // what the fold made has no other time
		moment, timed = p.Schema().Lookup("time")
	}
	if !ok || !timed {
		return false, out, errors.New("has no columns record_id and time")
	}
	goes := func(row parquet.Row) bool {
		t, ok := until[row[record.ColumnIndex].String()]
		return ok && row[moment.ColumnIndex].Int64() <= t
	}
	held := false
	for _, g := range p.RowGroups() {
		if err := eachRow(ctx, g, func(row parquet.Row) error { held = held || goes(row); return nil }); err != nil {
			return false, out, err
		}
	}
	if !held {
		return false, out, nil
	}
	out = f
	out.Name = fmt.Sprintf("%s.e%d.parquet", strings.TrimSuffix(f.Name, ".parquet"), a.step()+1)
	out.Rows, out.First, out.Last = 0, 0, 0
	when, ok := p.Schema().Lookup("time")
	if !ok {
		return false, out, errors.New("has no column time")
	}
	err = a.opts.Files.Write(out.Name, func(w io.Writer) error {
		c := &counter{w: w}
		pw := parquet.NewWriter(c, options(p.Schema())...)
		for _, g := range p.RowGroups() {
			err := eachRow(ctx, g, func(row parquet.Row) error {
				if goes(row) {
					return nil
				}
				t := event.Instant(row[when.ColumnIndex].Int64())
				if out.Rows == 0 || t < out.First {
					out.First = t
				}
				out.Last = max(out.Last, t)
				out.Rows++
				_, err := pw.WriteRows([]parquet.Row{row})
				return err
			})
			if err != nil {
				return err
			}
			if err := pw.Flush(); err != nil { // a row group has rows of one month
				return err
			}
		}
		err := pw.Close()
		out.Bytes = c.n
		return err
	})
	if err == nil && out.Rows == 0 {
		err = a.opts.Files.Remove(out.Name)
	}
	return true, out, err
}

func (a *Archive) step() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.mu.m.Step
}

// eachRow calls use with each row of g. Rows are valid until it returns.
func eachRow(ctx context.Context, g parquet.RowGroup, use func(parquet.Row) error) (err error) {
	rows := g.Rows()
	defer func() { err = errors.Join(err, rows.Close()) }()
	buffer := make([]parquet.Row, 256)
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			if err := use(row); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}
