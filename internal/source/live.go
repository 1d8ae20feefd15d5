package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

const (
	liveKept    = 2048    // events in the ring
	livePart    = 2 << 10 // bytes of what was sent that one of them shows
	liveUnseen  = 8       // events of one request that are kept while nobody watches
	liveAtOnce  = 256     // events that a reader gets at a time
	maxWatchers = 100
)

// Outcome is what became of something at the door.
type Outcome string

// The outcomes.
const (
	Accepted   Outcome = "accepted"
	Rejected   Outcome = "rejected"
	TurnedAway Outcome = "turned_away" // the whole call, for another reason than its content
)

// LiveEvent is an event as it arrived, or why it was not taken.
type LiveEvent struct {
	ID          string          `json:"id" doc:"for Last-Event-ID"`
	At          event.Instant   `json:"at" doc:"when it arrived"`
	Outcome     Outcome         `json:"outcome" enum:"accepted,rejected,turned_away"`
	Source      string          `json:"source" doc:"empty: no write key that opens was shown"`
	Path        string          `json:"path" doc:"of the call"`
	Index       int             `json:"index" doc:"within the call"`
	Kind        string          `json:"kind,omitempty" doc:"identify, track, page, screen, group or alias"`
	Name        string          `json:"name,omitempty"`
	MessageID   string          `json:"message_id,omitempty"`
	Bot         bool            `json:"bot,omitempty" doc:"a robot's, by its user agent: it is kept, and of nobody"`
	Time        event.Instant   `json:"time" doc:"when it happened"`
	UserID      string          `json:"user_id,omitempty"`
	AnonymousID string          `json:"anonymous_id,omitempty"`
	Person      person.ID       `json:"person,omitzero" doc:"the person, or whom they will be under until it is folded who they are"`
	Traits      json.RawMessage `json:"traits,omitempty" doc:"left out when over 2 KiB"`
	Properties  json.RawMessage `json:"properties,omitempty" doc:"left out when over 2 KiB"`
	Context     json.RawMessage `json:"context,omitempty" doc:"left out when over 2 KiB"`
	Field       string          `json:"field,omitempty" doc:"of a rejection"`
	Message     string          `json:"message,omitempty" doc:"why it was not taken"`
	Body        string          `json:"body,omitempty" doc:"what was rejected, its first 2 KiB"`

	seq uint64
}

// Live is the ring of what arrived last, and those who watch it. Whoever writes
// waits for no reader: what a reader was too slow for is counted to them.
type Live struct {
	boot     string // tells the ids of one run from those of another
	resolve  func(person.ID) person.ID
	watchers atomic.Int32
	unseen   atomic.Int64  // the second in which nobody watches, and how many events of it were kept: see spare
	closed   chan struct{} // closed at the end

	mu struct {
		sync.Mutex
		ring  [liveKept]*LiveEvent
		next  uint64 // the first event is 1
		bells map[*Watcher]chan struct{}
		shut  bool
	}
}

// NewLive returns an empty ring. now names this run. resolve says whom the id of
// a record leads to, as far as that is folded; nil: to itself. It is called when
// an event is read, not when it arrives.
func NewLive(now event.Instant, resolve func(person.ID) person.ID) *Live {
	if resolve == nil {
		resolve = func(id person.ID) person.ID { return id }
	}
	l := &Live{boot: strconv.FormatInt(int64(now), 36), resolve: resolve, closed: make(chan struct{})}
	l.mu.next = 1
	l.mu.bells = map[*Watcher]chan struct{}{}
	return l
}

// Close ends every watch. Nothing that arrives afterwards is kept.
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.mu.shut {
		l.mu.shut = true
		close(l.closed)
	}
}

