package weekly

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
)

// mature follows people for half a year after half of them were touched, and says what
// the value of their states was worth as a forecast. seen is whose state is read.
func mature(t *testing.T, worth func(*Values, Belief) float64, seen func(i int) int) decide.Told {
	t.Helper()
	const people, before, window, half = 4000, 12, 2, 26
	w := Ordinary()
	values := w.Solve(true)
	tr := &trial{Believer: NewBeliever(values, people), action: 1, at: before, log: Mix(Logging())}
	was, gain, later := make([]float64, people), make([]float64, people), make([]float64, people)
	run := Run{People: people, Weeks: before + half, Seed: 8, World: w}
	run.Play(tr, func(m Moment, k Week) {
		i, since := m.Person, m.Week-before
		if since >= window {
			later[i] += pow(Discount, since) * w.Earned(k)
		}
		if i < people-1 { // all have been seen in this week by then
			return
		}
		for j := range people {
			switch b := tr.beliefs[seen(j)]; since {
			case -1:
				was[j] = worth(values, b)
			case window - 1:
				gain[j] = pow(Discount, window)*worth(values, b) - was[j]
			}
		}
	})
	arms := make([]decide.Mature, 2)
	for i := range people {
		arm := 0
		if tr.touched(run.Seed, i) {
			arm = 1
		}
		arms[arm].Add(gain[i], was[i], later[i])
	}
	return decide.Trust(arms)
}

func TestStatesAreTrustedAsFarAsWhatTheySaidCame(t *testing.T) {
	t.Parallel()
	own := func(i int) int { return i }
	good := mature(t, (*Values).Worth, own)
	t.Logf("right: slope %.2f ± %.2f, trust %.2f", good.Slope, good.Error, good.Trust)
	require.InDelta(t, 4000, good.People, 0)
	require.Greater(t, good.Trust, decide.UntilCalibrated, "a right model is trusted more than one that nobody has checked")
	require.False(t, good.Alarm)

	useless := mature(t, (*Values).Worth, func(i int) int { return (i + 1) % 4000 })
	t.Logf("of somebody else: slope %.2f ± %.2f, trust %.2f", useless.Slope, useless.Error, useless.Trust)
	require.Less(t, useless.Trust, .1)
	require.True(t, useless.Alarm)

	upside := mature(t, func(v *Values, b Belief) float64 { return 100 - v.Worth(b) }, own)
	require.Zero(t, upside.Trust, "a model that calls the good state the bad one")
	require.True(t, upside.Alarm)

	bold := mature(t, func(v *Values, b Belief) float64 { return 4 * v.Worth(b) }, own)
	t.Logf("four times too bold: slope %.2f, trust %.2f", bold.Slope, bold.Trust)
	require.InEpsilon(t, good.Slope/4, bold.Trust, 1e-6)
}
