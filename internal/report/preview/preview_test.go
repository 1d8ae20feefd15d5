package preview_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/preview"
	"github.com/rapporthq/rapport/internal/statestore"
	"github.com/rapporthq/rapport/internal/testenv"
)

const shop = `
workspace: {name: Shop, currency: EUR, seed: test}
features:
  - {id: orders, count: Order Completed}
  - {id: orders-9d, count: Order Completed, within: 9d}
  - {id: spent, sum: Order Completed}
  - {id: last-order, last: Order Completed}
map:
  stages:
    - {id: new}
    - {id: buyer, when: 'orders > 0 && now - last_order < days(20)'}
segments:
  - {id: regulars, when: 'did("Order Completed", 2, days(10))'}
`

// rules are asked whole and joined; some of them of what nobody keeps.
var rules = []string{
	`orders > 1`, `orders_9d >= 1`, `spent > 90.5`, `now - last_order < days(4)`, `did("Order Completed", 2, days(3))`, `did("Cart Viewed", 2)`,
	`did_then_not("Cart Viewed", "Order Completed", days(1))`, `traits.plan == "pro"`, `has(traits.plan)`, `stage == "buyer"`, `in_segment("regulars")`,
	`bucket("x") < 40`, `!(traits.plan == "pro")`, `account.id == "acme"`, `account.members > 1`, `traits.tags.exists(t, t == "vip")`, `did("page:Help")`,
	`traits.plan == traits.city`, `orders % 2 == 1`,
}

// world is a fold whose people are previewed.
type world struct {
	t        *testing.T
	r        *rand.Rand
	now      event.Instant
	journal  journal.Journal
	store    *statestore.Store
	proc     *processor.Processor
	previews *preview.Previews
	settings event.SettingsBody
	n        int
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{
		t: t, r: rand.New(rand.NewPCG(seed, 7)), journal: journal.NewMemory(), //nolint:gosec // a test
		now: event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)),
	}
	var err error
	w.store, err = statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	w.previews = preview.New(w, preview.Options{Wait: 2 * time.Millisecond, Again: 50 * time.Millisecond})
	w.proc = processor.New(w.journal, w.store, processor.Options{Touched: w.previews.Changed})
	require.NoError(t, w.proc.CatchUp(t.Context(), nil))
	require.NoError(t, w.proc.GoLive(t.Context()))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.previews.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
		require.NoError(t, w.proc.Close())
		require.NoError(t, w.store.Close())
	})
	w.define(shop)
	return w
}

