package foreign

import "math"

// someone is a person as they really are.
type someone struct {
	n              int
	vigour, basket float64
	weekend        float64 // rate on a weekend day over that of a weekday
	taste          int     // the action that suits them: content, discount or push

	state int
	stay  int     // how many stays there were
	ends  float64 // when the present one does

	fatigue, tiredAt float64
	touches          int
	boost, until     float64 // of visits
	discount         float64 // until when
	pending          [6]reaction
	waiting          int
}

// reaction is one that is to come.
type reaction struct {
	at    float64
	boost float64
	lifts bool
}

// Sighting is what can be seen of a person: a visit, and what was spent in it.
type Sighting struct {
	At     float64
	Amount float64 // 0: nothing
}

// purposes of chance.
const (
	forNature = iota * 64
	forVisit  // by day
	forOrder
	forStay  // by number of the stay
	forTouch // by opportunity
	forPolicy
)

// chance is uniform in (0, 1) and depends on its arguments alone.
func chance(seed uint64, person, n, purpose int) float64 {
	h := mix(mix(mix(seed^0x6a09e667f3bcc909)+uint64(person)+1)+uint64(n)*1024+uint64(purpose)) >> 11 //nolint:gosec // a hash
	return (float64(h) + 0.5) / (1 << 53)
}

// mix is the finaliser of SplitMix64 (Steele, Lea & Flood 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// normal is Box & Muller's (1958).
func normal(u, v float64) float64 { return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v) }

// born makes person n as they are on day 0.
func (c *Company) born(seed uint64, n int) someone {
	u := func(k int) float64 { return chance(seed, n, 0, forNature+k) }
	p := someone{n: n, vigour: gamma(c.Vigour, u), basket: 30 * math.Exp(c.Basket*normal(u(40), u(41)))}
	p.weekend, p.taste = 0.6+1.2*u(42), 1+min(2, int(3*u(43)))
	for s, share := 0, u(44); s < states; s++ {
		if p.state = s; share < [states]float64{0.15, 0.25, 0.35, 0.25}[s] {
			break
		}
		share -= [states]float64{0.15, 0.25, 0.35, 0.25}[s]
	}
	p.ends = c.lasts(seed, &p) * u(45) // the present stay began some time ago
	return p
}

// gamma draws from the law with mean 1 (Marsaglia & Tsang 2000), from at most 36
// numbers.
func gamma(shape float64, u func(int) float64) float64 {
	lift, k := 1.0, shape
	if shape < 1 {
		lift, k = math.Pow(u(39), 1/shape), shape+1
	}
	d := k - 1.0/3
	for i := 0; i < 36; i += 3 {
		x := normal(u(i), u(i+1))
		v := 1 + x/math.Sqrt(9*d)
		v *= v * v
		if v > 0 && math.Log(u(i+2)) < x*x/2+d-d*v+d*math.Log(v) {
			return max(0.02, d*v*lift/shape)
		}
	}
	return 1
}

// lasts draws the length of the present stay.
func (c *Company) lasts(seed uint64, p *someone) float64 {
	return c.Stay[p.state] * math.Exp(0.6*normal(chance(seed, p.n, p.stay, forStay), chance(seed, p.n, p.stay, forStay+1)))
}

// enter begins a stay.
func (c *Company) enter(seed uint64, p *someone, state int, at float64) {
	p.state = min(regular, max(away, state))
	p.stay++
	p.ends = at + c.lasts(seed, p)
}

// moveOn is the end of a stay of itself.
func (c *Company) moveOn(seed uint64, p *someone) {
	u, next := chance(seed, p.n, p.stay, forStay+2), casual
	switch p.state {
	case regular:
		if u < 0.5 {
			next = drifting
		}
	case casual:
		if next = drifting; u < 0.3 {
			next = regular
		}
	case drifting:
		if next = away; u < 0.3 {
			next = casual
		}
	}
	c.enter(seed, p, next, p.ends)
}

// tired is the fatigue at a time.
func (p *someone) tired(at float64) float64 {
	return p.fatigue * math.Exp((at-p.tiredAt)*math.Log(0.7)/7)
}

// touch does an action to p at a time.
func (c *Company) touch(seed uint64, p *someone, action int, at float64) {
	p.touches++
	if action == 0 {
		return
	}
	opportunity := int(at)
	u := func(k int) float64 { return chance(seed, p.n, opportunity, forTouch+k) }
	does := c.does(action, at)
	tired := max(0, p.tired(at)-1)
	suits := c.Jars
	dislike := c.Dislike
	if action == p.taste || action == Actions-1 {
		suits, dislike = c.Suits, 0
	}
	if action == Actions-1 {
		suits = 1
	}
	if u(0) < c.Reacts[does]*suits*math.Exp(-c.Dulls*tired) && p.waiting < len(p.pending) {
		p.pending[p.waiting] = reaction{
			at: at + c.Delay[does]*math.Pow(-math.Log(u(1)), 1/1.5), boost: c.Boosts[does], lifts: u(2) < c.Lifts[does],
		}
		p.waiting++
	}
	if u(3) < c.Annoys+dislike+c.Wears*tired {
		c.enter(seed, p, p.state-1, at)
	}
	if action == 2 {
		p.discount = at + 7
	}
	p.fatigue, p.tiredAt = p.tired(at)+c.Tires[action], at
}

// live lets a day pass and appends what was seen. It returns the margin earned.
func (c *Company) live(seed uint64, p *someone, day int, seen []Sighting) ([]Sighting, float64) {
	from := float64(day)
	for i := 0; i < p.waiting; i++ {
		if r := p.pending[i]; r.at < from+1 {
			c.react(seed, p, r)
			p.waiting--
			p.pending[i] = p.pending[p.waiting]
			i--
		}
	}
	for p.ends <= from {
		c.moveOn(seed, p)
	}
	rate := c.Visit[p.state] * p.vigour
	if from < p.until {
		rate *= 1 + p.boost
	}
	if c.Drift > 0 && from >= c.Drift {
		rate *= 5.0 / 6
	}
	rest := 7 / (5 + 2*p.weekend)
	if day%7 >= 5 {
		rest *= p.weekend
	}
	rate *= rest
	u := chance(seed, p.n, day, forVisit)
	if u < 1-rate {
		return seen, 0
	}
	earned := 0.0
	for k, term := 0, math.Exp(-rate); u > term && k < 8; k++ {
		u -= term
		term *= rate / float64(k+1)
		s := Sighting{At: from + (float64(k)+chance(seed, p.n, day, forVisit+1+k))/8}
		if chance(seed, p.n, day, forOrder+4*k) < c.Order[p.state] {
			s.Amount = p.basket * math.Exp(0.35*normal(chance(seed, p.n, day, forOrder+4*k+1), chance(seed, p.n, day, forOrder+4*k+2)))
			share := margin
			if s.At < p.discount {
				share -= c.Gives
			}
			earned += s.Amount * share
		}
		seen = append(seen, s)
	}
	return seen, earned
}

// react is a reaction that has come.
func (c *Company) react(seed uint64, p *someone, r reaction) {
	p.boost, p.until = r.boost, r.at+7
	switch {
	case !r.lifts:
	case p.state == regular:
		p.ends += 0.5 * max(0, p.ends-r.at)
	default:
		c.enter(seed, p, p.state+1, r.at)
	}
}
