package statestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/rapporthq/rapport/internal/person"
)

// Rows calls use with every row as it is stored, local ones too, in key order. It
// is for those who look for what must not be there. The bytes are valid until use
// returns.
func (s *Store) Rows(ctx context.Context, use func(key, value []byte) error) error {
	it, err := s.db.NewIter(nil, nil)
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	for it.First(); it.Valid() && err == nil; it.Next() {
		var v []byte
		if v, err = it.ValueAndErr(); err == nil {
			err = errors.Join(use(it.Key(), v), ctx.Err())
		}
	}
	if err = errors.Join(err, it.Error(), it.Close()); err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	return nil
}

// Purge takes what was deleted of the given records off the disk, which else
// happens when their tables are compacted some day. It has the tables written anew
// that hold their keys. Values lie in files of their own: until EndPurge those too
// are written anew of which any part is out of date, one after the other, once they
// are of Options.GarbageAge.
func (s *Store) Purge(ctx context.Context, records []person.ID) error {
	homes := map[person.Partition]bool{0: true} // where dead letters are
	for _, id := range records {
		homes[id.Home()] = true
	}
	for p := range homes {
		from := s.key(p, 0)[:prefixLen-1]
		if err := s.db.Compact(ctx, from, after(from)); err != nil {
			return fmt.Errorf("purge state: %w", err)
		}
	}
	s.purging.Store(true)
	return s.Flush() // after which the engine looks for work
}

// EndPurge bears with garbage again.
func (s *Store) EndPurge() { s.purging.Store(false) }
