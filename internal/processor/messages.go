package processor

import (
	"encoding/binary"

	"github.com/rapporthq/rapport/internal/statestore"
)

// messages remembers approximately which messages a group has applied, so that
// the state store is asked only about those that may be duplicates: one in a
// thousand of the others. Of a partition it holds every message that the store
// holds, from the first that is asked about.
type messages struct {
	days map[statestore.Day]*sieve
}

// sieve is a chain of Bloom filters, each four times the size of the one before.
// Each is cut into blocks of a cache line, and a message is in one of them (Putze,
// Sanders, Singler 2007), so that asking is one look at memory. Messages' keys are
// hashes, and need none.
type sieve struct {
	filters []filter
	room    int // messages left in the last
}

type filter []block

type block [8]uint64

const (
	firstSieve  = 1 << 14 // messages
	perBlock    = 24      // messages in 512 bits: 21 bits each
	bitsPerTest = 7
)

func (m *messages) add(day statestore.Day, k statestore.MessageKey) {
	s := m.days[day]
	if s == nil {
		s = &sieve{}
		m.days[day] = s
	}
	if s.room == 0 {
		s.room = firstSieve << (2 * len(s.filters))
		s.filters = append(s.filters, make(filter, s.room/perBlock+1))
	}
	s.room--
	s.filters[len(s.filters)-1].add(k)
}

// mayHold reports whether the message may be remembered as of day; false is
// certain.
func (m *messages) mayHold(day statestore.Day, k statestore.MessageKey) bool {
	return m.days[day].mayHold(k) || day != statestore.Forever && m.days[day-1].mayHold(k)
}

func (s *sieve) mayHold(k statestore.MessageKey) bool {
	if s == nil {
		return false
	}
	for _, f := range s.filters {
		if f.holds(k) {
			return true
		}
	}
	return false
}

// at returns the block that k is in, and the bits that choose within it.
func (f filter) at(k statestore.MessageKey) (b *block, bits uint64) {
	n := binary.LittleEndian.Uint64(k[:]) >> 32 * uint64(len(f)) >> 32
	return &f[n], binary.LittleEndian.Uint64(k[8:])
}

func (f filter) add(k statestore.MessageKey) {
	b, bits := f.at(k)
	for range bitsPerTest {
		b[bits>>6&7] |= 1 << (bits & 63)
		bits >>= 9
	}
}

func (f filter) holds(k statestore.MessageKey) bool {
	b, bits := f.at(k)
	for range bitsPerTest {
		if b[bits>>6&7]&(1<<(bits&63)) == 0 {
			return false
		}
		bits >>= 9
	}
	return true
}

// forget lets go of the days before the given one. No partition of the group
// may be at an earlier day.
func (m *messages) forget(before statestore.Day) {
	for day := range m.days {
		if day < before {
			delete(m.days, day)
		}
	}
}
