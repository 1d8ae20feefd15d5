package definition_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// randomPlain writes a rule of comparisons.
func randomPlain(r *rand.Rand, depth int) string {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	if depth > 0 {
		a, b := randomPlain(r, depth-1), randomPlain(r, depth-1)
		return pick("!("+a+")", "("+a+" && "+b+")", "("+a+" && "+b+")", "("+a+" || "+b+")", "("+a+" || "+b+")")
	}
	order := pick("<", "<=", ">", ">=") // of numbers of both kinds, which == does not take
	op := pick(order, "==", "!=")
	switch r.IntN(10) {
	case 0:
		return "orders " + op + pick(" 0", " 1", " 3", " 9007199254740993", " -1")
	case 1:
		return pick("0.0", "500.0", "-0.0", "2.5", "1e300", "revenue") + " " + op + " revenue"
	case 2:
		return pick("0", "500", "9007199254740993", "9223372036854775807", "orders") + " " + order + " revenue"
	case 9:
		return "orders " + order + pick(" 2.5", " 9007199254740992.0", " revenue", " -1e300")
	case 3:
		return pick("first_order", "last_order") + " " + op + " " + pick("never", "last_visit", "first_order")
	case 4:
		return "now - last_order " + op + " " + pick("days(30)", "hours(1.5)", "days(-2)")
	case 5:
		return pick("days(100)", "hours(0)") + " " + op + " now - first_order"
	case 6:
		return "bucket(\"a\") " + op + pick(" 20.0", " 33.33")
	case 7:
		return pick("did(\"Order\", 2, days(30))", "did_then_not(\"Order\", \"Order\", days(2))", "did(\"Order\")")
	default:
		return pick("true", "false")
	}
}

// knowing is a Known whose history and bucket are written down too.
type knowing struct {
	definition.Fixed

	times  []event.Instant
	bucket float64
}

func (k knowing) Times(*definition.Feature) []event.Instant { return k.times }
func (k knowing) Bucket(string) float64                     { return k.bucket }

// TestAPlainRuleMeansWhatCELMakesOfIt asks both ways, with values from the edges
// of what there is: times too far apart to subtract, whole numbers that no float
// holds, and what is no number at all.
func TestAPlainRuleMeansWhatCELMakesOfIt(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	instants := []event.Instant{
		0, 1, -1, 999_999, -999_999, event.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 1000, time.UTC)), event.InstantOf(time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)),
		event.InstantOf(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), event.InstantOf(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)),
	}
	numbers := []float64{0, math.Copysign(0, -1), 1, 2.5, 500, -3, 9007199254740992, 1 << 62, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()}
	wholes := []int64{0, 1, 2, 3, -1, 9007199254740993, math.MaxInt64, math.MinInt64}
	instant := func() event.Instant { return instants[r.IntN(len(instants))] }
	held := map[bool]int{}
	for range 400 {
		text := randomPlain(r, r.IntN(4))
		x, err := definition.NewExpr(text, someFeatures())
		require.NoError(t, err, text)
		require.True(t, x.Plain(), text)
		for range 25 {
			v := definition.Vars{Now: instant(), Known: knowing{Fixed: definition.Fixed{
				"orders": wholes[r.IntN(len(wholes))], "revenue": numbers[r.IntN(len(numbers))],
				"first-order": instant(), "last-order": instant(), "last-visit": instant(),
			}, times: instants[:r.IntN(3)], bucket: 33.33}}
			if r.IntN(8) == 0 {
				v.Known = nil
			}
			want, err := x.HoldsByCEL(v)
			require.NoError(t, err)
			got, err := x.Holds(v)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s with %+v", text, v)
			held[got]++
		}
	}
	require.Greater(t, held[true], 2000)
	require.Greater(t, held[false], 2000)
}

// TestTheRulesOfTheTemplateArePlain keeps what everybody begins with quick.
func TestTheRulesOfTheTemplateArePlain(t *testing.T) {
	t.Parallel()
	source, ok := definition.Template("retail")
	require.True(t, ok)
	w, err := definition.Compile(source)
	require.NoError(t, err)
	for _, s := range w.Map.Stages[1:] {
		require.True(t, s.When.Plain(), s.ID)
	}
	for _, s := range w.Segments {
		require.True(t, s.When.Plain(), s.ID)
	}
}

// TestARuleWithAnythingElseIsLeftToCEL is of what plain rules know nothing of.
func TestARuleWithAnythingElseIsLeftToCEL(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`traits.plan == "pro" && orders > 1`, `orders + 1 > 2`, `[1, 2].exists(x, x == orders)`, `orders > 1 ? true : false`, `(orders > 1) == true`,
	} {
		x, err := definition.NewExpr(text, someFeatures())
		require.NoError(t, err, text)
		require.False(t, x.Plain(), text)
		ok, err := x.Holds(definition.Vars{Known: definition.Fixed{"orders": int64(2)}, Traits: func() map[string]any { return map[string]any{"plan": "pro"} }})
		require.NoError(t, err)
		require.True(t, ok, text)
	}
}
