package weekly

import (
	"cmp"
	"errors"
	"math"
	"slices"
)

// Fit learns a world from a log, by expectation maximisation (Baum et al. 1970),
// with transitions by multinomial logit of what was done and of fatigue (Netzer,
// Lattin & Srinivasan 2008). Margins, costs and what touches add to fatigue are the
// company's own and are known.
//
// Effects of actions, in log-odds, have a normal prior around nothing whose
// deviation is found by evidence maximisation, from 0.5 on: one for lifts of
// purchases and one for moves. Where touches do nothing, that makes them nothing,
// and not a little of everything, which would be acted on.
func Fit(log Log, known *World, rounds int) (*World, error) {
	if len(log) < States {
		return nil, errors.New("there are too few people to learn from")
	}
	w := guess(log, known)
	lifts, moves := evidence{deviation: 0.5}, evidence{deviation: 0.5}
	for range rounds {
		e := newExpected(w)
		for _, weeks := range log {
			e.add(w, weeks)
		}
		e.maximise(w, &lifts, &moves)
	}
	return w, nil
}

// guess orders people by how often they came and takes States groups.
func guess(log Log, known *World) *World {
	w := &World{Margin: known.Margin, Cost: known.Cost, Fatigue: known.Fatigue, Shape: 2}
	type rate struct{ visits, touched, opened, bought, spent, weeks float64 }
	people := make([]rate, len(log))
	for i, weeks := range log {
		r := &people[i]
		for _, k := range weeks {
			r.weeks++
			r.visits += float64(k.Visits)
			if k.Action > 0 {
				r.touched++
			}
			if k.Opened {
				r.opened++
			}
			if k.Spent > 0 {
				r.bought++
				r.spent += k.Spent
			}
		}
	}
	slices.SortFunc(people, func(a, b rate) int { return cmp.Compare(a.visits*b.weeks, b.visits*a.weeks) })
	for s := range States {
		var t rate
		for _, r := range people[len(people)*s/States : len(people)*(s+1)/States] {
			t.weeks += r.weeks
			t.visits += r.visits
			t.touched += r.touched
			t.opened += r.opened
			t.bought += r.bought
			t.spent += r.spent
		}
		w.Start[s] = 1.0 / States
		w.Visits[s] = (t.visits + 0.5) / (t.weeks + 1)
		w.Open[s] = (t.opened + 0.5) / (t.touched + 1)
		p := (t.bought + 0.5) / (t.weeks + 1)
		w.Purchase[s] = math.Log(p / (1 - p))
		w.Spend[s] = (t.spent + 25) / (t.bought + 1)
		for to := range States {
			if to != s {
				w.Stay[s][to] = -3 - float64(max(s-to, to-s))
			}
		}
	}
	return w
}

// expected is what the E-step adds up.
type expected struct {
	start                  [States]float64
	weeks, visits          [States]float64
	touched, opened        [States]float64
	tried, bought          [States][Actions]float64
	purchases, spent, logs [States]float64
	moves                  map[situation]*[States][States]float64
	matrices               map[situation]*[States][States]float64 // of this round
	seen                   *emissions
	post                   [][States]float64
}

// situation is what moves depend on besides the state: the action, and tenths of
// fatigue above 1.
type situation struct{ action, tired int }

func newExpected(w *World) *expected {
	return &expected{seen: w.emissions(), moves: map[situation]*[States][States]float64{}, matrices: map[situation]*[States][States]float64{}}
}

func situationOf(action int, fatigue float64) situation {
	if action == 0 {
		return situation{}
	}
	return situation{action, int(math.Round(10 * max(0, fatigue-1)))}
}

