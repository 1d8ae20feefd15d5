package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/rapporthq/rapport/internal/event"
)

const (
	joinNew  = 12      // new files that are joined into files by month
	joinSame = 8       // files of a month, and of about one size, that become one
	joinRows = 4 << 20 // rows: files of more are left as they are
)

// Join joins files into fewer, as far as that is due, and reports whether it did.
// It may run beside Step.
func (a *Archive) Join(ctx context.Context) (bool, error) {
	a.rewriting.Lock()
	defer a.rewriting.Unlock()
	a.mu.Lock()
	job := dueJob(a.mu.m.Files)
	for _, f := range job {
		a.mu.leased[f.Name]++ // nobody else removes them
	}
	a.mu.Unlock()
	if len(job) == 0 {
		return false, nil
	}
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, f := range job {
			if a.mu.leased[f.Name]--; a.mu.leased[f.Name] <= 0 {
				delete(a.mu.leased, f.Name)
			}
		}
		_ = a.removeDoomedLocked() // the next change tries again
	}()
	made, err := a.join(ctx, job)
	if err != nil {
		return false, err
	}
	return true, a.change(func(m *Manifest) error {
		m.Files = slices.DeleteFunc(m.Files, func(f FileInfo) bool {
			return slices.ContainsFunc(job, func(j FileInfo) bool { return j.Name == f.Name })
		})
		m.Files = append(m.Files, made...)
		return nil
	})
}

// dueJob returns files of one table that are to be joined.
func dueJob(files []FileInfo) []FileInfo {
	type key struct {
		table, month string
		size         int // of about so many rows: eight times as many make the next
	}
	alike := map[key][]FileInfo{}
	for _, f := range files {
		k := key{table: f.Table}
		switch {
		case f.Table == tablePeople || f.Table == tableRecords || f.Rows > joinRows:
			continue
		case !strings.Contains(f.Name, "/new/"):
			k.month, k.size = f.Month, 1+bits.Len64(uint64(max(f.Rows, 1<<9)>>9))/3 //nolint:gosec // not negative
		}
		alike[k] = append(alike[k], f)
	}
	var due []FileInfo
	for k, list := range alike {
		least := joinSame
		if k.size == 0 {
			least = joinNew
		}
		if len(list) < least {
			continue
		}
		slices.SortFunc(list, func(x, y FileInfo) int { return cmp.Compare(x.From, y.From) })
		rows, n := int64(0), 0
		for n < len(list) && (n < 2 || rows+list[n].Rows <= joinRows) {
			rows += list[n].Rows
			n++
		}
		if due == nil || list[0].From < due[0].From { // the oldest first
			due = list[:n]
		}
	}
	return due
}

// join writes what files hold into one file for each month.
func (a *Archive) join(ctx context.Context, files []FileInfo) (made []FileInfo, err error) {
	groups := map[string][]parquet.RowGroup{}
	from := map[string][]FileInfo{}
	for _, info := range files {
		f, err := a.opts.Files.Open(info.Name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // it was only read
		p, err := parquet.OpenFile(f, f.Size())
		if err != nil {
			return nil, fmt.Errorf("archive: %s: %w", info.Name, err)
		}
		for _, g := range p.RowGroups() {
			key, err := monthOf(p, g)
			if err != nil {
				return nil, fmt.Errorf("archive: %s: %w", info.Name, err)
			}
			groups[key] = append(groups[key], g)
			if list := from[key]; len(list) == 0 || list[len(list)-1].Name != info.Name {
				from[key] = append(from[key], info)
			}
		}
	}
	for key, list := range groups {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		info, err := a.joinMonth(key, list, from[key])
		if err != nil {
			return nil, err
		}
		made = append(made, info)
	}
	return made, nil
}

func (a *Archive) joinMonth(key string, groups []parquet.RowGroup, from []FileInfo) (FileInfo, error) {
	out := FileInfo{Table: from[0].Table, Month: key, From: from[0].From, To: from[0].To}
	for _, f := range from {
		out.From, out.To = min(out.From, f.From), max(out.To, f.To)
	}
	out.Name = fmt.Sprintf("%s/month=%s/%012d-%012d.parquet", out.Table, key, out.From, out.To)
	err := a.opts.Files.Write(out.Name, func(w io.Writer) error {
		c := &counter{w: w}
		pw := parquet.NewWriter(c, options(groups[0].Schema())...)
		for len(groups) > 0 {
			n, rows := 1, groups[0].NumRows()
			for n < len(groups) && rows+groups[n].NumRows() <= maxGroup {
				rows += groups[n].NumRows()
				n++
			}
			one := groups[0]
			if n > 1 {
				one = parquet.MultiRowGroup(groups[:n]...)
			}
			if _, err := pw.WriteRowGroup(one); err != nil {
				return err
			}
			if err := pw.Flush(); err != nil {
				return err
			}
			for _, g := range groups[:n] {
				first, last, err := timesOf(g)
				if err != nil {
					return err
				}
				if out.Rows == 0 || first < out.First {
					out.First = first
				}
				out.Last = max(out.Last, last)
				out.Rows += g.NumRows()
			}
			groups = groups[n:]
		}
		err := pw.Close()
		out.Bytes = c.n
		return err
	})
	return out, err
}

// monthOf is the month of a row group: it has only rows of one.
func monthOf(_ *parquet.File, g parquet.RowGroup) (string, error) {
	first, _, err := timesOf(g)
	return month(int64(first)), err
}

// timesOf returns the earliest and the latest time of a row group.
func timesOf(g parquet.RowGroup) (first, last event.Instant, err error) {
	leaf, ok := g.Schema().Lookup("time")
	if !ok {
		return 0, 0, errors.New("has no column time")
	}
	index, err := g.ColumnChunks()[leaf.ColumnIndex].ColumnIndex()
	if err != nil {
		return 0, 0, err
	}
	for i := range index.NumPages() {
		lo, hi := event.Instant(index.MinValue(i).Int64()), event.Instant(index.MaxValue(i).Int64())
		if i == 0 {
			first, last = lo, hi
		}
		first, last = min(first, lo), max(last, hi)
	}
	return first, last, nil
}
