package statestore

import (
	"errors"
	"slices"

	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

const (
	someOpen  byte = 1
	allClosed byte = 2
	contacted byte = 3 // and have none
)

// requestsOf says what requests p has, as the index does.
func requestsOf(p *profile.Person) byte {
	switch {
	case len(p.Requests) == 0 && len(p.Contacts) > 0:
		return contacted
	case len(p.Requests) == 0:
		return 0
	case slices.ContainsFunc(p.Requests, func(r profile.Request) bool { return r.Open() }):
		return someOpen
	default:
		return allClosed
	}
}

// requests brings the index of who has requests up to date.
func (b *Batch) requests(was Trace, p *profile.Person) {
	is := requestsOf(p)
	if is == was.requests {
		return
	}
	if was.requests != 0 {
		b.delete(b.s.requestKey(p.ID, was.requests))
	}
	if is != 0 {
		b.set(b.s.requestKey(p.ID, is), nil)
	}
}

func (s *Store) requestKey(id person.ID, state byte) []byte {
	return append(append(s.key(id.Home(), tableRequest), state), id[:]...)
}

// WithRequests calls use with everybody who has an open request, or else closed
// ones alone, until it returns false.
func (s *Store) WithRequests(open bool, use func(*profile.Person) (bool, error)) error {
	if open {
		return s.withState(someOpen, use)
	}
	return s.withState(allClosed, use)
}

// WhoContacted calls use with everybody who ever came to the company with something
// to say, until it fails.
func (s *Store) WhoContacted(use func(*profile.Person) error) error {
	for _, state := range [...]byte{someOpen, allClosed, contacted} {
		err := s.withState(state, func(p *profile.Person) (bool, error) { return true, use(p) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) withState(state byte, use func(*profile.Person) (bool, error)) error {
	for p := range person.Partitions {
		more := true
		err := s.scan(s.db, append(s.key(person.Partition(p), tableRequest), state), func(rest, _ []byte) (bool, error) {
			var id person.ID
			if len(rest) != len(id) {
				return false, errors.New("request table is damaged")
			}
			copy(id[:], rest)
			who, err := s.Record(id)
			if err != nil || who == nil {
				return err == nil, err
			}
			more, err = use(who)
			return more, err
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}