// add runs forward and backward over one person.
func (e *expected) add(w *World, weeks []Week) {
	n := len(weeks)
	e.post = e.post[:0]
	sits := make([]situation, n)
	like := make([][States]float64, n)
	mats := make([]*[States][States]float64, n)
	b, f := w.Start, 0.0
	for t, k := range weeks {
		like[t] = w.likelihood(e.seen, k)
		sits[t] = situationOf(k.Action, f)
		f = w.Tire(f, k.Action)
		if mats[t] = e.matrices[sits[t]]; mats[t] == nil {
			mats[t] = w.matrix(sits[t])
			e.matrices[sits[t]] = mats[t]
		}
		var post [States]float64
		sum := 0.0
		for s := range b {
			post[s] = b[s] * like[t][s]
			sum += post[s]
		}
		b = [States]float64{}
		for s := range post {
			post[s] /= sum
			for to := range States {
				b[to] += post[s] * mats[t][s][to]
			}
		}
		e.post = append(e.post, post)
	}
	// beta is proportional to the likelihood of what came after, by the state of
	// the next week.
	beta := [States]float64{1, 1, 1, 1}
	for t := n - 1; t >= 0; t-- {
		sum := 0.0
		var joint [States][States]float64
		for s := range States {
			for to := range States {
				joint[s][to] = e.post[t][s] * mats[t][s][to] * beta[to]
				sum += joint[s][to]
			}
		}
		m := e.moves[sits[t]]
		if m == nil {
			m = new([States][States]float64)
			e.moves[sits[t]] = m
		}
		var at [States]float64
		for s := range States {
			for to := range States {
				joint[s][to] /= sum
				at[s] += joint[s][to]
				if t < n-1 {
					m[s][to] += joint[s][to]
				}
			}
		}
		e.count(weeks[t], at)
		if t == 0 {
			for s := range at {
				e.start[s] += at[s]
			}
		}
		var earlier [States]float64
		top := 0.0
		for s := range States {
			for to := range States {
				earlier[s] += mats[t][s][to] * beta[to]
			}
			earlier[s] *= like[t][s]
			top = max(top, earlier[s])
		}
		for s := range earlier {
			earlier[s] /= top
		}
		beta = earlier
	}
}

func (e *expected) count(k Week, at [States]float64) {
	for s, p := range at {
		e.weeks[s] += p
		e.visits[s] += p * float64(k.Visits)
		e.tried[s][k.Action] += p
		if k.Action > 0 {
			e.touched[s] += p
			if k.Opened {
				e.opened[s] += p
			}
		}
		if k.Spent > 0 {
			e.bought[s][k.Action] += p
			e.purchases[s] += p
			e.spent[s] += p * k.Spent
			e.logs[s] += p * math.Log(k.Spent)
		}
	}
}

// matrix is the transition of a situation.
func (w *World) matrix(k situation) *[States][States]float64 {
	out := new([States][States]float64)
	for s := range States {
		out[s] = w.Moves(s, k.action, 1+float64(k.tired)/10)
	}
	return out
}

// evidence is the deviation of effects, and what it is estimated anew from.
type evidence struct{ deviation, squares, n float64 }

// take adds the posterior second moments of effects: h is the curvature there.
func (v *evidence) take(h [][]float64, from int, theta func(int) float64, used func(int) bool) {
	n := len(h)
	for i := from; i < n; i++ {
		if !used(i) {
			continue
		}
		unit := make([]float64, n)
		unit[i] = 1
		c := newSystem(n)
		for j := range c {
			copy(c[j], h[j])
		}
		v.squares += theta(i)*theta(i) + solve(c, unit)[i]
		v.n++
	}
}

// again is the deviation that agrees with what was taken.
func (v *evidence) again() {
	if v.n > 0 {
		v.deviation = math.Sqrt(v.squares / v.n)
	}
	v.squares, v.n = 0, 0
}

// maximise is the M-step.
func (e *expected) maximise(w *World, lifts, moves *evidence) {
	total := 0.0
	for _, v := range e.start {
		total += v
	}
	gap, purchases := 0.0, 0.0
	for s := range States {
		w.Start[s] = (e.start[s] + 0.5) / (total + 0.5*States)
		w.Visits[s] = (e.visits[s] + 0.1) / (e.weeks[s] + 1)
		w.Open[s] = (e.opened[s] + 0.1) / (e.touched[s] + 1)
		w.Spend[s] = (e.spent[s] + 25) / (e.purchases[s] + 1)
		if e.purchases[s] > 1 {
			gap += e.purchases[s]*math.Log(e.spent[s]/e.purchases[s]) - e.logs[s]
			purchases += e.purchases[s]
		}
	}
	if purchases > 30 {
		// Minka 2002, "Estimating a Gamma distribution": the closed start of his
		// iteration, within 1.5 % of the maximum.
		g := gap / purchases
		w.Shape = (3 - g + math.Sqrt((g-3)*(g-3)+24*g)) / (12 * g)
	}
	e.purchaseLogit(w, lifts)
	for s := range States {
		e.moveLogit(w, s, moves)
	}
	lifts.again()
	moves.again()
}