func (w *world) State(ctx context.Context) (report.State, error) {
	s := report.State{Now: w.now, Settings: w.settings}
	for p := range person.Partitions {
		part, err := w.store.Partition(person.Partition(p))
		if err != nil {
			return s, err
		}
		s.People += int(part.People)
		if p == 0 {
			if s.Definitions, err = w.proc.Definitions(ctx, part.Definition); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

func (w *world) EachOf(ctx context.Context, part person.Partition, fn func(profile.Person, report.History) error) error {
	return w.store.EachOf(ctx, part, func(p *profile.Person, history func(func(event.Event) bool) error) error { return fn(*p, history) })
}

func (w *world) Person(_ context.Context, id person.ID) (profile.Person, bool, error) {
	p, err := w.store.Person(id)
	if err != nil || p == nil {
		return profile.Person{}, false, err
	}
	return *p, true, nil
}

func (w *world) define(yaml string) {
	w.t.Helper()
	_, err := processor.PutDefinitions(w.t.Context(), w.journal, []byte(yaml), w.now)
	require.NoError(w.t, err)
	require.NoError(w.t, w.proc.Drain(w.t.Context()))
}

// go on for a while: some things happen to some people.
func (w *world) live(events int) {
	w.t.Helper()
	w.now = w.now.Add(time.Duration(w.r.Int64N(int64(2 * 24 * time.Hour))))
	require.NoError(w.t, w.proc.Tick(w.t.Context(), w.now))
	pick := func(of ...string) string { return of[w.r.IntN(len(of))] }
	var all []event.Event
	for range events {
		w.n++
		who := strconv.Itoa(w.r.IntN(60))
		e := event.Event{
			Kind: event.Track, UserID: "user-" + who, Source: "test", MessageID: fmt.Sprint("m", w.n), ReceivedAt: w.now,
			Time: w.now.Add(-time.Duration(w.r.Int64N(int64(6 * 24 * time.Hour)))),
		}
		switch w.r.IntN(9) {
		case 0, 1, 2:
			e.Name, e.Properties = "Order Completed", fmt.Appendf(nil, `{"revenue":%d.25}`, w.r.IntN(80))
		case 3, 4:
			e.Name = "Cart Viewed"
		case 5:
			e.Kind, e.Name = event.Page, pick("Home", "Help")
		case 6:
			e.Kind, e.Name = event.Group, pick("acme", "bolt")
		case 7: // a device, some of which turn out to be somebody's
			e.UserID, e.AnonymousID = pick("", e.UserID), "device-"+who
			e.Name = "Cart Viewed"
		default:
			e.Kind, e.Traits = event.Identify, []byte(pick(`{"plan":"pro","tags":["vip"]}`, `{"plan":"free","city":"free"}`, `{"city":"Bonn"}`, `{"plan":7,"tags":[]}`))
		}
		e.To = person.IDOf(0, e.Primary())
		all = append(all, e)
	}
	_, err := w.journal.Append(w.t.Context(), processor.Entries(all))
	require.NoError(w.t, err)
	require.NoError(w.t, w.proc.Drain(w.t.Context()))
}

// exact asks until the answer is exact. Each on the way has to hold it.
func (w *world) exact(rule string) preview.Preview {
	w.t.Helper()
	var estimates []preview.Preview
	for {
		p, err := w.previews.Preview(w.t.Context(), rule)
		require.NoError(w.t, err, rule)
		require.LessOrEqual(w.t, p.Low, p.Count)
		require.LessOrEqual(w.t, p.Count, p.High)
		if !p.Exact || p.AsOf != w.settings.AsOf && p.AsOf != w.now {
			estimates = append(estimates, p)
			continue
		}
		require.Equal(w.t, []int{p.Count, p.Count}, []int{p.Low, p.High})
		for _, e := range estimates {
			require.LessOrEqual(w.t, e.Looked, max(e.People, p.People))
		}
		return p
	}
}

// members applies the rule as a segment and returns who is in it then.
func (w *world) members(rule string) (out []person.ID) {
	w.t.Helper()
	w.define(shop + fmt.Sprintf("  - {id: asked, when: '%s'}\n", rule))
	require.NoError(w.t, w.store.SegmentMembers(w.t.Context(), "asked", person.ID{}, func(id person.ID) bool { out = append(out, id); return true }))
	return out
}

// TestAPreviewIsWhoIsInTheSegmentOnceItIsApplied previews rules while people live
// on, and then applies them.
func TestAPreviewIsWhoIsInTheSegmentOnceItIsApplied(t *testing.T) {
	t.Parallel()
	for _, seed := range testenv.Seeds(t, 3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			hint := fmt.Sprintf("RAPPORT_SEED=%d go test ./internal/report/preview", seed)
			w, total, oneByOne := newWorld(t, seed), 0, 0
			for range 12 {
				w.live(40)
				w.exact("orders > 0") // columns are there, and follow
				w.live(30)
				rule := rules[w.r.IntN(len(rules))]
				if w.r.IntN(2) == 0 {
					rule = fmt.Sprintf("%s %s %s", rule, []string{"&&", "||"}[w.r.IntN(2)], rules[w.r.IntN(len(rules))])
				}
				p := w.exact(rule)
				want := w.members(rule)
				require.Len(t, want, p.Count, "%s: %s", rule, hint)
				require.Len(t, p.Sample, min(8, p.Count), "%s: %s", rule, hint)
				for _, row := range p.Sample {
					require.Contains(t, want, row.ID, "%s: %s", rule, hint)
				}
				total += p.Count
				if p.OneByOne != "" {
					oneByOne++
				}
				w.define(shop)
			}
			require.Greater(t, total, 100, "hardly anybody: the test shows nothing")
			require.Positive(t, oneByOne)
		})
	}
}

// A workspace may be looked at as of another time: then a preview is of who was
// meant then.
func TestAPreviewAsOfAnotherTimeIsOfThatTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.live(60)
	then := w.now
	before := w.exact(`did("Order Completed", days(3))`)
	require.Positive(t, before.Count)
	w.now = w.now.Add(30 * 24 * time.Hour)
	w.live(60)
	w.settings.AsOf = then
	p := w.exact(`did("Order Completed", days(3))`)
	require.Equal(t, then, p.AsOf)
	require.Equal(t, before.Count, p.Count)
	require.Equal(t, before.People, p.People)
}

func TestAWrongRuleIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	_, err := w.previews.Preview(t.Context(), `orders > 1 && ordres < 2`)
	problems, ok := definition.ProblemsOf(err)
	require.True(t, ok)
	require.Equal(t, 15, problems[0].At)
}

// Estimates are as good as they say: of the intervals at 95 %, nearly all hold the
// true count, while people are still being read.
func TestAnEstimateIsAsGoodAsItSays(t *testing.T) {
	t.Parallel()
	const everybody = 3000
	missed, asked := 0, 0
	for seed := range uint64(20) {
		w := &crowd{r: rand.New(rand.NewPCG(seed, 3)), everybody: everybody} //nolint:gosec // a test
		w.fill(t)
		previews := preview.New(w, preview.Options{Wait: time.Microsecond})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- previews.Run(ctx) }()
		for {
			p, err := previews.Preview(t.Context(), `traits.plan == "pro"`)
			require.NoError(t, err)
			if p.Exact {
				require.Equal(t, w.pros, p.Count)
				break
			}
			if p.Looked < 200 {
				continue
			}
			if asked++; w.pros < p.Low || w.pros > p.High {
				missed++
			}
		}
		stop()
		require.NoError(t, <-ended)
	}
	require.Positive(t, asked)
	// Estimates of one crowd are not independent of each other: allow for more than a twentieth.
	require.LessOrEqual(t, missed, asked/5, "%d of %d intervals miss", missed, asked)
}

// crowd is a store of people with a plan, read slowly enough to be asked meanwhile.
type crowd struct {
	r         *rand.Rand
	everybody int
	pros      int
	ws        *definition.Workspace
	people    [person.Partitions][]profile.Person
}

func (c *crowd) fill(t *testing.T) {
	t.Helper()
	var err error
	c.ws, err = definition.Compile([]byte(shop))
	require.NoError(t, err)
	for n := range c.everybody {
		plan := `"free"`
		if c.r.IntN(10) == 0 {
			plan = `"pro"`
			c.pros++
		}
		p := profile.Person{ID: person.IDOf(0, person.NewIdentity(person.UserID, fmt.Sprint(c.r.Uint64(), n))), Traits: profile.Sorted[profile.Trait]{{Key: "plan", Value: profile.Trait{Value: []byte(plan)}}}}
		c.people[p.ID.Home()] = append(c.people[p.ID.Home()], p)
	}
	for _, people := range c.people {
		slices.SortFunc(people, func(a, b profile.Person) int { return strings.Compare(string(a.ID[:]), string(b.ID[:])) })
	}
}

func (c *crowd) State(context.Context) (report.State, error) {
	return report.State{Definitions: c.ws, People: c.everybody, Now: 1}, nil
}

func (c *crowd) EachOf(_ context.Context, part person.Partition, fn func(profile.Person, report.History) error) error {
	for _, p := range c.people[part] {
		if err := fn(p, nil); err != nil {
			return err
		}
	}
	return nil
}

func (c *crowd) Person(_ context.Context, id person.ID) (profile.Person, bool, error) {
	for _, p := range c.people[id.Home()] {
		if p.ID == id {
			return p, true, nil
		}
	}
	return profile.Person{}, false, nil
}
