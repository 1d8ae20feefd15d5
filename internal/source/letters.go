package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// LetterStore is where the fold keeps dead letters.
type LetterStore interface {
	Letter(number uint64) (l event.Letter, found bool, err error)
	NewestLetters(source string, before uint64, use func(event.Letter) bool) error
	LetterSum(source string) (event.LetterSum, error)
}

// Decoder reads a dead letter again, with another body, as a call of its source
// would be read now. The error is the next rejection.
type Decoder interface {
	Decode(l event.Letter, body []byte) ([]event.Event, error)
}

// LettersOptions are what Letters are made of.
type LettersOptions struct {
	Store    LetterStore
	Decoder  Decoder
	Appender Appender
	Now      func() event.Instant

	// Folded waits until everything that is durable is folded.
	Folded func(context.Context) error
}

// Letters are the dead letters: what was refused, to be looked at, mended and
// replayed. It is safe for concurrent use.
type Letters struct {
	o    LettersOptions
	turn sync.Mutex // held by whoever changes letters: each change sees the last
}

// NewLetters returns the dead letters of a workspace.
func NewLetters(o LettersOptions) *Letters { return &Letters{o: o} }

// Letter is a dead letter as the API tells of it.
type Letter struct {
	ID         string            `json:"id"`
	Source     string            `json:"source"`
	ReceivedAt event.Instant     `json:"received_at"`
	Path       string            `json:"path" doc:"of the call"`
	Index      int               `json:"index" doc:"of the event within its batch"`
	Whole      bool              `json:"whole" doc:"the body is that of the whole call, not one event of a batch"`
	Field      string            `json:"field"`
	Message    string            `json:"message" doc:"what was wrong, and how to mend it"`
	State      event.LetterState `json:"state"`
	DoneAt     event.Instant     `json:"done_at"`
	By         string            `json:"by"`
	Reason     string            `json:"reason" doc:"why it was dismissed"`
	Size       int               `json:"size" doc:"bytes of what was sent"`
	Cut        int               `json:"cut" doc:"how many of them were not kept"`
}

// LetterWithBody is a dead letter with what was sent.
type LetterWithBody struct {
	Letter
	Body   string `json:"body" doc:"what was sent; what is not UTF-8 in it is shown as U+FFFD"`
	SentAt string `json:"sent_at" doc:"what its batch said"`
	Shared string `json:"shared" doc:"the context of its batch, a JSON object"`
}

// LetterFilter narrows down. Empty fields do not.
type LetterFilter struct {
	Source  string            `json:"source,omitempty" query:"source" doc:"source id"`
	State   event.LetterState `json:"state,omitempty" query:"state" enum:"open,mended,dismissed"`
	Field   string            `json:"field,omitempty" query:"field" doc:"the offending field"`
	Message string            `json:"message,omitempty" query:"message" doc:"exactly this message"`
}

func (f *LetterFilter) takes(l *event.Letter) bool {
	return (f.State == "" || f.State == l.State) && (f.Field == "" || f.Field == l.Field) && (f.Message == "" || f.Message == l.Message)
}

// LetterPage is part of a list of dead letters, newest first.
type LetterPage struct {
	Letters    []Letter        `json:"letters"`
	NextCursor string          `json:"next_cursor" doc:"empty: no more"`
	Counts     event.LetterSum `json:"counts" doc:"of the source asked for, or of all"`
}

// Fault is what dead letters have in common.
type Fault struct {
	Source  string        `json:"source"`
	Field   string        `json:"field"`
	Message string        `json:"message"`
	Count   int           `json:"count"`
	Newest  string        `json:"newest" doc:"id of the newest of them"`
	Last    event.Instant `json:"last"`
}

func show(l *event.Letter) Letter {
	return Letter{
		ID: strconv.FormatUint(l.Number, 10), Source: l.Source, ReceivedAt: l.ReceivedAt, Path: l.Path, Index: l.Index, Whole: l.Whole,
		Field: l.Field, Message: l.Message, State: l.State, DoneAt: l.DoneAt, By: l.By, Reason: l.Reason,
		Size: len(l.Raw) + l.Cut, Cut: l.Cut,
	}
}

// List returns up to limit dead letters, from the cursor on.
func (x *Letters) List(f LetterFilter, limit int, cursor string) (LetterPage, error) {
	page := LetterPage{Letters: []Letter{}}
	before, err := numberOf(cursor)
	if cursor != "" && err != nil {
		return page, fault.New(fault.Invalid, "cursor %q is not one that this API gave; leave it out to start from the newest", cursor).At("cursor")
	}
	if page.Counts, err = x.o.Store.LetterSum(f.Source); err != nil {
		return page, err
	}
	err = x.o.Store.NewestLetters(f.Source, before, func(l event.Letter) bool {
		if !f.takes(&l) {
			return true
		}
		if len(page.Letters) == limit {
			page.NextCursor = page.Letters[limit-1].ID
			return false
		}
		page.Letters = append(page.Letters, show(&l))
		return true
	})
	return page, err
}

