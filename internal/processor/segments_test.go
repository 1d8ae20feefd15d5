package processor_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
	"github.com/rapporthq/rapport/internal/testenv"
)

// rule is one, beside what it means.
type rule struct {
	when string
	mean func(k *facts) bool
}

// asked are the rules of the property test, each beside its slow and obvious
// meaning: one list of facts, looked through from the beginning each time.
func asked() map[string]rule {
	return map[string]rule{
		"three":     {`did("Order Completed", 3, days(30))`, func(k *facts) bool { return k.since("Order Completed", 30*day) >= 3 }},
		"two-ever":  {`did("Order Completed", 2)`, func(k *facts) bool { return k.since("Order Completed", ever) >= 2 }},
		"yesterday": {`did("page:Home", days(1))`, func(k *facts) bool { return k.since("page:Home", day) >= 1 }},
		"left-cart": {`did_then_not("Cart Viewed", "Order Completed", hours(4))`, func(k *facts) bool {
			return k.thenNot("Cart Viewed", "Order Completed", 4*time.Hour, nil)
		}},
		"left-big": {`did_then_not("Cart Viewed", big_orders, hours(4))`, func(k *facts) bool {
			return k.thenNot("Cart Viewed", "Order Completed", 4*time.Hour, func(e event.Event) bool { return k.number(e, "revenue") > 100 })
		}},
		"month":    {`orders_30d >= 2`, func(k *facts) bool { return k.window("Order Completed", 30*day, day) >= 2 }},
		"busy":     {`views_6h >= 3`, func(k *facts) bool { return k.window("Product Viewed", 6*time.Hour, time.Hour) >= 3 }},
		"spender":  {`spent_10d > 150.5`, func(k *facts) bool { return k.spent(10*day) > 150_500_000 }},
		"bulk":     {`items >= 4.5`, func(k *facts) bool { return k.items() >= 4_500_000 }},
		"shoes":    {`last_category == "shoes"`, func(k *facts) bool { return k.latest("Product Viewed", "category") == `"shoes"` }},
		"pacer":    {`pace >= 0.5`, func(k *facts) bool { return k.window("Order Completed", 28*day, day) >= 2 }},
		"steady":   {`lifetime_pace > 1.0`, func(k *facts) bool { return k.lifetimePace() > 1 }},
		"curious":  {`products >= 2`, func(k *facts) bool { return k.distinct("Product Viewed", "category", 3*day) >= 2 }},
		"fresh":    {`orders > 0 && now - last_order < days(7)`, func(k *facts) bool { return k.fresh(7 * day) }},
		"fifth":    {`bucket("x") < 20`, func(k *facts) bool { return profile.Bucket("test", "x", &profile.Person{ID: k.id}) < 20 }},
		"pro":      {`traits.plan == "pro"`, func(k *facts) bool { return k.plan() == "pro" }},
		"not-busy": {`!in_segment("busy")`, func(k *facts) bool { return !k.in("busy") }},
		"combined": {`in_segment("three") && !in_segment("left-cart") || stage == "use" && in_segment("not-busy")`, func(k *facts) bool {
			return k.in("three") && !k.in("left-cart") || k.stage() == "use" && k.in("not-busy")
		}},
	}
}

const ever = 100 * 365 * day

const askedFeatures = `features:
  - {id: big-orders, count: Order Completed, where: properties.revenue > 100}
  - {id: orders-30d, count: Order Completed, within: 30d}
  - {id: views-6h, count: Product Viewed, within: 6h}
  - {id: spent-10d, sum: Order Completed, less: Order Refunded, within: 10d}
  - {id: items, sum: Order Completed, of: quantity, as: number}
  - {id: last-category, last: Product Viewed, of: category}
  - {id: pace, rate: Order Completed, per: week, within: 28d}
  - {id: lifetime-pace, rate: Order Completed, per: week}
  - {id: products, distinct: Product Viewed, of: category, within: 3d}
`

// facts is what is known of a person, once each.
type facts struct {
	id     person.ID
	now    event.Instant
	events []event.Event
	rules  map[string]rule
}

func arrival(e event.Event) event.Instant { return min(e.Time, e.ReceivedAt) }

