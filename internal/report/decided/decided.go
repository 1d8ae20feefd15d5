// Package decided answers questions about decisions from the archive: what was
// decided about whom and what came of it, what works for whom, and what another
// policy would have earned.
package decided

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report/question"
)

// Archive answers questions in SQL.
type Archive interface {
	Run(ctx context.Context, ask question.Ask) (question.Answer, error)
}

// Filter says which decisions are meant. What is empty is not asked for.
type Filter struct {
	Person  person.ID
	Goal    string
	Action  string
	Channel string
	Policy  string
	Outcome string // one of Outcomes
	Lever   string // that made a difference
	Before  event.Instant
	Limit   int // defaults to 50
}

// Outcomes are the words by which decisions are searched for what came of them.
func Outcomes() []string {
	return []string{"silence", "waiting", "sent", "shown", "opened", "clicked", "suppressed", "failed", "bounced", "complained", "earned", "levered"}
}

// DecisionRow is a decision in short.
type DecisionRow struct {
	ID          string            `json:"id" doc:"partition/offset/number of what made it due"`
	At          event.Instant     `json:"at"`
	Person      person.ID         `json:"person"`
	Name        string            `json:"name,omitempty" doc:"user id or e-mail address; left out: neither is known"`
	Goal        string            `json:"goal"`
	Action      string            `json:"action" doc:"silence for doing nothing"`
	Message     string            `json:"message,omitempty"`
	Channel     string            `json:"channel,omitempty"`
	Trigger     string            `json:"trigger"`
	Probability float64           `json:"probability"`
	Policy      string            `json:"policy" doc:"fair/1 while some actions are young, thompson/1 afterwards"`
	Reason      string            `json:"reason"`
	Forgone     float64           `json:"forgone,omitempty" doc:"expected score that levers cost, workspace currency"`
	Levers      []string          `json:"levers,omitempty"`
	Step        string            `json:"step,omitempty" doc:"how far its delivery came"`
	Outcomes    []DecisionOutcome `json:"outcomes" doc:"what came of it, by window"`
}

// DecisionOutcome is what came of a decision by the end of a window.
type DecisionOutcome struct {
	Window int     `json:"window" doc:"days since it was served"`
	Margin float64 `json:"margin" doc:"earned, workspace currency"`
	Reward float64 `json:"reward" doc:"less the cost, with the change of state where there is a model"`
	Stage  string  `json:"stage,omitempty" doc:"in which they were by then"`
}

const decisionID = `(body->>'$.id.partition') || '/' || (body->>'$.id.offset') || '/' || (body->>'$.id.n')`

// came are the outcomes of decisions, and steps how far a delivery came. Both
// speak of everybody where they are not narrowed to what was picked.
const (
	came = `came AS (
  SELECT ` + decisionID + ` AS id, CAST(body->>'$.window' AS INTEGER) AS win, CAST(body->>'$.margin' AS DOUBLE) AS margin,
    CAST(body->>'$.reward' AS DOUBLE) AS reward, coalesce(body->>'$.stage', '') AS stage
  FROM state_changes WHERE kind = 'outcome'`
	furthest = `SELECT delivery_id AS id, arg_max(step, list_position(['held', 'granted', 'unknown', 'suppressed', 'failed', 'not_shown', 'shown', 'sent', 'bounced', 'opened', 'clicked', 'complained'], step)) AS step
  FROM deliveries WHERE NOT machine`
)

// columns are those of a decision in short, as one JSON object; what is more about it
// is added.
const columns = `'id': d.decision_id, 'at': strftime(d.time AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ'), 'person': d.person_id, 'name': coalesce(p.user_id, p.email, ''),
  'goal': d.goal, 'action': d.action, 'message': coalesce(d.message, ''), 'channel': coalesce(d.channel, ''), 'trigger': d."trigger",
  'probability': d.probability, 'policy': d.policy, 'reason': d.reason, 'forgone': coalesce(d.forgone, 0),
  'levers': coalesce(d.levers, '[]'), 'step': coalesce(s.step, ''), 'outcomes': coalesce(o.came, [])`

// joined are picked decisions with what came of them: only what is about them is
// read of outcomes and deliveries.
const joined = `,
` + came + ` AND person_id IN (SELECT person_id FROM picked) AND time >= (SELECT min(time) FROM picked)),
outcomes AS (SELECT id, list({'window': win, 'margin': margin, 'reward': reward, 'stage': stage} ORDER BY win) AS came FROM came GROUP BY id),
steps AS (` + furthest + ` AND delivery_id IN (SELECT delivery_id FROM picked) GROUP BY 1)
`

const from = `
FROM picked d LEFT JOIN steps s ON s.id = d.delivery_id LEFT JOIN outcomes o ON o.id = d.decision_id LEFT JOIN people p ON p.person_id = d.person_id`

