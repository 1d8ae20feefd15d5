package column_test

import (
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
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment/column"
	"github.com/rapporthq/rapport/internal/testenv"
)

const shop = `
workspace: {name: Shop, currency: EUR, seed: test}
features:
  - {id: orders, count: Order Completed}
  - {id: big-orders, count: Order Completed, where: properties.revenue > 100}
  - {id: orders-30d, count: Order Completed, within: 30d}
  - {id: spent, sum: Order Completed, less: Order Refunded}
  - {id: spent-10d, sum: Order Completed, less: Order Refunded, within: 10d}
  - {id: items, sum: Order Completed, of: quantity, as: number}
  - {id: first-order, first: Order Completed}
  - {id: last-order, last: Order Completed}
  - {id: last-category, last: Product Viewed, of: category}
  - {id: pace, rate: Order Completed, per: week, within: 28d}
  - {id: lifetime-pace, rate: Order Completed, per: week}
  - {id: products, distinct: Product Viewed, of: category, within: 3d}
  - {id: categories, distinct: Product Viewed, of: category}
map:
  stages:
    - {id: new}
    - {id: buyer, when: orders > 0}
segments:
  - {id: regulars, when: 'did("Order Completed", 3)'}
  - {id: recent-carts, when: 'did("Cart Viewed", 2, days(9))'}
  - {id: left-cart, when: 'did_then_not("Cart Viewed", "Order Completed", hours(4))'}
  - {id: pros, when: 'traits.plan == "pro"'}
  - {id: views, when: 'did("Product Viewed", 3) && did(big_orders, 2)'}
`

// atoms are of every kind that a part of a rule can be. # is a small number, ? a
// comparison.
var atoms = []string{
	"orders ? #", "# ? orders", "orders ? #.5", "orders in [1, 3, 5]", "orders % 2 == 0", "orders == categories",
	"big_orders ? #", "orders_30d ? #", "orders_30d ? #.5", "spent ? #7.25", "spent ? #0", "#3.5 ? spent_10d", "items ? #.5",
	"now - last_order ? days(#)", "days(#) ? now - first_order", "now - last_order ? hours(#)", "last_order == never", "first_order ? last_order",
	`last_category == "shoes"`, `last_category != null`, `last_category in ["hats", "bags"]`, `last_category.startsWith("s")`,
	"pace ? 0.#", "lifetime_pace ? #.5", "lifetime_pace ? #", "products ? #", "products + orders ? #", "categories ? #", "spent / 2.0 ? #.0",
	`did("Order Completed")`, `did("Order Completed", 2, days(#))`, `did("Order Completed", days(#))`, `did("Cart Viewed", 2)`, `did(big_orders, 2)`, `did("Product Viewed", 3, hours(#))`,
	`did_then_not("Cart Viewed", "Order Completed", hours(#))`, `did_then_not("Cart Viewed", big_orders, hours(#))`,
	`in_segment("pros")`, `in_segment("left-cart")`, `in_segment("pros") == in_segment("regulars")`,
	`stage == "buyer"`, `stage in ["new", "x"]`, `stage == "buyer" ? orders > 2 : orders == 0`,
	`bucket("x") ? #0`, `#0.5 ? bucket("y")`,
	`traits.plan == "pro"`, `traits.plan != "pro"`, `has(traits.plan)`, `traits.age ? #`, `traits.age ? #.5`, `traits.vip`, `traits.vip == true`, `traits.vip == null`,
	`traits.address.city == "Bonn"`, `has(traits.address.city)`, `has(traits.address)`, `traits.plan in ["pro", "free"]`, `traits.plan.contains("r")`, `size(traits.plan) ? #`,
	`"vip" in traits.tags`, `traits.plan == traits.address.city`, `traits.age > orders`, `has(traits.nobody_has_it)`, `traits.nobody_has_it == 1`, `traits.plan + "x" == "prox"`,
	"true", "false", "1 ? #",
}

type dice struct{ *rand.Rand }

