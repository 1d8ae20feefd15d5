package processor

import (
	"bytes"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/statestore"
)

// An archive reads the journal for what customers did and what was recorded, and
// these notes for what became of it. A customer's event needs none: it counts
// unless it was left out as a duplicate, or is the copy of one that a forward
// passed on, which its origin tells.

// firstNote separates the notes that were made before the position moved past a
// record from those made with it. A crash between the two makes only the latter
// again.
const firstNote = 1 << 31

// notes begins or ends the keeping of notes of partition p.
func (o *Processor) notes(p person.Partition, next uint64) error {
	if o.opts.Archive {
		return o.store.BeginNotes(p, next)
	}
	return o.store.EndNotes(p)
}

// noteLeft says that e was applied before.
func (g *group) noteLeft(p *part, e *event.Event) {
	if g.o.opts.Archive && !e.Kind.Own() && e.Origin.Seq == 0 {
		g.putNote(p, statestore.Note{Kind: statestore.NoteLeft})
	}
}

// noteEntry says that t, which may be the record itself, is on a timeline now. A
// choice always is: timelines keep it without what it takes to make it again.
func (g *group) noteEntry(p *part, t event.Event) {
	if !g.o.opts.Archive || !t.Kind.Own() {
		return
	}
	encoded := t.AppendTo(nil)
	if bytes.Equal(g.raw, encoded) || t.Kind == event.Choice && g.raw != nil {
		g.putNote(p, statestore.Note{Kind: statestore.NoteTook})
	} else {
		g.putNote(p, statestore.Note{Kind: statestore.NoteMade, Entry: encoded})
	}
}

func (g *group) putNote(p *part, n statestore.Note) {
	n.Offset, n.N = p.env.Offset, uint32(g.n) //nolint:gosec // the entries of one record are few
	if p.state.Next > p.env.Offset {
		n.N |= firstNote
	}
	g.open().PutNote(p.id, n)
}
