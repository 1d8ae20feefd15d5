package weekly

import "github.com/rapporthq/rapport/internal/experiment"

// Surprise is the effect of one touch, told in two ways from the same randomised
// people: by the margin of half a year, and by that of four weeks and the value of
// the state that they are then believed to be in. Both are adjusted for what was
// believed before.
type Surprise struct {
	HalfYear, FourWeeks experiment.Difference
	Truth               float64 // by the true model, over all time
	Slope               float64 // of the first on the second within arms: see decide.Calibrate
}

// Touch measures the effect of one action on people who were treated by the
// logging mix for a quarter of a year before, and are left alone after it.
func Touch(truth, learned *World, action, people int, seed uint64) Surprise {
	const before, months, half = 12, 4, 26
	values, known := learned.Solve(true), truth.Solve(true)
	t := &trial{Believer: NewBeliever(values, people), action: action, at: before, log: Mix(Logging())}
	was, four, whole := make([]float64, people), make([]float64, people), make([]float64, people)
	effect := 0.0
	run := Run{People: people, Weeks: before + half, Seed: seed, World: truth}
	factor := 1.0
	run.Play(t, func(m Moment, k Week) {
		i, since := m.Person, m.Week-before
		if since < 0 {
			if since == -1 {
				was[i] = values.Worth(t.beliefs[i])
			}
			return
		}
		if since == 0 {
			p, left := truth.Moves(m.state, action, m.fatigue), truth.Moves(m.state, 0, m.fatigue)
			effect += truth.Earns(m.state, action) - truth.Earns(m.state, 0)
			for to := range States {
				// Nobody is touched again, so fatigue has no more part in it.
				effect += Discount * (p[to] - left[to]) * known.At(to, 0)
			}
		}
		factor = pow(Discount, since)
		earned := factor * truth.Earned(k)
		whole[i] += earned
		if since < months {
			four[i] += earned
		}
		if since == months-1 {
			four[i] += factor * Discount * values.Worth(t.beliefs[i])
		}
	})
	var long, short, both [2]experiment.Sample
	for i := range people {
		arm := 0
		if t.touched(seed, i) {
			arm = 1
		}
		long[arm].Add(whole[i], was[i])
		short[arm].Add(four[i], was[i])
		both[arm].Add(whole[i], four[i])
	}
	o := experiment.Options{Tune: people}
	return Surprise{
		HalfYear: experiment.Lift(long[1], long[0], o), FourWeeks: experiment.Lift(short[1], short[0], o),
		Truth: effect / float64(people), Slope: experiment.PooledSlope(both[0], both[1]),
	}
}

func pow(x float64, n int) float64 {
	out := 1.0
	for range n {
		out *= x
	}
	return out
}

// trial touches half of the people once.
type trial struct {
	*Believer

	action, at int
	log        Mix
}

// touched says whom.
func (t *trial) touched(seed uint64, person int) bool {
	return chance(seed, person, t.at, forRest) < 0.5
}

// Choose implements Policy.
func (t *trial) Choose(m Moment) int {
	switch {
	case m.Week < t.at:
		return t.log.Choose(m)
	case m.Week == t.at && m.Chance(0) < 0.5:
		return t.action
	default:
		return 0
	}
}
