package statestore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Due is a timer that is due.
type Due struct {
	Person person.ID
	Timer  profile.Timer
}

// DueTimers returns up to limit timers of partition p due at now, earliest first.
func (s *Store) DueTimers(p person.Partition, now event.Instant, limit int) ([]Due, error) {
	var out []Due
	prefix := s.key(p, tableTimer)
	err := s.scanRange(s.db, prefix, prefix, appendTime(bytes.Clone(prefix), now+1), func(rest, _ []byte) (bool, error) {
		due, err := parseTimer(rest)
		out = append(out, due)
		return len(out) < limit, err
	})
	return out, err
}

// NextDue returns when the earliest timer of partition p is due; zero if none.
func (s *Store) NextDue(p person.Partition) (event.Instant, error) {
	var next event.Instant
	err := s.scan(s.db, s.key(p, tableTimer), func(rest, _ []byte) (bool, error) {
		due, err := parseTimer(rest)
		next = due.Timer.Due
		return false, err
	})
	return next, err
}

func parseTimer(rest []byte) (Due, error) {
	const fixed = 8 + len(person.ID{}) + 1
	if len(rest) < fixed {
		return Due{}, errors.New("timer table is damaged")
	}
	d := Due{Timer: profile.Timer{Due: timeAt(rest), Kind: profile.TimerKind(rest[fixed-1]), Ref: string(rest[fixed:])}}
	copy(d.Person[:], rest[8:])
	return d, nil
}

// Choosing returns the people of partition p for whom a choice is due.
func (s *Store) Choosing(p person.Partition) ([]person.ID, error) {
	return s.ids(p, tableChoosing, person.ID{}, 0)
}

// PeopleAfter returns up to limit records of partition p after the given one,
// in order; forwards included.
func (s *Store) PeopleAfter(p person.Partition, last person.ID, limit int) ([]person.ID, error) {
	return s.ids(p, tablePerson, last, limit)
}

func (s *Store) ids(p person.Partition, table byte, last person.ID, limit int) ([]person.ID, error) {
	var out []person.ID
	prefix := s.key(p, table)
	lower := prefix
	if !last.IsZero() {
		lower = append(append(bytes.Clone(prefix), last[:]...), 0)
	}
	err := s.scanRange(s.db, prefix, lower, after(prefix), func(rest, _ []byte) (bool, error) {
		var id person.ID
		if len(rest) != len(id) {
			return false, fmt.Errorf("table %c is damaged", table)
		}
		copy(id[:], rest)
		out = append(out, id)
		return limit == 0 || len(out) < limit, nil
	})
	return out, err
}

// Outbox returns every open delivery of partition p.
func (s *Store) Outbox(p person.Partition) ([]Change, error) {
	var out []Change
	err := s.scan(s.db, s.key(p, tableOutbox), func(rest, _ []byte) (bool, error) {
		var id person.ID
		if len(rest) < len(id) {
			return false, errors.New("outbox table is damaged")
		}
		copy(id[:], rest)
		who, err := s.Record(id)
		if err != nil || who == nil {
			return false, fmt.Errorf("outbox names person %s: %w", id, err)
		}
		out = append(out, Change{Person: id, Delivery: who.Deliveries[string(rest[len(id):])]})
		return true, nil
	})
	return out, err
}

// Outgoing calls use with the emissions of partition p that the journal may not
// have yet, in order. Events own their memory.
func (s *Store) Outgoing(p person.Partition, use func(event.Event) error) error {
	return s.scan(s.db, s.key(p, tableLocal), func(_, v []byte) (bool, error) {
		e, err := event.Decode(bytes.Clone(v))
		if err == nil {
			err = use(e)
		}
		return err == nil, err
	})
}

// Person returns the person whom id leads to, through forwards; nil if nobody.
func (s *Store) Person(id person.ID) (*profile.Person, error) {
	const maxForwards = profile.MostMerges + 2 // links cannot form cycles; a longer chain is damage
	for range maxForwards {
		p, err := s.Record(id)
		if err != nil || p == nil || !p.IsForward() {
			return p, err
		}
		if p.Vacant {
			return nil, nil //nolint:nilnil // nobody has the identity whose record this is
		}
		id = p.Forward
	}
	return nil, fmt.Errorf("person %s: more than %d forwards", id, maxForwards)
}

// History calls use with each entry of the timeline of id, oldest first, until
// it returns false. Events own their memory.
func (s *Store) History(ctx context.Context, id person.ID, use func(event.Event) bool) error {
	return s.history(ctx, s.db, id, use)
}

func (s *Store) history(ctx context.Context, from reader, id person.ID, use func(event.Event) bool) error {
	return s.scan(from, s.personKey(tableTimeline, id), func(_, v []byte) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		e, err := event.Decode(bytes.Clone(v))
		if err != nil {
			return false, fmt.Errorf("timeline of %s: %w", id, err)
		}
		return use(e), nil
	})
}

// HistoryPage returns up to limit entries of the timeline of id, newest first,
// before the given cursor (empty: from the newest), and the next cursor (empty:
// no more).
func (s *Store) HistoryPage(_ context.Context, id person.ID, before string, limit int) ([]event.Event, string, error) {
	prefix := s.personKey(tableTimeline, id)
	upper := after(prefix)
	if before != "" {
		rest, err := hex.DecodeString(before)
		if err != nil || len(rest) != 20 {
			return nil, "", fault.New(fault.Invalid, "cursor %q is not one that this API gave; leave it out to start from the newest", before).At("cursor")
		}
		upper = append(bytes.Clone(prefix), rest...)
	}
	it, err := s.db.NewIter(prefix, upper)
	if err != nil {
		return nil, "", fmt.Errorf("timeline of %s: %w", id, err)
	}
	var out []event.Event
	next := ""
	for it.Last(); it.Valid(); it.Prev() {
		if len(out) == limit {
			next = hex.EncodeToString(lastKey(it, prefix))
			break
		}
		v, err := it.ValueAndErr()
		if err == nil {
			var e event.Event
			e, err = event.Decode(bytes.Clone(v))
			out = append(out, e)
		}
		if err != nil {
			return nil, "", errors.Join(fmt.Errorf("timeline of %s: %w", id, err), it.Close())
		}
	}
	return out, next, errors.Join(it.Error(), it.Close())
}

