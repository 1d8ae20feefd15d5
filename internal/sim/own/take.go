package own

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Source is what is copied. Nothing is written to it.
type Source struct {
	Workspace person.Workspace
	State     *statestore.Store

	// Body returns a body of the journal by its hash.
	Body func(ctx context.Context, hash string) ([]byte, error)

	// Now is the clock of the workspace, which may go on meanwhile: each person is
	// taken whole, as of one moment, and the copy is as of the end.
	Now func() event.Instant
}

// Take writes a copy of at most most people, drawn by the seed; of all where there
// are no more.
func Take(ctx context.Context, from Source, seed uint64, most int, w io.Writer) error {
	c := Copy{Workspace: from.Workspace, Now: from.Now(), Seed: seed}
	if err := c.common(ctx, from); err != nil {
		return fmt.Errorf("copy people: %w", err)
	}
	ids, err := sample(ctx, from.State, seed, most, &c.Of)
	if err != nil {
		return fmt.Errorf("copy people: %w", err)
	}
	c.Drawn = len(ids)
	out, err := begin(w, c)
	if err != nil {
		return err
	}
	codec := profile.NewCodec()
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, err := takeOne(ctx, from, codec, id)
		if err != nil {
			return fmt.Errorf("copy person %s: %w", id, err)
		}
		if p == nil {
			continue
		}
		if err := out.Encode(p); err != nil {
			return fmt.Errorf("write copy of people: %w", err)
		}
	}
	return out.Encode(&Person{})
}

// common takes what is in force.
func (c *Copy) common(ctx context.Context, from Source) error {
	wanted := []string{}
	want := func(hash string) {
		if hash != "" && !slices.Contains(wanted, hash) {
			wanted = append(wanted, hash)
		}
	}
	for n := range person.Partitions {
		id := person.Partition(n)
		state, err := from.State.Partition(id)
		if err != nil {
			return err
		}
		p := Part{State: state}
		c.Now = max(c.Now, state.Time)
		for _, of := range []statestore.Teller{statestore.OfPartition, statestore.OfAll}[:1+min(1, max(0, 1-n))] {
			l, err := from.State.Lessons(id, of)
			if err != nil {
				return err
			}
			want(l.Definition)
			p.Lessons = append(p.Lessons, l)
		}
		want(state.Definition)
		want(state.Catalogue)
		want(state.Model)
		want(state.Posterior)
		c.Parts = append(c.Parts, p)
	}
	err := from.State.NewestVersions(func(v event.DefinitionVersion) bool {
		want(v.Hash)
		return true
	})
	if err != nil {
		return err
	}
	if c.Posterior, err = from.State.Posterior(); err != nil {
		return err
	}
	for i := 0; i < len(wanted); i++ {
		body, err := from.Body(ctx, wanted[i])
		if err != nil {
			return err
		}
		c.Bodies = append(c.Bodies, body)
		var learned struct {
			Definition string `json:"definition"`
		}
		if json.Unmarshal(body, &learned) == nil { // what was learned names the definitions that it is laid out by
			want(learned.Definition)
		}
	}
	return nil
}

// sample draws people by the hash of their ids, and counts all.
func sample(ctx context.Context, s *statestore.Store, seed uint64, most int, of *int) ([]person.ID, error) {
	type drawn struct {
		id person.ID
		at uint64
	}
	var all []drawn
	err := s.EachRecord(ctx, func(p *profile.Person) error {
		if !p.IsForward() && !p.Vacant && p.Events > 0 {
			all = append(all, drawn{p.ID, mix(seed, binary.BigEndian.Uint64(p.ID[:]))})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	*of = len(all)
	slices.SortFunc(all, func(a, b drawn) int { return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.id[:], b.id[:])) })
	ids := make([]person.ID, min(most, len(all)))
	for i := range ids {
		ids[i] = all[i].id
	}
	slices.SortFunc(ids, func(a, b person.ID) int { return bytes.Compare(a[:], b[:]) })
	return ids, nil
}

// tries is how often somebody is read who changes while they are read. In a
// workspace in which a year passes in minutes that is often.
const tries = 20

// takeOne takes somebody whole. It returns nil for who is nobody any more, or cannot
// live on: about to become one with somebody else, or without a name to act under.
func takeOne(ctx context.Context, from Source, codec *profile.Codec, id person.ID) (*Person, error) {
	var before []byte
	for range tries {
		p, err := from.State.Record(id)
		if err != nil || p == nil || p.IsForward() {
			return nil, err
		}
		if _, _, ok := names(p); !ok || len(p.Settling) > 0 {
			return nil, nil //nolint:nilnil // as said
		}
		record, err := codec.Encode(p)
		if err != nil {
			return nil, err
		}
		out := &Person{ID: id, Record: record, Forwards: map[person.ID][]byte{}}
		err = from.State.History(ctx, id, func(e event.Event) bool {
			out.Timeline = e.AppendTo(out.Timeline)
			return true
		})
		if err == nil {
			err = out.forwards(from, codec, p)
		}
		if err == nil {
			err = out.accounts(from, p)
		}
		if err != nil {
			return nil, err
		}
		again, err := from.State.Record(id)
		if err != nil || again == nil {
			return nil, err
		}
		if before, err = codec.Encode(again); err != nil {
			return nil, err
		}
		if bytes.Equal(record, before) {
			return out, nil
		}
	}
	return nil, nil //nolint:nilnil // somebody who is never at rest is left out
}

// forwards takes the records that lead to p by one of their names.
func (c *Person) forwards(from Source, codec *profile.Codec, p *profile.Person) error {
	for _, i := range p.Identities {
		for at := person.IDOf(from.Workspace, i); at != p.ID; {
			f, err := from.State.Record(at)
			if err != nil {
				return err
			}
			if f == nil || !f.IsForward() || c.Forwards[at] != nil {
				break
			}
			if c.Forwards[at], err = codec.Encode(f); err != nil {
				return err
			}
			at = f.Forward
		}
	}
	return nil
}

// accounts takes those to which p belongs, or belonged.
func (c *Person) accounts(from Source, p *profile.Person) error {
	for _, m := range p.Accounts {
		id := person.AccountIDOf(from.Workspace, m.Group)
		a, err := from.State.Account(id)
		if err != nil || a == nil {
			return err
		}
		who, err := from.State.Member(id, p.ID)
		if err != nil {
			return err
		}
		if who != nil {
			c.Accounts = append(c.Accounts, Membership{*a, *who})
		}
	}
	return nil
}

// mix is the finaliser of SplitMix64 (Steele, Lea & Flood 2014).
func mix(h, v uint64) uint64 {
	h += v*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
