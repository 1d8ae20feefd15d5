package preview

import (
	"math"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/segment/column"
)

// spare is how many people are found beyond those shown, for the case that some
// have changed in the meantime.
const spare = 8

// ask asks the people who are in columns. Where the rule is slow, it asks as many
// as the deadline allows, and a scan goes on with the rest. Its error is of kind
// Unsupported for what no column holds.
func (p *Previews) ask(s report.State, x *definition.Expr, deadline time.Time) (Preview, []person.ID, error) {
	c := &p.columns
	c.RLock()
	defer c.RUnlock()
	out := Preview{People: s.People, High: s.People, AsOf: s.Clock()}
	if c.table == nil || c.table.Workspace() != s.Defs() {
		return out, nil, nil // not begun
	}
	q, err := c.table.Plan(x, s.Clock())
	if err != nil {
		return Preview{}, nil, err
	}
	if q.Slow() {
		return p.slowly(s, x, q, deadline)
	}
	people, ids, matching := count(c.table, q)
	out.Changed = p.changes.pending()
	out.estimate(people, matching, c.next == person.Partitions)
	out.Exact = out.Exact && !s.Sweep.Rules
	return out, ids, nil
}

// count asks all rows, on two processors.
func count(t *column.Table, q *column.Query) (people int, ids []person.ID, matching int) {
	half := t.Rows() / 2
	var second []person.ID
	var more int
	var other sync.WaitGroup
	other.Go(func() { second, more = matches(t, q, half, t.Rows()) })
	ids, matching = matches(t, q, 0, half)
	other.Wait()
	for _, id := range second {
		if len(ids) < sampled+spare {
			ids = append(ids, id)
		}
	}
	return t.People(), ids, matching + more
}

// matches returns how many people of some rows the rule applies to, and the first
// of them.
func matches(t *column.Table, q *column.Query, from, to int) (ids []person.ID, n int) {
	q.Scan(from, to, func(row int) bool {
		if n++; n <= sampled+spare {
			id, _ := t.ID(row)
			ids = append(ids, id)
		}
		return true
	})
	return ids, n
}

// estimate sets the figures by so many people who were looked at, of whom the rule
// applies to some. complete tells that there are no others.
func (o *Preview) estimate(looked, matching int, complete bool) {
	o.Looked = looked
	if complete {
		o.People = looked
		o.Count, o.Low, o.High = matching, max(matching-o.Changed, 0), matching+o.Changed
		o.Exact = o.Changed == 0
		if looked > 0 {
			o.Share = float64(matching) / float64(looked)
		}
		return
	}
	o.People = max(o.People, looked)
	if looked == 0 {
		o.Low, o.High = 0, o.People
		return
	}
	all, n := float64(o.People), float64(looked)
	o.Share = float64(matching) / n
	o.Count = int(math.Round(o.Share * all))
	// Of a finite number of people, those not looked at are what is uncertain: the
	// sample counts for as many as would leave the same variance (Cochran 1977, 2.6).
	effective := n
	if all > n {
		effective = n * (all - 1) / (all - n)
	}
	in := experiment.Wilson(o.Share*effective, effective)
	o.Low = max(int(in.Low*all), matching)
	o.High = min(int(math.Ceil(in.High*all)), o.People-(looked-matching))
}
