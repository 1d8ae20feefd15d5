package processor

import (
	"context"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

// PutDefinitions brings a version of the definitions into force in every
// partition, from its place in each journal on. It returns the version's hash,
// or the problems that keep it from compiling.
func PutDefinitions(ctx context.Context, j journal.Journal, yaml []byte, now event.Instant) (string, error) {
	return PutVersion(ctx, j, yaml, event.DefinitionBody{}, now)
}

// PutVersion is PutDefinitions with who does it and why; it finds the hash of
// about itself.
func PutVersion(ctx context.Context, j journal.Journal, yaml []byte, about event.DefinitionBody, now event.Instant) (string, error) {
	if _, err := definition.Compile(yaml); err != nil {
		return "", err
	}
	hash, err := j.PutBody(ctx, yaml)
	if err != nil {
		return "", fmt.Errorf("keep definitions: %w", err)
	}
	about.Hash = hash
	return hash, everywhere(ctx, j, event.Event{Kind: event.Definition, Time: now, Body: event.Pack(about)})
}

// PutSettings brings settings into force in every partition.
func PutSettings(ctx context.Context, j journal.Journal, s event.SettingsBody, now event.Instant) error {
	return everywhere(ctx, j, event.Event{Kind: event.Settings, Time: now, Body: event.Pack(s)})
}

func everywhere(ctx context.Context, j journal.Journal, e event.Event) error {
	e.Source, e.ReceivedAt = "control", e.Time
	data := e.AppendTo(nil)
	entries := make([]journal.Entry, person.Partitions)
	for p := range entries {
		entries[p] = journal.Entry{Partition: person.Partition(p), Data: data}
	}
	if _, err := j.Append(ctx, entries); err != nil {
		return fmt.Errorf("append %s: %w", e.Kind, err)
	}
	return nil
}

// Entries encodes events for the journal, each for the home of the record that
// it is addressed to.
func Entries(events []event.Event) []journal.Entry { return new(Encoder).Entries(events) }

// Encoder is memory in which events are encoded for the journal.
type Encoder struct {
	entries []journal.Entry
	data    []byte
}

// Size is how much memory that is, in bytes.
func (c *Encoder) Size() int { return cap(c.data) + 32*cap(c.entries) }

// Entries is the function Entries. What it returns is good until the next call.
func (c *Encoder) Entries(events []event.Event) []journal.Entry {
	size := 0
	for i := range events {
		size += events[i].EncodedLen()
	}
	c.entries, c.data = slices.Grow(c.entries[:0], len(events)), slices.Grow(c.data[:0], size)
	for i := range events {
		start := len(c.data)
		c.data = events[i].AppendTo(c.data)
		c.entries = append(c.entries, journal.Entry{Partition: events[i].To.Home(), Data: c.data[start:len(c.data):len(c.data)]})
	}
	return c.entries
}
