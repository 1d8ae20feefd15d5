package decided_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report/decided"
	"github.com/rapporthq/rapport/internal/report/question"
)

// tables is an archive that is a database in memory.
type tables struct{ *sql.DB }

func newTables(t *testing.T) tables {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	require.NoError(t, err)
	db.SetMaxOpenConns(1) // one database: another connection would see another
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, s := range []string{
		`CREATE TABLE state_changes (person_id VARCHAR, time TIMESTAMP WITH TIME ZONE, kind VARCHAR, subject VARCHAR, to_value VARCHAR)`,
		`CREATE TABLE events (person_id VARCHAR, time TIMESTAMP WITH TIME ZONE, kind VARCHAR, name VARCHAR, currency VARCHAR, properties JSON, imported BOOLEAN)`,
	} {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err)
	}
	return tables{db}
}

func (a tables) Run(ctx context.Context, q question.Ask) (question.Answer, error) {
	rows, err := a.QueryContext(ctx, q.SQL)
	if err != nil {
		return question.Answer{}, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return question.Answer{}, err
	}
	var out question.Answer
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	return out, rows.Err()
}

const followed = `
workspace: {name: Shop, currency: EUR}
features: [{id: orders, count: Order Completed}]
map: {stages: [{id: try}, {id: use, when: orders > 1}]}
goals:
  - id: second
    from: try
    to: use
    kpi: {events: Order Completed, less: Order Refunded, less_of: total}
    horizon: 48d
    actions:
      - {id: a, kind: offer, messages: [{id: m, channel: email, appeal: ethos, subject: S, body: B, next_step: {label: L, url: "https://shop.example"}}]}
channels: [{id: email, from: a@shop.example}]
`

func TestTheCourseOfAGoalIsWhatEverybodyHadEarnedByEachDay(t *testing.T) {
	t.Parallel()
	a, ctx := newTables(t), t.Context()
	ws, err := definition.Compile([]byte(followed))
	require.NoError(t, err)
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	r := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // made-up people
	type shopper struct {
		arm    int
		joined time.Time
		at     []time.Time
		amount []float64
	}
	var people []shopper
	for i := range 120 {
		p := shopper{arm: i % 3 / 2, joined: now.Add(-time.Duration(r.Float64() * 60 * float64(day)))}
		name := fmt.Sprint("p", i)
		arm := []string{"treated", "goal_holdout"}[p.arm]
		_, err := a.ExecContext(ctx, `INSERT INTO state_changes VALUES (?, ?, 'goal_joined', 'second', ?), (?, ?, 'goal_joined', 'other', 'treated')`, name, p.joined, arm, name, p.joined)
		require.NoError(t, err)
		for range r.IntN(6) {
			at, amount := p.joined.Add(time.Duration((r.Float64()*60-5)*float64(day))), math.Round(r.Float64()*1000)/10
			if at.After(now) {
				continue
			}
			kind, event, properties, currency := "track", "Order Completed", fmt.Sprintf(`{"revenue":%g}`, amount), "EUR"
			switch r.IntN(6) {
			case 0:
				event, properties, amount = "Order Refunded", fmt.Sprintf(`{"total":-%g}`, amount), -amount
			case 1:
				currency, amount = "USD", 0 // of another currency: it does not count
			case 2:
				event, amount = "Product Viewed", 0
			}
			_, err := a.ExecContext(ctx, `INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, false)`, name, at, kind, event, currency, properties)
			require.NoError(t, err)
			if amount != 0 && at.After(p.joined) {
				p.at, p.amount = append(p.at, at), append(p.amount, amount)
			}
		}
		people = append(people, p)
	}
	course, err := decided.Follow(ctx, a, ws, &ws.Goals[0], event.InstantOf(now))
	require.NoError(t, err)
	require.Equal(t, [2]int{80, 40}, course.People)
	require.Len(t, course.Days, 24)
	require.InDelta(t, 48, course.Days[23].Day, 1e-9)
	before := [2]float64{1, 1}
	for _, d := range course.Days {
		for arm, got := range [2]decided.CourseArm{d.Treated, d.HeldOut} {
			n, sum := 0, 0.0
			for _, p := range people {
				if p.arm != arm || p.joined.Add(time.Duration(d.Day*float64(day))).After(now) {
					continue
				}
				n++
				for i := range p.at {
					if p.at[i].Before(p.joined.Add(time.Duration(d.Day * float64(day)))) {
						sum += p.amount[i]
					}
				}
			}
			require.Equal(t, n, got.People, "day %g", d.Day)
			require.InDelta(t, sum/float64(n), got.Earned.Value, 1e-6, "day %g", d.Day)
			require.LessOrEqual(t, got.Earned.Low, got.Earned.Value)
			require.LessOrEqual(t, got.Here.Value, before[arm], "nobody who is gone comes back")
			require.LessOrEqual(t, got.Here.Low, got.Here.Value)
			require.GreaterOrEqual(t, got.Here.High, got.Here.Value)
			before[arm] = got.Here.Value
		}
	}
	require.Less(t, before[0], 1.0)
	require.NotEmpty(t, course.Sentence)
}

func TestTheCourseOfANewGoalSaysThatItSaysNothing(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(followed))
	require.NoError(t, err)
	course, err := decided.Follow(t.Context(), newTables(t), ws, &ws.Goals[0], event.InstantOf(time.Now()))
	require.NoError(t, err)
	require.Contains(t, course.Sentence, "say nothing yet")
	require.Zero(t, course.Days[0].Treated.People)
}
