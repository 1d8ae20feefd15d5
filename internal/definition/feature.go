package definition

import (
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
)

// Aggregate says how a feature folds its events.
type Aggregate string

// The aggregates.
const (
	Count    Aggregate = "count"    // number of events
	Sum      Aggregate = "sum"      // sum of a property, as money by currency or as plain numbers
	First    Aggregate = "first"    // time of the first, or what its property was
	Last     Aggregate = "last"     // time of the last, or what its property was
	Rate     Aggregate = "rate"     // number of events a day, a week or a month
	Distinct Aggregate = "distinct" // number of different values of a property

	// Recent keeps the times of the latest few events. It is of no feature that is
	// declared: the history functions of expressions rest on it.
	Recent Aggregate = "recent"
)

// aggregates are those that can be declared.
func aggregates() []Aggregate { return []Aggregate{Count, Sum, First, Last, Rate, Distinct} }

// MostDistinct is how many different values a Distinct feature tells apart: where
// it says so many, there are at least so many.
const MostDistinct = 100

// Feature is a computed attribute of a person.
type Feature struct {
	ID        string
	Name      string
	Aggregate Aggregate
	Events    []string // event labels, as touchpoints have them; any of them counts
	Where     *Expr    // further condition on the event; nil: none

	// Within is the window that is looked back on from now; zero is a lifetime. It
	// is for Count, Sum, Rate and Distinct, and moves by whole grains.
	Within time.Duration

	Property string        // path within the properties: of the amount, or of the value
	Plain    bool          // for Sum: plain numbers, not money
	Less     []string      // for Sum: events whose amount is taken off
	LessOf   string        // for Sum: path of the amount in those; defaults to Property
	Per      time.Duration // for Rate: the unit of time
	Keep     int           // for Recent: how many times

	place int
}

// Place numbers the features of a workspace, declared and implicit, from 0.
func (f *Feature) Place() int { return f.place }

// OfValue reports whether a First or Last gives a property rather than a time.
func (f *Feature) OfValue() bool {
	return f.Property != "" && (f.Aggregate == First || f.Aggregate == Last)
}

const (
	hour = time.Hour

	// finest is the longest window that moves by hours; longer ones move by days.
	finest = 7 * day
)

// Grain is by how much a window moves: by whole hours where it is of at most
// seven days, else by whole days, both of UTC. What happened in a grain leaves
// the window with that grain as a whole, when all of it is longer ago than
// Within. So an event counts for at least Within, and at most one grain more.
func (f *Feature) Grain() time.Duration {
	if f.Within <= finest {
		return hour
	}
	return day
}

// Labels of what became of our deliveries, as maps and features have them.
const (
	DeliverySent       = "Delivery Sent"
	DeliveryOpened     = "Delivery Opened"
	DeliveryClicked    = "Delivery Clicked"
	DeliveryBounced    = "Delivery Bounced"
	DeliveryComplained = "Delivery Complained"
)

// ReceiptLabel returns the label of a receipt, and the channel of its delivery.
// It is empty for robots' receipts and for those that concern nobody but us.
func ReceiptLabel(e *event.Event) (label, channel string) {
	got := gjson.GetManyBytes(e.Body, "outcome", "channel", "machine")
	if got[2].Bool() {
		return "", ""
	}
	switch event.Outcome(got[0].Str) {
	case event.Sent:
		label = DeliverySent
	case event.Opened:
		label = DeliveryOpened
	case event.Clicked:
		label = DeliveryClicked
	case event.Bounced:
		label = DeliveryBounced
	case event.Complained:
		label = DeliveryComplained
	case event.Failed, event.Unknown, event.Delivered, event.Lost:
	}
	return label, got[1].Str
}

// labelOf is how features name e.
func labelOf(e *event.Event) string {
	if e.Kind == event.Receipt {
		label, _ := ReceiptLabel(e)
		return label
	}
	return e.Label()
}

// Names reports whether one of labels is e's: the name of a track call, "page",
// "page:NAME", "screen", "screen:NAME", the name of another call, or a label of
// what became of a delivery.
func Names(labels []string, e *event.Event) bool {
	label := labelOf(e)
	for _, l := range labels {
		if l == label || e.Name != "" && isPageNamed(l, label, e) {
			return true
		}
	}
	return false
}

func isPageNamed(label, kind string, e *event.Event) bool {
	if e.Kind != event.Page && e.Kind != event.Screen {
		return false
	}
	name, ok := strings.CutPrefix(label, kind)
	return ok && len(name) == len(e.Name)+1 && name[0] == ':' && name[1:] == e.Name
}

// watch finds the features that an event may concern.
type watch struct {
	all     []*Feature // by place
	byLabel map[string][]*Feature
	pages   map[string][]*Feature // by name of the page
	screens map[string][]*Feature
}

func newWatch(declared []Feature, implicit []*Feature) watch {
	w := watch{byLabel: map[string][]*Feature{}, pages: map[string][]*Feature{}, screens: map[string][]*Feature{}}
	for i := range declared {
		w.add(&declared[i])
	}
	for _, f := range implicit {
		w.add(f)
	}
	return w
}

// add gives f the next place and listens for its events.
func (w *watch) add(f *Feature) {
	f.place = len(w.all)
	w.all = append(w.all, f)
	labels := slices.Concat(f.Events, f.Less)
	slices.Sort(labels)
	for _, label := range slices.Compact(labels) {
		if name, ok := strings.CutPrefix(label, "page:"); ok && name != "" && !slices.Contains(labels, "page") {
			w.pages[name] = append(w.pages[name], f)
		} else if name, ok := strings.CutPrefix(label, "screen:"); ok && name != "" && !slices.Contains(labels, "screen") {
			w.screens[name] = append(w.screens[name], f)
		} else {
			w.byLabel[label] = append(w.byLabel[label], f)
		}
	}
}

// Computed returns every feature, declared and implicit, by place. The caller
// must not change it.
func (w *Workspace) Computed() []*Feature { return w.watch.all }

// Watching calls use with each feature that names e, whatever its condition. No
// feature is given twice.
func (w *Workspace) Watching(e *event.Event, use func(*Feature)) {
	for _, f := range w.watch.byLabel[labelOf(e)] {
		use(f)
	}
	if e.Name == "" {
		return
	}
	switch e.Kind {
	case event.Page:
		for _, f := range w.watch.pages[e.Name] {
			use(f)
		}
	case event.Screen:
		for _, f := range w.watch.screens[e.Name] {
			use(f)
		}
	default: // has no name of its own
	}
}