// Arrived puts a request's events into the ring: all of them while somebody
// watches, and the first few while nobody does, for whoever comes next.
func (l *Live) Arrived(a *Arrival) {
	limit := liveKept
	if l.watchers.Load() == 0 {
		if limit = l.spare(a.At, len(a.Events)+len(a.Rejected)); limit == 0 {
			return
		}
	}
	out := make([]*LiveEvent, 0, min(len(a.Events)+len(a.Rejected)+1, limit))
	if a.Failed != "" && len(a.Rejected) == 0 {
		out = append(out, &LiveEvent{Outcome: TurnedAway, Message: a.Failed})
	}
	for i := range a.Rejected {
		if len(out) < limit {
			out = append(out, rejected(&a.Rejected[i]))
		}
	}
	for i := range a.Events {
		if len(out) < limit {
			out = append(out, accepted(&a.Events[i], i))
		}
	}
	for _, e := range out {
		e.At, e.Source, e.Path = a.At, a.Source, strings.Clone(a.Path)
	}
	l.push(out)
}

// spare is how many events of a request of n are kept while nobody watches: a few,
// and in a second no more than the ring holds, or little more when requests come
// at once.
func (l *Live) spare(at event.Instant, n int) int {
	n = min(n+1, liveUnseen) // a call that was turned away is one too
	second, was := int64(at)/1_000_000, l.unseen.Load()
	kept := was % (liveKept + 1)
	if was/(liveKept+1) != second {
		kept = 0
	}
	if kept += int64(n); kept > liveKept {
		return 0
	}
	l.unseen.Store(second*(liveKept+1) + kept)
	return n
}

func rejected(r *Rejection) *LiveEvent {
	body := r.Raw[:min(len(r.Raw), livePart)]
	e := &LiveEvent{Outcome: Rejected, Index: r.Index, Field: strings.Clone(r.Field), Message: strings.Clone(r.Message)}
	e.Body = strings.ToValidUTF8(string(body), string(utf8.RuneError))
	return e
}

func accepted(e *event.Event, index int) *LiveEvent {
	return &LiveEvent{
		Outcome: Accepted, Index: index, Kind: e.Kind.String(), Name: strings.Clone(e.Name), MessageID: strings.Clone(e.MessageID),
		Bot: e.Bot, Time: e.Time, UserID: strings.Clone(e.UserID), AnonymousID: strings.Clone(e.AnonymousID), Person: e.To,
		Traits: part(e.Traits), Properties: part(e.Properties), Context: part(e.Context),
	}
}

// part copies what is small enough to be shown.
func part(b json.RawMessage) json.RawMessage {
	if len(b) == 0 || len(b) > livePart {
		return nil
	}
	return bytes.Clone(b)
}

func (l *Live) push(events []*LiveEvent) {
	if len(events) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.shut {
		return
	}
	for _, e := range events {
		e.seq = l.mu.next
		l.mu.ring[e.seq%liveKept] = e
		l.mu.next++
	}
	for _, bell := range l.mu.bells {
		select {
		case bell <- struct{}{}:
		default: // it rings already
		}
	}
}

// LiveFilter narrows down what a watcher sees. Empty fields do not.
type LiveFilter struct {
	Source   string
	Kind     string
	Event    string // name of a track, page or screen call
	Person   person.ID
	Identity person.Identity // a user id or anonymous id
	Outcome  Outcome
}

func (f *LiveFilter) takes(e *LiveEvent) bool {
	return (f.Source == "" || f.Source == e.Source) &&
		(f.Kind == "" || f.Kind == e.Kind) &&
		(f.Event == "" || f.Event == e.Name) &&
		(f.Person.IsZero() || !e.Person.IsZero()) && // who it is comes later: see resolved
		(f.Outcome == "" || f.Outcome == e.Outcome) &&
		(f.Identity.IsZero() || f.Identity.Kind == person.UserID && f.Identity.Value == e.UserID ||
			f.Identity.Kind == person.AnonymousID && f.Identity.Value == e.AnonymousID)
}

// Watcher follows the ring. It is used by one goroutine, which must Close it.
type Watcher struct {
	l      *Live
	filter LiveFilter
	at     uint64 // of the next event to look at
	bell   chan struct{}
}

