package experiment_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rapporthq/rapport/internal/experiment"
)

func survivor(t float64) float64 { return math.Exp(-t) }

// The two-sided exact test by its definition: all counts no more probable.
func TestRatioMismatchIsTheExactTest(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 7, 40} {
		for _, p := range []float64{0.5, 0.05, 0.9} {
			law := distuv.Binomial{N: float64(n), P: p}
			for k := range n + 1 {
				want := 0.0
				for j := range n + 1 {
					if law.LogProb(float64(j)) <= law.LogProb(float64(k))+1e-7 {
						want += law.Prob(float64(j))
					}
				}
				require.InDelta(t, want, experiment.RatioMismatch([]int{k, n - k}, []float64{p, 1 - p}), 1e-9, "%d of %d at %v", k, n, p)
			}
		}
	}
}

func TestAMismatchIsNotCalledByChanceAndALossIsSeen(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 0))
	called := 0
	for range 2000 {
		var counts [3]int
		for range 500 {
			switch u := r.Float64(); {
			case u < 0.05:
				counts[0]++
			case u < 0.15:
				counts[1]++
			default:
				counts[2]++
			}
		}
		if experiment.RatioMismatch(counts[:], []float64{0.05, 0.1, 0.85}) < 0.01 {
			called++
		}
	}
	require.LessOrEqual(t, called, 30, "of 2,000 at a limit of 1 %%")
	require.Less(t, experiment.RatioMismatch([]int{500, 850, 8_500}, []float64{0.05, 0.1, 0.85}), experiment.MismatchLimit)
}

func TestContaminationAndNoveltyAreSaid(t *testing.T) {
	t.Parallel()
	require.Empty(t, experiment.Contamination(900, 0))
	require.Contains(t, experiment.Contamination(900, 1), "1 of the 900 people held out was reached")
	require.Contains(t, experiment.Contamination(900, 3), "3 of the 900 people held out were reached")

	d := func(value float64) experiment.Difference {
		return experiment.Difference{Interval: experiment.Interval{Value: value}, StandardError: 1, Enough: true}
	}
	require.Empty(t, experiment.Novelty(d(3), d(1)))
	require.Contains(t, experiment.Novelty(d(5), d(1)), "wearing off")
	require.Contains(t, experiment.Novelty(d(1), d(5)), "growing")
	require.Empty(t, experiment.Novelty(experiment.Difference{}, d(5)))
}

func TestRelativeLiftCoversTheTruthAndTurnsAround(t *testing.T) {
	t.Parallel()
	const runs = 300
	covered, fixed := 0, 0
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 3))
		var a, b experiment.Sample
		for range 2000 {
			x := r.ExpFloat64()
			a.Add(x+1.2*r.ExpFloat64()+0.2, x)
			x = r.ExpFloat64()
			b.Add(x+r.ExpFloat64(), x)
		}
		d := experiment.Relative(a, b, experiment.Options{Tune: 4000})
		require.True(t, d.Enough)
		if d.Low <= 0.2 && 0.2 <= d.High {
			covered++
		}
		if math.Abs(d.Value-0.2) <= 1.96*d.StandardError {
			fixed++
		}
		back := experiment.Relative(b, a, experiment.Options{Tune: 4000})
		require.InDelta(t, 1/(1+d.High)-1, back.Low, 1e-9)
	}
	require.GreaterOrEqual(t, covered, runs*95/100)
	require.InDelta(t, 0.95*runs, fixed, 4*math.Sqrt(runs*0.05*0.95), "the plain error is of the right size")

	var none, some experiment.Sample
	for i := range 200 {
		none.Add(0, 0)
		some.Add(float64(i%2), 0)
	}
	d := experiment.Relative(some, none, experiment.Options{})
	require.False(t, d.Enough)
	require.NotEmpty(t, d.Missing)
}

