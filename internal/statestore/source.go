package statestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// The table of sources has rows of five sorts, told by the byte after the
// table's own. All but the counts by hour are in partition 0, where the events
// that make them are.
const (
	sourceList   = 'k' // the list of sources
	sourceLetter = 'l' // number: an event.Letter
	sourceIndex  = 'i' // source, 0, number: the size of that dead letter
	sourceSum    = 's' // source, or nothing for all of them: event.LetterSum
	sourceHour   = 'h' // source, 0, hour (4 bytes): event.Tally
)

// Hour numbers the hours since 1970.
type Hour uint32

// HourOf returns the hour of t in UTC.
func HourOf(t event.Instant) Hour {
	const hour = 60 * 60 * 1_000_000
	return Hour(max(int64(t)/hour, 0)) //nolint:gosec // an instant has fewer hours than that
}

// Start returns when h begins.
func (h Hour) Start() event.Instant { return event.Instant(h) * 60 * 60 * 1_000_000 }

func (s *Store) sourceKey(p person.Partition, sort byte) []byte {
	return append(s.key(p, tableSource), sort)
}

func (s *Store) letterKey(number uint64) []byte {
	return binary.BigEndian.AppendUint64(s.sourceKey(0, sourceLetter), number)
}

func (s *Store) letterIndex(source string) []byte {
	return append(append(s.sourceKey(0, sourceIndex), source...), 0)
}

func (s *Store) tallyKey(p person.Partition, h Hour, source string) []byte {
	return binary.BigEndian.AppendUint32(s.talliesKey(p, source), uint32(h))
}

func (s *Store) talliesKey(p person.Partition, source string) []byte {
	return append(append(s.sourceKey(p, sourceHour), source...), 0)
}

func (b *Batch) put(key []byte, v any) error {
	encoded, err := b.s.enc.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %T: %w", v, err)
	}
	b.set(key, encoded)
	return nil
}

// fetch decodes the row under key into v, which stays as it is if there is none.
func (s *Store) fetch(key []byte, v any) (bool, error) {
	return s.get(s.db, key, func(b []byte) error { return cbor.Unmarshal(b, v) })
}

// PutSources stores the list of sources.
func (b *Batch) PutSources(list event.SourcesBody) error {
	return b.put(b.s.sourceKey(0, sourceList), list)
}

// Sources returns the list of sources as folded so far.
func (s *Store) Sources() (list event.SourcesBody, err error) {
	_, err = s.fetch(s.sourceKey(0, sourceList), &list)
	return list, err
}

// PutLetter stores a dead letter, new or changed.
func (b *Batch) PutLetter(l *event.Letter) error {
	index := binary.BigEndian.AppendUint64(b.s.letterIndex(l.Source), l.Number)
	b.set(index, binary.AppendUvarint(nil, LetterSize(l)))
	return b.put(b.s.letterKey(l.Number), l)
}

// LetterSize is what a dead letter counts towards the limit of bytes.
func LetterSize(l *event.Letter) uint64 {
	return uint64(len(l.Raw) + len(l.Shared) + len(l.Message) + len(l.Path) + len(l.Field) + 64)
}

// DeleteLetter lets go of a dead letter.
func (b *Batch) DeleteLetter(l *event.Letter) {
	b.delete(b.s.letterKey(l.Number))
	b.delete(binary.BigEndian.AppendUint64(b.s.letterIndex(l.Source), l.Number))
}

// Letter returns the dead letter of that number.
func (s *Store) Letter(number uint64) (l event.Letter, found bool, err error) {
	found, err = s.fetch(s.letterKey(number), &l)
	return l, found, err
}