// Watch follows what arrives from now on, after up to backlog events that did
// already. lastID is the id of the last event that the reader has, if any: then
// it goes on after that one.
func (l *Live) Watch(f LiveFilter, lastID string, backlog int) (*Watcher, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.shut {
		return nil, fault.New(fault.Busy, "the server is stopping")
	}
	if len(l.mu.bells) >= maxWatchers {
		return nil, fault.New(fault.Busy, "%d readers follow the events already; close one", maxWatchers)
	}
	w := &Watcher{l: l, filter: f, bell: make(chan struct{}, 1)}
	w.at = l.mu.next - min(uint64(max(backlog, 0)), l.mu.next-1) //nolint:gosec // not negative
	if boot, seq, ok := strings.Cut(lastID, "-"); ok && boot == l.boot {
		if n, err := strconv.ParseUint(seq, 10, 64); err == nil && n < l.mu.next {
			w.at = n + 1
		}
	}
	l.mu.bells[w] = w.bell
	l.watchers.Add(1)
	w.bell <- struct{}{} // there may be something already
	return w, nil
}

// Close ends the watch.
func (w *Watcher) Close() {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	if _, open := w.l.mu.bells[w]; open {
		delete(w.l.mu.bells, w)
		w.l.watchers.Add(-1)
	}
}

// ErrLiveEnded means that the server is stopping.
var ErrLiveEnded = fault.New(fault.Busy, "the server is stopping")

// Next waits for events and returns some, oldest first, with how many went by
// unseen before them because this reader was too slow. It returns ctx's error
// when ctx ends first.
func (w *Watcher) Next(ctx context.Context) (events []*LiveEvent, dropped uint64, err error) {
	for {
		select {
		case <-w.bell:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		case <-w.l.closed:
			return nil, 0, ErrLiveEnded
		}
		events, missed, more := w.take()
		events = w.resolved(events)
		dropped += missed
		if more {
			select {
			case w.bell <- struct{}{}:
			default:
			}
		}
		if len(events) > 0 || dropped > 0 {
			return events, dropped, nil
		}
	}
}

// resolved says whose events are, and leaves out those that are not of the person
// asked for.
func (w *Watcher) resolved(events []*LiveEvent) []*LiveEvent {
	kept := events[:0]
	for _, e := range events {
		if !e.Person.IsZero() {
			shown := *e
			shown.Person = w.l.resolve(e.Person)
			e = &shown
		}
		if w.filter.Person.IsZero() || w.filter.Person == e.Person {
			kept = append(kept, e)
		}
	}
	return kept
}

func (w *Watcher) take() (events []*LiveEvent, dropped uint64, more bool) {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	if oldest := w.l.mu.next - min(w.l.mu.next-1, liveKept); w.at < oldest {
		dropped, w.at = oldest-w.at, oldest
	}
	for ; w.at < w.l.mu.next && len(events) < liveAtOnce; w.at++ {
		if e := w.l.mu.ring[w.at%liveKept]; w.filter.takes(e) {
			events = append(events, e)
		}
	}
	return events, dropped, w.at < w.l.mu.next
}

// Text writes an event as JSON, with its id.
func (l *Live) Text(e *LiveEvent) (id string, text []byte, err error) {
	shown := *e
	shown.ID = fmt.Sprintf("%s-%d", l.boot, e.seq)
	text, err = json.Marshal(&shown)
	return shown.ID, text, err
}

// Forget takes events out of the ring. Who watches has seen them.
func (l *Live) Forget(which func(*LiveEvent) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, e := range l.mu.ring {
		if e != nil && which(e) {
			l.mu.ring[i] = &LiveEvent{ID: e.ID, At: e.At, Outcome: e.Outcome, Source: e.Source, Path: e.Path, Index: e.Index, Kind: e.Kind, seq: e.seq}
		}
	}
}
