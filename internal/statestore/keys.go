package statestore

import (
	"bytes"
	"encoding/binary"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Every key is workspace (4 bytes), partition (1 byte), table (1 byte), rest.
// All of a partition's keys are together, so that a partition can move.
const (
	tablePartition = 'a' // the Partition
	tableAccount   = 'b' // account: the Account
	tableChoosing  = 'c' // person: a choice is due
	tableDedupe    = 'd' // day (2 bytes), hash of (source, message id): as it was written until tableMessages
	tableSegment   = 'g' // segment, 0, person; 0, segment: how many; 1, day, segment: who came and went
	tableIdentity  = 'i' // "kind:value", 0, person
	tableLearn     = 'l' // what was learned from outcomes: see learn.go
	tableMember    = 'k' // account, person: the Member
	tableTimer     = 'm' // due, person, kind, ref
	tableMessages  = 'n' // day (2 bytes), first bits of the hash: the hashes of messages
	tableOutbox    = 'o' // person, delivery
	tablePerson    = 'p' // person: the Person
	tableRequest   = 'q' // state, person: who has requests, or ever said something
	tableSeen      = 's' // sending partition: the last sequence applied
	tableTimeline  = 't' // person, time, offset, n: the event
	tableModel     = 'w' // number: a state model that was trained; in partition 0
	tableVersion   = 'v' // number: a version of the definitions that came into force; in partition 0
	tableSource    = 'x' // what is known of sources: see source.go

	// tableLocal holds what is not part of the fold: emissions on their way to
	// the journal. State hashes leave it out.
	tableLocal = '~'

	// tableNote holds what the archive has yet to take: see note.go. It is local
	// too.
	tableNote = '}'
)

const prefixLen = 6

func (s *Store) key(p person.Partition, table byte) []byte {
	return s.appendKey(make([]byte, 0, 64), p, table)
}

func (s *Store) appendKey(k []byte, p person.Partition, table byte) []byte {
	k = binary.BigEndian.AppendUint32(k, uint32(s.opts.Workspace))
	return append(k, byte(p), table)
}

func (s *Store) personKey(table byte, id person.ID) []byte {
	return append(s.key(id.Home(), table), id[:]...)
}

// appendTime keeps the order of instants, negative ones included.
func appendTime(k []byte, t event.Instant) []byte {
	return binary.BigEndian.AppendUint64(k, uint64(t)^1<<63)
}

func timeAt(b []byte) event.Instant { return event.Instant(binary.BigEndian.Uint64(b) ^ 1<<63) }

func (s *Store) appendTimelineKey(k []byte, id person.ID, at event.Instant, offset uint64, n int) []byte {
	k = appendTime(append(s.appendKey(k, id.Home(), tableTimeline), id[:]...), at)
	k = binary.BigEndian.AppendUint64(k, offset)
	return binary.BigEndian.AppendUint32(k, uint32(n))
}

func (s *Store) timerKey(id person.ID, t profile.Timer) []byte {
	k := appendTime(s.key(id.Home(), tableTimer), t.Due)
	k = append(k, id[:]...)
	k = append(k, byte(t.Kind))
	return append(k, t.Ref...)
}

func (s *Store) identityKey(id person.ID, i person.Identity) []byte {
	k := append(s.key(id.Home(), tableIdentity), i.String()...)
	k = append(k, 0)
	return append(k, id[:]...)
}

func (s *Store) segmentKey(id person.ID, segment string) []byte {
	return append(append(append(s.key(id.Home(), tableSegment), segment...), 0), id[:]...)
}

// segmentCountKey comes before all members: no segment's id begins with a zero.
func (s *Store) segmentCountKey(p person.Partition, segment string) []byte {
	return append(append(s.key(p, tableSegment), 0), segment...)
}

func (s *Store) movesKey(p person.Partition, day Day, segment string) []byte {
	return append(binary.BigEndian.AppendUint16(append(s.key(p, tableSegment), 1), uint16(day)), segment...)
}

func (s *Store) outboxKey(id person.ID, delivery string) []byte {
	return append(s.personKey(tableOutbox, id), delivery...)
}

// after returns the first key that does not begin with prefix.
func after(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		end[i]++
		if end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
