package question

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/rapporthq/rapport/internal/durable"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Kept is a question that is there to be asked again.
type Kept struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	SQL     string        `json:"sql"`
	Chart   Chart         `json:"chart"`
	Ready   bool          `json:"ready"`   // comes with Rapport: it can be copied, not changed
	Updated event.Instant `json:"updated"` // null for ready ones
}

// Chart says how an answer is best shown.
type Chart struct {
	Kind   string   `json:"kind" enum:"table,line,bar,number" doc:"table where nothing else is meant"`
	X      string   `json:"x,omitempty" doc:"column along the axis"`
	Y      []string `json:"y,omitempty" doc:"columns that are drawn"`
	Series string   `json:"series,omitempty" doc:"column that tells lines or bars apart"`
}

// Draft is what a person decides of a question that is to be kept.
type Draft struct {
	Name  string `json:"name" minLength:"1" maxLength:"200"`
	SQL   string `json:"sql" minLength:"1" maxLength:"65536"`
	Chart Chart  `json:"chart"`
}

const (
	maxSaved   = 1000
	maxIDBytes = 100
)

// Saved keeps questions in a file. It is safe for concurrent use.
type Saved struct {
	path string

	mu   sync.Mutex
	list []Kept
}

// OpenSaved reads the file at path; there may be none.
func OpenSaved(path string) (*Saved, error) {
	s := &Saved{path: path}
	b, err := os.ReadFile(path) //nolint:gosec // a file of our own data folder
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("saved questions: %w", err)
	}
	if err := json.Unmarshal(b, &s.list); err != nil {
		return nil, fmt.Errorf("saved questions: %s is damaged; mend it or move it away: %w", path, err)
	}
	return s, nil
}

// List returns the questions that were saved, by name, and those that come with
// Rapport.
func (s *Saved) List() []Kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.list)
	slices.SortFunc(out, func(x, y Kept) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	return append(out, ready()...)
}

// Save keeps a question under id, in place of one that is there.
func (s *Saved) Save(id string, d Draft, now event.Instant) (Kept, error) {
	if id == "" || len(id) > maxIDBytes || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return Kept{}, fault.New(fault.Invalid, "id %q: use small letters, digits and hyphens, at most %d", id, maxIDBytes).At("id")
	}
	if slices.ContainsFunc(ready(), func(k Kept) bool { return k.ID == id }) {
		return Kept{}, fault.New(fault.Conflict, "the question %s comes with Rapport; save yours under another id", id).At("id")
	}
	if d.Chart.Kind == "" {
		d.Chart.Kind = "table"
	}
	k := Kept{ID: id, Name: d.Name, SQL: d.SQL, Chart: d.Chart, Updated: now}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := slices.DeleteFunc(slices.Clone(s.list), func(k Kept) bool { return k.ID == id })
	if len(next) >= maxSaved {
		return Kept{}, fault.New(fault.Conflict, "%d questions are saved, and more are not kept; delete some", maxSaved)
	}
	return k, s.putLocked(append(next, k))
}

// Delete lets go of a question.
func (s *Saved) Delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := slices.DeleteFunc(slices.Clone(s.list), func(k Kept) bool { return k.ID == id })
	if len(next) == len(s.list) {
		return fault.New(fault.NotFound, "no question is saved under the id %s", id).At("id")
	}
	return s.putLocked(next)
}

func (s *Saved) putLocked(next []Kept) error {
	b, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return fmt.Errorf("save questions: %w", err)
	}
	if err := durable.WriteFile(s.path, b); err != nil {
		return fmt.Errorf("save questions: %w", err)
	}
	s.list = next
	return nil
}

// ready are questions that many ask.
func ready() []Kept {
	return []Kept{
		{
			ID: "events-by-source", Name: "Events by source and day", Ready: true,
			Chart: Chart{Kind: "line", X: "day", Y: []string{"events"}, Series: "source"},
			SQL:   "SELECT received_at::DATE AS day, source, count(*) AS events\nFROM events\nGROUP BY ALL\nORDER BY day, source",
		},
		{
			ID: "effort-by-week", Name: "Who makes the effort, by week", Ready: true,
			Chart: Chart{Kind: "line", X: "week", Y: []string{"interactions"}, Series: "effort"},
			SQL: "SELECT date_trunc('week', time)::DATE AS week, effort, count(*) AS interactions, count(DISTINCT person_id) AS people\n" +
				"FROM interactions\nGROUP BY ALL\nORDER BY week",
		},
		{
			ID: "unmapped-events", Name: "Events that no touchpoint claims, by volume", Ready: true,
			Chart: Chart{Kind: "bar", X: "event", Y: []string{"events"}},
			SQL: "SELECT coalesce(name, kind) AS event, kind, count(*) AS events, count(DISTINCT person_id) AS people, max(time) AS latest\n" +
				"FROM events\nWHERE touchpoint IS NULL AND kind IN ('track', 'page', 'screen')\nGROUP BY ALL\nORDER BY events DESC",
		},
		{
			ID: "revenue-by-month", Name: "Revenue by month", Ready: true,
			Chart: Chart{Kind: "bar", X: "month", Y: []string{"revenue"}, Series: "currency"},
			SQL: "SELECT date_trunc('month', time)::DATE AS month, currency, name, count(*) AS events, sum(amount) AS revenue\n" +
				"FROM events\nWHERE amount IS NOT NULL\nGROUP BY ALL\nORDER BY month",
		},
		{
			ID: "deliveries-by-step", Name: "What became of deliveries", Ready: true,
			Chart: Chart{Kind: "bar", X: "step", Y: []string{"deliveries"}, Series: "channel"},
			SQL: "SELECT channel, step, reason_code, count(DISTINCT delivery_id) AS deliveries\n" +
				"FROM deliveries\nWHERE NOT machine\nGROUP BY ALL\nORDER BY deliveries DESC",
		},
		{
			ID: "decisions-by-action", Name: "Decisions by action", Ready: true,
			Chart: Chart{Kind: "bar", X: "action", Y: []string{"decisions"}, Series: "goal"},
			SQL: "SELECT goal, action, count(*) AS decisions, avg(probability) AS mean_probability\n" +
				"FROM decisions\nGROUP BY ALL\nORDER BY decisions DESC",
		},
		{
			ID: "people-by-stage", Name: "People by stage", Ready: true,
			Chart: Chart{Kind: "bar", X: "stage", Y: []string{"people"}},
			SQL:   "SELECT stage, count(*) AS people, count(*) FILTER (WHERE unprompted > 0) AS came_unprompted\nFROM people\nGROUP BY ALL\nORDER BY people DESC",
		},
		{
			ID: "stage-moves", Name: "Moves between stages by week", Ready: true,
			Chart: Chart{Kind: "line", X: "week", Y: []string{"moves"}, Series: "move"},
			SQL: "SELECT date_trunc('week', time)::DATE AS week, coalesce(from_value, '') || ' to ' || to_value AS move, count(*) AS moves\n" +
				"FROM state_changes\nWHERE kind = 'stage_moved'\nGROUP BY ALL\nORDER BY week",
		},
	}
}