func (k *facts) of(label string) (out []event.Event) {
	for _, e := range k.events {
		name := e.Name
		if e.Kind == event.Page {
			name = "page:" + e.Name
		}
		if name == label {
			out = append(out, e)
		}
	}
	return out
}

func (k *facts) since(label string, d time.Duration) (n int) {
	for _, e := range k.of(label) {
		if k.now-arrival(e) < event.Instant(d.Microseconds()) {
			n++
		}
	}
	return n
}

func (k *facts) thenNot(first, then string, d time.Duration, but func(event.Event) bool) bool {
	var did, since event.Instant
	for _, e := range k.of(first) {
		did = max(did, arrival(e))
	}
	for _, e := range k.of(then) {
		if but == nil || but(e) {
			since = max(since, arrival(e))
		}
	}
	return did != 0 && since < did && k.now-did >= event.Instant(d.Microseconds())
}

// inWindow reports whether the whole grain of e is no longer ago than d.
func (k *facts) inWindow(e event.Event, d, grain time.Duration) bool {
	gone := arrival(e).Time().Truncate(grain).Add(d + grain)
	return k.now.Time().Before(gone)
}

func (k *facts) window(label string, d, grain time.Duration) (n int) {
	for _, e := range k.of(label) {
		if k.inWindow(e, d, grain) {
			n++
		}
	}
	return n
}

func (k *facts) number(e event.Event, property string) float64 {
	var n float64
	if _, rest, ok := strings.Cut(string(e.Properties), `"`+property+`":`); ok {
		n, _ = strconv.ParseFloat(rest[:strings.IndexAny(rest, ",}")], 64)
	}
	return n
}

func (k *facts) spent(d time.Duration) (sum int64) {
	for _, e := range k.of("Order Completed") {
		if k.inWindow(e, d, day) {
			sum += int64(k.number(e, "revenue")*1e6 + 0.5)
		}
	}
	for _, e := range k.of("Order Refunded") {
		if k.inWindow(e, d, day) {
			sum -= int64(k.number(e, "revenue")*1e6 + 0.5)
		}
	}
	return sum
}

func (k *facts) items() (sum int64) {
	for _, e := range k.of("Order Completed") {
		sum += int64(k.number(e, "quantity")*1e6 + 0.5)
	}
	return sum
}

func (k *facts) text(e event.Event, property string) string {
	_, rest, ok := strings.Cut(string(e.Properties), `"`+property+`":`)
	if !ok {
		return ""
	}
	return rest[:strings.IndexAny(rest, ",}")]
}

func (k *facts) latest(label, property string) (value string) {
	var at event.Instant
	for _, e := range k.of(label) {
		if v := k.text(e, property); v != "" && e.Time > at {
			at, value = e.Time, v
		}
	}
	return value
}

func (k *facts) distinct(label, property string, d time.Duration) int {
	met := map[string]bool{}
	for _, e := range k.of(label) {
		if v := k.text(e, property); v != "" && k.inWindow(e, d, time.Hour) {
			met[v] = true
		}
	}
	return len(met)
}

func (k *facts) lifetimePace() float64 {
	orders := k.of("Order Completed")
	if len(orders) == 0 {
		return 0
	}
	first := arrival(orders[0])
	for _, e := range orders {
		first = min(first, arrival(e))
	}
	return float64(len(orders)) / float64(1+int(max(k.now.Sub(first), 0)/(7*day)))
}

func (k *facts) fresh(d time.Duration) bool {
	var last event.Instant
	for _, e := range k.of("Order Completed") {
		last = max(last, e.Time)
	}
	return last != 0 && k.now-last < event.Instant(d.Microseconds())
}

func (k *facts) plan() (plan string) {
	var at event.Instant
	for _, e := range k.events {
		if e.Kind == event.Identify && e.Time > at {
			at = e.Time
			if plan = "free"; strings.Contains(string(e.Traits), "pro") {
				plan = "pro"
			}
		}
	}
	return plan
}

func (k *facts) stage() string {
	orders := k.of("Order Completed")
	switch {
	case len(orders) > 0 && !k.fresh(60*day):
		return "lapse"
	case len(orders) > 1:
		return "use"
	case len(orders) == 1:
		return "try"
	default:
		return "discover"
	}
}

func (k *facts) in(id string) bool { return k.rules[id].mean(k) }

