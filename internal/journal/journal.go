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
	"io"

	"github.com/rapporthq/rapport/internal/person"
)

// Offset is the place of a record within its partition. The first is 1.
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
	Data      []byte // shared: the reader must not change it, and may keep it
}

// Errors that callers match.
var (
	ErrClosed  = errors.New("journal is closed")
	ErrTrimmed = errors.New("journal no longer holds records that old")
	ErrNoBody  = errors.New("journal holds no such body")
)

// Journal is an ordered, durable log. All methods are safe for concurrent use.
type Journal interface {
	// Append makes entries durable, all or none, and returns their offsets in the
	// order given. When it returns nil the entries survive the loss of power;
	// concurrent calls share the cost of that. If it returns an error the entries
	// may or may not be there: the caller appends again and readers de-duplicate.
	// Readers see nothing that is not yet durable.
	Append(ctx context.Context, entries []Entry) ([]Offset, error)

	// NewReader reads the given partitions from the given positions, in the order
	// in which records were appended. It returns ErrTrimmed when a position is no
	// longer held. The caller must Close it.
	NewReader(partitions []person.Partition, from Positions) (Reader, error)

	// End returns the positions after the last durable record of each partition.
	End() Positions

	// PutBody keeps body for ever under the hex SHA-256 that it returns; the body
	// is durable on return. Bodies are what definition events point to.
	PutBody(ctx context.Context, body []byte) (hash string, err error)

	// Body returns the body with that hash, or ErrNoBody.
	Body(ctx context.Context, hash string) ([]byte, error)

	// Trim lets go of records before the given positions, as far as that can be
	// done cheaply. It never removes a record at or after them.
	Trim(ctx context.Context, before Positions) error

	io.Closer
}

// Reader is a position in the journal that moves forward. It is used by one
// goroutine at a time.
type Reader interface {
	// Next waits for records and returns between 1 and max of them (max 0: a
	// sensible batch). It returns ctx's error when ctx ends first, and ErrClosed
	// after the journal was closed.
	Next(ctx context.Context, max int) ([]Record, error)

	// Poll is Next without waiting: it returns no records at the journal's end.
	Poll(max int) ([]Record, error)

	io.Closer
}
