package processor

import (
	"github.com/bits-and-blooms/bloom/v3"

	"github.com/rapporthq/rapport/internal/statestore"
)

// messages remembers approximately which messages a group has applied, so that
// the state store is asked only about those that may be duplicates: one in a
// hundred of the others. It holds every message that the store holds.
type messages struct {
	days map[statestore.Day]*sieve
}

// sieve is a chain of Bloom filters, each twice the size of the one before.
type sieve struct {
	filters []*bloom.BloomFilter
	room    uint // left in the last
	size    uint // of the last
}

const (
	firstSieve = 1 << 14 // messages
	wrongShare = 0.01    // of unknown messages that look known
)

func (m *messages) add(day statestore.Day, k statestore.MessageKey) {
	s := m.days[day]
	if s == nil {
		s = &sieve{size: firstSieve / 2}
		m.days[day] = s
	}
	if s.room == 0 {
		s.size *= 2
		s.room = s.size
		s.filters = append(s.filters, bloom.NewWithEstimates(s.size, wrongShare))
	}
	s.room--
	s.filters[len(s.filters)-1].Add(k[:])
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
		if f.Test(k[:]) {
			return true
		}
	}
	return false
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
