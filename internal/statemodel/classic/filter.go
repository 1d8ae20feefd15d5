package classic

import (
	"fmt"
	"math"
	"slices"
)

// History is when somebody acted again after their first act, and how long they
// have been watched since. Times ascend; two may be equal.
type History struct {
	Times []float64
	Age   float64
}

// Person is what the models without time within a life need of it.
func (h History) Person() Person {
	p := Person{Repeats: len(h.Times), Age: h.Age}
	if p.Repeats > 0 {
		p.Last = h.Times[p.Repeats-1]
	}
	return p
}

// Until is the history as it was known at an age.
func (h History) Until(age float64) History {
	n, _ := slices.BinarySearchFunc(h.Times, age, func(t, age float64) int {
		if t > age {
			return 1
		}
		return -1
	})
	return History{Times: h.Times[:n], Age: math.Min(age, h.Age)}
}

// Filter is the discounted Gamma-Poisson filter. Nobody leaves, but the rate at
// which a person acts wanders: what is known of it, a Gamma(r, beta) at first, is
// forgotten by the factor Keep at each Step of their life, towards what was known at
// first by the part Pull of what was forgotten. With Keep 1 it is the [NBD].
type Filter struct {
	R, Beta    float64
	Keep, Pull float64 // between 0 and 1
	Step       float64 // in the unit of ages
}

// FitFilter fits the filter; its step is given. The parameters that are fitted are
// r, beta, and the odds of forgetting, and of not being pulled, per step.
func FitFilter(histories []History, step float64) (Filter, Fit, error) {
	if !(step > 0) {
		return Filter{}, Fit{}, fmt.Errorf("a step of %v: it is above 0", step)
	}
	people := make([]Person, len(histories))
	longest := 0.0
	for i, h := range histories {
		people[i] = h.Person()
		longest = math.Max(longest, h.Age)
		if !slices.IsSorted(h.Times) {
			return Filter{}, Fit{}, fmt.Errorf("person %d: the times of their acts do not ascend", i)
		}
	}
	if err := check(people); err != nil {
		return Filter{}, Fit{}, err
	}
	nbd, _, err := FitNBD(people)
	if err != nil {
		return Filter{}, Fit{}, err
	}
	lives := groupLives(histories, step)
	steps := int(longest/step) + 2
	fit, err := problem{
		names:  []string{"r", "beta", "forgetting", "drifting"},
		starts: [][]float64{{nbd.R, nbd.Alpha, .05, 1}, {nbd.R, nbd.Alpha, .02, .05}},
		all: func(params, gradient []float64) float64 {
			return filterLikelihood(filterOf(params, step), lives, steps, gradient)
		},
		people: len(histories),
	}.solve()
	if err != nil {
		return Filter{}, fit, err
	}
	return filterOf(fit.Params, step), fit, nil
}

func filterOf(params []float64, step float64) Filter {
	return Filter{R: params[0], Beta: params[1], Keep: 1 / (1 + params[2]), Pull: 1 / (1 + params[3]), Step: step}
}

// life is a history in steps: how many acts in each step that had some.
type life struct {
	steps []int
	acts  []int
	age   float64
	n     float64 // of people whose history is this one
}

func lifeOf(h History, step float64) life {
	l := life{age: h.Age, n: 1}
	last := int(h.Age / step)
	for _, t := range h.Times {
		at := min(int(t/step), last)
		if n := len(l.steps); n > 0 && l.steps[n-1] == at {
			l.acts[n-1]++
			continue
		}
		l.steps, l.acts = append(l.steps, at), append(l.acts, 1)
	}
	return l
}

// groupLives counts people of one age who never acted again once.
func groupLives(histories []History, step float64) []life {
	silent := map[float64]float64{}
	var lives []life
	for _, h := range histories {
		if len(h.Times) == 0 {
			silent[h.Age]++
		} else {
			lives = append(lives, lifeOf(h, step))
		}
	}
	ages := make([]float64, 0, len(silent))
	for age := range silent {
		ages = append(ages, age)
	}
	slices.Sort(ages)
	for _, age := range ages {
		lives = append(lives, life{age: age, n: silent[age]})
	}
	return lives
}

// exposure is what is known of how long a rate was watched, B, at the beginning of
// a step, which is the same for all; with its slopes in beta, Keep and Pull.
type exposure struct{ b, byBeta, byKeep, byPull, log float64 }

