package journal

import (
	"context"
	"fmt"

	"github.com/rapporthq/rapport/internal/person"
)

// reader reads an Embedded journal.
type reader struct {
	e      *Embedded
	want   partitions
	from   Positions // next offset of each partition that is wanted
	seq    uint64    // next frame
	trims  int       // trims that from has been checked against
	frames []*frame  // read and not yet handed out: the first from record at
	at     int
	closed bool
}

// readAhead is how much is read from disk at once, in bytes before compression.
const readAhead = 2 << 20

// NewReader implements Journal.
func (e *Embedded) NewReader(list []person.Partition, from Positions) (Reader, error) {
	done, err := e.use()
	if err != nil {
		return nil, err
	}
	defer done()
	r := &reader{e: e, want: setOf(list), from: from.start()}
	for {
		b := e.tail.bounds()
		if err := r.want.check(&r.from, &b.floor, &b.end); err != nil {
			return nil, err
		}
		r.trims = b.trims
		if r.seq = b.next; reached(&b.end, &r.want, &r.from) {
			return r, nil
		}
		r.seq, _, err = e.seek(b, &r.want, &r.from)
		if e.tail.bounds().trims != b.trims {
			continue // what was being looked at may be gone
		}
		if err != nil {
			return nil, fmt.Errorf("find where to read: %w", err)
		}
		return r, nil
	}
}

// Next implements Reader.
func (r *reader) Next(ctx context.Context, max int) ([]Record, error) {
	return await(ctx, max, r.read)
}

// Poll implements Reader.
func (r *reader) Poll(max int) ([]Record, error) {
	records, _, err := r.read(max)
	return records, err
}

// Close implements Reader.
func (r *reader) Close() error {
	r.closed = true
	r.frames = nil
	return nil
}

// read returns what is there or, if nothing is, a channel that is closed when
// that may have changed.
func (r *reader) read(limit int) ([]Record, <-chan struct{}, error) {
	if r.closed {
		return nil, nil, ErrClosed
	}
	if limit <= 0 {
		limit = defaultBatch
	}
	done, err := r.e.use()
	if err != nil {
		return nil, nil, err
	}
	defer done()
	if err := r.checkTrimmed(); err != nil {
		return nil, nil, err
	}
	var records []Record
	for {
		records = r.handOut(records, limit)
		if len(records) == limit {
			return records, nil, nil
		}
		more, changed, err := r.advance(len(records) > 0)
		switch {
		case len(records) > 0 && (err != nil || !more):
			return records, nil, nil // an error comes again at the next call
		case err != nil || !more:
			return nil, changed, err
		}
	}
}

// checkTrimmed fails if a record that is wanted is no longer held.
func (r *reader) checkTrimmed() error {
	b := r.e.tail.bounds()
	if b.trims == r.trims {
		return nil
	}
	if err := r.want.check(&r.from, &b.floor, &b.end); err != nil {
		return err
	}
	r.trims = b.trims
	r.seq = max(r.seq, b.first)
	return nil
}

// handOut moves records from the frames to out, up to limit in all.
func (r *reader) handOut(out []Record, limit int) []Record {
	for len(r.frames) > 0 {
		f := r.frames[0]
		if out == nil {
			out = make([]Record, 0, min(limit, len(f.records)-r.at))
		}
		for ; r.at < len(f.records); r.at++ {
			rec := f.records[r.at]
			if !r.want[rec.Partition] || rec.Offset < r.from[rec.Partition] {
				continue
			}
			if len(out) == limit {
				return out
			}
			out = append(out, rec)
			r.from[rec.Partition] = rec.Offset + 1
		}
		r.frames, r.at = r.frames[1:], 0
	}
	return out
}

// advance takes the next frame from memory or, unless memoryOnly, frames from
// disk, and reports whether it did. At the end of the journal it returns a
// channel that is closed when there is more.
func (r *reader) advance(memoryOnly bool) (more bool, changed <-chan struct{}, err error) {
	f, changed := r.e.tail.frame(r.seq)
	switch {
	case f != nil:
		r.seq++
		if has(f.spans, &r.want, &r.from) {
			r.frames = append(r.frames, f)
		}
		return true, nil, nil
	case changed != nil || memoryOnly:
		return false, changed, nil
	}
	return true, nil, r.load()
}

// load reads frames from disk: readAhead or a little more, and at least one.
func (r *reader) load() error {
	weight := 0
	err := r.e.scan(r.seq, r.e.tail.bounds().next, func(h header) error {
		if has(h.spans, &r.want, &r.from) {
			f, err := h.decode(&r.want, &r.from)
			if err != nil {
				return err
			}
			r.frames = append(r.frames, f)
			weight += h.weight
		}
		r.seq = h.seq + 1
		if weight >= readAhead {
			return errStop
		}
		return nil
	})
	if err == nil {
		return nil
	}
	if len(r.frames) > 0 || r.e.tail.bounds().trims != r.trims {
		// What came before the error is good, or a Trim took what was being read;
		// if neither, the error comes again.
		return r.checkTrimmed()
	}
	return fmt.Errorf("read journal in %s: %w", r.e.dir, err)
}