func TestRatioOfSumsHasTheErrorThatRepetitionShows(t *testing.T) {
	t.Parallel()
	const runs = 1000
	var estimates experiment.Sample
	mean, said := 0.0, 0.0
	draw := func(r *rand.Rand, perVisit float64) (s experiment.Sample) {
		for range 300 {
			eager := r.ExpFloat64() // people who visit more spend less a visit: visits are not independent
			visits := 1 + math.Floor(4*eager)
			s.Add(visits*perVisit*(1.5-0.2*min(5, eager))*r.ExpFloat64(), visits)
		}
		return s
	}
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 4))
		d := experiment.RatioOfSums(draw(r, 2), draw(r, 2), experiment.Options{})
		estimates.Add(d.Value, 0)
		mean += d.Value / runs
		said += d.StandardError * d.StandardError / runs
	}
	v := experiment.Lift(estimates, estimates, experiment.Options{}).StandardError * math.Sqrt(runs/2.0)
	require.InEpsilon(t, v, math.Sqrt(said), 0.1)
	require.InDelta(t, 0, mean, 4*v/math.Sqrt(runs))
}

func TestASlopeFixedBeforeLookingIsUsedAsItIs(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 0))
	var earlier, treated, holdout experiment.Sample
	fill := func(s *experiment.Sample, n int, effect float64) {
		for range n {
			x := r.NormFloat64()
			s.Add(2*x+r.NormFloat64()+effect, x)
		}
	}
	fill(&earlier, 4000, 0)
	fill(&treated, 900, 1)
	fill(&holdout, 300, 0)
	slope := experiment.PooledSlope(earlier)
	require.InDelta(t, 2, slope, 0.1)
	d := experiment.Lift(treated, holdout, experiment.Options{Slope: &slope})
	require.Equal(t, slope, d.Slope) //nolint:testifylint // exact on purpose
	require.InDelta(t, 1, d.Value, 4*d.StandardError)
	none := 0.0
	plain := experiment.Lift(treated, holdout, experiment.Options{Slope: &none})
	require.InDelta(t, plain.Treated-plain.Holdout, plain.Value, 1e-12)
	require.Less(t, d.StandardError, 0.55*plain.StandardError)
	require.Zero(t, experiment.PooledSlope(sample([]float64{1, 2, 3})))
}

func TestCapIsTheQuantileThatWasDeclared(t *testing.T) {
	t.Parallel()
	v := make([]float64, 1001)
	for i := range v {
		v[len(v)-1-i] = float64(i)
	}
	require.InDelta(t, 995, experiment.Cap(v, 0.995), 1e-9)
	require.InDelta(t, 0.5, experiment.Cap([]float64{1, 0}, 0.5), 1e-12)
	require.True(t, math.IsInf(experiment.Cap(nil, 0.995), 1))
	require.InDelta(t, 1000, v[0], 0, "the argument is left as it was")
}

// Hillstrom's base: visit 0.10617, and the sample sizes that a difference of a
// tenth needs. The formula is held against repetition.
func TestThePlannedNumberOfPeopleFindsTheEffectAsOftenAsSaid(t *testing.T) {
	t.Parallel()
	p := experiment.Plan{Deviation: 1, Effect: 0.25, Treated: 0.7}
	fixed, sequence := int(p.FixedPeople()), int(p.People())
	require.InDelta(t, p.Effect, p.Detectable(p.People()), 1e-9)
	const runs = 1000
	foundFixed, foundAny := 0, 0
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 6))
		var arms [2]experiment.Sample
		for i := 1; i <= sequence; i++ {
			if r.Float64() < p.Treated {
				arms[1].Add(r.NormFloat64()+p.Effect, 0)
			} else {
				arms[0].Add(r.NormFloat64(), 0)
			}
			if i == fixed {
				if d := experiment.Lift(arms[1], arms[0], experiment.Options{}); d.Value > 1.96*d.StandardError {
					foundFixed++
				}
			}
		}
		if experiment.Lift(arms[1], arms[0], experiment.Options{Tune: sequence}).Low > 0 {
			foundAny++
		}
	}
	t.Logf("%d people at once found it %d times of %d, %d at any time %d times", fixed, foundFixed, runs, sequence, foundAny)
	require.InDelta(t, 0.8*runs, foundFixed, 50)
	require.InDelta(t, 0.8*runs, foundAny, 50)
}

