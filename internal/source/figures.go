package source

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

const (
	minutesKept = 6 * 60
	hoursKept   = 30 * 24
	reasonsKept = 50  // of a source
	samplesKept = 512 // of clocks and of lag, of a source
)

// TallyStore is where the fold counts what arrives.
type TallyStore interface {
	Tallies(source string, since event.Instant, use func(hour event.Instant, t event.Tally)) error
	LetterSum(source string) (event.LetterSum, error)
}

// Figures measure what arrives. They are safe for concurrent use.
type Figures struct {
	store TallyStore
	now   func() event.Instant
	since event.Instant

	strangers    atomic.Uint64
	lastStranger atomic.Int64

	meters sync.Map // source id: *meter
}

// NewFigures returns figures that begin now.
func NewFigures(store TallyStore, now func() event.Instant) *Figures {
	return &Figures{store: store, now: now, since: now()}
}

// meter is what the door sees of one source.
type meter struct {
	sync.Mutex

	minutes [minutesKept]Minute // at the place of the minute's number
	totals  Totals
	reasons []Refusal
	skew    samples
	lag     samples
}

// Minute is what arrived of a source within a minute.
type Minute struct {
	Start    event.Instant `json:"start"`
	Calls    uint64        `json:"calls"`
	Accepted uint64        `json:"accepted"`
	Rejected uint64        `json:"rejected"`
	Bytes    uint64        `json:"bytes" doc:"of bodies, inflated"`
}

// Totals count since the server was started.
type Totals struct {
	Calls    uint64        `json:"calls"`
	Accepted uint64        `json:"accepted" doc:"events; a duplicate is recognised later, by the fold"`
	Rejected uint64        `json:"rejected" doc:"events, or bodies of which nothing could be read"`
	Bytes    uint64        `json:"bytes" doc:"of bodies, inflated"`
	Busy     uint64        `json:"busy" doc:"calls that were told to come again later"`
	Failed   uint64        `json:"failed" doc:"calls of which nothing was taken for another reason than their content"`
	Last     event.Instant `json:"last" doc:"when the latest call came"`
}

// Refusal counts what was rejected for one reason.
type Refusal struct {
	Field   string        `json:"field"`
	Message string        `json:"message"`
	Count   uint64        `json:"count"`
	Last    event.Instant `json:"last"`
}