// Faults returns what open dead letters have in common, the most frequent first.
func (x *Letters) Faults(sourceID string) ([]Fault, error) {
	type key struct{ source, field, message string }
	at := map[key]int{}
	out := []Fault{}
	err := x.o.Store.NewestLetters(sourceID, 0, func(l event.Letter) bool {
		if l.State != event.LetterOpen {
			return true
		}
		k := key{l.Source, l.Field, l.Message}
		i, known := at[k]
		if !known {
			i = len(out)
			at[k] = i
			out = append(out, Fault{Source: l.Source, Field: l.Field, Message: l.Message, Newest: strconv.FormatUint(l.Number, 10), Last: l.ReceivedAt})
		}
		out[i].Count++
		return true
	})
	slices.SortStableFunc(out, func(a, b Fault) int { return b.Count - a.Count })
	return out[:min(len(out), 200)], err
}

func numberOf(id string) (uint64, error) { return strconv.ParseUint(id, 10, 64) }

func (x *Letters) find(id string) (event.Letter, error) {
	number, err := numberOf(id)
	if err == nil {
		l, found, err := x.o.Store.Letter(number)
		if err != nil || found {
			return l, err
		}
	}
	return event.Letter{}, fault.New(fault.NotFound, "there is no dead letter %q; the oldest are let go of when there are too many", id).At("id")
}

// Find returns one dead letter with what was sent.
func (x *Letters) Find(id string) (LetterWithBody, error) {
	l, err := x.find(id)
	if err != nil {
		return LetterWithBody{}, err
	}
	return LetterWithBody{
		Letter: show(&l), SentAt: l.SentAt, Shared: string(l.Shared),
		Body: strings.ToValidUTF8(string(l.Raw), "\uFFFD"),
	}, nil
}

// Replayed says what became of a replay.
type Replayed struct {
	Taken   bool        `json:"taken"`
	Field   string      `json:"field" doc:"what is wrong now"`
	Message string      `json:"message" doc:"what is wrong now, and how to mend it"`
	Events  int         `json:"events" doc:"that came of it"`
	People  []person.ID `json:"people" doc:"whose they are"`
	Letter  Letter      `json:"letter"`
}

// Replay takes a dead letter as its source would send it now, with the body as
// mended, or as it was (nil). The events and the mark that it is mended are one
// append: both are durable or neither is.
func (x *Letters) Replay(ctx context.Context, id string, body []byte, by string) (Replayed, error) {
	x.turn.Lock()
	defer x.turn.Unlock()
	if err := x.o.Folded(ctx); err != nil { // so that it is seen if it was replayed before
		return Replayed{}, err
	}
	l, err := x.find(id)
	if err != nil {
		return Replayed{}, err
	}
	if l.State == event.LetterMended {
		return Replayed{}, fault.New(fault.Conflict, "this dead letter was mended at %s; its events are there already", l.DoneAt).At("id")
	}
	out := Replayed{People: []person.ID{}, Letter: show(&l)}
	events, err := x.read(l, body)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind != fault.Internal {
		out.Field, out.Message = f.Field, f.Message
		return out, nil
	}
	if err != nil {
		return out, err
	}
	if err := x.finish(ctx, events, []uint64{l.Number}, event.LetterMended, "", by); err != nil {
		return out, err
	}
	out.Taken, out.Events = true, len(events)
	for i := range events {
		if !slices.Contains(out.People, events[i].To) && len(out.People) < 20 {
			out.People = append(out.People, events[i].To)
		}
	}
	l, err = x.find(id)
	out.Letter = show(&l)
	return out, err
}

// read reads a letter again, as mended or as it was (nil).
func (x *Letters) read(l event.Letter, body []byte) ([]event.Event, error) {
	if body != nil {
		return x.o.Decoder.Decode(l, body)
	}
	if l.Cut > 0 {
		return nil, fault.New(fault.Invalid, "the last %d bytes of it were not kept; replay it with a whole body", l.Cut)
	}
	return x.o.Decoder.Decode(l, l.Raw)
}

// finish stores events together with the state that letters move to, and waits
// until it shows.
func (x *Letters) finish(ctx context.Context, events []event.Event, numbers []uint64, to event.LetterState, reason, by string) error {
	now := x.o.Now()
	done := event.Event{
		Kind: event.DeadLetterDone, Source: "control", Time: now, ReceivedAt: now,
		Body: event.Pack(event.DeadLetterDoneBody{Letters: numbers, State: to, By: by, Reason: reason}),
	}
	if err := x.o.Appender.Append(ctx, append(events, done)); err != nil {
		return fmt.Errorf("store what became of dead letters: %w", err)
	}
	return x.o.Folded(ctx)
}