func (r dice) pick(of ...string) string { return of[r.IntN(len(of))] }

// rule makes up a rule.
func (r dice) rule(depth int) string {
	if depth == 0 || r.IntN(3) == 0 {
		s := strings.ReplaceAll(r.pick(atoms...), " ? ", " "+r.pick("<", "<=", ">", ">=", "==", "!=")+" ")
		return strings.ReplaceAll(s, "#", strconv.Itoa(r.IntN(7)))
	}
	switch r.IntN(5) {
	case 0:
		return "!(" + r.rule(depth-1) + ")"
	case 1, 2:
		return "(" + r.rule(depth-1) + " && " + r.rule(depth-1) + ")"
	default:
		return "(" + r.rule(depth-1) + " || " + r.rule(depth-1) + ")"
	}
}

// someone makes up a person by events.
func (r dice) someone(ws *definition.Workspace, n int, now event.Instant) *profile.Person {
	p := &profile.Person{ID: person.IDOf(0, person.NewIdentity(person.UserID, fmt.Sprint("user-", n)))}
	for range r.IntN(12) {
		e := event.Event{Kind: event.Track, UserID: fmt.Sprint("user-", n), Time: now.Add(-time.Duration(r.Int64N(int64(40 * 24 * time.Hour))))}
		if r.IntN(3) == 0 {
			e.Time = now.Add(-time.Duration(r.IntN(9)) * time.Hour) // at the very edge
		}
		e.ReceivedAt = e.Time
		switch r.IntN(8) {
		case 0, 1, 2:
			e.Name, e.Properties = "Order Completed", fmt.Appendf(nil, `{"revenue":%d.%02d,"quantity":%d.5,"currency":%q}`, r.IntN(150), r.IntN(100), r.IntN(3), r.pick("EUR", "EUR", "USD"))
		case 3, 4:
			e.Name, e.Properties = "Product Viewed", fmt.Appendf(nil, `{"category":%q}`, r.pick("shoes", "hats", "bags"))
		case 5:
			e.Name = "Cart Viewed"
		case 6:
			e.Name, e.Properties = "Order Refunded", fmt.Appendf(nil, `{"revenue":%d}`, r.IntN(50))
		default:
			e.Kind, e.Traits = event.Identify, []byte(r.pick(`{"plan":"pro","age":3}`, `{"plan":"free","vip":true}`, `{"plan":7,"age":"old"}`, `{"vip":null,"age":4.5}`,
				`{"address":{"city":"Bonn"}}`, `{"address":"Bonn","tags":["vip","x"]}`, `{"address":{},"vip":"yes"}`, `{"vip":false,"tags":{"vip":1}}`))
		}
		profile.Observe(ws, p, e)
	}
	p.Stage = "new"
	if p.Features.Get("orders").Count > 0 {
		p.Stage = "buyer"
	}
	for _, s := range ws.Segments {
		if ok, err := s.When.Holds(p.Vars(ws, now)); ok && err == nil {
			p.Enter(profile.Membership{Segment: s.ID})
		}
	}
	return p
}