func (f Filter) exposures(steps int) []exposure {
	out := make([]exposure, steps)
	at := exposure{b: f.Beta, byBeta: 1}
	for i := range out {
		at.log = math.Log(at.b) - math.Log(at.b+f.Step)
		out[i] = at
		b := at.b + f.Step
		at.byKeep = f.Keep*at.byKeep + b - f.Pull*f.Beta
		at.byPull = f.Keep*at.byPull + (1-f.Keep)*f.Beta
		at.byBeta = f.Keep*at.byBeta + f.Pull*(1-f.Keep)
		at.b = f.Keep*b + f.Pull*(1-f.Keep)*f.Beta
	}
	return out
}

// filterLikelihood is the sum over people, and its slopes in the parameters that
// are fitted.
func filterLikelihood(f Filter, lives []life, steps int, gradient []float64) float64 {
	known := f.exposures(steps)
	var sum, byR, byBeta, byKeep, byPull float64
	for i := range lives {
		l := &lives[i]
		var value, dr, dbeta, dkeep, dpull float64
		a, aR, aKeep, aPull := f.R, 1.0, 0.0, 0.0
		next, last := 0, int(l.age/f.Step)
		for s := range last + 1 {
			e := &known[s]
			length, logShare := f.Step, e.log
			if s == last {
				length = l.age - float64(last)*f.Step
				logShare = math.Log(e.b) - math.Log(e.b+length)
			}
			acts := 0
			if next < len(l.steps) && l.steps[next] == s {
				acts = l.acts[next]
				next++
			}
			value += a * logShare
			byA, byB := logShare, a/e.b-a/(e.b+length)
			if acts > 0 {
				value -= float64(acts) * math.Log(e.b+length)
				byB -= float64(acts) / (e.b + length)
				for j := range acts {
					value += math.Log(a + float64(j))
					byA += 1 / (a + float64(j))
				}
			}
			dr += byA * aR
			dbeta += byB * e.byBeta
			dkeep += byA*aKeep + byB*e.byKeep
			dpull += byA*aPull + byB*e.byPull
			a += float64(acts)
			aKeep = f.Keep*aKeep + a - f.Pull*f.R
			aPull = f.Keep*aPull + (1-f.Keep)*f.R
			aR = f.Keep*aR + f.Pull*(1-f.Keep)
			a = f.Keep*a + f.Pull*(1-f.Keep)*f.R
		}
		sum += l.n * value
		byR += l.n * dr
		byBeta += l.n * dbeta
		byKeep += l.n * dkeep
		byPull += l.n * dpull
	}
	if gradient != nil {
		gradient[0], gradient[1] = byR, byBeta
		gradient[2], gradient[3] = -f.Keep*f.Keep*byKeep, -f.Pull*f.Pull*byPull
	}
	return sum
}

// LogLik is the log density of the times of a person's acts; see [Model].
func (f Filter) LogLik(h History) float64 {
	return filterLikelihood(f, []life{lifeOf(h, f.Step)}, int(h.Age/f.Step)+2, nil)
}

// Belief is what is known of the rate at which the person acts now: a Gamma law.
func (f Filter) Belief(h History) (shape, rate float64) {
	l := lifeOf(h, f.Step)
	a, b, next, last := f.R, f.Beta, 0, int(h.Age/f.Step)
	for s := 0; ; s++ {
		if next < len(l.steps) && l.steps[next] == s {
			a += float64(l.acts[next])
			next++
		}
		if s == last {
			return a, b + h.Age - float64(last)*f.Step
		}
		a, b = f.forget(a, b+f.Step)
	}
}

func (f Filter) forget(a, b float64) (shape, rate float64) {
	return f.Keep*a + f.Pull*(1-f.Keep)*f.R, f.Keep*b + f.Pull*(1-f.Keep)*f.Beta
}

// Expected is how many acts are expected of the person within a horizon from now,
// by the mean of what will be believed of their rate then.
func (f Filter) Expected(h History, horizon float64) float64 {
	a, b := f.Belief(h)
	sum, at, until := 0.0, h.Age, h.Age+horizon
	for s := int(h.Age / f.Step); at < until; s++ {
		to := math.Min(float64(s+1)*f.Step, until)
		if to > at {
			sum += a / b * (to - at)
			at = to
		}
		a, b = f.forget(a, b)
	}
	return sum
}
