package processor

import (
	"fmt"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Limits of what is kept of sources. What is let go of is counted.
const (
	lettersOfSource = 10_000
	letterBytes     = 64 << 20
	letterBits      = 12 // of a letter's number: its place within its event
	foldedSample    = 64 // events of which one commit tells
	talliesKept     = 31 * 24 * time.Hour
)

// applySource applies an event about sources. They are in partition 0, and
// nothing of that partition is pending.
func (g *group) applySource(p *part, e event.Event) error {
	if p.id != 0 {
		return nil // nobody writes them elsewhere, and two goroutines must not write one row
	}
	switch e.Kind {
	case event.Sources:
		list, err := event.Unpack[event.SourcesBody](e)
		if err != nil {
			return err
		}
		return g.open().PutSources(list)
	case event.DeadLetters:
		body, err := event.Unpack[event.DeadLetterBody](e)
		if err != nil {
			return err
		}
		return g.keepLetters(p, e, body)
	case event.DeadLetterDone:
		body, err := event.Unpack[event.DeadLetterDoneBody](e)
		if err != nil {
			return err
		}
		return g.finishLetters(e, body)
	default: // other kinds are not about sources
		return nil
	}
}

// sums are the counts of dead letters that an event changes.
type sums struct {
	store *statestore.Store
	by    map[string]*event.LetterSum
}

// of returns the counts of a source, and of all under the empty name.
func (s *sums) of(source string) (*event.LetterSum, error) {
	if sum := s.by[source]; sum != nil {
		return sum, nil
	}
	sum, err := s.store.LetterSum(source)
	s.by[source] = &sum
	return &sum, err
}

// change changes the counts of a source and those of all.
func (s *sums) change(source string, by func(*event.LetterSum)) error {
	for _, name := range [...]string{source, ""} {
		sum, err := s.of(name)
		if err != nil {
			return err
		}
		by(sum)
	}
	return nil
}

func (s *sums) put(b *statestore.Batch) error {
	for source, sum := range s.by {
		if err := b.PutLetterSum(source, *sum); err != nil {
			return err
		}
	}
	return nil
}

// inState returns the count of a state.
func inState(s *event.LetterSum, state event.LetterState) *uint64 {
	switch state {
	case event.LetterMended:
		return &s.Mended
	case event.LetterDismissed:
		return &s.Dismissed
	case event.LetterOpen:
		return &s.Open
	default: // there are no others
		return &s.Open
	}
}

func (g *group) keepLetters(p *part, e event.Event, body event.DeadLetterBody) error {
	counts := &sums{g.o.store, map[string]*event.LetterSum{}}
	for n, dead := range body.Letters {
		l := event.Letter{
			DeadLetter: dead, Number: p.env.Offset<<letterBits | uint64(n), //nolint:gosec // an index
			Source: e.Source, ReceivedAt: e.ReceivedAt, State: event.LetterOpen,
		}
		err := counts.change(l.Source, func(s *event.LetterSum) {
			s.Open++
			s.Received++
			s.Bytes += statestore.LetterSize(&l)
		})
		if err != nil {
			return err
		}
		if err := g.open().PutLetter(&l); err != nil {
			return err
		}
	}
	err := counts.change(e.Source, func(s *event.LetterSum) {
		s.Received += body.Unkept
		s.Unkept += body.Unkept
		s.Last = max(s.Last, e.ReceivedAt)
	})
	if err != nil {
		return err
	}
	if err := g.letGo(counts, e.Source); err != nil {
		return err
	}
	rejected := uint64(len(body.Letters)) + body.Unkept
	if err := g.count(p, e.Source, event.Tally{Rejected: rejected, Last: e.ReceivedAt}); err != nil {
		return err
	}
	return counts.put(g.open())
}

// letGo keeps the dead letters within their limits: the oldest go first. It sees
// those that are committed, which are more than one event can bring.
func (g *group) letGo(counts *sums, source string) error {
	gone := map[uint64]bool{}
	let := func(l event.Letter) error {
		gone[l.Number] = true
		return g.dropLetter(counts, &l)
	}
	for _, limit := range [...]struct {
		source string
		over   func(*event.LetterSum) bool
	}{
		{source, func(s *event.LetterSum) bool { return s.Kept() > lettersOfSource }},
		{"", func(s *event.LetterSum) bool { return s.Bytes > letterBytes }},
	} {
		sum, err := counts.of(limit.source)
		if err != nil {
			return err
		}
		if !limit.over(sum) {
			continue
		}
		var failed error
		err = g.o.store.OldestLetters(limit.source, func(l event.Letter) bool {
			if !gone[l.Number] {
				failed = let(l)
			}
			return failed == nil && limit.over(sum)
		})
		if err != nil || failed != nil {
			return fmt.Errorf("let go of dead letters: %w", firstOf(err, failed))
		}
	}
	return nil
}

func (g *group) dropLetter(counts *sums, l *event.Letter) error {
	g.open().DeleteLetter(l)
	return counts.change(l.Source, func(s *event.LetterSum) {
		*inState(s, l.State)--
		s.Bytes -= statestore.LetterSize(l)
		s.LetGo++
	})
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// finishLetters moves dead letters to a state. Of those that are gone nothing is
// said, and what is mended stays so: it has become an event.
func (g *group) finishLetters(e event.Event, body event.DeadLetterDoneBody) error {
	counts := &sums{g.o.store, map[string]*event.LetterSum{}}
	seen := map[uint64]bool{}
	for _, number := range body.Letters {
		l, found, err := g.o.store.Letter(number)
		if err != nil {
			return err
		}
		if !found || seen[number] {
			continue
		}
		seen[number] = true
		if body.State == event.LetterErased {
			if err := g.dropLetter(counts, &l); err != nil {
				return err
			}
			continue
		}
		if l.State == event.LetterMended || l.State == body.State {
			continue
		}
		was := l.State
		l.State, l.DoneAt, l.By, l.Reason = body.State, e.ReceivedAt, body.By, body.Reason
		if body.State == event.LetterOpen {
			l.DoneAt, l.By, l.Reason = 0, "", ""
		}
		err = counts.change(l.Source, func(s *event.LetterSum) {
			*inState(s, was)--
			*inState(s, l.State)++
		})
		if err != nil {
			return err
		}
		if err := g.open().PutLetter(&l); err != nil {
			return err
		}
	}
	return counts.put(g.open())
}

// Folded is one event of those that a commit has put into the state.
type Folded struct {
	Source     string
	ReceivedAt event.Instant
}

// tally is what arrived of a source in the present hour of a partition.
type tally struct {
	hour  statestore.Hour
	sum   event.Tally
	dirty bool
}

// count adds to what arrived of a source. It is committed with the position.
func (g *group) count(p *part, source string, add event.Tally) error {
	hour := statestore.HourOf(p.env.Now)
	t := p.tallies[source]
	if t == nil || t.hour != hour {
		if t != nil && t.dirty {
			if err := g.open().PutTally(p.id, t.hour, source, t.sum); err != nil {
				return err
			}
		}
		sum, err := g.o.store.Tally(p.id, hour, source)
		if err != nil {
			return err
		}
		t = &tally{hour: hour, sum: sum}
		p.tallies[source] = t
	}
	t.sum.Add(add)
	t.dirty, p.dirty = true, true
	return nil
}

// countEvent counts an event of the tracking API or an import where it is met
// first.
func (g *group) countEvent(p *part, e *event.Event, size int, duplicate bool) error {
	if e.Origin.Seq != 0 || e.Kind.Own() {
		return nil
	}
	add := event.Tally{Last: e.ReceivedAt, Bytes: uint64(size)} //nolint:gosec // a length
	if duplicate {
		add.Duplicates = 1
	} else {
		add.Accepted = 1
		if e.Bot {
			add.Bots = 1
		}
		if g.live && g.o.opts.Folded != nil && len(g.folded) < foldedSample {
			g.folded = append(g.folded, Folded{Source: event.SourceID(e.Source), ReceivedAt: e.ReceivedAt})
		}
	}
	return g.count(p, event.SourceID(e.Source), add)
}

func (g *group) putTallies(p *part) error {
	for source, t := range p.tallies {
		if !t.dirty {
			continue
		}
		t.dirty = false
		if err := g.open().PutTally(p.id, t.hour, source, t.sum); err != nil {
			return err
		}
	}
	return nil
}