// Spread is the middle and the far end of some durations.
type Spread struct {
	Samples int     `json:"samples" doc:"the latest, at most 512"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
}

// samples are the latest durations.
type samples struct {
	at [samplesKept]time.Duration
	n  int
}

func (s *samples) add(d time.Duration) {
	s.at[s.n%samplesKept] = d
	s.n++
}

func (s *samples) spread() Spread {
	n := min(s.n, samplesKept)
	if n == 0 {
		return Spread{}
	}
	sorted := slices.Clone(s.at[:n])
	slices.Sort(sorted)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Spread{Samples: n, P50: ms(sorted[n/2]), P99: ms(sorted[min(n-1, n*99/100)])}
}

func (f *Figures) meter(source string) *meter {
	if m, ok := f.meters.Load(source); ok {
		return m.(*meter) //nolint:forcetypeassert // only meters are stored
	}
	m, _ := f.meters.LoadOrStore(source, &meter{})
	return m.(*meter) //nolint:forcetypeassert // only meters are stored
}

// Arrived counts a request.
func (f *Figures) Arrived(a *Arrival) {
	if a.Source == "" {
		f.strangers.Add(1)
		f.lastStranger.Store(int64(a.At))
		return
	}
	m := f.meter(a.Source)
	m.Lock()
	defer m.Unlock()
	accepted, rejected, bytes := uint64(len(a.Events)), uint64(len(a.Rejected)), uint64(a.Bytes) //nolint:gosec // lengths
	t := &m.totals
	t.Calls++
	t.Accepted += accepted
	t.Rejected += rejected
	t.Bytes += bytes
	t.Last = max(t.Last, a.At)
	if a.Busy {
		t.Busy++
	} else if a.Failed != "" {
		t.Failed++
	}
	now := m.minute(a.At)
	now.Calls++
	now.Accepted += accepted
	now.Rejected += rejected
	now.Bytes += bytes
	for i := range a.Rejected {
		m.reason(a.Rejected[i].Field, a.Rejected[i].Message, a.At)
	}
	if a.SentAt != 0 {
		m.skew.add(a.SentAt.Sub(a.At))
	}
}

const minute = event.Instant(60 * 1_000_000)

// minute returns the count of the minute of at, begun anew if its place is still
// taken by an earlier one.
func (m *meter) minute(at event.Instant) *Minute {
	start := at - at%minute
	slot := &m.minutes[uint64(start/minute)%minutesKept] //nolint:gosec // a time after 1970
	if slot.Start != start {
		*slot = Minute{Start: start}
	}
	return slot
}

// reason counts a rejection. When there are too many reasons the rarest makes
// room: it was one of a kind, most likely.
func (m *meter) reason(field, message string, at event.Instant) {
	for i := range m.reasons {
		if r := &m.reasons[i]; r.Field == field && r.Message == message {
			r.Count++
			r.Last = at
			return
		}
	}
	if len(m.reasons) == reasonsKept {
		rarest := 0
		for i := range m.reasons {
			if m.reasons[i].Count < m.reasons[rarest].Count {
				rarest = i
			}
		}
		m.reasons[rarest] = m.reasons[reasonsKept-1]
		m.reasons = m.reasons[:reasonsKept-1]
	}
	m.reasons = append(m.reasons, Refusal{Field: field, Message: message, Count: 1, Last: at})
}

// Folded notes how long an event took from its arrival to the state.
func (f *Figures) Folded(source string, took time.Duration) {
	m := f.meter(source)
	m.Lock()
	defer m.Unlock()
	m.lag.add(took)
}

// SinceStart is what the door has seen of a source since the server was started.
type SinceStart struct {
	Totals
	Skew    Spread    `json:"skew" doc:"the caller's clock minus ours when a call came, the way it took included: below zero is behind"`
	Lag     Spread    `json:"lag" doc:"from an event's arrival until it is in the state"`
	Reasons []Refusal `json:"reasons" doc:"the most frequent first"`
}

// Measured are the figures of a source.
type Measured struct {
	LastSeen   event.Instant   `json:"last_seen" doc:"null: not in thirty days"`
	Day        event.Tally     `json:"day" doc:"the last 24 hours, from the journal"`
	Letters    event.LetterSum `json:"letters" doc:"its dead letters, from the journal"`
	SinceStart SinceStart      `json:"since_start" doc:"in memory: begins anew with each start of the server"`
	Gaps       []Gap           `json:"gaps" doc:"when it may have been cut off, and nobody has said yet whether it was; oldest first"`
	Told       bool            `json:"told" doc:"somebody has said whether it was connected, of the time since the latest came"`
	Returned   event.Instant   `json:"returned" doc:"since when events come although its outage is said to go on; null: no"`
}

// Hour is what arrived of a source within an hour.
type Hour struct {
	Start event.Instant `json:"start"`
	event.Tally
}

// Series are the figures of a source over time. What was empty is left out.
type Series struct {
	Hours   []Hour   `json:"hours" doc:"the last thirty days, from the journal; hours in which nothing came are left out"`
	Minutes []Minute `json:"minutes" doc:"the last six hours since the server was started; minutes in which nothing came are left out"`
}

// Strangers are calls without a write key that opens.
type Strangers struct {
	Calls uint64        `json:"calls" doc:"since the server was started"`
	Last  event.Instant `json:"last"`
}

// Strangers returns what is known of those who showed no key that opens.
func (f *Figures) Strangers() Strangers {
	return Strangers{Calls: f.strangers.Load(), Last: event.Instant(f.lastStranger.Load())}
}

// Since returns when the figures in memory began.
func (f *Figures) Since() event.Instant { return f.since }

// Of returns the figures of a source, of which people have said when it was not
// connected.
func (f *Figures) Of(source string, said []event.Outage) (Measured, error) {
	m := f.meter(source)
	out := Measured{SinceStart: m.sinceStart()}
	var err error
	if out.Letters, err = f.store.LetterSum(source); err != nil {
		return out, err
	}
	month := f.now().Add(-hoursKept * time.Hour)
	day := f.now().Add(-23 * time.Hour) // and the hour that it falls into
	day -= day % (60 * minute)
	all := hoursOf{}
	err = f.store.Tallies(source, month, func(hour event.Instant, t event.Tally) {
		all.add(hour, t)
		out.LastSeen = max(out.LastSeen, t.Last)
		if hour >= day {
			out.Day.Add(t)
		}
	})
	out.LastSeen = max(out.LastSeen, out.SinceStart.Last)
	out.Told = out.LastSeen != 0 && spoken(said, out.LastSeen, f.now()) != nil
	hours := all.sorted()
	out.Gaps, out.Returned = append([]Gap{}, Gaps(f.now(), hours, said)...), Returned(hours, said)
	return out, err
}

// hoursOf are what came, by the begin of the hour.
type hoursOf map[event.Instant]*Hour

func (h hoursOf) add(start event.Instant, t event.Tally) {
	if h[start] == nil {
		h[start] = &Hour{Start: start}
	}
	h[start].Add(t)
}

func (h hoursOf) sorted() []Hour {
	out := make([]Hour, 0, len(h))
	for _, one := range h {
		out = append(out, *one)
	}
	slices.SortFunc(out, func(a, b Hour) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

func (m *meter) sinceStart() SinceStart {
	m.Lock()
	defer m.Unlock()
	s := SinceStart{Totals: m.totals, Skew: m.skew.spread(), Lag: m.lag.spread(), Reasons: slices.Clone(m.reasons)}
	slices.SortStableFunc(s.Reasons, func(a, b Refusal) int { return cmp.Compare(b.Count, a.Count) })
	return s
}

// Series returns the figures of a source over time.
func (f *Figures) Series(source string) (Series, error) {
	out := Series{Hours: []Hour{}, Minutes: []Minute{}}
	all := hoursOf{}
	err := f.store.Tallies(source, f.now().Add(-hoursKept*time.Hour), all.add)
	out.Hours = append(out.Hours, all.sorted()...)

	m := f.meter(source)
	m.Lock()
	defer m.Unlock()
	from := f.now() - minutesKept*minute
	for _, one := range m.minutes {
		if one.Start > from {
			out.Minutes = append(out.Minutes, one)
		}
	}
	slices.SortFunc(out.Minutes, func(a, b Minute) int { return cmp.Compare(a.Start, b.Start) })
	return out, err
}