// lastKey returns the key just above the iterator's, as a bound that excludes
// what was already given and includes the iterator's own.
func lastKey(it iterator, prefix []byte) []byte {
	rest := bytes.Clone(it.Key()[len(prefix):])
	n := binary.BigEndian.Uint32(rest[16:]) + 1
	binary.BigEndian.PutUint32(rest[16:], n)
	return rest
}

// ByIdentity returns the people who are known by i, through forwards: who has it,
// and, of an address, who also said to have it.
func (s *Store) ByIdentity(_ context.Context, i person.Identity) ([]person.ID, error) {
	home, err := s.Record(person.IDOf(s.opts.Workspace, i))
	if err != nil || home == nil {
		return nil, err
	}
	var out []person.ID
	add := func(id person.ID) error {
		p, err := s.Person(id)
		if err == nil && p != nil && !slices.Contains(out, p.ID) {
			out = append(out, p.ID)
		}
		return err
	}
	if err := add(home.ID); err != nil {
		return nil, err
	}
	if home.Home != nil {
		for _, id := range home.Home.Claims {
			if err := add(id); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// EachPerson calls use with every person of one snapshot, in order of id, with a
// function that reads their timeline. Forwards are left out.
func (s *Store) EachPerson(ctx context.Context, use func(p *profile.Person, history func(func(event.Event) bool) error) error) error {
	snap := s.db.NewSnapshot()
	defer func() { _ = snap.Close() }()
	for part := range person.Partitions {
		if err := s.eachOf(ctx, snap, person.Partition(part), use); err != nil {
			return err
		}
	}
	return nil
}

// EachOf is EachPerson of one partition.
func (s *Store) EachOf(ctx context.Context, part person.Partition, use func(p *profile.Person, history func(func(event.Event) bool) error) error) error {
	snap := s.db.NewSnapshot()
	defer func() { _ = snap.Close() }()
	return s.eachOf(ctx, snap, part, use)
}

// eachOf is EachPerson of one partition. One iterator goes through all timelines,
// which lie in the order in which people do.
func (s *Store) eachOf(ctx context.Context, snap snapshot, part person.Partition, use func(p *profile.Person, history func(func(event.Event) bool) error) error) error {
	table := s.key(part, tableTimeline)
	timelines, err := snap.NewIter(table, after(table))
	if err != nil {
		return fmt.Errorf("read timelines: %w", err)
	}
	err = s.scan(snap, s.key(part, tablePerson), func(_, v []byte) (bool, error) {
		p, err := s.codec.Decode(v)
		if err != nil || p.IsForward() {
			return err == nil, err
		}
		err = use(p, func(each func(event.Event) bool) error {
			return timeline(ctx, timelines, s.personKey(tableTimeline, p.ID), each)
		})
		return err == nil, err
	})
	return errors.Join(err, timelines.Close())
}

// timeline calls use with the events under prefix, until it returns false.
func timeline(ctx context.Context, it iterator, prefix []byte, use func(event.Event) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for ok := it.SeekGE(prefix); ok && bytes.HasPrefix(it.Key(), prefix); ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return fmt.Errorf("read timelines: %w", err)
		}
		e, err := event.Decode(bytes.Clone(v))
		if err != nil {
			return fmt.Errorf("read timelines: %w", err)
		}
		if !use(e) {
			break
		}
	}
	return it.Error()
}

// EachRecord calls use with every record of one snapshot, forwards included, in
// order of id.
func (s *Store) EachRecord(ctx context.Context, use func(p *profile.Person) error) error {
	snap := s.db.NewSnapshot()
	defer func() { _ = snap.Close() }()
	for part := range person.Partitions {
		err := s.scan(snap, s.key(person.Partition(part), tablePerson), func(_, v []byte) (bool, error) {
			p, err := s.codec.Decode(v)
			if err == nil {
				err = errors.Join(use(p), ctx.Err())
			}
			return err == nil, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Search returns up to limit people who have an identity, of whatever kind, that
// begins with prefix.
func (s *Store) Search(ctx context.Context, prefix string, limit int) ([]person.ID, error) {
	var out []person.ID
	seen := map[person.ID]bool{}
	for _, kind := range []person.Kind{person.UserID, person.Email, person.Phone, person.AnonymousID, person.DeviceToken} {
		i := person.NewIdentity(kind, prefix)
		if i.IsZero() || kind == person.Phone && strings.ContainsFunc(prefix, unicode.IsLetter) {
			continue // a name is no phone number, though digits may be in it
		}
		for part := 0; part < person.Partitions && len(out) < limit && ctx.Err() == nil; part++ {
			err := s.scan(s.db, append(s.key(person.Partition(part), tableIdentity), i.String()...), func(rest, _ []byte) (bool, error) {
				var id person.ID
				if len(rest) < len(id) {
					return false, errors.New("identity table is damaged")
				}
				copy(id[:], rest[len(rest)-len(id):])
				if !seen[id] {
					seen[id] = true
					out = append(out, id)
				}
				return len(out) < limit, nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return out, ctx.Err()
}
