//go:build models

package statemodel

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Over 200 companies simulated from a known model the 95 % intervals of its
// parameters hold the truth as often as they say.
func TestIntervalsCoverTheTruthOfSimulatedCompanies(t *testing.T) {
	const companies, people = 200, 300
	m := truth()
	m.Touches = nil
	form := Form{States: 2}
	held := make([][]bool, companies)
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				histories := untouched(m, uint64(100+i), people)
				got, _, err := Fit(histories, Options{Form: form, Warm: m})
				if err != nil {
					t.Error(err)
					continue
				}
				u, err := got.Uncertainty(form, histories, nil)
				if err != nil {
					t.Error(err)
					continue
				}
				scalars, rows := free(m.Clone(), u.scale)
				want := pack(scalars, rows)
				for k, x := range u.centre {
					held[i] = append(held[i], math.Abs(x-want[k]) <= 1.96*math.Sqrt(u.variance.At(k, k)))
				}
			}
		})
	}
	for i := range companies {
		next <- i
	}
	close(next)
	wg.Wait()
	yes, all := 0.0, 0.0
	byParameter := make([]float64, len(held[0]))
	for _, h := range held {
		for k, ok := range h {
			all++
			if ok {
				yes++
				byParameter[k] += 1. / companies
			}
		}
	}
	t.Logf("%.1f %% of %v intervals hold the truth; by parameter %.3f", 100*yes/all, all, byParameter)
	require.Greater(t, yes/all, .92)
	require.Less(t, yes/all, .98)
}

func untouched(m *Model, seed uint64, people int) []History {
	r := rand.New(rand.NewPCG(seed, 0))
	out := make([]History, people)
	for i := range out {
		out[i] = simulate(m, r, 90, 0)
	}
	return out
}
