package lifecycle

import (
	"bytes"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// Labels of receipts, by which a touchpoint claims them. A receipt also has to
// be on the touchpoint's channel.
const (
	DeliverySent    = definition.DeliverySent
	DeliveryOpened  = definition.DeliveryOpened
	DeliveryClicked = definition.DeliveryClicked
)

// deliveryKey is where an act says which of our deliveries led to it, in an
// event's context or properties.
const deliveryKey = "rapport_delivery"

// defaultGap ends a visit where a map does not say.
const defaultGap = 30 * 60 * 1e9

// Classifier knows which touchpoint of a map claims an event. It is immutable
// and safe for concurrent use.
type Classifier struct {
	m        *definition.Map
	gap      event.Instant
	track    map[string][]int // touchpoint indices in map order, by event name
	page     named
	screen   named
	receipts map[string][]int // by receipt label
}

// named holds the touchpoints that claim pages (or screens) of any name, and
// those for each name that the map mentions, which include the former.
type named struct {
	any  []int
	each map[string][]int
}

func (n named) of(name string) []int {
	if t, ok := n.each[name]; ok {
		return t
	}
	return n.any
}

// New prepares a classifier for m, which must not change afterwards.
func New(m *definition.Map) *Classifier {
	c := &Classifier{
		m: m, gap: event.Instant(m.VisitGap.Microseconds()),
		track: map[string][]int{}, receipts: map[string][]int{},
		page: named{each: map[string][]int{}}, screen: named{each: map[string][]int{}},
	}
	if c.gap <= 0 {
		c.gap = event.Instant(0).Add(defaultGap)
	}
	for i, t := range m.Touchpoints {
		for _, label := range t.Events {
			c.claim(i, label)
		}
	}
	c.page.merge()
	c.screen.merge()
	return c
}

func (c *Classifier) claim(i int, label string) {
	kind, name, hasName := cutLabel(label)
	switch {
	case kind == event.Page && hasName:
		c.page.each[name] = append(c.page.each[name], i)
	case kind == event.Page:
		c.page.any = append(c.page.any, i)
	case kind == event.Screen && hasName:
		c.screen.each[name] = append(c.screen.each[name], i)
	case kind == event.Screen:
		c.screen.any = append(c.screen.any, i)
	case kind == event.Receipt:
		c.receipts[name] = append(c.receipts[name], i)
	default:
		c.track[name] = append(c.track[name], i)
	}
}

// cutLabel reads an event label of the map. The receipts' labels and those of
// pages and screens are reserved: a track call of that name is not claimed.
func cutLabel(label string) (kind event.Kind, name string, hasName bool) {
	switch label {
	case DeliverySent, DeliveryOpened, DeliveryClicked:
		return event.Receipt, label, true
	case "page":
		return event.Page, "", false
	case "screen":
		return event.Screen, "", false
	}
	if name, ok := cutPrefix(label, "page:"); ok {
		return event.Page, name, true
	}
	if name, ok := cutPrefix(label, "screen:"); ok {
		return event.Screen, name, true
	}
	return event.Track, label, true
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return "", false
}

func (n *named) merge() {
	for name, t := range n.each {
		t = append(slices.Clone(t), n.any...)
		slices.Sort(t)
		n.each[name] = slices.Compact(t)
	}
}

// Map is the map that the classifier was made for.
func (c *Classifier) Map() *definition.Map { return c.m }

// Touchpoint returns the index in the map of the first touchpoint that claims e,
// or -1. Receipts of robots belong nowhere.
func (c *Classifier) Touchpoint(e event.Event) int {
	var claims []int
	channel := ""
	switch e.Kind {
	case event.Track:
		claims = c.track[e.Name]
	case event.Page:
		claims = c.page.of(e.Name)
	case event.Screen:
		claims = c.screen.of(e.Name)
	case event.Receipt:
		var label string
		if label, channel = receiptLabel(e); label == "" {
			return -1
		}
		claims = c.receipts[label]
	default:
		return -1
	}
	for _, i := range claims {
		t := &c.m.Touchpoints[i]
		if e.Kind == event.Receipt && t.Channel != channel {
			continue
		}
		if t.Where == nil || holds(t.Where, e) {
			return i
		}
	}
	return -1
}

// holds has its own copy of e, so that events move to the heap only where a
// touchpoint has a condition. A condition that takes too many steps to decide
// does not hold.
func holds(x *definition.Expr, e event.Event) bool {
	ok, err := x.Holds(definition.Vars{Now: e.Time, Event: &e})
	return ok && err == nil
}

// receiptLabel is empty for receipts that are nobody's act and no touch.
func receiptLabel(e event.Event) (label, channel string) {
	switch label, channel = definition.ReceiptLabel(&e); label {
	case DeliverySent, DeliveryOpened, DeliveryClicked:
		return label, channel
	default:
		return "", ""
	}
}

// Label is the label by which a map would claim e: the name of a track call,
// "page:NAME", "screen:NAME", or the label of a receipt. It is empty for events
// that no map can claim.
func Label(e event.Event) string {
	switch e.Kind {
	case event.Track:
		return e.Name
	case event.Page, event.Screen:
		if e.Name == "" {
			return e.Kind.String()
		}
		return e.Kind.String() + ":" + e.Name
	case event.Receipt:
		label, _ := receiptLabel(e)
		return label
	default:
		return ""
	}
}

// Answers reports whether e, at an inbound touchpoint, is an answer to one of
// our deliveries by itself, whatever visit it belongs to.
func Answers(e event.Event) bool {
	return e.Kind == event.Receipt || Delivery(e) != ""
}

// Delivery is the id of our delivery that e says led to it, or empty.
func Delivery(e event.Event) string {
	for _, object := range [...][]byte{e.Context, e.Properties} {
		if !bytes.Contains(object, []byte(deliveryKey)) {
			continue
		}
		if id := gjson.GetBytes(object, deliveryKey).String(); id != "" {
			return id
		}
	}
	return ""
}