// Dismiss says that a dead letter is not needed. Reopen takes it back.
func (x *Letters) Dismiss(ctx context.Context, id, reason, by string) (Letter, error) {
	return x.move(ctx, id, event.LetterDismissed, reason, by)
}

// Reopen takes a dismissal back.
func (x *Letters) Reopen(ctx context.Context, id, by string) (Letter, error) {
	return x.move(ctx, id, event.LetterOpen, "", by)
}

func (x *Letters) move(ctx context.Context, id string, to event.LetterState, reason, by string) (Letter, error) {
	x.turn.Lock()
	defer x.turn.Unlock()
	l, err := x.find(id)
	if err != nil {
		return Letter{}, err
	}
	if l.State == event.LetterMended {
		return Letter{}, fault.New(fault.Conflict, "this dead letter was mended at %s; its events are there and stay", l.DoneAt).At("id")
	}
	if err := x.finish(ctx, nil, []uint64{l.Number}, to, reason, by); err != nil {
		return Letter{}, err
	}
	l, err = x.find(id)
	return show(&l), err
}

// Many says what became of many dead letters at once.
type Many struct {
	Tried   int     `json:"tried"`
	Done    int     `json:"done" doc:"mended, or dismissed"`
	Refused int     `json:"refused" doc:"again, and open as before"`
	Faults  []Fault `json:"faults" doc:"what is wrong with those now, the first 20 faults"`
	More    bool    `json:"more" doc:"there are more that the filter takes: ask again"`
}

// Limits of what is done at once.
const (
	atOnce  = 5_000
	inOne   = 500     // letters in one append
	inOneMB = 4 << 20 // bytes of their bodies
)

// open returns the numbers of open letters that the filter takes, oldest first.
func (x *Letters) open(f LetterFilter) (numbers []uint64, more bool, err error) {
	f.State = event.LetterOpen
	err = x.o.Store.NewestLetters(f.Source, 0, func(l event.Letter) bool {
		if f.takes(&l) {
			numbers = append(numbers, l.Number)
		}
		return true
	})
	slices.Reverse(numbers)
	n := min(len(numbers), atOnce)
	return numbers[:n], n < len(numbers), err
}

// ReplayAll replays the open letters that the filter takes as they were, oldest
// first: after a limit or a definition has changed.
func (x *Letters) ReplayAll(ctx context.Context, f LetterFilter, by string) (Many, error) {
	x.turn.Lock()
	defer x.turn.Unlock()
	out := Many{Faults: []Fault{}}
	if err := x.o.Folded(ctx); err != nil {
		return out, err
	}
	numbers, more, err := x.open(f)
	if err != nil {
		return out, err
	}
	var events []event.Event
	var taken []uint64
	size := 0
	flush := func() error {
		if len(taken) == 0 {
			return nil
		}
		if err := x.finish(ctx, events, taken, event.LetterMended, "", by); err != nil {
			return err
		}
		out.Done += len(taken)
		events, taken, size = nil, nil, 0
		return nil
	}
	for _, number := range numbers {
		l, found, err := x.o.Store.Letter(number)
		if err != nil {
			return out, err
		}
		if !found {
			continue
		}
		out.Tried++
		read, err := x.read(l, nil)
		if err != nil {
			out.refuse(&l, err)
			continue
		}
		events, taken, size = append(events, read...), append(taken, number), size+len(l.Raw)
		if len(taken) == inOne || size > inOneMB {
			if err := flush(); err != nil {
				return out, err
			}
		}
	}
	out.More = more
	return out, flush()
}

// refuse counts a letter that was refused again.
func (m *Many) refuse(l *event.Letter, err error) {
	m.Refused++
	now := Fault{Source: l.Source, Message: "it could not be read", Newest: strconv.FormatUint(l.Number, 10), Last: l.ReceivedAt, Count: 1}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		now.Field, now.Message = f.Field, f.Message
	}
	for i := range m.Faults {
		if o := &m.Faults[i]; o.Source == now.Source && o.Field == now.Field && o.Message == now.Message {
			o.Count++
			o.Newest, o.Last = now.Newest, now.Last
			return
		}
	}
	if len(m.Faults) < 20 {
		m.Faults = append(m.Faults, now)
	}
}

// DismissAll dismisses the open letters that the filter takes.
func (x *Letters) DismissAll(ctx context.Context, f LetterFilter, reason, by string) (Many, error) {
	x.turn.Lock()
	defer x.turn.Unlock()
	out := Many{Faults: []Fault{}}
	numbers, more, err := x.open(f)
	if err != nil {
		return out, err
	}
	out.Tried, out.More = len(numbers), more
	for chunk := range slices.Chunk(numbers, inOne) {
		if err := x.finish(ctx, nil, chunk, event.LetterDismissed, reason, by); err != nil {
			return out, err
		}
		out.Done += len(chunk)
	}
	return out, nil
}
