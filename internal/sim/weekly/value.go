package weekly

import "github.com/rapporthq/rapport/internal/decide"

// grid is the number of fatigues, from 0 to tiredest, at which values are kept.
const (
	grid     = 11
	tiredest = 5.0 // that of a call every week
)

// Values are what a person is worth from now on by state and fatigue, and of each
// action now.
type Values struct {
	World *World
	V     [States][grid]float64
	Q     [Actions][States][grid]float64

	steps [Actions][fine]step
	seen  *emissions
}

// fine is the number of fatigues at which what depends on them is tabulated.
const fine = 101

// step is what an action does at a fatigue: where each state moves, and by state
// the parts of its score over silence.
type step struct {
	moves [States][States]float64
	parts [States]decide.Parts
}

// at is the step of an action at a fatigue, to the nearest twentieth.
func (v *Values) at(action int, fatigue float64) *step {
	return &v.steps[action][int(min(fatigue, tiredest)*(fine-1)/tiredest+0.5)]
}

// tabulate takes the value of each action over silence apart into what a score is
// made of: margin and cost of this week; where the state moves, at the fatigue of
// who is left alone; and, as the price of attention, what being more tired then
// loses.
func (v *Values) tabulate() {
	w := v.World
	for a := range Actions {
		for i := range fine {
			f := tiredest * float64(i) / (fine - 1)
			rested, tired := w.Tire(f, 0), w.Tire(f, a)
			for s := range States {
				t := &v.steps[a][i]
				t.moves[s] = w.Moves(s, a, f)
				p := &t.parts[s]
				if a == 0 {
					continue
				}
				p.Cost = w.Cost[a]
				p.Margin = w.Earns(s, a) + w.Cost[a] - w.Earns(s, 0)
				left := w.Moves(s, 0, f)
				for to := range States {
					alone := v.At(to, rested)
					p.Movement += Discount * (t.moves[s][to] - left[to]) * alone
					p.Price += Discount * t.moves[s][to] * (alone - v.At(to, tired))
				}
			}
		}
	}
}

// Solve finds the best policy of who sees states, by value iteration (Bellman
// 1957), to a millionth. With silent it is the value of never touching.
func (w *World) Solve(silent bool) *Values {
	v := &Values{World: w, seen: w.emissions()}
	var moves [Actions][States][grid][States]float64
	for a := range Actions {
		for s := range States {
			for g := range grid {
				moves[a][s][g] = w.Moves(s, a, fatigueAt(g))
			}
		}
	}
	last := Actions
	if silent {
		last = 1
	}
	for change := 1.0; change > 1e-6; {
		change = 0
		for a := range last {
			for g := range grid {
				next := w.Tire(fatigueAt(g), a)
				for s := range States {
					sum := 0.0
					for to, p := range moves[a][s][g] {
						sum += p * v.At(to, next)
					}
					v.Q[a][s][g] = w.Earns(s, a) + Discount*sum
				}
			}
		}
		for s := range States {
			for g := range grid {
				best := v.Q[0][s][g]
				for a := range last {
					best = max(best, v.Q[a][s][g])
				}
				change = max(change, best-v.V[s][g], v.V[s][g]-best)
				v.V[s][g] = best
			}
		}
	}
	v.tabulate()
	return v
}

func fatigueAt(g int) float64 { return tiredest * float64(g) / (grid - 1) }

// cell gives the grid point below a fatigue and how far the fatigue is on its way
// to the next.
func cell(fatigue float64) (int, float64) {
	x := min(fatigue, tiredest) * (grid - 1) / tiredest
	g := min(int(x), grid-2)
	return g, x - float64(g)
}

// At is the value of a state at a fatigue, by linear interpolation.
func (v *Values) At(s int, fatigue float64) float64 {
	g, x := cell(fatigue)
	return (1-x)*v.V[s][g] + x*v.V[s][g+1]
}

// Of is the value of an action in a state at a fatigue.
func (v *Values) Of(action, s int, fatigue float64) float64 {
	g, x := cell(fatigue)
	return (1-x)*v.Q[action][s][g] + x*v.Q[action][s][g+1]
}

// Worth is the value of a belief.
func (v *Values) Worth(b Belief) float64 {
	sum := 0.0
	for s, p := range b.State {
		sum += p * v.At(s, b.Fatigue)
	}
	return sum
}

// Next is the belief a week later, given what was seen in it.
func (v *Values) Next(b Belief, k Week) Belief {
	l := v.World.likelihood(v.seen, k)
	sum := 0.0
	for s := range l {
		l[s] *= b.State[s]
		sum += l[s]
	}
	out := Belief{Fatigue: v.World.Tire(b.Fatigue, k.Action)}
	moves := &v.at(k.Action, b.Fatigue).moves
	for s := range l {
		if sum > 0 {
			l[s] /= sum
		} else {
			l[s] = b.State[s] // what was seen is impossible: it teaches nothing
		}
		for to, p := range moves[s] {
			out.State[to] += l[s] * p
		}
	}
	return out
}
