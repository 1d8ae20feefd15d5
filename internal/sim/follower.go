package sim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/statestore"
)

// follower reads the rehearsal's journal behind the processor, digests it,
// copies it to where it is to stay, checks it, and lets go of it.
type follower struct {
	from    *journal.Memory
	to      journal.Journal // nil: nowhere
	reader  journal.Reader
	digest  hash.Hash
	records int
	checker *Checker // nil: unchecked
}

func newFollower(ctx context.Context, from *journal.Memory, o RehearseOptions) (*follower, error) {
	f := &follower{from: from, to: o.Journal, digest: sha256.New()}
	if o.Check {
		f.checker = NewChecker(from.Body)
	}
	if f.to != nil {
		for p, next := range f.to.End() {
			if next > 1 {
				return nil, fmt.Errorf("the journal is not empty: partition %d holds %d records", p, next-1)
			}
		}
		if _, err := f.to.PutBody(ctx, o.Definitions); err != nil {
			return nil, fmt.Errorf("keep definitions: %w", err)
		}
	}
	var err error
	f.reader, err = from.NewReader(journal.All(), journal.Positions{})
	return f, err
}

// day takes in what was appended since the last call. The processor has read it.
func (f *follower) day(ctx context.Context, s *statestore.Store) error {
	const stretch = 8192
	for {
		records, err := f.reader.Poll(stretch)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			break
		}
		f.records += len(records)
		entries := make([]journal.Entry, len(records))
		var head [17]byte
		for i, r := range records {
			head[0] = byte(r.Partition)
			binary.BigEndian.PutUint64(head[1:], uint64(r.Offset))
			binary.BigEndian.PutUint64(head[9:], uint64(len(r.Data)))
			f.digest.Write(head[:])
			f.digest.Write(r.Data)
			entries[i] = journal.Entry{Partition: r.Partition, Data: r.Data}
		}
		if f.to != nil {
			if err := f.bodies(ctx, records); err != nil {
				return err
			}
			if _, err := f.to.Append(ctx, entries); err != nil {
				return fmt.Errorf("copy journal: %w", err)
			}
		}
		if f.checker != nil {
			if err := f.checker.Records(ctx, records); err != nil {
				return err
			}
		}
	}
	if f.checker != nil {
		if err := f.checker.People(ctx, s); err != nil {
			return err
		}
	}
	return f.from.Trim(ctx, f.from.End())
}

// bodies copies what records of partition 0 point to.
func (f *follower) bodies(ctx context.Context, records []journal.Record) error {
	for _, r := range records {
		if r.Partition != 0 {
			continue
		}
		e, err := event.Decode(r.Data)
		if err != nil || e.Kind != event.Posterior {
			continue // what cannot be read the fold has refused
		}
		about, err := event.Unpack[event.PosteriorBody](e)
		if err != nil {
			return err
		}
		body, err := f.from.Body(ctx, about.Hash)
		if err == nil {
			_, err = f.to.PutBody(ctx, body)
		}
		if err != nil {
			return fmt.Errorf("copy what was learned: %w", err)
		}
	}
	return nil
}

func (f *follower) sum() string { return hex.EncodeToString(f.digest.Sum(nil)) }
