package classic_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mathext"

	"github.com/rapporthq/rapport/internal/statemodel/classic"
)

func models() map[string]classic.Model {
	return map[string]classic.Model{
		"BG/NBD":            classic.BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426},
		"BG/NBD, a above 1": classic.BGNBD{R: .8, Alpha: 2, A: 1.7, B: .6},
		"MBG/NBD":           classic.BGNBD{R: .525, Alpha: 6.183, A: .891, B: 1.614, Modified: true},
		"Pareto/NBD":        classic.ParetoNBD{R: .553, Alpha: 10.578, S: .606, Beta: 11.669},
		"Pareto/NBD, α > β": classic.ParetoNBD{R: .553, Alpha: 10.578, S: 1.3, Beta: .2},
		"Pareto/NBD, α ≪ β": classic.ParetoNBD{R: 2, Alpha: .1, S: .3, Beta: 60},
		"NBD":               classic.NBD{R: .3, Alpha: 5},
	}
}

func people() []classic.Person {
	return []classic.Person{
		{},
		{Age: 39},
		{Age: .1},
		{Repeats: 1, Last: .2, Age: 39},
		{Repeats: 1, Last: 39, Age: 39},
		{Repeats: 2, Last: 30.43, Age: 38.86},
		{Repeats: 26, Last: 30.86, Age: 31},
		{Repeats: 12, Last: 3, Age: 60},
	}
}

// node is one kind of person's way to leave: its weight, the chance to have stayed
// or to have left as somebody did, and how many acts are expected, of whom is there.
type node struct {
	weight float64
	stays  float64
	leaves func(rate float64) float64
	future func(rate float64) float64
}

// leavers is a grid of the ways to leave that a model knows of.
func leavers(m classic.Model, p classic.Person, horizon float64) (nodes []node, shape, rate float64) {
	const step = .2
	switch m := m.(type) {
	case classic.NBD:
		never := node{1, 1, func(float64) float64 { return 0 }, func(rate float64) float64 { return rate * horizon }}
		return []node{never}, m.R, m.Alpha
	case classic.ParetoNBD:
		for b := -130.0; b < 8; b += step {
			leave := math.Exp(b)
			nodes = append(nodes, node{gammaDensity(leave, m.S, m.Beta) * step, math.Exp(-leave * p.Age), func(rate float64) float64 {
				both := rate + leave
				return leave / both * (math.Exp(-both*p.Last) - math.Exp(-both*p.Age))
			}, func(rate float64) float64 { return -rate / leave * math.Expm1(-leave*horizon) }})
		}
		return nodes, m.R, m.Alpha
	case classic.BGNBD:
		n := float64(p.Repeats)
		if m.Modified {
			n++
		}
		beta := mathext.Lbeta(m.A, m.B)
		for b := -80.0; b < 80; b += step {
			leave, stay := 1/(1+math.Exp(-b)), 1/(1+math.Exp(b))
			gone := 0.0
			if n > 0 {
				gone = leave * math.Pow(stay, n-1)
			}
			nodes = append(nodes, node{math.Exp(m.A*math.Log(leave)+m.B*math.Log(stay)-beta) * step, math.Pow(stay, n), func(rate float64) float64 {
				return gone * math.Exp(-rate*p.Last)
			}, func(rate float64) float64 { return -math.Expm1(-rate*leave*horizon) / leave }})
		}
		return nodes, m.R, m.Alpha
	}
	return nil, 0, 0
}

// gammaDensity is the density of ln v where v is Gamma.
func gammaDensity(v, shape, rate float64) float64 {
	g, _ := math.Lgamma(shape)
	return math.Exp(shape*math.Log(rate*v) - rate*v - g)
}

// posterior integrates over people by the trapezoid rule in the logarithm of the
// rate and of what decides about leaving: slow, obvious, and exact for smooth
// functions. It gives the likelihood, the chance of being there, and what is expected.
func posterior(m classic.Model, p classic.Person, horizon float64) (logLik, alive, expected float64) {
	const step = .12
	nodes, shape, scale := leavers(m, p, horizon)
	var all, here, acts float64
	for a := -130.0; a < 8; a += step {
		rate := math.Exp(a)
		w := gammaDensity(rate, shape, scale) * step * math.Pow(rate, float64(p.Repeats))
		if w < 1e-60 {
			continue
		}
		silent := math.Exp(-rate * p.Age)
		for _, n := range nodes {
			there := w * n.weight * n.stays * silent
			all += there + w*n.weight*n.leaves(rate)
			here += there
			acts += there * n.future(rate)
		}
	}
	return math.Log(all), here / all, acts / all
}

func TestModelsAreWhatAveragingOverPeopleMakesOfThem(t *testing.T) {
	t.Parallel()
	for name, m := range models() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range people() {
				logLik, alive, expected := posterior(m, p, 20)
				require.InDelta(t, logLik, m.LogLik(p), 1e-8, "%+v", p)
				require.InEpsilon(t, alive, m.Alive(p), 1e-8, "%+v", p)
				require.InEpsilon(t, expected, m.Expected(p, 20), 1e-7, "%+v", p)
			}
		})
	}
}

