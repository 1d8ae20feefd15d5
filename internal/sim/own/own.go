// Package own copies a company's own people into a rehearsal, and lets the copy
// live on.
//
// Take writes a copy of a sample of them as they are now: their records and
// timelines, with the definitions, the state model and what was learned that are
// in force. It reads and nothing else. Copy.Fill makes a store of it, in which an
// engine goes on from there.
//
// Fit fits a process to what those people have really done, and People live by it:
// they act by themselves as MBG/NBD has it (see package classic), each with a rate
// and a chance of leaving drawn from what their own history leaves open, at their
// own hours of the week; what they do is what was really done in a visit, mostly
// one of their own; letters are opened and answered as letters to them were. What
// of that was observed and what is assumed is written down: see Process.Basis. The
// truth of such a rehearsal is that process: an assumption about the company, by
// which versions of the definitions can be compared.
package own

import (
	"context"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Copy is people as they are at a moment, and what is in force for them.
type Copy struct {
	Workspace person.Workspace
	Now       event.Instant // of the copy
	Of        int           // people there are
	Seed      uint64        // of the sample
	People    []Person      // of the sample, in the order of their ids
	Drawn     int           // of whom were drawn; who cannot live on is left out
	Parts     []Part        // by partition
	Posterior []byte        // what was learned, as published; nil: nothing was
	Bodies    [][]byte      // definitions, models and the like, as the journal keeps them
}

// Part is what is in force in a partition, and what it has learned.
type Part struct {
	State   statestore.Partition
	Lessons []statestore.Lessons // of the partition and, in partition 0, of all
}

// Person is somebody in their stored form, with the records that only point to
// them and their timeline.
type Person struct {
	ID       person.ID
	Record   []byte
	Forwards map[person.ID][]byte
	Timeline []byte // events, each as event.AppendTo writes it, oldest first
	Accounts []Membership
}

// Membership is an account, and what it knows of the person.
type Membership struct {
	Account profile.Account
	Member  profile.Member
}

// head is what a stream begins with; people follow until one without an id.
type head struct {
	Copy Copy // without People
}

// magic is the first word of a stream.
const magic uint64 = 0x7261707001_6f776e

// Read reads what Take wrote.
func Read(r io.Reader) (*Copy, error) {
	var word [8]byte
	if _, err := io.ReadFull(r, word[:]); err != nil || binary.BigEndian.Uint64(word[:]) != magic {
		return nil, errors.Join(errors.New("read copy of people: this is none"), err)
	}
	d := gob.NewDecoder(r)
	var h head
	if err := d.Decode(&h); err != nil {
		return nil, fmt.Errorf("read copy of people: %w", err)
	}
	c := &h.Copy
	for {
		var p Person
		if err := d.Decode(&p); err != nil {
			return nil, fmt.Errorf("read copy of people: %w", err)
		}
		if p.ID.IsZero() {
			return c, nil
		}
		c.People = append(c.People, p)
	}
}

// Write writes it as Read reads it.
func (c *Copy) Write(ctx context.Context, w io.Writer) error {
	out, err := begin(w, *c)
	if err != nil {
		return err
	}
	for i := range c.People {
		if err := errors.Join(ctx.Err(), out.Encode(&c.People[i])); err != nil {
			return err
		}
	}
	return out.Encode(&Person{})
}

func begin(w io.Writer, c Copy) (*gob.Encoder, error) {
	if _, err := w.Write(binary.BigEndian.AppendUint64(nil, magic)); err != nil {
		return nil, fmt.Errorf("write copy of people: %w", err)
	}
	c.People = nil
	out := gob.NewEncoder(w)
	if err := out.Encode(&head{c}); err != nil {
		return nil, fmt.Errorf("write copy of people: %w", err)
	}
	return out, nil
}

// Events are the person's timeline, oldest first.
func (p *Person) Events() ([]event.Event, error) {
	var out []event.Event
	for rest := p.Timeline; len(rest) > 0; {
		e, more, err := event.DecodeNext(rest)
		if err != nil {
			return nil, fmt.Errorf("timeline of %s: %w", p.ID, err)
		}
		out, rest = append(out, e), more
	}
	return out, nil
}
