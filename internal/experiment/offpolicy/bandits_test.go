//go:build bandits

package offpolicy_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/experiment/offpolicy"
	"github.com/rapporthq/rapport/internal/testenv"
)

// Both go through Starbucks' six waves in the order of time: each says, before it is
// told what came of a decision of waves 1 to 3, with what probability it would have
// taken each action, and learns from what was logged; on waves 4 to 6 it learns
// nothing more. What it would have earned is told doubly robust on these, and by
// replay with inverse propensity on the first three, where it was learning.
func TestBesideVowpalWabbit(t *testing.T) {
	waves := starbucks(t)
	var before, after offpolicy.Log
	before, after = waves[0], waves[3]
	for _, w := range waves[1:3] {
		before.Decisions = append(before.Decisions, w.Decisions...)
	}
	for _, w := range waves[4:] {
		after.Decisions = append(after.Decisions, w.Decisions...)
	}
	standardise(before, after)

	type player struct {
		name string
		play func() [][]float64 // probabilities of all decisions, those before first
	}
	players := []player{
		{"here: regression, the best of it", func() [][]float64 { return regression(t, before, after) }},
		{"here: decide, Thompson sampling", func() [][]float64 { return thompson(t, before, after) }},
	}
	for _, options := range []string{
		"--epsilon 0.05 --cb_type mtr", "--epsilon 0.05 --cb_type dr", "--squarecb --cb_type mtr", "--cover 16 --epsilon 0.05 --cb_type mtr", "--regcb --cb_type mtr", "--first 51000 --cb_type mtr",
	} {
		players = append(players, player{"vw " + options, func() [][]float64 { return wabbit(t, before, after, options) }})
	}
	for _, p := range players {
		began := time.Now()
		all := p.play()
		took := time.Since(began)
		online, held := told(t, before, all[:len(before.Decisions)]), told(t, after, all[len(before.Decisions):])
		dr := estimate(held, "DR")
		snips := estimate(online, "SNIPS")
		t.Logf("%-55s waves 4-6, DR %6.3f ± %.3f (effective %5.0f) %s| while learning, SNIPS %6.3f ± %.3f | %.0f s", p.name, dr.Value, dr.StandardError, held.Support.Effective, refusal(held), snips.Value, snips.StandardError, took.Seconds())
		require.Greater(t, dr.Value, 10.0)
	}
	for name, policy := range map[string]offpolicy.Policy{"none": offpolicy.Always(0), "best single offer (of waves 1-3)": offpolicy.Always(bestOf(before))} {
		rows, err := after.Rows(policy)
		require.NoError(t, err)
		dr := offpolicy.DR(rows, offpolicy.Options{})
		t.Logf("%-55s waves 4-6, DR %6.3f ± %.3f", name, dr.Value, dr.StandardError)
	}
}

func refusal(r offpolicy.Report) string {
	if r.Support.Refused == "" {
		return ""
	}
	return "REFUSED: " + r.Support.Refused + " "
}

func estimate(r offpolicy.Report, name string) offpolicy.Estimate {
	for _, e := range r.Estimates {
		if e.Name == name {
			return e
		}
	}
	return offpolicy.Estimate{}
}

func bestOf(l offpolicy.Log) int {
	sum, n, best := make([]float64, len(l.Actions)), make([]float64, len(l.Actions)), 0
	for _, d := range l.Decisions {
		sum[d.Action] += d.Reward
		n[d.Action]++
	}
	for a := range sum {
		if sum[a]/n[a] > sum[best]/n[best] {
			best = a
		}
	}
	return best
}

// told evaluates probabilities on the decisions that they are of.
func told(t *testing.T, l offpolicy.Log, p [][]float64) offpolicy.Report {
	t.Helper()
	l.Decisions = append([]offpolicy.Decision(nil), l.Decisions...)
	for i := range l.Decisions {
		l.Decisions[i].Given = p[i]
	}
	rows, err := l.Rows(offpolicy.Given)
	require.NoError(t, err)
	r, err := offpolicy.Evaluate(rows, offpolicy.Options{})
	require.NoError(t, err)
	return r
}