// What is expected in a moment from now is the rate at which an act now would come,
// which is the likelihood with that act over the one without.
func TestWhatIsExpectedNextIsWhatTheLikelihoodSays(t *testing.T) {
	t.Parallel()
	extremes := []classic.Person{
		{Repeats: 5000, Last: 99.9, Age: 100},
		{Repeats: 5000, Last: 50, Age: 50.5},
		{Repeats: 20000, Last: 520, Age: 520},
		{Repeats: 1, Last: 1e-6, Age: 5000},
		{Repeats: 300, Last: .5, Age: .51},
		{Repeats: 40, Last: 10, Age: 11},
	}
	for name, m := range models() {
		for _, p := range append(people(), extremes...) {
			if p.Age == 0 {
				continue // an act in the moment of the first one is no repeat
			}
			now := classic.Person{Repeats: p.Repeats + 1, Last: p.Age, Age: p.Age}
			rate := math.Exp(m.LogLik(now) - m.LogLik(p))
			const moment = 1e-7
			require.InDelta(t, 1, m.Expected(p, moment)/moment/rate, 1e-4, "%s %+v", name, p)
			for _, h := range []float64{1, 52, 5200} {
				e := m.Expected(p, h)
				require.False(t, math.IsNaN(e) || e < 0 || math.IsInf(e, 0), "%s %+v: %v in %v", name, p, e, h)
			}
		}
	}
}

func TestPublishedExpectations(t *testing.T) {
	t.Parallel()
	bg := classic.BGNBD{R: .243, Alpha: 4.414, A: .793, B: 2.426}
	require.InDelta(t, 1.226, bg.Expected(classic.Person{Repeats: 2, Last: 30.43, Age: 38.86}, 39), .001) // Fader, Hardie & Lee (2005)
	pareto := classic.ParetoNBD{R: .5534, Alpha: 10.5802, S: .6061, Beta: 11.6562}
	require.InDelta(t, 25.46, pareto.Expected(classic.Person{Repeats: 26, Last: 30.86, Age: 31}, 52), .01) // lifetimes
}

// simulated people leave after an act with a chance of their own.
func simulated(r *rand.Rand, m classic.BGNBD, n int) []classic.Person {
	out := make([]classic.Person, n)
	for i := range out {
		rate := gammaDraw(r, m.R) / m.Alpha
		a, b := gammaDraw(r, m.A), gammaDraw(r, m.B)
		p := classic.Person{Age: 30 + 10*r.Float64()}
		for at := r.ExpFloat64() / rate; at < p.Age; at += r.ExpFloat64() / rate {
			p.Repeats++
			p.Last = at
			if r.Float64() < a/(a+b) {
				break
			}
		}
		out[i] = p
	}
	return out
}

// gammaDraw is Marsaglia & Tsang (2000).
func gammaDraw(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := r.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func TestStandardErrorsCoverTheTruthAsOftenAsTheySay(t *testing.T) {
	t.Parallel()
	truth := classic.BGNBD{R: .5, Alpha: 4, A: .8, B: 2.5}
	seed := uint64(1)
	const worlds = 100
	covered, predicted := make([]int, 4), 0
	for i := range worlds {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		_, fit, err := classic.FitBGNBD(simulated(r, truth, 1500), false)
		require.NoError(t, err)
		for k, want := range []float64{truth.R, truth.Alpha, truth.A, truth.B} {
			low, high := fit.Interval(func(p []float64) float64 { return p[k] })
			if low <= want && want <= high {
				covered[k]++
			}
		}
		repeats := func(p []float64) float64 {
			return classic.BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3]}.FromStart(52)
		}
		low, high := fit.Interval(repeats)
		if want := truth.FromStart(52); low <= want && want <= high {
			predicted++
		}
	}
	t.Logf("seed %d: of %d worlds, parameters are covered in %v, repeats within a year in %d", seed, worlds, covered, predicted)
	for k, n := range append(covered, predicted) {
		require.Greater(t, n, worlds*89/100, "%d", k) // 95 ± 2 by chance
	}
}

