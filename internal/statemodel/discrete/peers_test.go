//go:build peers

package discrete_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel/discrete"
	"github.com/rapporthq/rapport/internal/testenv"
)

type theirs struct {
	LogLik     float64 `json:"loglik"`
	Iterations int     `json:"iterations"`
	Seconds    float64 `json:"seconds"`
	Scoring    float64 `json:"scoring"`
}

func hmmlearn(t *testing.T, counts [][]int, iterations int, tolerance float64, rates []float64) (out theirs) {
	t.Helper()
	var values, lengths strings.Builder
	for _, c := range counts {
		fmt.Fprintln(&lengths, len(c))
		for _, y := range c {
			fmt.Fprintln(&values, y)
		}
	}
	dir := t.TempDir()
	args := []string{"testdata/beside_hmmlearn.py", filepath.Join(dir, "counts"), filepath.Join(dir, "lengths"), fmt.Sprint(iterations), fmt.Sprint(tolerance)}
	require.NoError(t, os.WriteFile(args[1], []byte(values.String()), 0o600))
	require.NoError(t, os.WriteFile(args[2], []byte(lengths.String()), 0o600))
	for _, r := range rates {
		args = append(args, fmt.Sprint(r))
	}
	python := testenv.Program(t, filepath.Join(testenv.Root(t), "bin", "tools", "peers", "bin", "python"))
	cmd := exec.CommandContext(t.Context(), python, args...)
	cmd.Stderr = os.Stderr
	answer, err := cmd.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(answer, &out))
	return out
}

// eStep is how long the shortest of so many E-steps takes.
func eStep(t *testing.T, m *discrete.Model, d discrete.Data, times int) float64 {
	t.Helper()
	best := time.Hour
	for range times {
		began := time.Now()
		_, err := m.LogLik(d)
		require.NoError(t, err)
		best = min(best, time.Since(began))
	}
	return best.Seconds()
}

// Both on one core, one after the other, and to the same likelihood.
func TestBesideHMMLearn(t *testing.T) {
	counts, visits := detailing(t)
	for _, rates := range [][]float64{{1, 6, 24}, {.6, 4, 11, 31}} {
		d := discrete.Homogeneous(counts)
		began := time.Now()
		m, trace, err := discrete.Fit(d, discrete.Options{States: len(rates)})
		ours := time.Since(began).Seconds()
		require.NoError(t, err)
		them := hmmlearn(t, counts, 500, 1e-3, rates)
		step := eStep(t, m, d, 20)
		each := them.Seconds / float64(them.Iterations)
		t.Logf("%d states, 1,000 series of 23: hmmlearn %.2f in %.2f s, %d iterations of %.1f ms; here %.2f in %.3f s, E-step %.2f ms: %.0f times as fast to the end, %.0f times an iteration",
			len(rates), them.LogLik, them.Seconds, them.Iterations, 1e3*each, trace.LogLik, ours, 1e3*step, them.Seconds/ours, each/step)
		require.InDelta(t, them.LogLik, trace.LogLik, .05)

		driven := driven(counts, visits)
		began = time.Now()
		m, trace, err = discrete.Fit(driven, discrete.Options{States: len(rates)})
		require.NoError(t, err)
		t.Logf("%d states, driven by visits: %.2f in %.3f s, E-step %.2f ms", len(rates), trace.LogLik, time.Since(began).Seconds(), 1e3*eStep(t, m, driven, 20))
	}
}

// One long series flatters nobody: nothing is saved by there being many.
func TestBesideHMMLearnOnOneLongSeries(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	rates := []float64{1, 6, 24}
	long, state := make([]int, 1_000_000), 0
	for i := range long {
		if r.Float64() < .1 {
			state = r.IntN(3)
		}
		for at := r.ExpFloat64(); at < rates[state]; at += r.ExpFloat64() {
			long[i]++
		}
	}
	d := discrete.Homogeneous([][]int{long})
	m, _, err := discrete.Fit(d, discrete.Options{States: 3, MostIterations: 3})
	require.NoError(t, err)
	them := hmmlearn(t, [][]int{long}, 3, 0, rates)
	step, each := eStep(t, m, d, 3), them.Seconds/float64(them.Iterations)
	t.Logf("one series of a million: hmmlearn %.0f ms an iteration, %.0f ms to score; here E-step %.0f ms: %.1f times as fast", 1e3*each, 1e3*them.Scoring, 1e3*step, each/step)
}
