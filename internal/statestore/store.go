// Package statestore keeps what the fold makes of the journal: people, their
// timelines, timers, outbox and the journal position they stand at, in one
// Pebble without a write-ahead log. The journal is the truth: after a crash the
// store is a little behind, consistent, and the fold goes on from its position.
//
// A Batch commits state and position together. The writes of one partition come
// from one goroutine; reads are safe from any.
package statestore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/fxamacker/cbor/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Options tell Open how to keep the state.
type Options struct {
	// Workspace is the workspace whose state this is. Defaults to 0.
	Workspace person.Workspace

	// FS is where the files live. Defaults to the operating system's.
	FS vfs.FS

	// CacheBytes bounds the block cache. Defaults to 64 MiB.
	CacheBytes int64

	// MemTableBytes is how much may be lost from memory and folded again after a
	// crash, several times over while the disk is behind. Defaults to 32 MiB.
	MemTableBytes uint64

	// GarbageAge is how old a file of values must be before it is written again
	// without those that are out of date. Defaults to a minute.
	GarbageAge time.Duration

	// Logger hears of trouble. Defaults to silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 64 << 20
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = 32 << 20
	}
	if o.GarbageAge == 0 {
		o.GarbageAge = time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Store is the state of one workspace.
type Store struct {
	opts  Options
	db    backend
	codec *profile.Codec
	enc   cbor.EncMode
	rooms sync.Pool

	purging *atomic.Bool // see Purge
}

// Open opens the store at dir, making it if there is none. The caller must
// Close it.
func Open(dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	cache := pebble.NewCache(opts.CacheBytes)
	defer cache.Unref()
	purging := &atomic.Bool{}
	po := opts.pebble(purging)
	po.Cache = cache
	db, err := pebble.Open(dir, po)
	if err != nil {
		return nil, fmt.Errorf("open state store %s: %w", dir, err)
	}
	return newStore(opts, onDisk{db}, purging)
}

func newStore(opts Options, db backend, purging *atomic.Bool) (*Store, error) {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{opts: opts, db: db, codec: profile.NewCodec(), enc: enc, purging: purging}, nil
}

// Close flushes what is in memory and closes the store.
func (s *Store) Close() error {
	return errors.Join(s.Flush(), s.db.Close())
}

// Flush makes everything committed so far survive a crash.
func (s *Store) Flush() error {
	if err := s.db.Flush(); err != nil {
		return fmt.Errorf("flush state store: %w", err)
	}
	return nil
}

// Checkpoint writes a copy of the store to dir, which must not exist, by hard
// links where it can. It holds everything committed before the call.
func (s *Store) Checkpoint(dir string) error {
	if err := s.Flush(); err != nil {
		return err
	}
	if err := s.db.Checkpoint(dir); err != nil {
		return fmt.Errorf("checkpoint state store to %s: %w", dir, err)
	}
	return nil
}

// Hash is the hex SHA-256 of the whole state, in key order: two stores that
// folded the same journal to the same positions have the same.
func (s *Store) Hash(ctx context.Context) (string, error) {
	snap := s.db.NewSnapshot()
	defer func() { _ = snap.Close() }()
	it, err := snap.NewIter(nil, nil)
	if err != nil {
		return "", fmt.Errorf("hash state: %w", err)
	}
	h := sha256.New()
	var n [8]byte
	for it.First(); it.Valid(); it.Next() {
		k := it.Key()
		if len(k) >= prefixLen && (k[prefixLen-1] == tableLocal || k[prefixLen-1] == tableNote) {
			continue
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return "", errors.Join(fmt.Errorf("hash state: %w", err), it.Close())
		}
		binary.BigEndian.PutUint32(n[:4], uint32(len(k)))
		binary.BigEndian.PutUint32(n[4:], uint32(len(v)))
		h.Write(n[:])
		h.Write(k)
		h.Write(v)
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return "", fmt.Errorf("hash state: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Partition is what the fold of one partition knows besides its people.
type Partition struct {
	Next       uint64             `cbor:"1,keyasint"`           // offset of the next record to apply
	Time       event.Instant      `cbor:"2,keyasint,omitempty"` // partition time
	Seq        uint64             `cbor:"3,keyasint,omitempty"` // last sequence emitted
	Definition string             `cbor:"4,keyasint,omitempty"` // hash in force
	Settings   event.SettingsBody `cbor:"5,keyasint"`
	Sweeping   bool               `cbor:"6,keyasint,omitempty"`
	SweepAfter person.ID          `cbor:"7,keyasint"`            // the last person swept
	Events     uint64             `cbor:"8,keyasint,omitempty"`  // of people, applied so far
	Duplicates uint64             `cbor:"9,keyasint,omitempty"`  // recognised and left out
	People     int64              `cbor:"10,keyasint,omitempty"` // records that are people, not forwards
	Catalogue  string             `cbor:"20,keyasint,omitempty"` // hash in force; empty: there is none

	Posterior string `cbor:"53,keyasint,omitempty"` // hash of what was learned from outcomes and is in force

	SweepSince event.Instant `cbor:"35,keyasint,omitempty"` // partition time when the sweep that goes on began
	SweepRules bool          `cbor:"36,keyasint,omitempty"` // it may change stages and segments

	Model       string `cbor:"50,keyasint,omitempty"` // hash of the state model in force; empty: there is none
	ModelNumber uint64 `cbor:"51,keyasint,omitempty"` // how many came into force, with it
}

// Swept is the share of the partition's people whom the sweep has come to. Ids
// are hashes, spread evenly behind the byte that is the partition.
func (p *Partition) Swept() float64 {
	if !p.Sweeping {
		return 1
	}
	return float64(binary.BigEndian.Uint64(p.SweepAfter[1:9])>>11) / (1 << 53)
}

// Partition returns the state of partition p; its zero value before anything
// was applied.
func (s *Store) Partition(p person.Partition) (Partition, error) {
	var out Partition
	_, err := s.get(s.db, s.key(p, tablePartition), func(v []byte) error { return cbor.Unmarshal(v, &out) })
	if err != nil {
		return Partition{}, fmt.Errorf("partition %d: %w", p, err)
	}
	if out.Next == 0 {
		out.Next = 1
	}
	return out, nil
}

// Seen returns, by sending partition, the last sequence that partition p has
// applied.
func (s *Store) Seen(p person.Partition) (map[person.Partition]uint64, error) {
	out := map[person.Partition]uint64{}
	err := s.scan(s.db, s.key(p, tableSeen), func(rest, v []byte) (bool, error) {
		seq, n := binary.Uvarint(v)
		if len(rest) != 1 || n <= 0 {
			return false, fmt.Errorf("partition %d: sequence table is damaged", p)
		}
		out[person.Partition(rest[0])] = seq
		return true, nil
	})
	return out, err
}

// Record returns the record under id, which may be a forward; nil if there is
// none. The caller owns it.
func (s *Store) Record(id person.ID) (*profile.Person, error) {
	var p *profile.Person
	_, err := s.get(s.db, s.personKey(tablePerson, id), func(v []byte) (err error) {
		p, err = s.codec.Decode(v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("person %s: %w", id, err)
	}
	return p, nil
}

// Records calls use with the id and the stored form of each record of partition
// p, forwards included. The form is only valid during the call; Decode reads it.
func (s *Store) Records(p person.Partition, use func(id person.ID, encoded []byte)) error {
	return s.scan(s.db, s.key(p, tablePerson), func(rest, v []byte) (bool, error) {
		var id person.ID
		if len(rest) != len(id) {
			return false, fmt.Errorf("partition %d: the table of people is damaged", p)
		}
		copy(id[:], rest)
		use(id, v)
		return true, nil
	})
}

// Decode reads the stored form of a person. The caller owns what it returns, and
// encoded.
func (s *Store) Decode(encoded []byte) (*profile.Person, error) { return s.codec.Decode(encoded) }

func (s *Store) get(from reader, key []byte, use func(v []byte) error) (bool, error) {
	return from.Get(key, use)
}

// scan calls use with what follows prefix in each key that begins with it, in
// order, until use returns false. The slices are only valid during the call.
func (s *Store) scan(from reader, prefix []byte, use func(rest, v []byte) (bool, error)) error {
	return s.scanRange(from, prefix, prefix, after(prefix), use)
}

func (s *Store) scanRange(from reader, prefix, lower, upper []byte, use func(rest, v []byte) (bool, error)) error {
	it, err := from.NewIter(lower, upper)
	if err != nil {
		return fmt.Errorf("scan state: %w", err)
	}
	for it.First(); it.Valid(); it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return errors.Join(fmt.Errorf("scan state: %w", err), it.Close())
		}
		more, err := use(it.Key()[len(prefix):], v)
		if err != nil {
			return errors.Join(err, it.Close())
		}
		if !more {
			break
		}
	}
	return errors.Join(it.Error(), it.Close())
}
