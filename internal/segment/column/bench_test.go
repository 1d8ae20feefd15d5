package column_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment/column"
)

// BenchmarkAMillionPeople asks a million people rules of the kinds that segments mostly
// are, planning included, on one processor.
func BenchmarkAMillionPeople(b *testing.B) {
	const people = 1_000_000
	ws, err := definition.Compile([]byte(`
workspace: {name: Shop, currency: EUR}
features:
  - {id: orders, count: Order Completed}
  - {id: orders-30d, count: Order Completed, within: 30d}
  - {id: spent, sum: Order Completed}
  - {id: spent-30d, sum: Order Completed, within: 30d}
  - {id: last-order, last: Order Completed}
map: {stages: [{id: new}, {id: buyer, when: orders > 0}]}
segments:
  - {id: keen, when: 'did("Product Viewed", 3, days(30))'}
  - {id: undecided, when: 'did_then_not("Product Viewed", "Order Completed", days(7))'}
`))
	require.NoError(b, err)
	now := event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	table := column.New(ws)
	// They are folded of a few thousand lives: rows are what costs here. Each has a life of
	// its own in what has many values, their windows.
	var lives []*profile.Person
	for n := range 4000 {
		lives = append(lives, dice{r}.someone(ws, n, now))
	}
	began := time.Now()
	for n := range people {
		p := *lives[r.IntN(len(lives))]
		binary.BigEndian.PutUint64(p.ID[:], uint64(n)) //nolint:gosec // counted up
		table.Put(&p)
	}
	b.Logf("filled in %s, %d MB", time.Since(began), table.Bytes()>>20)
	for _, rule := range []string{
		`did("Product Viewed", 2, days(30))`, `spent > 100.5 && orders >= 1`, `did_then_not("Product Viewed", "Order Completed", days(7))`,
		`traits.plan == "pro" && !did("Order Completed")`, `orders_30d >= 2`, `spent_30d > 50.5`, `now - last_order < days(10) || stage == "buyer"`,
		`orders_30d % 2 == 1`, `orders % 2 == 1`,
	} {
		x, err := ws.Predicate(rule)
		require.NoError(b, err)
		b.Run(fmt.Sprintf("%q", rule), func(b *testing.B) {
			slow := false
			for b.Loop() {
				q, err := table.Plan(x, now)
				require.NoError(b, err)
				slow = q.Slow()
				n := 0
				if !slow {
					q.Scan(0, table.Rows(), func(int) bool { n++; return true })
				}
			}
			if slow {
				b.ReportMetric(1, "slow")
			}
		})
	}
}
