package own

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Fill puts the copy into an empty journal and an empty store, so that an engine
// goes on from there with what is in force.
//
// What is left behind is what is under way outside: deliveries that were handed to
// a channel, questions that wait for an answer from a company's system, and what
// partitions had still to tell each other.
func (c *Copy) Fill(ctx context.Context, j journal.Journal, s *statestore.Store) error {
	for _, body := range c.Bodies {
		if _, err := j.PutBody(ctx, body); err != nil {
			return fmt.Errorf("fill copy: %w", err)
		}
	}
	parts := make([]statestore.Partition, len(c.Parts))
	for n, p := range c.Parts {
		parts[n] = statestore.Partition{
			Time: c.Now, Definition: p.State.Definition, Catalogue: p.State.Catalogue, Posterior: p.State.Posterior,
			Model: p.State.Model, ModelNumber: p.State.ModelNumber, Settings: p.State.Settings, Next: 1,
		}
	}
	codec := profile.NewCodec()
	for i := range c.People {
		if err := c.People[i].fill(s, codec, parts); err != nil {
			return fmt.Errorf("fill copy: %s: %w", c.People[i].ID, err)
		}
	}
	b := s.NewBatch()
	if c.Posterior != nil {
		b.PutPosterior(c.Posterior)
	}
	for n := range parts {
		id := person.Partition(n)
		for of, l := range c.Parts[n].Lessons {
			if err := b.PutLessons(id, statestore.Teller(of+1), 0, l); err != nil { //nolint:gosec // 1 or 2
				return err
			}
		}
		if err := b.PutPartition(id, &parts[n]); err != nil {
			return err
		}
	}
	return b.Commit()
}

// Definitions is the YAML of those in force; nil where there are none.
func (c *Copy) Definitions() []byte {
	for _, body := range c.Bodies {
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) == c.Parts[0].State.Definition {
			return body
		}
	}
	return nil
}

// fill puts one person, in a batch of their own.
func (p *Person) fill(s *statestore.Store, codec *profile.Codec, parts []statestore.Partition) error {
	b := s.NewBatch()
	who, err := p.Profile(codec)
	if err != nil {
		return err
	}
	for id, d := range who.Deliveries {
		if d.Phase > profile.Queued || d.Reply != nil {
			delete(who.Deliveries, id)
		}
	}
	who.Choosing = nil // it is made anew
	if _, _, err := b.PutPerson(statestore.Trace{}, who); err != nil {
		return err
	}
	for _, record := range p.Forwards {
		f, err := codec.Decode(record)
		if err != nil {
			return err
		}
		if _, _, err := b.PutPerson(statestore.Trace{}, f); err != nil {
			return err
		}
	}
	for _, m := range p.Accounts {
		was, err := s.Account(m.Account.ID)
		if err != nil {
			return err
		}
		if was == nil {
			if err := b.PutAccount(0, &m.Account); err != nil {
				return err
			}
		}
		if err := b.PutMember(m.Account.ID, &m.Member); err != nil {
			return err
		}
	}
	n := 0
	for rest := p.Timeline; len(rest) > 0; n++ {
		e, more, err := event.DecodeNext(rest)
		if err != nil {
			return err
		}
		b.PutTimeline(p.ID, 0, n, e)
		rest = more
	}
	parts[p.ID.Home()].People++
	return b.Commit()
}

// Profile is the person as they were taken.
func (p *Person) Profile(codec *profile.Codec) (*profile.Person, error) {
	return codec.Decode(p.Record)
}
