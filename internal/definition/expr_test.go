package definition_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

func someFeatures() []definition.Feature {
	return []definition.Feature{
		{ID: "orders", Aggregate: definition.Count},
		{ID: "revenue", Aggregate: definition.Sum},
		{ID: "first-order", Aggregate: definition.First},
		{ID: "last-order", Aggregate: definition.Last},
		{ID: "last-visit", Aggregate: definition.Last},
	}
}

// randomExpr writes an expression in which time is asked for in every allowed
// way, at any depth.
func randomExpr(r *rand.Rand, depth int) string {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	if depth == 0 {
		elapsed := "now - " + pick("first_order", "last_order", "last_visit")
		span := pick("days(%d)", "days(%d.25)", "hours(%d)", "days(-%d)")
		span = fmt.Sprintf(span, r.IntN(60))
		op := pick("<", "<=", ">", ">=", "==", "!=")
		switch r.IntN(8) {
		case 0:
			return fmt.Sprintf("(orders %s %d)", op, r.IntN(4))
		case 1:
			return fmt.Sprintf("(traits.n %s %d)", op, r.IntN(4))
		case 2, 3, 4:
			return fmt.Sprintf("(%s %s %s)", span, op, elapsed)
		default:
			return fmt.Sprintf("(%s %s %s)", elapsed, op, span)
		}
	}
	a, b := randomExpr(r, depth-1), randomExpr(r, depth-1)
	switch r.IntN(5) {
	case 0:
		return "!(" + a + ")"
	case 1:
		return fmt.Sprintf("(%s ? %s : %s)", randomExpr(r, depth-1), a, b)
	case 2:
		return fmt.Sprintf("([1, 2, 3].exists(x, x == orders && %s) != (%s))", a, b)
	default:
		return fmt.Sprintf("(%s %s %s)", a, []string{"&&", "||", "=="}[r.IntN(3)], b)
	}
}