// TestColumnsAnswerWhatAskingEachPersonWould compares rules of every form, asked
// of columns, with the same rules asked of one person after another.
func TestColumnsAnswerWhatAskingEachPersonWould(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(shop))
	require.NoError(t, err)
	for _, seed := range testenv.Seeds(t, 2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			hint := fmt.Sprintf("RAPPORT_SEED=%d go test ./internal/segment/column", seed)
			r := dice{rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // a test
			now := event.InstantOf(time.Date(2026, 3, 3, 12, 30, 0, 0, time.UTC))
			table, everybody := column.New(ws), map[person.ID]*profile.Person{}
			matched, asked := 0, 0
			for round := range 4 {
				for range 150 { // some are new, some have changed
					p := r.someone(ws, r.IntN(400), now)
					table.Put(p)
					everybody[p.ID] = p
				}
				for id := range everybody {
					if r.IntN(20) == 0 {
						table.Drop(id)
						delete(everybody, id)
					}
				}
				require.Equal(t, len(everybody), table.People())
				require.Equal(t, len(everybody), table.PeopleIn(0, table.Rows()))
				later := now.Add(time.Duration(r.Int64N(int64(6 * 24 * time.Hour))))
				for range 150 {
					text := r.rule(r.IntN(4))
					x, err := ws.Predicate(text)
					if err != nil {
						continue // a whole number is never equal to a decimal one, says CEL
					}
					asked++
					q, err := table.Plan(x, later)
					require.NoError(t, err, text)
					var want, got []string
					for id, p := range everybody {
						ok, err := x.Holds(p.Vars(ws, later))
						require.NoError(t, err)
						if ok {
							want = append(want, id.String())
						}
					}
					q.Scan(0, table.Rows(), func(row int) bool {
						id, ok := table.ID(row)
						require.True(t, ok)
						got = append(got, id.String())
						return true
					})
					slices.Sort(want)
					slices.Sort(got)
					require.Equal(t, want, got, "round %d: %s: %s", round, text, hint)
					matched += len(want)
				}
			}
			require.Greater(t, asked, 400, "hardly any rule is one")
			require.Greater(t, matched, 10_000, "hardly any rule applies to anybody: the test shows nothing")
		})
	}
}

func TestWhatNoColumnAnswersIsSaid(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(shop))
	require.NoError(t, err)
	table := column.New(ws)
	for n := range 1<<16 + 2 {
		table.Put(&profile.Person{
			ID:     person.IDOf(0, person.NewIdentity(person.UserID, fmt.Sprint(n))),
			Traits: profile.SortedOf(map[string]profile.Trait{"email": {Value: fmt.Appendf(nil, `"%d@example.test"`, n)}, "plan": {Value: []byte(`"pro"`)}}),
		})
	}
	for rule, why := range map[string]string{
		`account.id == "acme"`:                  "accounts",
		`traits.tags.exists(t, t == "vip")`:     "loop",
		`did("Nobody Asked", 2)`:                "history",
		`did("Cart Viewed", 5)`:                 "history",
		`orders > 1 && did("Nobody Asked")`:     "history",
		`traits.email.endsWith("@example.net")`: "values",
		`size(traits) > 2`:                      "whole",
	} {
		x, err := ws.Predicate(rule)
		require.NoError(t, err, rule)
		_, err = table.Plan(x, 0)
		require.True(t, fault.Is(err, fault.Unsupported), "%s: %v", rule, err)
		require.ErrorContains(t, err, why, rule)
	}
	x, err := ws.Predicate(`traits.plan == "pro"`)
	require.NoError(t, err)
	q, err := table.Plan(x, 0)
	require.NoError(t, err)
	n := 0
	q.Scan(0, table.Rows(), func(int) bool { n++; return true })
	require.Equal(t, 1<<16+2, n)
}

// States that nobody has any more are forgotten, and cost nothing for ever.
func TestAColumnDoesNotGrowWithEveryChange(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(shop))
	require.NoError(t, err)
	table := column.New(ws)
	put := func(n, value int) {
		table.Put(&profile.Person{
			ID:     person.IDOf(0, person.NewIdentity(person.UserID, fmt.Sprint(n))),
			Traits: profile.SortedOf(map[string]profile.Trait{"visits": {Value: fmt.Appendf(nil, `%d`, value)}}),
		})
	}
	for n := range 2000 {
		put(n, n)
	}
	before := table.Bytes()
	for round := range 40 {
		for n := range 2000 {
			put(n, 2000*round+n)
		}
	}
	require.Less(t, table.Bytes(), 4*before)
	x, err := ws.Predicate(`traits.visits >= 79000`)
	require.NoError(t, err)
	q, err := table.Plan(x, 0)
	require.NoError(t, err)
	n := 0
	q.Scan(0, table.Rows(), func(int) bool { n++; return true })
	require.Equal(t, 1000, n)
}
