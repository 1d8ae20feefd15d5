package decided

import (
	"context"
	"fmt"
	"math"

	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/report"
)

// LeverCost is what levers cost over a period: at each decision that they made a
// difference to, the expected score without them less that with them, by what was
// learned by then.
type LeverCost struct {
	Currency  string          `json:"currency"`
	Decisions int             `json:"decisions" doc:"to which levers made a difference"`
	Total     report.Estimate `json:"total" doc:"of all of them. The interval is of what as many people like these would cost, and may be looked at at any time"`
	Levers    []OneLever      `json:"levers" doc:"those that are on or were. A decision that several touch counts for each, whole"`
	Sentence  string          `json:"sentence"`
}

// OneLever is what one lever had a part in.
type OneLever struct {
	ID        string          `json:"id"`
	Decisions int             `json:"decisions"`
	Total     report.Estimate `json:"total"`
}

// leverSum is what is summed of a lever, over people; the empty one is all.
type leverSum struct {
	Lever     string  `json:"lever"`
	Decisions int     `json:"decisions"`
	People    int     `json:"people"`
	Sum       float64 `json:"sum"`
	Squares   float64 `json:"squares"`
}

// mostLevers is how many levers are told of, those with the most decisions first.
const mostLevers = 1000

// Forgone adds up what levers cost over a period.
func Forgone(ctx context.Context, a Archive, p Period, currency string) (LeverCost, error) {
	sql := `WITH d AS (SELECT person_id, forgone, from_json(levers::JSON, '["VARCHAR"]') AS ids FROM decisions d WHERE forgone IS NOT NULL` + p.where() + `),
each AS (SELECT '' AS lever, person_id, forgone FROM d UNION ALL SELECT unnest(ids) AS lever, person_id, forgone FROM d),
of AS (SELECT lever, person_id, count(*) AS n, sum(forgone) AS cost FROM each GROUP BY ALL)
SELECT to_json({'lever': lever, 'decisions': sum(n)::BIGINT, 'people': count(*), 'sum': sum(cost), 'squares': sum(cost * cost)})::VARCHAR
FROM of GROUP BY lever ORDER BY (lever = '') DESC, sum(n) DESC, lever`
	rows, err := read[leverSum](ctx, a, sql, 1+mostLevers)
	out := LeverCost{Currency: currency, Levers: []OneLever{}, Sentence: "No lever has made a difference to a decision."}
	if err != nil || len(rows) == 0 {
		return out, err
	}
	out.Decisions, out.Total = rows[0].Decisions, rows[0].total()
	for i := range rows[1:] {
		r := &rows[1+i]
		out.Levers = append(out.Levers, OneLever{r.Lever, r.Decisions, r.total()})
	}
	out.Sentence = fmt.Sprintf("Levers made a difference to %s, about %s.", decisionsOf(out.Decisions), peopleOf(rows[0].People))
	return out, nil
}

// total is the sum with the interval of a sum over as many people.
func (s *leverSum) total() report.Estimate {
	n := float64(s.People)
	out := report.Estimate{Value: s.Sum, Low: s.Sum, High: s.Sum, People: s.People}
	if s.People < leastPeople {
		out.Note = fmt.Sprintf("It rests on %s, and it takes %d to tell its spread.", peopleOf(s.People), leastPeople)
		return out
	}
	mean := s.Sum / n
	deviation := math.Sqrt(max(0, (s.Squares-n*mean*mean)/(n-1)))
	in := experiment.Sequence(mean, deviation/math.Sqrt(n), n, experiment.Options{})
	out.Low, out.High, out.Enough = n*in.Low, n*in.High, true
	return out
}

// leastPeople is from how many people on a spread is told.
const leastPeople = 30

func decisionsOf(n int) string {
	if n == 1 {
		return "1 decision"
	}
	return report.Count(int64(n)) + " decisions"
}

func peopleOf(n int) string {
	if n == 1 {
		return "1 person"
	}
	return report.Count(int64(n)) + " people"
}