func TestAPlanSaysWhenTheAnswerIsDueAndWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	p := experiment.Plan{Deviation: 1, Effect: 0.1, Treated: 0.5}
	wait, ok := p.TimeToAnswer(100, 30*24*time.Hour)
	require.True(t, ok)
	require.Equal(t, time.Duration(math.Ceil(p.People()/100))*24*time.Hour+30*24*time.Hour, wait)
	better := p
	better.Explained = 0.5
	require.InEpsilon(t, p.People()/2, better.People(), 1e-9)
	_, ok = p.TimeToAnswer(0, 0)
	require.False(t, ok)
	require.NoError(t, p.Validate())
	for _, wrong := range []experiment.Plan{
		{Effect: 1, Treated: 0.5},
		{Deviation: 1, Treated: 0.5},
		{Deviation: 1, Effect: 1},
		{Deviation: 1, Effect: 1, Treated: 1},
		{Deviation: 1, Effect: 1, Treated: 0.5, Explained: 1},
		{Deviation: 1, Effect: 1, Treated: 0.5, Power: 2},
	} {
		require.Error(t, wrong.Validate())
	}
}

func TestEvidenceIsAboveItsLimitExactlyWhenTheIntervalExcludesZero(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		var a, b experiment.Sample
		for range 400 {
			a.Add(r.NormFloat64()+0.2, 0)
			b.Add(r.NormFloat64(), 0)
		}
		d := experiment.Lift(a, b, experiment.Options{})
		require.Equal(t, d.Low > 0 || d.High < 0, d.Evidence(800, experiment.Options{}) > 1/0.05)
	}
}

func TestAmongManySegmentsFewFindingsAreFalse(t *testing.T) {
	t.Parallel()
	const seeds, segments, effective = 150, 30, 6
	falseShare, truths, plain, missed, shown := 0.0, 0, 0, 0, 0
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 8))
		var ss []experiment.Segment
		for i := range segments {
			s := experiment.Segment{Name: fmt.Sprint(i)}
			for range 400 {
				effect := 0.0
				if i < effective {
					effect = 0.5
				}
				s.Treated.Add(r.NormFloat64()+effect, 0)
				s.Holdout.Add(r.NormFloat64(), 0)
			}
			ss = append(ss, s)
			if d := experiment.Lift(s.Treated, s.Holdout, experiment.Options{}); i >= effective && math.Abs(d.Value) > 1.96*d.StandardError {
				plain++
			}
		}
		found, wrong := 0, 0
		for i, f := range experiment.Segments(ss, experiment.Options{}) {
			require.Equal(t, fmt.Sprint(i), f.Name)
			if !f.Found {
				continue
			}
			found++
			truth := 0.5
			if i >= effective {
				wrong++
				truth = 0
			} else {
				truths++
			}
			shown++
			if truth < f.Low || truth > f.High {
				missed++
			}
		}
		falseShare += float64(wrong) / float64(max(1, found)) / seeds
	}
	t.Logf("false among found %.4f; real ones found %d of %d; a plain interval finds %d of nothing", falseShare, truths, seeds*effective, plain)
	require.LessOrEqual(t, falseShare, 0.05)
	require.Greater(t, truths, seeds*effective*8/10)
	require.Greater(t, plain, seeds)
	require.LessOrEqual(t, float64(missed), 0.05*float64(shown)+3)
}

func TestAnExperimentOfSeveralArmsStopsForTheBestAndNotForChance(t *testing.T) {
	t.Parallel()
	run := func(seed uint64, effects ...float64) experiment.Race {
		r := rand.New(rand.NewPCG(seed, 9))
		arms := make([]experiment.Named, len(effects))
		for i := range arms {
			arms[i].Name = string(rune('a' + i))
		}
		var race experiment.Race
		for i := range 6000 {
			k := r.IntN(len(arms))
			arms[k].Add(r.NormFloat64()+effects[k], 0)
			if i%100 == 99 {
				var err error
				race, err = experiment.Compare(arms, experiment.Options{Tune: 3000})
				require.NoError(t, err)
				if race.Decided {
					break
				}
			}
		}
		return race
	}
	wrong, right := 0, 0
	for seed := range uint64(200) {
		if run(seed, 0, 0, 0).Decided {
			wrong++
		}
		if r := run(seed, 0, 0.1, 0.4); r.Decided && r.Leader == 2 {
			right++
		}
	}
	require.LessOrEqual(t, wrong, 10, "of 200 races between equals")
	require.GreaterOrEqual(t, right, 180, "of 200 races with a best")
	require.Contains(t, run(1, 0, 0.1, 0.4).Sentence, `"c" is ahead`)
	_, err := experiment.Compare(nil, experiment.Options{})
	require.Error(t, err)
}
