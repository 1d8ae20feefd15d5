package foreign

import "math"

// Policy chooses for people, once a week each.
type Policy interface {
	// Week begins a week.
	Week(n int) error

	// Choose returns the action for a person now, told what came since the last time.
	Choose(m *Moment) (int, error)
}

// Moment is a person at an opportunity.
type Moment struct {
	Person, Week int
	At           float64
	Since        []Sighting // since the opportunity before
	Earned       float64    // margin since then, less what the action then cost
	Last         int        // that action

	seed    uint64
	company *Company
	hidden  *someone
}

// Chance gives numbers in (0, 1) for a policy's own use.
func (m *Moment) Chance(n int) float64 { return chance(m.seed, m.Person, m.Week, forPolicy+n) }

// Run is a company over a number of weeks. When they are over everybody is left
// alone for as long again, so that what a touch of the last week brings counts too.
type Run struct {
	Company       *Company
	People, Weeks int
	Seed          uint64
}

// Result is what came of a policy.
type Result struct {
	Value []float64 // of each person: discounted margin less cost, with the time left alone
	Weeks []float64 // of each week in which it acted: margin less cost a person, undiscounted
	Acted [Actions]int
}

// discount is the rate a day at which later money counts less: 3 % a week.
func discount() float64 { return -math.Log(0.97) / 7 }

// Play lets a policy choose, week by week for all people.
func (r Run) Play(p Policy) (Result, error) {
	c := r.Company
	out := Result{Value: make([]float64, r.People), Weeks: make([]float64, r.Weeks)}
	people := make([]someone, r.People)
	moments := make([]Moment, r.People)
	for i := range people {
		people[i] = c.born(r.Seed, i)
		moments[i] = Moment{Person: i, seed: r.Seed, company: c, hidden: &people[i]}
		r.pass(&people[i], &moments[i], 0, i%7, &out)
	}
	for week := range r.Weeks {
		if err := p.Week(week); err != nil {
			return out, err
		}
		for i := range people {
			m := &moments[i]
			day := 7*week + i%7
			m.Week, m.At = week, float64(day)
			action, err := p.Choose(m)
			if err != nil {
				return out, err
			}
			out.Acted[action]++
			c.touch(r.Seed, &people[i], action, m.At)
			m.Last, m.Since, m.Earned = action, m.Since[:0], -c.Cost[action]
			out.Value[i] -= c.Cost[action] * math.Exp(-discount()*m.At)
			out.Weeks[week] -= c.Cost[action] / float64(r.People)
			r.pass(&people[i], m, day, day+7, &out)
		}
	}
	for i := range people {
		m := &moments[i]
		m.Since = m.Since[:0]
		r.pass(&people[i], m, 7*r.Weeks+i%7, 14*r.Weeks, &out)
		m.Since = nil
	}
	return out, nil
}

// pass lets days go by.
func (r Run) pass(p *someone, m *Moment, from, to int, out *Result) {
	for day := from; day < to; day++ {
		var earned float64
		m.Since, earned = r.Company.live(r.Seed, p, day, m.Since)
		if earned == 0 {
			continue
		}
		m.Earned += earned
		out.Value[p.n] += earned * math.Exp(-discount()*float64(day))
		if week := day / 7; week < r.Weeks {
			out.Weeks[week] += earned / float64(r.People)
		}
	}
}

// Mix chooses by fixed probabilities, the same for everybody.
type Mix [Actions]float64

// Only is the mix of one action.
func Only(action int) (m Mix) {
	m[action] = 1
	return m
}

// Logging is the mix by which the log to learn from is made.
func Logging() Mix { return Mix{0.4, 0.2, 0.15, 0.2, 0.05} }

// Week implements Policy.
func (Mix) Week(int) error { return nil }

// Choose implements Policy.
func (p Mix) Choose(m *Moment) (int, error) {
	u := m.Chance(0)
	for a, v := range p {
		if u < v {
			return a, nil
		}
		u -= v
	}
	return 0, nil
}
