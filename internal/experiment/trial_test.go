package experiment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/experiment"
)

// purchase is money as shops know it: one in four buys, and a few account for most of it.
func purchase(r *rand.Rand, buy float64) float64 {
	if r.Float64() >= buy {
		return 0
	}
	return math.Exp(3 + 0.9*r.NormFloat64())
}

func TestATrialOfEqualArmsIsNotDecidedHoweverOftenOneLooks(t *testing.T) {
	t.Parallel()
	const runs, people, arms = 400, 4000, 3
	wrong := 0
	for run := range uint64(runs) {
		r := rand.New(rand.NewPCG(run, 7))
		samples := make([]experiment.Sample, arms)
		for i := range people {
			before := purchase(r, 0.4)
			samples[r.IntN(arms)].Add(purchase(r, 0.25)+0.3*before, before)
			if i%50 != 49 {
				continue
			}
			if v := experiment.Judge(arms, experiment.Pairs(samples, experiment.Options{}), 0.01); len(v.Best) < arms {
				wrong++
				break
			}
		}
	}
	t.Logf("%d of %d trials of three equal arms ever had a loser, over 80 looks (5 %% is allowed)", wrong, runs)
	require.LessOrEqual(t, wrong, runs*5/100)
}

func TestATrialFindsWhatIsThereAndStopsWhereNothingIs(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	var a, b, c experiment.Sample
	for range 6000 {
		a.Add(5+2*r.NormFloat64(), 0)
		b.Add(5.5+2*r.NormFloat64(), 0)
		c.Add(5+2*r.NormFloat64(), 0)
	}
	judge := func(effect float64, arms ...experiment.Sample) experiment.Verdict {
		return experiment.Judge(len(arms), experiment.Pairs(arms, experiment.Options{}), effect)
	}
	require.Equal(t, experiment.Verdict{Outcome: experiment.Better, Best: []int{1}}, judge(0.1, a, b, c))
	require.Equal(t, experiment.Verdict{Outcome: experiment.Better, Best: []int{0}}, judge(0.1, b, a))
	require.Equal(t, experiment.Verdict{Outcome: experiment.Alike, Best: []int{0, 1}}, judge(0.3, a, c))
	require.Equal(t, experiment.Verdict{Outcome: experiment.Waiting, Best: []int{0, 1}}, judge(0.01, a, c))
	var d experiment.Sample
	for range 6000 {
		d.Add(5.5+2*r.NormFloat64(), 0)
	}
	require.Equal(t, experiment.Verdict{Outcome: experiment.Among, Best: []int{1, 2}}, judge(0.3, a, b, d))
	require.Equal(t, experiment.Waiting, judge(0.3, a, experiment.Sample{}).Outcome, "an arm without anybody decides nothing")
}

func TestPairsAreTheDifferencesOfMeansByTheBook(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	values := make([][]float64, 3)
	samples := make([]experiment.Sample, 3)
	for i := range 900 {
		arm := i % 3
		y := purchase(r, 0.3) + float64(arm)
		values[arm] = append(values[arm], y)
		samples[arm].Add(y, 0)
	}
	moments := func(v []float64) (mean, variance float64) {
		for _, x := range v {
			mean += x / float64(len(v))
		}
		for _, x := range v {
			variance += (x - mean) * (x - mean) / float64(len(v)-1)
		}
		return mean, variance
	}
	pairs := experiment.Pairs(samples, experiment.Options{})
	require.Len(t, pairs, 3)
	for _, p := range pairs {
		m1, v1 := moments(values[p.A])
		m0, v0 := moments(values[p.B])
		se := math.Sqrt(v1/300 + v0/300)
		alpha := 0.05 / 3
		half := se * math.Sqrt(600) * experiment.Boundary(600, experiment.Rho(alpha, 1000), alpha)
		require.InDelta(t, m1-m0, p.Value, 1e-9)
		require.InDelta(t, m1-m0-half, p.Low, 1e-9)
		require.InDelta(t, m1-m0+half, p.High, 1e-9)
	}
}

func TestPeopleToTellIsWhatThePlanSays(t *testing.T) {
	t.Parallel()
	p := experiment.Plan{Deviation: 40, Effect: 2, Treated: 0.5}
	want := p.People()
	se := 40 * math.Sqrt(1.0/500+1.0/500)
	got := experiment.PeopleToTell(se, 1000, 2, 0.8, experiment.Options{Tune: int(want)})
	require.InEpsilon(t, want, got, 0.01)
	require.True(t, math.IsInf(experiment.PeopleToTell(0, 1000, 2, 0.8, experiment.Options{}), 1))
}

