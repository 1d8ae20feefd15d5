// Package reporttest has an in-memory report.Store for tests of what reads it.
package reporttest

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
)

var _ report.Store = (*Store)(nil)

// Store is a report.Store that holds everything in memory. The zero value is
// empty. It keeps what it is given as it is: it folds nothing.
type Store struct {
	mu struct {
		sync.Mutex

		version uint64
		state   report.State
		people  map[person.ID]profile.Person
		events  map[person.ID][]event.Event // oldest first
	}
}

// SetState replaces the workspace's state. People and Events are counted, not
// taken from s.
func (m *Store) SetState(s report.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.state = s
	m.mu.version++
}

// Put replaces a person and their history, which is sorted by event time.
// People with Forward set are forwards.
func (m *Store) Put(p profile.Person, history ...event.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.people == nil {
		m.mu.people, m.mu.events = map[person.ID]profile.Person{}, map[person.ID][]event.Event{}
	}
	history = slices.Clone(history)
	slices.SortStableFunc(history, func(a, b event.Event) int { return cmp.Compare(a.Time, b.Time) })
	m.mu.people[p.ID], m.mu.events[p.ID] = p, history
	m.mu.version++
}

// Version implements report.Store.
func (m *Store) Version() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mu.version
}

// State implements report.Store.
func (m *Store) State(context.Context) (report.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.mu.state
	s.People, s.Events = 0, 0
	for id, p := range m.mu.people {
		if p.Forward.IsZero() {
			s.People++
			s.Events += int64(len(m.mu.events[id]))
		}
	}
	return s, nil
}

// EachPerson implements report.Store.
func (m *Store) EachPerson(ctx context.Context, fn func(profile.Person, report.History) error) error {
	m.mu.Lock()
	var ids []person.ID
	everybody := map[person.ID]profile.Person{}
	histories := map[person.ID][]event.Event{}
	for id, p := range m.mu.people {
		if p.Forward.IsZero() {
			ids = append(ids, id)
			everybody[id], histories[id] = p, m.mu.events[id]
		}
	}
	m.mu.Unlock()
	slices.SortFunc(ids, func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err //nolint:wrapcheck // the caller's own
		}
		err := fn(everybody[id], func(yield func(event.Event) bool) error {
			each(histories[id], yield)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func each(events []event.Event, fn func(event.Event) bool) {
	for _, e := range events {
		if !fn(e) {
			return
		}
	}
}

// SegmentCounts implements report.Store.
func (m *Store) SegmentCounts(context.Context) (map[string]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]int64{}
	for _, p := range m.mu.people {
		for _, s := range p.Segments {
			out[s.Segment]++
		}
	}
	return out, nil
}

// SegmentMoves implements report.Store. It counts what timelines say of the last
// seven days.
func (m *Store) SegmentMoves(context.Context) (map[string]report.Moves, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]report.Moves{}
	for _, events := range m.mu.events {
		for _, e := range events {
			if e.Time <= m.mu.state.Now.Add(-7*24*time.Hour) {
				continue
			}
			body, err := event.Unpack[event.SegmentBody](e)
			if err != nil || body.Sweep {
				continue
			}
			moves := out[body.Segment]
			switch e.Kind {
			case event.SegmentEntered:
				moves.Entered++
			case event.SegmentLeft:
				moves.Left++
			default:
				continue
			}
			out[body.Segment] = moves
		}
	}
	return out, nil
}

// Person implements report.Store.
func (m *Store) Person(_ context.Context, id person.ID) (profile.Person, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.mu.people[id]
	for ok && !p.Forward.IsZero() {
		p, ok = m.mu.people[p.Forward]
	}
	return p, ok, nil
}

// History implements report.Store.
func (m *Store) History(_ context.Context, id person.ID, fn func(event.Event) bool) error {
	m.mu.Lock()
	events := m.mu.events[id]
	m.mu.Unlock()
	each(events, fn)
	return nil
}

// HistoryPage implements report.Store. The cursor counts events from the oldest.
func (m *Store) HistoryPage(_ context.Context, id person.ID, before string, limit int) ([]event.Event, string, error) {
	m.mu.Lock()
	events := m.mu.events[id]
	m.mu.Unlock()
	end := len(events)
	if before != "" {
		n, err := strconv.Atoi(before)
		if err != nil || n < 0 || n > len(events) {
			return nil, "", fault.New(fault.Invalid, "cursor %q: not one that was given out", before).At("cursor")
		}
		end = n
	}
	start := max(0, end-limit)
	page := slices.Clone(events[start:end])
	slices.Reverse(page)
	if start == 0 {
		return page, "", nil
	}
	return page, strconv.Itoa(start), nil
}

// ByIdentity implements report.Store.
func (m *Store) ByIdentity(_ context.Context, i person.Identity) ([]person.ID, error) {
	return m.where(func(p profile.Person) bool { return slices.Contains(p.Identities, i) }, -1), nil
}

// Search implements report.Store.
func (m *Store) Search(_ context.Context, prefix string, limit int) ([]person.ID, error) {
	prefix = strings.ToLower(prefix)
	begins := func(s string) bool { return strings.HasPrefix(strings.ToLower(s), prefix) }
	return m.where(func(p profile.Person) bool {
		for _, i := range p.Identities {
			if begins(i.Value) {
				return true
			}
		}
		for _, t := range p.Traits {
			var text string
			if json.Unmarshal(t.Value.Value, &text) == nil && begins(text) {
				return true
			}
		}
		return false
	}, limit), nil
}

// where lists up to limit people in the order of their ids; negative: all.
func (m *Store) where(match func(profile.Person) bool, limit int) []person.ID {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []person.ID
	for id, p := range m.mu.people {
		if match(p) {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
	if limit >= 0 && len(out) > limit {
		out = out[:limit]
	}
	return out
}
