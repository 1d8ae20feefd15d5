package foreign

import "math"

// Oracle sees what is hidden: state, what is left of the stay, fatigue, taste, vigour
// and basket. What an action is worth then has no closed form here, so it is found by
// trying: people live on in copies that differ in one action and share all chance,
// and are treated by the oracle so far from then on (policy iteration, Howard 1960).
// It is the best policy that we know of and not a bound: nobody knows the best.
type Oracle struct {
	gain [2][cells][Actions]float64 // before and after the drift: over silence, by unit of vigour and basket, without the cost
}

const cells = states * 3 * 4 * 3

// cell says which the person is in.
func (p *someone) cell(at float64) int {
	left, tired := 2, 3
	switch rest := p.ends - at; {
	case rest < 14:
		left = 0
	case rest < 45:
		left = 1
	}
	switch f := p.tired(at); {
	case f < 0.4:
		tired = 0
	case f < 1:
		tired = 1
	case f < 1.6:
		tired = 2
	}
	return ((p.state*3+left)*4+tired)*3 + p.taste - 1
}

func (p *someone) scale() float64 { return p.vigour * p.basket }

func (c *Company) era(at float64) int {
	if c.Drift > 0 && at >= c.Drift {
		return 1
	}
	return 0
}

// best is the action that gains most, by what is hidden.
func (o *Oracle) best(c *Company, p *someone, at float64) int {
	best, top := 0, 0.0
	for a := 1; a < Actions; a++ {
		if v := o.gain[c.era(at)][p.cell(at)][a]*p.scale() - c.Cost[a]; v > top {
			best, top = a, v
		}
	}
	return best
}

// Week implements Policy.
func (*Oracle) Week(int) error { return nil }

// Choose implements Policy.
func (o *Oracle) Choose(m *Moment) (int, error) { return o.best(m.company, m.hidden, m.At), nil }

// NewOracle tries things on a number of people, who are not those who are decided
// for, of a company that acts for so many weeks.
func NewOracle(c *Company, people, weeks int, seed uint64) *Oracle {
	o := &Oracle{}
	for round := range 3 {
		t := new(trials)
		for i := range people {
			o.try(c, mix(seed+uint64(round)), i, weeks, t) //nolint:gosec // a count
		}
		o.take(t)
	}
	return o
}

// trials add up what was gained by cell.
type trials struct {
	n            [2][cells]float64
	sum, squares [2][cells][Actions]float64
}

// take believes what was seen but for a standard error, so that luck does not pass
// for gain where little was tried.
func (o *Oracle) take(t *trials) {
	for era := range t.n {
		for k, n := range t.n[era] {
			for a := 1; a < Actions && n > 1; a++ {
				mean := t.sum[era][k][a] / n
				o.gain[era][k][a] = mean - math.Sqrt(max(0, t.squares[era][k][a]/n-mean*mean)/(n-1))
			}
		}
	}
}

// try lets one person live, by the oracle so far and at times by chance, and at four
// opportunities copies them to see what each action would lead to.
func (o *Oracle) try(c *Company, seed uint64, i, weeks int, t *trials) {
	p := c.born(seed, i)
	o.alone(c, seed, &p, 0, i%7, 0)
	for week := range weeks {
		day := 7*week + i%7
		at := float64(day)
		if chance(seed, i, week, forPolicy) < 4/float64(weeks) {
			era, k := c.era(at), p.cell(at)
			t.n[era][k]++
			var by [Actions]float64
			for a := range by {
				copied := p
				c.touch(seed, &copied, a, at)
				by[a] = o.on(c, seed, &copied, day, weeks) / p.scale()
				t.sum[era][k][a] += by[a] - by[0]
				t.squares[era][k][a] += (by[a] - by[0]) * (by[a] - by[0])
			}
		}
		action := o.best(c, &p, at)
		if chance(seed, i, week, forPolicy+1) < 0.3 { // so that it also knows those who were treated otherwise
			action = int(chance(seed, i, week, forPolicy+2) * Actions)
		}
		c.touch(seed, &p, action, at)
		o.alone(c, seed, &p, day, day+7, at)
	}
}

// on is what somebody brings from day on, treated by the oracle from the next
// opportunity on, as it is worth on that day.
func (o *Oracle) on(c *Company, seed uint64, p *someone, day, weeks int) float64 {
	from := float64(day)
	sum := o.alone(c, seed, p, day, day+7, from)
	for next := day + 7; next < 7*weeks; next += 7 {
		at := float64(next)
		a := o.best(c, p, at)
		sum -= c.Cost[a] * math.Exp(-discount()*(at-from))
		c.touch(seed, p, a, at)
		sum += o.alone(c, seed, p, next, next+7, from)
	}
	return sum + o.alone(c, seed, p, 7*weeks+p.n%7, 14*weeks, from)
}

// alone lets days go by and returns what they brought, as it is worth at a time.
func (o *Oracle) alone(c *Company, seed uint64, p *someone, from, to int, at float64) float64 {
	var room [16]Sighting
	sum := 0.0
	for day := from; day < to; day++ {
		_, earned := c.live(seed, p, day, room[:0])
		if earned != 0 {
			sum += earned * math.Exp(-discount()*(float64(day)-at))
		}
	}
	return sum
}