// standardise makes features comparable, by those before.
func standardise(before, after offpolicy.Log) {
	for f := range before.Features {
		n, mean, squares := float64(len(before.Decisions)), 0.0, 0.0
		for _, d := range before.Decisions {
			mean += d.Context[f] / n
		}
		for _, d := range before.Decisions {
			squares += (d.Context[f] - mean) * (d.Context[f] - mean) / n
		}
		for _, l := range []offpolicy.Log{before, after} {
			for _, d := range l.Decisions {
				d.Context[f] = (d.Context[f] - mean) / math.Sqrt(max(squares, 1e-12))
			}
		}
	}
}

func regression(t *testing.T, before, after offpolicy.Log) (out [][]float64) {
	t.Helper()
	m, err := before.Learn(nil)
	require.NoError(t, err)
	for range before.Decisions { // it learns from all at once
		out = append(out, offpolicy.Uniform(offpolicy.Decision{}, make([]float64, len(before.Actions))))
	}
	for _, d := range after.Decisions {
		out = append(out, offpolicy.Best(d, m.Foretell(d.Context)))
	}
	return out
}

// thompson is the learner of package decide; what it has learned is published every
// thousand decisions.
func thompson(t *testing.T, before, after offpolicy.Log) (out [][]float64) {
	t.Helper()
	names := append([]string{"silence"}, before.Actions[1:]...)
	var shapes []decide.ActionShape
	offers := make([]decide.Offer, len(names))
	for a, n := range names {
		offers[a].Action = n
		if a > 0 {
			shapes = append(shapes, decide.ActionShape{ID: n})
		}
	}
	layout, err := decide.NewLayout(1+len(before.Features), 0, shapes)
	require.NoError(t, err)
	stats, prior := layout.NewStatistics(), decide.PriorOf(12)
	posterior, err := layout.Learn(stats, prior)
	require.NoError(t, err)
	var c decide.Chooser
	for i, d := range append(append([]offpolicy.Decision(nil), before.Decisions...), after.Decisions...) {
		if i > 0 && i%1000 == 0 && i <= len(before.Decisions) {
			posterior, err = layout.Learn(stats, prior)
			require.NoError(t, err)
			posterior, err = layout.Learn(stats, posterior.Reestimate())
			require.NoError(t, err)
		}
		context := append([]float64{1}, d.Context...)
		drawn, err := c.Choose(posterior, offers, context, uint64(i), decide.Exploration{})
		require.NoError(t, err)
		out = append(out, append([]float64(nil), drawn.Offers...))
		if i < len(before.Decisions) {
			require.NoError(t, layout.Observe(stats, names[d.Action], decide.Place{}, context, d.Reward, 1))
		}
	}
	return out
}

func wabbit(t *testing.T, before, after offpolicy.Log, options string) (out [][]float64) {
	t.Helper()
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	for i, l := range []offpolicy.Log{before, after} {
		for _, d := range l.Decisions {
			require.NoError(t, e.Encode(map[string]any{"x": d.Context, "actions": len(l.Actions), "action": d.Action, "p": d.Propensity, "reward": d.Reward / 80, "learn": i == 0}))
		}
	}
	python := testenv.Program(t, filepath.Join(testenv.Root(t), "bin", "tools", "bandits", "bin", "python"))
	cmd := exec.CommandContext(t.Context(), python, append([]string{"testdata/beside_vw.py"}, strings.Fields(options)...)...)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	answer, err := cmd.Output()
	require.NoError(t, err)
	for lines := bufio.NewScanner(bytes.NewReader(answer)); lines.Scan(); {
		var p []float64
		require.NoError(t, json.Unmarshal(lines.Bytes(), &p))
		sum := 0.0
		for _, v := range p {
			sum += v
		}
		for i := range p { // they were rounded
			p[i] /= sum
		}
		out = append(out, p)
	}
	require.Len(t, out, len(before.Decisions)+len(after.Decisions))
	return out
}
