package statestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/rapporthq/rapport/internal/person"
)

// Notes are what only the fold knows of the records of the journal, kept for the
// archive until it has them. They are committed with the position, and made again
// with it after a crash. They are no part of the state: hashes leave them out.

// NoteKind says what a note says.
type NoteKind byte

// The kinds of note. Numbers are on disk.
const (
	NoteTook NoteKind = 1 // the record, of one of Rapport's own kinds, took effect
	NoteLeft NoteKind = 2 // the record was applied before and left out
	NoteMade NoteKind = 3 // the fold made an entry of a timeline, of the record or of the time
)

// Note is one of them.
type Note struct {
	Offset uint64 // of the record that it is about
	N      uint32 // numbers the notes of one record, in order
	Kind   NoteKind
	Entry  []byte // of NoteMade: the encoded event
}

// PutNote keeps a note on partition p's record.
func (b *Batch) PutNote(p person.Partition, n Note) {
	b.set(b.s.noteKey(p, n.Offset, n.N), append([]byte{byte(n.Kind)}, n.Entry...))
}

func (s *Store) noteKey(p person.Partition, offset uint64, n uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(s.key(p, tableNote), offset), n)
}

// BeginNotes says that notes are kept of partition p from next on, unless they
// are kept already.
func (s *Store) BeginNotes(p person.Partition, next uint64) error {
	if from, err := s.NotesFrom(p); from != 0 || err != nil {
		return err
	}
	b := s.NewBatch()
	b.set(s.key(p, tableNote), binary.AppendUvarint(nil, next))
	return b.Commit()
}

// EndNotes drops the notes of partition p: no more are kept.
func (s *Store) EndNotes(p person.Partition) error {
	if from, err := s.NotesFrom(p); from == 0 || err != nil {
		return err
	}
	b := s.NewBatch()
	k := s.key(p, tableNote)
	return errors.Join(b.clear(k, after(k)), b.Commit())
}

// NotesFrom returns the offset from which partition p has notes, and 0 if none
// are kept. What is before it was forgotten, or never kept.
func (s *Store) NotesFrom(p person.Partition) (from uint64, err error) {
	_, err = s.get(s.db, s.key(p, tableNote), func(v []byte) error {
		var n int
		if from, n = binary.Uvarint(v); n <= 0 {
			return fmt.Errorf("partition %d: note table is damaged", p)
		}
		return nil
	})
	return from, err
}

// Notes calls use with the notes of partition p on records before the given one,
// in order.
func (s *Store) Notes(p person.Partition, before uint64, use func(Note) error) error {
	prefix := s.key(p, tableNote)
	lower := append(bytes.Clone(prefix), 0)
	return s.scanRange(s.db, prefix, lower, s.noteKey(p, before, 0), func(rest, v []byte) (bool, error) {
		if len(rest) != 12 || len(v) == 0 {
			return false, fmt.Errorf("partition %d: note table is damaged", p)
		}
		n := Note{Offset: binary.BigEndian.Uint64(rest), N: binary.BigEndian.Uint32(rest[8:]), Kind: NoteKind(v[0]), Entry: bytes.Clone(v[1:])}
		return true, use(n)
	})
}

// ForgetNotes lets go of the notes of each partition on records before the given
// offsets. It may be called while the fold runs.
func (s *Store) ForgetNotes(before [person.Partitions]uint64) error {
	b := s.NewBatch()
	for n := range before {
		p := person.Partition(n)
		from, err := s.NotesFrom(p)
		if err != nil || from == 0 || from >= before[n] {
			if err != nil {
				return errors.Join(err, b.Close())
			}
			continue
		}
		prefix := s.key(p, tableNote)
		it, err := s.db.NewIter(append(bytes.Clone(prefix), 0), s.noteKey(p, before[n], 0))
		if err != nil {
			return errors.Join(fmt.Errorf("forget notes: %w", err), b.Close())
		}
		// One by one: see clear.
		for it.First(); it.Valid(); it.Next() {
			b.delete(it.Key())
		}
		if err := errors.Join(it.Error(), it.Close()); err != nil {
			return errors.Join(fmt.Errorf("forget notes: %w", err), b.Close())
		}
		b.set(prefix, binary.AppendUvarint(nil, before[n]))
	}
	return b.Commit()
}