// bandit draws arms by how well they did so far, with a floor, and hands draws out.
func bandit(r *rand.Rand, people int, means []float64, fn func(experiment.Draw)) {
	n, sum := make([]float64, len(means)), make([]float64, len(means))
	liking := make([]float64, people)
	for i := range liking {
		liking[i] = r.NormFloat64()
	}
	for i := range 3 * people {
		shares := make([]float64, len(means))
		for range 40 { // Thompson sampling, by the share of wins
			best, top := 0, math.Inf(-1)
			for a := range means {
				if v := sum[a]/(n[a]+1) + 2*r.NormFloat64()/math.Sqrt(n[a]+1); v > top {
					best, top = a, v
				}
			}
			shares[best] += 1.0 / 40
		}
		total := 0.0
		for a := range shares {
			shares[a] = max(shares[a], 0.05)
			total += shares[a]
		}
		for a := range shares {
			shares[a] /= total
		}
		arm, u := 0, r.Float64()
		for u >= shares[arm] && arm < len(shares)-1 {
			u -= shares[arm]
			arm++
		}
		y := means[arm] + liking[i%people] + 1.5*r.NormFloat64()
		n[arm]++
		sum[arm] += y
		fn(experiment.Draw{Person: i % people, Arm: arm, Shares: shares, Y: y})
	}
}

func TestWhereTheLearnerDecidesTheDifferenceIsUnbiasedAndCoveredAtAllTimes(t *testing.T) {
	t.Parallel()
	const runs, people = 300, 300
	missed, decided, sum, naive := 0, 0, 0.0, 0.0
	for run := range uint64(runs) {
		r := rand.New(rand.NewPCG(run, 9))
		a := experiment.NewAdaptive(2)
		ever := false
		bandit(r, people, []float64{1, 1.5}, func(d experiment.Draw) {
			a.Add(d)
			if a.Draws()%100 == 0 && a.Draws() >= 300 {
				if p := a.Pairs(experiment.Options{MinPeople: 30, MinEvents: 10})[0]; p.Enough {
					ever = ever || p.Low > 0.5 || p.High < 0.5
				}
			}
		})
		p := a.Pairs(experiment.Options{MinPeople: 30, MinEvents: 10})[0]
		require.Greater(t, a.Mismatch(), 1e-6)
		sum += p.Value
		naive += a.Arms[1].Mean() - a.Arms[0].Mean()
		if ever {
			missed++
		}
		if experiment.Judge(2, []experiment.Pair{p}, 0.1).Outcome == experiment.Better {
			decided++
		}
	}
	t.Logf("mean of the estimates %.3f, of plain means %.3f (truth 0.5); %d of %d ever missed; %d found the better arm", sum/runs, naive/runs, missed, runs, decided)
	require.InDelta(t, 0.5, sum/runs, 0.05)
	require.LessOrEqual(t, missed, runs*5/100)
	require.Positive(t, decided)
}

func TestTheAdaptiveDifferenceIsThatOfTheWeightedOutcomesByTheBook(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 11))
	a := experiment.NewAdaptive(3)
	var draws []experiment.Draw
	bandit(r, 60, []float64{1, 2, 3}, func(d experiment.Draw) {
		draws = append(draws, d)
		a.Add(d)
	})
	for _, p := range a.Pairs(experiment.Options{}) {
		byPerson, count := map[int]float64{}, map[int]float64{}
		total, before := 0.0, 0.0
		for i, d := range draws {
			m := 0.0
			if i > 0 {
				m = before / float64(i)
			}
			x := 0.0
			switch d.Arm {
			case p.A:
				x = (d.Y - m) / d.Shares[p.A]
			case p.B:
				x = -(d.Y - m) / d.Shares[p.B]
			}
			byPerson[d.Person] += x
			count[d.Person]++
			total += x
			before += d.Y
		}
		mean, squares := total/float64(len(draws)), 0.0
		for who, s := range byPerson {
			off := s - mean*count[who]
			squares += off * off
		}
		require.InDelta(t, mean, p.Value, 1e-9)
		require.InDelta(t, math.Sqrt(squares*60/59)/float64(len(draws)), p.StandardError, 1e-9)
	}
	require.Equal(t, 60, a.People())
}

func TestSharesThatAreNotThoseOfTheDrawsAreFoundOut(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(13, 13))
	a := experiment.NewAdaptive(2)
	for i := range 2000 {
		arm := 0
		if r.Float64() < 0.4 {
			arm = 1
		}
		a.Add(experiment.Draw{Person: i, Arm: arm, Shares: []float64{0.5, 0.5}, Y: 1})
	}
	require.Less(t, a.Mismatch(), experiment.MismatchLimit)
}
