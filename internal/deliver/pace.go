package deliver

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/deliver/pacing"
	"github.com/rapporthq/rapport/internal/durable"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Turn is when a delivery may be asked for.
type Turn struct {
	At  event.Instant // zero: at once
	Via string        // the provider whose turn it is; empty: any
	Why string        // it is not at once; a sentence
}

// Pace holds what a provider carries to limits. What was used of a day is on the
// disk before it is used, so that a restart does not begin the day anew.
type Pace struct {
	file string

	mu   sync.Mutex
	book *pacing.Book
	step int // turns that are noted at once
	used tally
	kept tally // on the disk; at least used
}

// tally counts letters of a day.
type tally struct {
	Day     pacing.Day `json:"day"` // since 1970
	Letters int        `json:"letters"`
}

// stepShare is the share of a day's ceiling that is noted at once, and that a crash
// may waste.
const stepShare = 50

// OpenPace begins where the file says that the last run ended. An empty file's name
// keeps nothing.
func OpenPace(l pacing.Limits, file string) (*Pace, error) {
	p := &Pace{file: file, book: pacing.NewBook(l), step: 1}
	if l.WarmUp == nil {
		p.file = ""
		return p, nil
	}
	p.step = max(1, l.WarmUp.Ceiling/stepShare)
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &p.kept)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "how much the account sent today cannot be read; delete %s and it counts as nothing", file)
	}
	p.used = p.kept
	p.book.Resume(p.used.Day, p.used.Letters)
	return p, nil
}

func (p *Pace) take(to string, now time.Time) pacing.Turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.book.Take(to, now)
}

func (p *Pace) takeNow(to string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.book.TakeNow(to, now)
}

// use notes that a letter goes out.
func (p *Pace) use(now time.Time) error {
	if p.file == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := pacing.DayOf(now); d != p.used.Day {
		p.used = tally{Day: d}
	}
	p.used.Letters++
	if p.kept.Day == p.used.Day && p.used.Letters <= p.kept.Letters {
		return nil
	}
	next := tally{p.used.Day, p.used.Letters - 1 + p.step}
	b, err := json.Marshal(next)
	if err == nil {
		err = durable.WriteFile(p.file, b)
	}
	if err != nil {
		p.used.Letters--
		return fmt.Errorf("note what the account sent today: %w", err)
	}
	p.kept = next
	return nil
}

// Paced reports whether there are limits that Turn asks.
func (r *Route) Paced() bool {
	for _, o := range r.outlets {
		if o.Pace != nil {
			return true
		}
	}
	return false
}

// Turn takes the turn of a letter to an address: with the first provider that takes
// it at once, else with the one that takes it first.
func (r *Route) Turn(to string) Turn {
	var best *outlet
	for _, o := range r.outlets {
		switch {
		case o.Takes != nil && !o.Takes(to):
		case o.Pace == nil:
			return Turn{}
		case o.Pace.takeNow(to, o.now()):
			return Turn{Via: o.ID}
		case best == nil:
			best = o
		}
	}
	if best == nil {
		return Turn{} // nobody takes it, which sending will say
	}
	t := best.Pace.take(to, best.now())
	return Turn{At: event.InstantOf(t.At), Via: best.ID, Why: t.Why}
}

// mayPass reports whether the letter is within the provider's limits.
func (o *outlet) mayPass(l Letter) error {
	if o.Pace == nil {
		return nil
	}
	if l.Via != o.ID && !o.Pace.takeNow(l.To, o.now()) {
		return fault.New(fault.Transient, "%s has no turn for it now, by its limits", o.ID)
	}
	if err := o.Pace.use(o.now()); err != nil {
		return fault.Wrap(fault.Transient, err, "%s is kept from sending more than it may", o.ID)
	}
	return nil
}