// purchaseLogit fits log-odds by state and action, with a lift of each action
// that is the same in all states.
func (e *expected) purchaseLogit(w *World, prior *evidence) {
	const n = States + Actions - 1
	for round := range 4 {
		h, g := newSystem(n), make([]float64, n)
		for a := 1; a < Actions; a++ {
			g[States+a-1] -= w.Lift[a] / (prior.deviation * prior.deviation)
			h[States+a-1][States+a-1] += 1 / (prior.deviation * prior.deviation)
		}
		for s := range States {
			for a := range Actions {
				p := w.Buys(s, a)
				r, v := e.bought[s][a]-e.tried[s][a]*p, e.tried[s][a]*p*(1-p)
				g[s] += r
				h[s][s] += v
				if a > 0 {
					j := States + a - 1
					g[j] += r
					h[j][j] += v
					h[s][j] += v
					h[j][s] += v
				}
			}
			h[s][s] += 1e-3
		}
		if round == 3 {
			prior.take(h, States, func(i int) float64 { return w.Lift[i-States+1] }, func(int) bool { return true })
		}
		step := solve(h, g)
		for s := range States {
			w.Purchase[s] += limit(step[s])
		}
		for a := 1; a < Actions; a++ {
			w.Lift[a] += limit(step[States+a-1])
		}
	}
}

// moveLogit fits the moves out of one state by Newton's method.
func (e *expected) moveLogit(w *World, s int, prior *evidence) {
	// Coefficients: a logit for each other state; an effect of each action on
	// moves up, and down; fatigue on moves up, and down.
	const up, down, tired, n = States, States + Actions - 1, States + 2*(Actions-1), States + 2*(Actions-1) + 2
	for round := range 3 {
		h, g := newSystem(n), make([]float64, n)
		theta := func(i int) float64 {
			switch {
			case i < up:
				return w.Stay[s][i]
			case i < down:
				return w.Up[s][i-up+1]
			case i < tired:
				return w.Down[s][i-down+1]
			case i == tired:
				return w.TiredUp[s]
			default:
				return w.TiredDown[s]
			}
		}
		for i := range n {
			precision := 1 / (prior.deviation * prior.deviation)
			mean := 0.0
			if i < up { // the base rates have a wide prior
				precision, mean = 1.0/16, -4
			}
			g[i] -= precision * (theta(i) - mean)
			h[i][i] += precision
		}
		for k, m := range e.moves {
			count := 0.0
			for _, v := range m[s] {
				count += v
			}
			if count == 0 {
				continue
			}
			p := w.Moves(s, k.action, 1+float64(k.tired)/10)
			x := [States][]float64{}
			for to := range States {
				x[to] = features(s, to, k)
			}
			mean := make([]float64, n)
			for to := range States {
				for i, v := range x[to] {
					mean[i] += p[to] * v
				}
			}
			for to := range States {
				for i, v := range x[to] {
					v -= mean[i]
					g[i] += m[s][to] * v
					for j, u := range x[to] {
						h[i][j] += count * p[to] * v * (u - mean[j])
					}
				}
			}
		}
		if round == 2 { // effects on moves that do not exist are left out
			prior.take(h, up, theta, func(i int) bool {
				if i >= down && i < tired || i == n-1 {
					return s > 0
				}
				return s < States-1
			})
		}
		step := solve(h, g)
		for i, v := range step {
			v = limit(v)
			switch {
			case i < up:
				if i != s {
					w.Stay[s][i] += v
				}
			case i < down:
				w.Up[s][i-up+1] += v
			case i < tired:
				w.Down[s][i-down+1] += v
			case i == tired:
				w.TiredUp[s] += v
			default:
				w.TiredDown[s] += v
			}
		}
	}
}

// features are what the logit of a move consists of.
func features(s, to int, k situation) []float64 {
	x := make([]float64, States+2*(Actions-1)+2)
	if to == s {
		return x
	}
	x[to] = 1
	at, tired := States, States+2*(Actions-1)
	if to < s {
		at, tired = States+Actions-1, tired+1
	}
	if k.action > 0 {
		x[at+k.action-1] = 1
		x[tired] = float64(k.tired) / 10
	}
	return x
}

func limit(step float64) float64 { return max(-1, min(1, step)) }

func newSystem(n int) [][]float64 {
	h := make([][]float64, n)
	for i := range h {
		h[i] = make([]float64, n)
	}
	return h
}

// solve returns h⁻¹g by elimination; h is positive definite. Both are lost.
func solve(h [][]float64, g []float64) []float64 {
	n := len(g)
	for i := range n {
		for j := i + 1; j < n; j++ {
			f := h[j][i] / h[i][i]
			if f == 0 {
				continue
			}
			for k := i; k < n; k++ {
				h[j][k] -= f * h[i][k]
			}
			g[j] -= f * g[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			g[i] -= h[i][k] * g[k]
		}
		g[i] /= h[i][i]
	}
	return g
}
