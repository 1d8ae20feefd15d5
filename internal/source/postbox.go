package source

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// How much of what is refused is kept. A flood of it, by mistake or not, must
// not take the journal from the others: what is over is counted.
const (
	letterBurst   = 2_500 // letters of one source at once: a whole batch
	letterRate    = 20    // letters a second of one source, lasting
	letterVolume  = 8 << 20
	letterFlow    = 128 << 10 // bytes a second of one source, lasting
	letterEvent   = 256 << 10 // bytes of letters in one event
	lettersAnd    = 1_000     // letters in one event
	letterOwnCost = 256       // bytes that a letter counts beside what was sent
)

// Postbox makes dead letters of what was refused, at the rate that a source may.
type Postbox struct {
	mu struct {
		sync.Mutex
		slots map[string]*slot
	}
}

// slot is what a source may still put in.
type slot struct {
	at      event.Instant
	letters float64
	bytes   float64
	unkept  uint64 // since the last event
}

// NewPostbox returns an empty postbox.
func NewPostbox() *Postbox {
	p := &Postbox{}
	p.mu.slots = map[string]*slot{}
	return p
}

// Keep returns the events that keep letters of a source, as far as it may. settle
// hears whether they were stored; what was not, and what there was no room for,
// is counted in the next.
func (p *Postbox) Keep(source string, at event.Instant, letters []event.DeadLetter) ([]event.Event, func(stored bool)) {
	kept, unkept := p.admit(source, at, letters)
	told := unkept
	settle := func(stored bool) {
		if !stored {
			p.back(source, told)
		}
	}
	var events []event.Event
	for len(kept) > 0 {
		n, size := 0, 0
		for n < len(kept) && n < lettersAnd && (n == 0 || size < letterEvent) {
			size += cost(&kept[n])
			n++
		}
		events = append(events, event.Event{
			Kind: event.DeadLetters, Source: source, Time: at, ReceivedAt: at,
			Body: event.Pack(event.DeadLetterBody{Letters: kept[:n], Unkept: unkept}),
		})
		kept, unkept = kept[n:], 0
	}
	return events, settle
}

func cost(l *event.DeadLetter) int {
	return len(l.Raw) + len(l.Shared) + len(l.Message) + letterOwnCost
}

// admit takes as many letters as there is room for. If that is any, what there
// was no room for until now is told with them.
func (p *Postbox) admit(source string, at event.Instant, letters []event.DeadLetter) ([]event.DeadLetter, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.mu.slots[source]
	if s == nil {
		s = &slot{at: at, letters: letterBurst, bytes: letterVolume}
		p.mu.slots[source] = s
	}
	if passed := at.Sub(s.at); passed > 0 {
		s.letters = min(letterBurst, s.letters+letterRate*passed.Seconds())
		s.bytes = min(letterVolume, s.bytes+letterFlow*passed.Seconds())
		s.at = at
	}
	n := 0
	for n < len(letters) && s.letters >= 1 && s.bytes >= float64(cost(&letters[n])) {
		s.letters--
		s.bytes -= float64(cost(&letters[n]))
		n++
	}
	s.unkept += uint64(len(letters) - n) //nolint:gosec // a length
	if n == 0 {
		return nil, 0
	}
	unkept := s.unkept
	s.unkept = 0
	return letters[:n], unkept
}

func (p *Postbox) back(source string, unkept uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.slots[source].unkept += unkept
}

// Flush stores what there was no room for since the last letters, for those
// sources that have been quiet since.
func (p *Postbox) Flush(ctx context.Context, to Appender, now event.Instant) error {
	events := p.untold(now)
	if len(events) == 0 {
		return nil
	}
	if err := to.Append(ctx, events); err != nil {
		for _, e := range events {
			if body, bad := event.Unpack[event.DeadLetterBody](e); bad == nil {
				p.back(e.Source, body.Unkept)
			}
		}
		return fmt.Errorf("store counts of dead letters: %w", err)
	}
	return nil
}

func (p *Postbox) untold(now event.Instant) []event.Event {
	const quiet = 10 * time.Second
	p.mu.Lock()
	defer p.mu.Unlock()
	var events []event.Event
	for source, s := range p.mu.slots {
		if s.unkept == 0 || now.Sub(s.at) < quiet {
			continue
		}
		events = append(events, event.Event{
			Kind: event.DeadLetters, Source: source, Time: now, ReceivedAt: now,
			Body: event.Pack(event.DeadLetterBody{Unkept: s.unkept}),
		})
		s.unkept = 0
	}
	return events
}
