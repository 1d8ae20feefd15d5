package archive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Step archives some of what has been folded since, and reports whether there is
// more.
func (a *Archive) Step(ctx context.Context) (more bool, err error) {
	now := a.opts.Now() // before the positions: what is folded later may be missing
	folded := a.opts.Fold.Positions()
	records, err := a.take(folded)
	if err == nil && len(records) > 0 {
		err = a.archive(ctx, now, records)
	}
	if err != nil { // read them again
		return false, errors.Join(err, a.Close())
	}
	if len(records) > 0 {
		return true, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mu.fresh = max(a.mu.fresh, now)
	return false, nil
}

// take reads records that are folded already.
func (a *Archive) take(folded journal.Positions) (out []journal.Record, err error) {
	if a.reader == nil {
		if a.reader, err = a.opts.Journal.NewReader(journal.All(), a.Positions()); err != nil {
			a.reader = nil
			return nil, fmt.Errorf("archive: %w", err)
		}
	}
	bytes := 0
	for len(out) < a.opts.StepRecords && bytes < stepBytes {
		if len(a.held) == 0 {
			if a.held, err = a.reader.Poll(min(pollRecords, a.opts.StepRecords)); err != nil {
				return nil, fmt.Errorf("archive: %w", err)
			}
		}
		var later []journal.Record
		for _, r := range a.held {
			if r.Offset < folded[r.Partition] {
				out = append(out, r)
				bytes += len(r.Data)
			} else {
				later = append(later, r)
			}
		}
		ready := len(a.held) - len(later)
		a.held = later
		if ready == 0 || len(later) > 0 {
			break // the journal's end, or the fold's
		}
	}
	return out, nil
}

// archive adds what records say to the archive.
func (a *Archive) archive(ctx context.Context, now event.Instant, records []journal.Record) error {
	var forget [person.Partitions]uint64
	err := a.change(func(m *Manifest) error {
		b := builder{a: a, m: m, from: m.Positions}
		b.rows.events = make([]eventRow, 0, len(records)) // nearly all of them
		if err := b.readNotes(records); err != nil {
			return err
		}
		forget = b.noted
		for _, r := range records {
			if err := b.record(ctx, r); err != nil {
				return fmt.Errorf("archive partition %d offset %d: %w", r.Partition, r.Offset, err)
			}
		}
		m.AsOf = max(m.AsOf, now)
		if atlas := b.atlas(ctx, 0); atlas != nil {
			m.VisitGap = atlas.Map().VisitGap
		}
		return errors.Join(
			writeNew(a.opts.Files, m, tableEvents, b.rows.events, func(r *eventRow) int64 { return r.Time }),
			writeNew(a.opts.Files, m, tableDecisions, b.rows.decisions, func(r *decisionRow) int64 { return r.Time }),
			writeNew(a.opts.Files, m, tableDeliveries, b.rows.deliveries, func(r *deliveryRow) int64 { return r.Time }),
			writeNew(a.opts.Files, m, tableChanges, b.rows.changes, func(r *changeRow) int64 { return r.Time }),
		)
	})
	if err != nil {
		return err
	}
	return a.opts.State.ForgetNotes(forget)
}

// builder makes rows of records and of the notes on them.
type builder struct {
	a    *Archive
	m    *Manifest
	from journal.Positions // where the step begins
	rows rows

	notes   [person.Partitions][]statestore.Note // that are still to be used
	noted   [person.Partitions]uint64            // partitions with notes, up to here
	atlases [person.Partitions]*lifecycle.Classifier
}

// readNotes reads the notes on records. Those of before are of a fold that was
// thrown back by a crash.
func (b *builder) readNotes(records []journal.Record) error {
	var end [person.Partitions]uint64
	for _, r := range records {
		end[r.Partition] = uint64(r.Offset) + 1
	}
	for n, before := range end {
		if before == 0 {
			continue
		}
		p := person.Partition(n)
		err := b.a.opts.State.Notes(p, before, func(note statestore.Note) error {
			b.noted[p] = before
			if journal.Offset(note.Offset) >= b.from[p] {
				b.notes[p] = append(b.notes[p], note)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// record adds what one record, and the notes on it, say.
func (b *builder) record(ctx context.Context, r journal.Record) error {
	switch next := b.m.Positions[r.Partition]; {
	case r.Offset < next:
		return nil
	case r.Offset > next:
		return fmt.Errorf("journal skips from offset %d", next)
	}
	b.m.Positions[r.Partition] = r.Offset + 1
	e, err := event.Decode(r.Data)
	if err != nil {
		return err
	}
	at := place{partition: r.Partition, offset: uint64(r.Offset)}
	left, took, err := b.made(ctx, &at)
	switch {
	case err != nil:
		return err
	case e.Kind == event.Erase:
		return b.noteErasure(&e)
	case e.Kind.OfPartition():
		return b.ofPartition(ctx, at, &e)
	case !e.Kind.Own():
		if !left && e.Origin.Seq == 0 {
			b.rows.addEvent(at, &e, b.atlas(ctx, r.Partition))
		}
	case took:
		return b.rows.add(at, &e, b.atlas(ctx, r.Partition))
	}
	return nil
}

// made adds what the fold noted at a place, and returns what it says of the
// record itself.
func (b *builder) made(ctx context.Context, at *place) (left, took bool, err error) {
	notes := b.notes[at.partition]
	for len(notes) > 0 && notes[0].Offset <= at.offset {
		n := notes[0]
		notes = notes[1:]
		switch n.Kind {
		case statestore.NoteLeft:
			left = true
		case statestore.NoteTook:
			took = true
		case statestore.NoteMade:
			e, err := event.Decode(n.Entry)
			if err == nil {
				err = b.rows.add(*at, &e, b.atlas(ctx, at.partition))
			}
			if err != nil {
				return left, took, fmt.Errorf("note %d: %w", n.N, err)
			}
			at.n++
		default:
			return left, took, fmt.Errorf("note of an unknown kind %d", n.Kind)
		}
	}
	b.notes[at.partition] = notes
	return left, took, nil
}

// ofPartition follows the definitions in force. What concerns all partitions is
// archived once.
func (b *builder) ofPartition(ctx context.Context, at place, e *event.Event) error {
	switch e.Kind {
	case event.Definition:
		body, err := event.Unpack[event.DefinitionBody](*e)
		if err != nil {
			return err
		}
		b.m.enforce(at.partition, body.Hash)
		b.atlases[at.partition] = nil
	case event.Settings:
	default:
		return ctx.Err()
	}
	if at.partition == 0 {
		b.rows.addChange(at, e, "")
	}
	return nil
}

// atlas is the map in force in a partition; nil if there is none that this build
// can read.
func (b *builder) atlas(ctx context.Context, p person.Partition) *lifecycle.Classifier {
	if atlas := b.atlases[p]; atlas != nil {
		return atlas
	}
	hash := b.m.definition(p)
	atlas, known := b.a.atlases[hash]
	if !known && hash != "" {
		ws, err := b.a.opts.Fold.Definitions(ctx, hash)
		if err != nil {
			b.a.opts.Logger.WarnContext(ctx, "archive: events get no touchpoints", slog.String("definitions", hash), slog.Any("error", err))
		} else {
			atlas = lifecycle.New(&ws.Map)
		}
		b.a.atlases[hash] = atlas
	}
	b.atlases[p] = atlas
	return atlas
}
