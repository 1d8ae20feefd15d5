package weekly

// Policy chooses for people. It is told what could be seen, never the state; but
// for the oracle, which reads it from Moment.
type Policy interface {
	// Choose returns the action for a person this week.
	Choose(m Moment) int

	// Seen tells what came of it.
	Seen(m Moment, k Week)
}

// Moment is one person in one week. Chance gives as many numbers in (0, 1) as a
// policy wants, its own.
type Moment struct {
	Person, Week int
	Chance       func(n int) float64

	state   int
	fatigue float64
}

// Run is a company over a number of weeks.
type Run struct {
	People, Weeks int
	Seed          uint64

	// Now is the world of a week. Defaults to the same World in all.
	World *World
	Now   func(week int) *World
}

// Result is what came of a policy.
type Result struct {
	Value []float64 // of each person: discounted margin less cost
	Weeks []float64 // of each week: margin less cost over all people, undiscounted
	Acted [Actions]int
}

// Mean is the value of a person.
func (r Result) Mean() float64 {
	sum := 0.0
	for _, v := range r.Value {
		sum += v
	}
	return sum / float64(len(r.Value))
}

// Play lets a policy choose, week by week for all people, and calls each, if not
// nil, with what was seen.
func (r Run) Play(p Policy, each func(m Moment, k Week)) Result {
	out := Result{Value: make([]float64, r.People), Weeks: make([]float64, r.Weeks)}
	state, fatigue := make([]int, r.People), make([]float64, r.People)
	for i := range state {
		w := r.at(0)
		state[i] = draw(w.Start[:], chance(r.Seed, i, 0, forStart))
	}
	for week, factor := 0, 1.0; week < r.Weeks; week, factor = week+1, factor*Discount {
		w := r.at(week)
		for i := range state {
			m := Moment{Person: i, Week: week, state: state[i], fatigue: fatigue[i]}
			m.Chance = func(n int) float64 { return chance(r.Seed, i, week, forRest+n) }
			action := p.Choose(m)
			k := w.see(r.Seed, i, week, state[i], action)
			earned := w.Earned(k)
			out.Value[i] += factor * earned
			out.Weeks[week] += earned
			out.Acted[action]++
			p.Seen(m, k)
			if each != nil {
				each(m, k)
			}
			moves := w.Moves(state[i], action, fatigue[i])
			state[i] = draw(moves[:], chance(r.Seed, i, week, forMove))
			fatigue[i] = w.Tire(fatigue[i], action)
		}
	}
	return out
}

func (r Run) at(week int) *World {
	if r.Now != nil {
		return r.Now(week)
	}
	return r.World
}

// Log is what was seen of each person, week by week.
type Log [][]Week

// Record plays a policy and returns the log.
func (r Run) Record(p Policy) Log {
	log := make(Log, r.People)
	r.Play(p, func(m Moment, k Week) { log[m.Person] = append(log[m.Person], k) })
	return log
}
