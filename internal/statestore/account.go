package statestore

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// accountFormat is the first byte of every stored account and member.
const accountFormat = 1

func (s *Store) memberKey(account person.AccountID, member person.ID) []byte {
	return append(s.personKey(tableMember, account.Record()), member[:]...)
}

// Account returns the account; nil if there is none. The caller owns it.
func (s *Store) Account(id person.AccountID) (*profile.Account, error) {
	return load[profile.Account](s, s.personKey(tableAccount, id.Record()), "account", id)
}

// Member returns what an account knows of one of its people; nil if nothing.
func (s *Store) Member(id person.AccountID, member person.ID) (*profile.Member, error) {
	return load[profile.Member](s, s.memberKey(id, member), "member of", id)
}

func load[T any](s *Store, key []byte, what string, id person.AccountID) (*T, error) {
	var out *T
	_, err := s.get(s.db, key, func(v []byte) (err error) {
		out, err = decodeAccount[T](v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", what, id, err)
	}
	return out, nil
}

func decodeAccount[T any](v []byte) (*T, error) {
	if len(v) == 0 || v[0] != accountFormat {
		return nil, fmt.Errorf("stored account: want format %d", accountFormat)
	}
	out := new(T)
	return out, cbor.Unmarshal(v[1:], out)
}

// Members calls use with each member of an account, in the order of their
// records' ids, until it returns false.
func (s *Store) Members(id person.AccountID, use func(profile.Member) bool) error {
	return s.scan(s.db, s.personKey(tableMember, id.Record()), func(_, v []byte) (bool, error) {
		m, err := decodeAccount[profile.Member](v)
		if err != nil {
			return false, fmt.Errorf("member of %s: %w", id, err)
		}
		return use(*m), nil
	})
}

// EachAccount calls use with each account of partition p, in the order of their
// ids, until it returns false.
func (s *Store) EachAccount(p person.Partition, use func(*profile.Account) bool) error {
	return s.scan(s.db, s.key(p, tableAccount), func(_, v []byte) (bool, error) {
		a, err := decodeAccount[profile.Account](v)
		if err != nil {
			return false, fmt.Errorf("account: %w", err)
		}
		return use(a), nil
	})
}

// PutAccount stores an account, and moves its timer from when it was due.
func (b *Batch) PutAccount(was event.Instant, a *profile.Account) error {
	if was != a.Due {
		if was != 0 {
			b.delete(b.s.timerKey(a.ID.Record(), accountTimer(was)))
		}
		if a.Due != 0 {
			b.set(b.s.timerKey(a.ID.Record(), accountTimer(a.Due)), nil)
		}
	}
	return b.putAccount(b.s.personKey(tableAccount, a.ID.Record()), a)
}

// PutMember stores what an account knows of one of its people.
func (b *Batch) PutMember(id person.AccountID, m *profile.Member) error {
	return b.putAccount(b.s.memberKey(id, m.Person), m)
}

// DeleteMember forgets that member belongs to the account.
func (b *Batch) DeleteMember(id person.AccountID, member person.ID) {
	b.delete(b.s.memberKey(id, member))
}

func (b *Batch) putAccount(key []byte, v any) error {
	encoded, err := b.s.enc.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode account: %w", err)
	}
	b.set(key, append([]byte{accountFormat}, encoded...))
	return nil
}

func accountTimer(due event.Instant) profile.Timer {
	return profile.Timer{Due: due, Kind: profile.AccountTimer}
}