func TestFitsAreWhereTheLikelihoodIsHighest(t *testing.T) {
	t.Parallel()
	people := simulated(rand.New(rand.NewPCG(2, 2)), classic.BGNBD{R: .5, Alpha: 4, A: .8, B: 2.5}, 6000) // enough to fit a part of them first
	pareto, paretoFit, err := classic.FitParetoNBD(people)
	require.NoError(t, err)
	bg, bgFit, err := classic.FitBGNBD(people, false)
	require.NoError(t, err)
	mbg, mbgFit, err := classic.FitBGNBD(people, true)
	require.NoError(t, err)
	nbd, nbdFit, err := classic.FitNBD(people)
	require.NoError(t, err)
	of := func(m classic.Model) (sum float64) {
		for _, p := range people {
			sum += m.LogLik(p)
		}
		return sum
	}
	fits := []struct {
		name  string
		fit   classic.Fit
		model classic.Model
		with  func(p []float64) classic.Model
	}{
		{"Pareto/NBD", paretoFit, pareto, func(p []float64) classic.Model {
			return classic.ParetoNBD{R: p[0], Alpha: p[1], S: p[2], Beta: p[3]}
		}},
		{"BG/NBD", bgFit, bg, func(p []float64) classic.Model {
			return classic.BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3]}
		}},
		{"MBG/NBD", mbgFit, mbg, func(p []float64) classic.Model {
			return classic.BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3], Modified: true}
		}},
		{"NBD", nbdFit, nbd, func(p []float64) classic.Model { return classic.NBD{R: p[0], Alpha: p[1]} }},
	}
	for _, f := range fits {
		require.InDelta(t, of(f.model), f.fit.LogLik, 1e-6, f.name)
		for i := range f.fit.Params {
			for _, by := range []float64{.99, 1.01} {
				p := append([]float64(nil), f.fit.Params...)
				p[i] *= by
				require.Less(t, of(f.with(p)), f.fit.LogLik, "%s %s × %v", f.name, f.fit.Names[i], by)
			}
		}
	}
	require.Greater(t, bgFit.LogLik, nbdFit.LogLik, "people do leave")
}

func TestWhereNobodyLeavesTheModelSaysThatItIsASimplerOne(t *testing.T) {
	t.Parallel()
	people := simulated(rand.New(rand.NewPCG(4, 4)), classic.BGNBD{R: 2, Alpha: 4, A: 1e-9, B: 1}, 800)
	nbd, simple, err := classic.FitNBD(people)
	require.NoError(t, err)
	bg, fit, err := classic.FitBGNBD(people, false)
	require.NoError(t, err)
	t.Logf("%.6g ± %.6g, %.6f beside %.6f", fit.Params, fit.StdErr, fit.LogLik, simple.LogLik)
	require.NotEmpty(t, fit.Degenerate)
	require.InDelta(t, simple.LogLik, fit.LogLik, .01)
	require.InEpsilon(t, nbd.Expected(people[0], 10), bg.Expected(people[0], 10), 1e-3)
	for i, name := range fit.Names {
		if name == fit.Degenerate[0] {
			require.True(t, math.IsInf(fit.StdErr[i], 1))
		}
	}
}

func TestWhatCannotBeFittedIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		people []classic.Person
		want   string
	}{
		{nil, "nobody acted again"},
		{[]classic.Person{{Age: 3}, {Age: 4}}, "nobody acted again"},
		{[]classic.Person{{Age: 3}, {Repeats: 1, Last: 5, Age: 4}}, "person 1: last act at 5, age 4"},
		{[]classic.Person{{Last: 1, Age: 4}}, "person 0: 0 repeats and a last act at 1"},
		{[]classic.Person{{Age: math.NaN()}}, "ages are finite"},
		{[]classic.Person{{Age: math.Inf(1)}}, "ages are finite"},
	} {
		_, _, bg := classic.FitBGNBD(test.people, false)
		_, _, pareto := classic.FitParetoNBD(test.people)
		_, _, nbd := classic.FitNBD(test.people)
		for _, err := range []error{bg, pareto, nbd} {
			require.ErrorContains(t, err, test.want)
		}
	}
	_, _, err := classic.FitGammaGamma([]classic.Spend{{Acts: 0, Mean: 3}})
	require.ErrorContains(t, err, "spend of person 0: 0 acts of 3")
	_, _, err = classic.FitGammaGamma([]classic.Spend{{Acts: 2, Mean: 3}, {Acts: 1, Mean: 3}})
	require.ErrorContains(t, err, "people who differ")
	_, _, err = classic.FitBGBB([]classic.Rounds{{Acts: 3, Last: 2, Of: 6}})
	require.ErrorContains(t, err, "rounds 0")
}

// One person, two people, people who are all the same: there is little to learn, and
// an answer or a reason all the same.
func TestVeryFewPeopleAreNoPanic(t *testing.T) {
	t.Parallel()
	for n := 1; n < 6; n++ {
		same := make([]classic.Person, n)
		for i := range same {
			same[i] = classic.Person{Repeats: 3, Last: 5, Age: 9}
		}
		for _, fit := range []func() (classic.Model, error){
			func() (classic.Model, error) { m, _, err := classic.FitBGNBD(same, false); return m, err },
			func() (classic.Model, error) { m, _, err := classic.FitBGNBD(same, true); return m, err },
			func() (classic.Model, error) { m, _, err := classic.FitParetoNBD(same); return m, err },
			func() (classic.Model, error) { m, _, err := classic.FitNBD(same); return m, err },
		} {
			m, err := fit()
			require.NoError(t, err, fmt.Sprint(n))
			e := m.Expected(same[0], 10)
			require.False(t, math.IsNaN(e) || math.IsInf(e, 0) || e < 0, "%T: %v", m, e)
		}
	}
}