// List returns decisions, the newest first.
func List(ctx context.Context, a Archive, f Filter) ([]DecisionRow, error) {
	where, err := f.where()
	if err != nil {
		return nil, err
	}
	const order = " ORDER BY d.time DESC, d.decision_id"
	sql := `WITH picked AS MATERIALIZED (SELECT * EXCLUDE (candidates, record) FROM decisions d WHERE ` + where + order + fmt.Sprintf(" LIMIT %d)", f.limit()) + joined +
		"SELECT to_json({" + columns + "})::VARCHAR" + from + order
	return read[DecisionRow](ctx, a, sql, f.limit())
}

func (f Filter) limit() int {
	if f.Limit <= 0 {
		return 50
	}
	return min(f.Limit, 1000)
}

func (f Filter) where() (string, error) {
	parts := []string{"true"}
	is := func(column, value string) {
		if value != "" {
			parts = append(parts, column+" = "+text(value))
		}
	}
	if !f.Person.IsZero() {
		is("d.person_id", f.Person.String())
	}
	is("d.goal", f.Goal)
	is("d.action", f.Action)
	is("d.channel", f.Channel)
	is("d.policy", f.Policy)
	if f.Lever != "" {
		parts = append(parts, `list_contains(from_json(d.levers::JSON, '["VARCHAR"]'), `+text(f.Lever)+")")
	}
	if f.Before != 0 {
		parts = append(parts, fmt.Sprintf("epoch_us(d.time) < %d", int64(f.Before)))
	}
	switch f.Outcome {
	case "":
	case "silence":
		parts = append(parts, "d.action = 'silence'")
	case "waiting":
		parts = append(parts, `d.action <> 'silence' AND coalesce(d.delivery_id, '') NOT IN (SELECT id FROM (`+furthest+` AND delivery_id IS NOT NULL GROUP BY 1) WHERE step NOT IN ('held', 'granted'))`)
	case "earned":
		parts = append(parts, `d.decision_id IN (SELECT id FROM (WITH `+came+`) SELECT id FROM came WHERE margin > 0))`)
	case "levered":
		parts = append(parts, "d.forgone IS NOT NULL")
	case "sent", "shown", "opened", "clicked", "suppressed", "failed", "bounced", "complained":
		parts = append(parts, `d.delivery_id IN (SELECT id FROM (`+furthest+` GROUP BY 1) WHERE step = `+text(f.Outcome)+`)`)
	default:
		return "", fault.New(fault.Invalid, "outcome %q: use one of %s", f.Outcome, strings.Join(Outcomes(), ", ")).At("outcome")
	}
	return strings.Join(parts, " AND "), nil
}

// Kept is a decision with everything that it was made of.
type Kept struct {
	DecisionRow

	Definition string             `json:"definition" doc:"hash of the definitions in force when choosing"`
	Goals      []string           `json:"goals" doc:"that competed"`
	Candidates []event.Candidate  `json:"candidates" doc:"everything considered: with probability and worth, or why it was withheld"`
	Chosen     int                `json:"chosen" doc:"index of candidates"`
	Seed       uint64             `json:"-"`
	Expected   *event.Expectation `json:"expected,omitempty" doc:"what the outcome is compared with"`
	Record     json.RawMessage    `json:"-"`
}

// Find returns one decision; its error is NotFound if the archive has none of that
// id.
func Find(ctx context.Context, a Archive, id string) (Kept, error) {
	sql := "WITH picked AS MATERIALIZED (SELECT * FROM decisions WHERE decision_id = " + text(id) + " LIMIT 1)" + joined +
		"SELECT to_json({" + columns + `, 'definition': d.definition, 'goals': coalesce(d.goals, to_json([d.goal])),
  'candidates': d.candidates, 'chosen': d.chosen, 'expected': d.expected})::VARCHAR, d.record::VARCHAR` + from
	answer, err := a.Run(ctx, question.Ask{SQL: sql, Limit: 1})
	if err != nil {
		return Kept{}, err
	}
	if len(answer.Rows) == 0 {
		return Kept{}, fault.New(fault.NotFound, "The archive has no decision %s. It takes a few seconds until one is in it.", id).At("id")
	}
	var k Kept
	whole, _ := answer.Rows[0][0].(string)
	if err := json.Unmarshal([]byte(whole), &k); err != nil {
		return Kept{}, fmt.Errorf("decision %s: %w", id, err)
	}
	if record, ok := answer.Rows[0][1].(string); ok {
		k.Record = json.RawMessage(record)
	}
	return k, nil
}

// read reads rows that are one JSON object each.
func read[T any](ctx context.Context, a Archive, sql string, limit int) ([]T, error) {
	answer, err := a.Run(ctx, question.Ask{SQL: sql, Limit: limit})
	if err != nil {
		return nil, err
	}
	out := make([]T, len(answer.Rows))
	for i, row := range answer.Rows {
		whole, ok := row[0].(string)
		if !ok {
			return nil, fmt.Errorf("row %d of the answer is a %T", i, row[0])
		}
		if err := json.Unmarshal([]byte(whole), &out[i]); err != nil {
			return nil, fmt.Errorf("row %d of the answer: %w", i, err)
		}
	}
	return out, nil
}

func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