// TestBetweenBoundariesTheAnswerIsTheSame asks every expression on a grid of
// time and around each boundary, and compares with the answer at the start of
// the stretch.
func TestBetweenBoundariesTheAnswerIsTheSame(t *testing.T) {
	t.Parallel()
	seed := uint64(20260301)
	t.Logf("seed %d: change it here to try others", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	start := event.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	moved := 0
	for range 800 {
		text := randomExpr(r, r.IntN(4))
		x, err := definition.NewExpr(text, someFeatures())
		require.NoError(t, err, text)
		known := definition.Fixed{"orders": int64(r.IntN(4))}
		v := definition.Vars{Now: start, Known: known}
		for _, f := range []string{"first-order", "last-order", "last-visit"} {
			if r.IntN(4) > 0 {
				known[f] = start.Add(-time.Duration(r.Int64N(int64(50 * 24 * time.Hour))))
			}
		}
		if r.IntN(2) == 0 {
			n := float64(r.IntN(4))
			v.Traits = func() map[string]any { return map[string]any{"n": n} }
		}
		moved += checkStretches(t, x, v)
	}
	require.Greater(t, moved, 200, "the expressions hardly ever change: the test shows nothing")
}

func checkStretches(t *testing.T, x *definition.Expr, v definition.Vars) (moved int) {
	t.Helper()
	start := v.Now
	boundaries := x.Boundaries(v)
	require.True(t, slices.IsSorted(boundaries))
	stops := append([]event.Instant{start}, boundaries...)
	at := func(now event.Instant) bool {
		v.Now = now
		ok, err := x.Holds(v)
		require.NoError(t, err)
		return ok
	}
	var before bool
	for i, from := range stops {
		to := from.Add(120 * 24 * time.Hour)
		if i+1 < len(stops) {
			to = stops[i+1]
		}
		want := at(from)
		if i > 0 && want != before {
			moved++
		}
		before = want
		for now := from; now < to; now = now.Add(7 * time.Hour) {
			require.Equal(t, want, at(now), "%s\nfrom %s to %s, at %s", x.Source(), from, to, now)
		}
		require.Equal(t, want, at(to-1), "%s\njust before %s", x.Source(), to)
		v.Now = from
		rest := x.Boundaries(v)
		require.Len(t, rest, len(stops)-1-i, "%s: boundaries seen from %s", x.Source(), from)
	}
	return moved
}

func TestTheStageIsTheLastWhoseRuleHoldsUntilItsBoundary(t *testing.T) {
	t.Parallel()
	w, err := definition.Compile([]byte(`
workspace: {name: Shop, currency: EUR}
features: [{id: orders, count: A}, {id: last-order, last: A}]
map:
  stages:
    - {id: new}
    - {id: buyer, when: orders > 0}
    - {id: active, when: now - last_order < days(30)}
    - {id: gone, when: orders > 0 && now - last_order >= days(90)}
`))
	require.NoError(t, err)
	order := event.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	days := func(n int) event.Instant { return order.Add(time.Duration(n) * 24 * time.Hour) }
	v := definition.Vars{Now: days(1), Known: definition.Fixed{}}
	stage, next, err := w.Map.StageOf(v)
	require.NoError(t, err)
	require.Equal(t, "new", stage)
	require.Zero(t, next, "without an order nothing changes by itself")

	v.Known = definition.Fixed{"orders": int64(1), "last-order": order}
	for _, step := range []struct {
		stage string
		until event.Instant
	}{{"active", days(30)}, {"buyer", days(90)}, {"gone", 0}} {
		stage, next, err = w.Map.StageOf(v)
		require.NoError(t, err)
		require.Equal(t, step.stage, stage)
		require.Equal(t, step.until, next)
		v.Now = next
	}
}

func TestAConditionOfATouchpointSeesTheEvent(t *testing.T) {
	t.Parallel()
	w, err := definition.Compile([]byte(`
workspace: {name: Shop, currency: EUR}
map:
  stages: [{id: new}]
  touchpoints:
    - {id: big, stage: new, channel: web, direction: inbound, events: Order,
       where: 'event.kind == "track" && event.name == "Order" && properties.cart.total > 100 && context.app == "shop"'}
`))
	require.NoError(t, err)
	where := w.Map.Touchpoints[0].Where
	e := event.Event{
		Kind: event.Track, Name: "Order", Properties: []byte(`{"cart":{"total":120.5}}`), Context: []byte(`{"app":"shop"}`),
	}
	ok, err := where.Holds(definition.Vars{Event: &e})
	require.NoError(t, err)
	require.True(t, ok)
	for _, bad := range []string{`{"cart":{"total":"120.5"}}`, `{"cart":{}}`, `[]`, `{"cart`, ``} {
		e.Properties = []byte(bad)
		ok, err = where.Holds(definition.Vars{Event: &e})
		require.NoError(t, err)
		require.False(t, ok, bad)
	}
	ok, err = where.Holds(definition.Vars{})
	require.NoError(t, err)
	require.False(t, ok)
}

func TestANilExpressionAlwaysHolds(t *testing.T) {
	t.Parallel()
	var x *definition.Expr
	ok, err := x.Holds(definition.Vars{})
	require.NoError(t, err)
	require.True(t, ok)
	require.Empty(t, x.Boundaries(definition.Vars{}))
	require.Empty(t, x.Source())
}

func BenchmarkHolds(b *testing.B) {
	v := definition.Vars{
		Now: event.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), Stage: "use",
		Traits: func() map[string]any { return map[string]any{"plan": "pro", "age": 30.0} },
		Known: definition.Fixed{
			"orders": int64(4), "revenue": 1250.5,
			"last-order": event.InstantOf(time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)),
		},
	}
	for _, text := range []string{
		"orders >= 4",
		"orders >= 4 && now - last_order <= days(120)",
		`traits.plan == "pro" && traits.age > 18`,
		`traits.plan == "pro" && traits.missing > 18`,
	} {
		x, err := definition.NewExpr(text, someFeatures())
		require.NoError(b, err)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = x.Holds(v)
			}
		})
	}
}

func BenchmarkStageOf(b *testing.B) {
	source, _ := definition.Template("retail")
	w, err := definition.Compile(source)
	require.NoError(b, err)
	now := event.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	v := definition.Vars{Now: now, Known: definition.Fixed{"orders": int64(1), "last-order": now.Add(-time.Hour), "first-order": now.Add(-time.Hour)}}
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = w.Map.StageOf(v)
	}
}

func BenchmarkCompile(b *testing.B) {
	source, _ := definition.Template("retail")
	b.ReportAllocs()
	for b.Loop() {
		_, err := definition.Compile(source)
		require.NoError(b, err)
	}
}

func BenchmarkImportRow(b *testing.B) {
	source, _ := definition.ReadyImportMap("online-retail")
	m, err := definition.CompileImportMap(source)
	require.NoError(b, err)
	fields := []string{"C536365", "85123A", "WHITE HANGING HEART T-LIGHT HOLDER", "-6", "2010-12-01T08:26:00", "2.55", "17850", "United Kingdom"}
	b.ReportAllocs()
	for b.Loop() {
		_, err := m.Rows(definition.Line{Fields: fields})
		require.NoError(b, err)
	}
}