// askedShop is the shop with the named segments.
func askedShop(ids []string) []byte {
	var b strings.Builder
	b.WriteString("segments:\n")
	for _, id := range ids {
		fmt.Fprintf(&b, "  - {id: %s, when: '%s'}\n", id, asked()[id].when)
	}
	return append(replace(shop, "features:\n", askedFeatures), b.String()...)
}

// crowdOfFacts is a world of which everything that was said is also written down
// by hand.
type crowdOfFacts struct {
	*world
	r     *rand.Rand
	known map[string][]event.Event // by user or device
	owner map[string]string        // of devices
	sent  []event.Event            // lately
	ids   []string                 // segments in force
	ws    *definition.Workspace    // with them
}

func (c *crowdOfFacts) someone() (user, device string) {
	n := strconv.Itoa(c.r.IntN(6))
	if c.r.IntN(4) == 0 {
		return "", "device-" + n
	}
	return "user-" + n, ""
}

func (c *crowdOfFacts) random() event.Event {
	user, device := c.someone()
	c.n++
	e := event.Event{Kind: event.Track, UserID: user, AnonymousID: device, Source: "test", MessageID: fmt.Sprint("r", c.n), ReceivedAt: c.now}
	back := time.Duration(c.r.Int64N(int64(time.Hour)))
	switch c.r.IntN(8) {
	case 0, 1: // late
		back = time.Duration(c.r.Int64N(int64(40 * day)))
	case 2: // the sender's clock runs ahead
		back = -time.Duration(c.r.Int64N(int64(2 * day)))
	}
	e.Time = c.now.Add(-back)
	category := []string{"shoes", "hats", "bags"}[c.r.IntN(3)]
	switch c.r.IntN(10) {
	case 0, 1, 2:
		e.Name, e.Properties = "Product Viewed", fmt.Appendf(nil, `{"category":%q}`, category)
	case 3, 4, 5:
		e.Name, e.Properties = "Order Completed", fmt.Appendf(nil, `{"revenue":%d.%02d,"quantity":0.%d}`, c.r.IntN(150), c.r.IntN(100), 1+c.r.IntN(9))
	case 6:
		e.Name, e.Properties = "Order Refunded", fmt.Appendf(nil, `{"revenue":%d.5}`, c.r.IntN(60))
	case 7:
		e.Name = "Cart Viewed"
	case 8:
		e.Kind, e.Name = event.Page, []string{"Home", "Help"}[c.r.IntN(2)]
	default:
		e.Kind, e.Traits = event.Identify, fmt.Appendf(nil, `{"plan":%q}`, []string{"pro", "free"}[c.r.IntN(2)])
		if user != "" && c.r.IntN(3) == 0 {
			e.AnonymousID = "device-" + strings.TrimPrefix(user, "user-")
			c.owner[e.AnonymousID] = user
		}
	}
	return e
}

func (c *crowdOfFacts) write(e event.Event) {
	who := e.UserID
	if who == "" {
		who = e.AnonymousID
	}
	c.known[who] = append(c.known[who], e)
	c.sent = append(c.sent, e)
}

// step does one random thing.
func (c *crowdOfFacts) step() {
	switch c.r.IntN(12) {
	case 0:
		c.pass(time.Duration(c.r.Int64N(int64(5 * day))))
		c.sent = nil
	case 1:
		c.pass(time.Duration(c.r.Int64N(int64(3 * time.Hour))))
	case 2: // definitions change in the middle of things
		c.edit()
	case 3: // some things are said twice
		if len(c.sent) > 0 {
			again := c.sent[c.r.IntN(len(c.sent))]
			again.To = person.ID{}
			c.append(again)
		}
	default:
		var events []event.Event
		for range 1 + c.r.IntN(4) {
			e := c.random()
			c.write(e)
			events = append(events, e)
		}
		c.r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		c.append(events...)
	}
}