// OldestLetters calls use with dead letters, those of one source or of all
// (empty), oldest first, until it returns false.
func (s *Store) OldestLetters(source string, use func(event.Letter) bool) error {
	if source == "" {
		return s.scan(s.db, s.sourceKey(0, sourceLetter), func(_, v []byte) (bool, error) {
			var l event.Letter
			err := cbor.Unmarshal(v, &l)
			return err == nil && use(l), err
		})
	}
	return s.scan(s.db, s.letterIndex(source), func(rest, _ []byte) (bool, error) {
		l, found, err := s.Letter(binary.BigEndian.Uint64(rest))
		if err == nil && !found {
			err = errors.New("index of dead letters is damaged")
		}
		return err == nil && use(l), err
	})
}

// NewestLetters calls use with dead letters, those of one source or of all
// (empty), newest first and numbered below before (0: all), until it returns
// false.
func (s *Store) NewestLetters(source string, before uint64, use func(event.Letter) bool) error {
	prefix := s.sourceKey(0, sourceLetter)
	if source != "" {
		prefix = s.letterIndex(source)
	}
	upper := after(prefix)
	if before > 0 {
		upper = binary.BigEndian.AppendUint64(bytes.Clone(prefix), before)
	}
	it, err := s.db.NewIter(prefix, upper)
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	for it.Last(); it.Valid(); it.Prev() {
		number := binary.BigEndian.Uint64(it.Key()[len(prefix):])
		l, found, err := s.Letter(number)
		if err != nil {
			return errors.Join(fmt.Errorf("dead letter %d: %w", number, err), it.Close())
		}
		if found && !use(l) { // not found: let go of since the iterator was made
			break
		}
	}
	return errors.Join(it.Error(), it.Close())
}

// PutLetterSum stores the counts of a source's dead letters; those of all under
// the empty source.
func (b *Batch) PutLetterSum(source string, sum event.LetterSum) error {
	return b.put(append(b.s.sourceKey(0, sourceSum), source...), sum)
}

// LetterSum returns the counts of a source's dead letters; empty for all.
func (s *Store) LetterSum(source string) (sum event.LetterSum, err error) {
	_, err = s.fetch(append(s.sourceKey(0, sourceSum), source...), &sum)
	return sum, err
}

// PutTally stores what arrived of a source in partition p within an hour.
func (b *Batch) PutTally(p person.Partition, h Hour, source string, t event.Tally) error {
	return b.put(b.s.tallyKey(p, h, source), t)
}

// Tally returns what arrived of a source in partition p within an hour.
func (s *Store) Tally(p person.Partition, h Hour, source string) (t event.Tally, err error) {
	_, err = s.fetch(s.tallyKey(p, h, source), &t)
	return t, err
}

// ForgetTallies forgets what arrived in partition p before an hour, as far as it
// is committed.
func (b *Batch) ForgetTallies(p person.Partition, before Hour) error {
	prefix := b.s.sourceKey(p, sourceHour)
	return b.s.scan(b.s.db, prefix, func(rest, _ []byte) (bool, error) {
		h, err := tallyHour(rest)
		if err == nil && h < before {
			b.delete(append(bytes.Clone(prefix), rest...))
		}
		return err == nil, err
	})
}

// tallyHour reads the hour at the end of a key.
func tallyHour(rest []byte) (Hour, error) {
	if len(rest) < 4 {
		return 0, errors.New("table of sources is damaged")
	}
	return Hour(binary.BigEndian.Uint32(rest[len(rest)-4:])), nil
}

// Tallies calls use with what each partition holds of a source by hour, with
// when the hour began, from the hour of the given instant on.
func (s *Store) Tallies(source string, since event.Instant, use func(hour event.Instant, t event.Tally)) error {
	for n := range person.Partitions {
		p := person.Partition(n)
		prefix := s.talliesKey(p, source)
		err := s.scanRange(s.db, prefix, s.tallyKey(p, HourOf(since), source), after(prefix), func(rest, v []byte) (bool, error) {
			var t event.Tally
			h, err := tallyHour(rest)
			if err == nil {
				err = cbor.Unmarshal(v, &t)
			}
			if err == nil {
				use(h.Start(), t)
			}
			return err == nil, err
		})
		if err != nil {
			return fmt.Errorf("what arrived from %s: %w", source, err)
		}
	}
	return nil
}
