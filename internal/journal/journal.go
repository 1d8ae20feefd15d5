// Package journal is the ordered, durable log that everything else is a fold of.
// It keeps opaque records in a fixed number of partitions; order is promised
// within a partition, and between the records of one Append.
//
// There are two implementations: Memory, for tests and rehearsal, and Embedded,
// on Pebble. Both pass package journaltest. A third, on Kafka, will.
package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Offset is the place of a record within its partition. The first is 1, and
// there are no gaps.
type Offset uint64

// Positions holds, for each partition, the offset of the next record to read.
// The zero value, like all ones, means from the beginning.
type Positions [person.Partitions]Offset

// Entry is a record to be appended.
type Entry struct {
	Partition person.Partition
	Data      []byte // opaque here; not changed or kept by the journal after Append returns
}

// Record is an entry with the place that it was given.
type Record struct {
	Partition person.Partition
	Offset    Offset

	// Data is shared: the reader must not change it, and may keep it. Records
	// that were written together may share memory, so keeping one small record
	// for long can keep a megabyte alive; copy what must last.
	Data []byte
}

// Errors that callers match.
var (
	ErrClosed  = errors.New("journal is closed")
	ErrTrimmed = errors.New("journal no longer holds records that old")
	ErrAhead   = errors.New("journal ends before that position")
	ErrNoBody  = errors.New("journal holds no such body")
	ErrCorrupt = errors.New("journal is damaged")
)

// MaxAppend is the most that one Append may hold and the most that one body may
// weigh, in bytes. Each entry counts its data and EntryCost.
const MaxAppend = 64 << 20

// EntryCost is what an entry counts towards MaxAppend beside its data, in bytes.
const EntryCost = 16

// Journal is an ordered, durable log. All methods are safe for concurrent use.
type Journal interface {
	// Append makes entries durable, all or none, and returns their offsets in the
	// order given. When it returns nil the entries survive the loss of power;
	// concurrent calls share the cost of that. If it returns an error the entries
	// may or may not be there: the caller appends again and readers de-duplicate.
	// Readers see nothing that is not yet durable. More than MaxAppend is refused
	// with fault.TooLarge.
	Append(ctx context.Context, entries []Entry) ([]Offset, error)

	// NewReader reads the given partitions from the given positions, in the order
	// in which records were appended. It returns ErrTrimmed when a position is no
	// longer held, and ErrAhead when a position is past the end: whoever asks has
	// read records that this journal has lost. The caller must Close the reader.
	NewReader(partitions []person.Partition, from Positions) (Reader, error)

	// Begin returns the positions of the oldest record of each partition that is
	// held; where none is, End's.
	Begin() Positions

	// End returns the positions after the last durable record of each partition.
	End() Positions

	// Mark notes that what is durable now was appended by the time at. Marks are
	// made in the order of time.
	Mark(ctx context.Context, at time.Time) error

	// Marked returns the positions of the latest Mark that is not after at, before
	// which everything was appended by then. Without one it returns Begin.
	Marked(ctx context.Context, at time.Time) (Positions, error)

	// PutBody keeps body for ever under the hex SHA-256 that it returns; the body
	// is durable on return. Bodies are what definition events point to.
	PutBody(ctx context.Context, body []byte) (hash string, err error)

	// Body returns the body with that hash, or ErrNoBody. The caller may change it.
	Body(ctx context.Context, hash string) ([]byte, error)

	// Trim lets go of records before the given positions, for good: readers that
	// ask for them, and open readers that have not yet read them, get ErrTrimmed.
	// It never removes a record at or after the positions; a position past the end
	// means the end. Once no record of those that were written together is held,
	// nothing of them is left on the disk.
	Trim(ctx context.Context, before Positions) error

	io.Closer
}

// Reader is a position in the journal that moves forward. It is used by one
// goroutine at a time.
type Reader interface {
	// Next waits for records and returns between 1 and max of them (max 0: a
	// sensible batch). It returns ctx's error when ctx ends first, and ErrClosed
	// after the journal was closed. The slice is the caller's.
	Next(ctx context.Context, max int) ([]Record, error)

	// Poll is Next without waiting: it returns no records at the journal's end.
	Poll(max int) ([]Record, error)

	io.Closer
}

// All returns every partition, for readers of the whole journal.
func All() []person.Partition {
	all := make([]person.Partition, person.Partitions)
	for i := range all {
		all[i] = person.Partition(i)
	}
	return all
}

// start returns p with the beginning written as 1.
func (p Positions) start() Positions {
	for i := range p {
		p[i] = max(p[i], 1)
	}
	return p
}

// partitions is a set of partitions.
type partitions [person.Partitions]bool

func setOf(list []person.Partition) partitions {
	var set partitions
	for _, p := range list {
		set[p] = true
	}
	return set
}

// check says whether set can be read from the given positions, when the journal
// holds records from floor to before end.
func (set *partitions) check(from, floor, end *Positions) error {
	for p, wanted := range set {
		switch {
		case !wanted:
		case from[p] < floor[p]:
			return fmt.Errorf("read partition %d from offset %d: %w: the oldest is %d", p, from[p], ErrTrimmed, floor[p])
		case from[p] > end[p]:
			return fmt.Errorf("read partition %d from offset %d: %w: the next to be written is %d; "+
				"what was read before is not in this journal, so rebuild from it or restore the journal it came from",
				p, from[p], ErrAhead, end[p])
		}
	}
	return nil
}

// sizeOf returns what entries count towards MaxAppend, and refuses too much.
func sizeOf(entries []Entry) (int, error) {
	size := 0
	for _, e := range entries {
		size += len(e.Data) + EntryCost
	}
	if size > MaxAppend {
		return 0, fault.New(fault.TooLarge,
			"append of %d records weighs %d bytes; the limit is %d (each record counts its data and %d): append it in parts",
			len(entries), size, MaxAppend, EntryCost)
	}
	return size, nil
}

func checkBody(body []byte) error {
	if len(body) > MaxAppend {
		return fault.New(fault.TooLarge, "body weighs %d bytes; the limit is %d: split it", len(body), MaxAppend)
	}
	return nil
}