func (c *crowdOfFacts) edit() {
	c.ids = nil
	for _, id := range slices.Sorted(maps.Keys(asked())) {
		if c.r.IntN(3) > 0 {
			c.ids = append(c.ids, id)
		}
	}
	for _, needs := range [][2]string{{"combined", "three"}, {"combined", "left-cart"}, {"combined", "not-busy"}, {"not-busy", "busy"}} {
		if slices.Contains(c.ids, needs[0]) && !slices.Contains(c.ids, needs[1]) {
			c.ids = append(c.ids, needs[1])
		}
	}
	c.r.Shuffle(len(c.ids), func(i, j int) { c.ids[i], c.ids[j] = c.ids[j], c.ids[i] })
	yaml := askedShop(c.ids)
	_, err := processor.PutDefinitions(c.t.Context(), c.journal, yaml, c.now)
	require.NoError(c.t, err)
	c.ws, err = definition.Compile(yaml)
	require.NoError(c.t, err)
	e := c.random()
	c.write(e)
	c.append(e)
}

// check compares everybody with what they should be in.
func (c *crowdOfFacts) check(hint string) (members int) {
	c.t.Helper()
	require.NoError(c.t, c.proc.Tick(c.t.Context(), c.now))
	c.drain()
	counts := map[string]int64{}
	for who, events := range c.known {
		k := &facts{now: c.now, events: events, rules: asked()}
		kind := person.UserID
		if strings.HasPrefix(who, "device-") {
			kind = person.AnonymousID
			if c.owner[who] != "" {
				continue // is somebody's by now
			}
		}
		k.id = person.IDOf(0, person.NewIdentity(kind, who))
		for device, owner := range c.owner {
			if owner == who {
				k.events = append(slices.Clone(k.events), c.known[device]...)
			}
		}
		want := []string{}
		for _, id := range c.ids {
			if k.in(id) {
				want = append(want, id)
				counts[id]++
			}
		}
		slices.Sort(want)
		members += len(want)
		p, err := c.store.Person(k.id)
		require.NoError(c.t, err)
		require.Equal(c.t, want, names(p.Segments), "%s at %s: %s", who, c.now, hint)
		require.Equal(c.t, want, c.again(p), "%s, computed again from the timeline: %s", who, hint)
	}
	got, err := c.store.SegmentCounts(c.t.Context())
	require.NoError(c.t, err)
	require.Equal(c.t, counts, got, hint)
	return members
}

func names(of []profile.Membership) []string {
	out := []string{}
	for _, m := range of {
		out = append(out, m.Segment)
	}
	return out
}

// again computes a person's memberships from their timeline and nothing else.
func (c *crowdOfFacts) again(p *profile.Person) []string {
	c.t.Helper()
	ws := c.ws
	var history []event.Event
	require.NoError(c.t, c.store.History(c.t.Context(), p.ID, func(e event.Event) bool { history = append(history, e); return true }))
	fresh := profile.Refold(ws, &profile.Person{ID: p.ID}, slices.Values(history))
	var err error
	fresh.Stage, _, err = ws.Map.StageOf(fresh.Vars(ws, c.now))
	require.NoError(c.t, err)
	_, err = segment.New(ws).Update(fresh, fresh.Vars(ws, c.now), profile.Changes{All: true}, false)
	require.NoError(c.t, err)
	return names(fresh.Segments)
}

// TestSegmentsHoldWhomTheirRulesMean compares the incremental memberships with
// the obvious meaning of the rules, under late, duplicate and reordered events,
// sent from clocks that run ahead, devices that turn out to be somebody's, the
// passing of time, and definitions that change in the middle.
func TestSegmentsHoldWhomTheirRulesMean(t *testing.T) {
	t.Parallel()
	for _, seed := range testenv.Seeds(t, 12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			hint := fmt.Sprintf("RAPPORT_SEED=%d go test ./internal/processor -run %s", seed, "TestSegmentsHoldWhomTheirRulesMean")
			c := &crowdOfFacts{
				world: newWorld(t, 1+int(seed%3)), r: rand.New(rand.NewPCG(seed, 60)), //nolint:gosec // a test
				known: map[string][]event.Event{}, owner: map[string]string{}, ids: slices.Sorted(maps.Keys(asked())),
			}
			c.edit()
			members := 0
			for range 80 {
				c.step()
				members += c.check(hint)
			}
			require.Greater(t, members, 300, "hardly anybody is in anything: the test shows nothing")
			require.NoError(t, c.store.Check(t.Context()), hint)
			hash := c.hash()
			c.restart(2)
			c.drain()
			require.Equal(t, hash, c.hash(), hint)
		})
	}
}
