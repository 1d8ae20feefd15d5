package api_test

import (
	"context"
	"sync"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
)

// world is a workspace in memory with one person, Ada. It is what the API reads
// and changes in these tests.
type world struct {
	mu       sync.Mutex
	live     event.Live
	allow    []string
	asOf     event.Instant
	consent  []event.ConsentBody
	filter   report.Filter // of the last question about people
	notReady error
	broken   error // returned by every report
}

func ada() person.Identity { return person.NewIdentity(person.UserID, "ada") }
func adaID() person.ID     { return person.IDOf(1, ada()) }

func newWorld() *world { return &world{live: event.Disarmed} }

func (w *world) Workspace(context.Context) (report.Workspace, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return report.Workspace{Name: "Analytical Engines", Live: w.live, Allow: w.allow, AsOf: w.asOf, People: 1}, w.broken
}

func (w *world) Map(context.Context, report.Scope) (report.Map, error) {
	return report.Map{People: 1}, w.broken
}

func (w *world) Loop(context.Context, report.Scope) (report.Loop, error) {
	return report.Loop{People: 1}, w.broken
}

func (w *world) People(_ context.Context, f report.Filter) (report.People, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.filter = f
	if f.Identity != "" && f.Identity != ada().String() {
		return report.People{}, w.broken
	}
	return report.People{People: []report.PersonRow{{ID: adaID(), Name: "Ada"}}, Total: 1}, w.broken
}

func (w *world) Person(_ context.Context, id person.ID) (report.Person, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id != adaID() {
		return report.Person{}, fault.New(fault.NotFound, "There is no person %s.", id).At("id")
	}
	p := report.Person{PersonRow: report.PersonRow{ID: id, Name: "Ada"}}
	for _, c := range w.consent {
		p.Consent = append(p.Consent, report.ConsentRow{Channel: c.Channel, Given: c.Given, Proof: c.Proof})
	}
	return p, w.broken
}

func (w *world) Timeline(ctx context.Context, id person.ID, limit int, cursor string) (report.Timeline, error) {
	if _, err := w.Person(ctx, id); err != nil {
		return report.Timeline{}, err
	}
	events := []report.TimelineEvent{{Event: "Order Completed", MessageID: "m2"}, {Event: "page", MessageID: "m1"}}
	if cursor == "after-m2" {
		events = events[1:]
	}
	if limit < len(events) {
		return report.Timeline{Events: events[:limit], NextCursor: "after-m2"}, nil
	}
	return report.Timeline{Events: events}, nil
}

func (w *world) Why(ctx context.Context, id person.ID) (report.Why, error) {
	_, err := w.Person(ctx, id)
	return report.Why{Sentence: "Nothing: she has not given consent."}, err
}

func (w *world) Goals(context.Context) ([]report.GoalRow, error) { return nil, w.broken }

func (w *world) Trials(context.Context) ([]report.TrialRow, error) {
	return []report.TrialRow{}, w.broken
}

func (w *world) Trial(_ context.Context, id string) (report.Trial, error) {
	return report.Trial{}, fault.New(fault.NotFound, "There is no experiment %q.", id)
}

func (w *world) Goal(_ context.Context, id string) (report.Goal, error) {
	if id != "second-order" {
		return report.Goal{}, fault.New(fault.NotFound, "There is no goal %q.", id)
	}
	return report.Goal{ID: id}, nil
}

func (w *world) Journeys(context.Context) ([]report.JourneyRow, error) { return nil, w.broken }

func (w *world) Journey(_ context.Context, id string) (report.Journey, error) {
	return report.Journey{}, fault.New(fault.NotFound, "There is no journey %q.", id)
}

func (w *world) SetLive(_ context.Context, live event.Live, allow []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live, w.allow = live, allow
	return nil
}

func (w *world) SetAsOf(_ context.Context, asOf event.Instant) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asOf = asOf
	return nil
}

func (w *world) SetConsent(_ context.Context, id person.ID, c event.ConsentBody) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id != adaID() {
		return fault.New(fault.NotFound, "There is no person %s.", id).At("id")
	}
	w.consent = append(w.consent, c)
	return nil
}

func (w *world) Definition(context.Context) ([]byte, error) { return []byte("name: Engines\n"), nil }

func (w *world) Ready(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notReady
}

func (w *world) Segments(context.Context) (report.Segments, error) {
	return report.Segments{Segments: []report.SegmentRow{{ID: "regulars", People: 1}}, People: 1}, w.broken
}

func (w *world) Segment(_ context.Context, id string) (report.Segment, error) {
	if id != "regulars" {
		return report.Segment{}, fault.New(fault.NotFound, "There is no segment %q.", id).At("id")
	}
	return report.Segment{SegmentRow: report.SegmentRow{ID: id, Rule: "orders > 3"}}, nil
}

func (w *world) Sweep(context.Context) (report.Sweep, error) {
	return report.Sweep{Running: true, Share: 0.25}, w.broken
}

func (w *world) ConsentHistory(ctx context.Context, id person.ID) (report.ConsentHistory, error) {
	_, err := w.Person(ctx, id)
	return report.ConsentHistory{Mode: "opt_in"}, err
}
