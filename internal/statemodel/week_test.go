package statemodel

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheHoursOfTheWeekAreLearnedAndForetell(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	var people []History
	for range 150 { // they act in the evenings of working days alone
		h := History{Start: 18000, End: 18140}
		for day := h.Start; day < h.End; day++ {
			weekday := (int(day) + 3) % 7
			if weekday < 5 && r.Float64() < .1 {
				h.Events = append(h.Events, Event{At: day + (18+2*r.Float64())/24})
			}
		}
		people = append(people, h)
	}
	week := Weekly(people, 0)
	require.NoError(t, Clock{Week: week}.check())
	for hour, speed := range week {
		busy := hour/24 < 5 && (hour%24 == 18 || hour%24 == 19)
		if busy {
			require.Greater(t, speed, 5.0, "hour %d", hour)
		} else if hour%24 > 21 || hour%24 < 16 {
			require.Less(t, speed, 1.0, "hour %d", hour)
		}
	}
	m := &Model{Kinds: []Kind{{Rate: []float64{.07}}}, Exit: []float64{0}, Start: [][]float64{{1}}}
	even, err := m.LogLikelihood(people, nil)
	require.NoError(t, err)
	m.Clock = Clock{Week: week}
	known, err := m.LogLikelihood(people, nil)
	require.NoError(t, err)
	for i := range people {
		if len(people[i].Events) > 0 {
			require.Greater(t, known[i], even[i])
		}
	}
}

func TestDriftIsRaisedWhenAModelIsWorseAndNotWhenItIsNot(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	raised := 0
	for range 400 {
		d := Drift{}
		for range 1000 {
			if d.Add(0, r.NormFloat64()) {
				raised++
				break
			}
		}
	}
	require.LessOrEqual(t, raised, 400/DriftAlarm+9, "as good as each other: at most 1 in 20")
	d := Drift{}
	for range 5000 {
		require.False(t, d.Add(.1, 0))
	}
	n := 0
	for ; !d.Add(0, .2+r.NormFloat64()); n++ {
		require.Less(t, n, 2000)
	}
	require.Greater(t, n, 10)
}

func TestIntervalsWidenByWhatIsUnsureOfTheParameters(t *testing.T) {
	t.Parallel()
	m := truth()
	m.Touches = nil
	r := rand.New(rand.NewPCG(5, 5))
	var people []History
	for range 150 {
		people = append(people, simulate(m, r, 60, 0))
	}
	form := Form{States: 2}
	got, _, err := Fit(people, Options{Form: form, Warm: m})
	require.NoError(t, err)
	u, err := got.Uncertainty(form, people, nil)
	require.NoError(t, err)
	f, err := NewFilter(got)
	require.NoError(t, err)
	e, err := f.Ensemble(u.Draw(30, r))
	require.NoError(t, err)
	b, err := f.Begin(0, 0)
	require.NoError(t, err)
	point, err := f.Expect(b, 30)
	require.NoError(t, err)
	wide, err := e.Expect(b, 30)
	require.NoError(t, err)
	require.InDelta(t, point.Acts[0].Mean, wide.Acts[0].Mean, 1e-12)
	require.GreaterOrEqual(t, wide.Acts[0].High, point.Acts[0].High)
	require.Less(t, wide.Acts[0].Low, point.Acts[0].Low)
	economics := Economics{Discount: .005, Margin: []float64{1}}
	value, err := e.Value(b, economics)
	require.NoError(t, err)
	require.Less(t, value.Low, value.Mean)
	require.Greater(t, value.High, value.Mean)
}

func TestWithFewPeopleOneStateServesAndSaysSo(t *testing.T) {
	t.Parallel()
	m := truth()
	m.Touches = nil
	r := rand.New(rand.NewPCG(5, 6))
	var people []History
	for range 120 {
		people = append(people, simulate(m, r, 90, 0))
	}
	forms := []Named{{"one state", Form{Nodes: 8}}, {"two states", Form{States: 2, Nodes: 8}}}
	choice, err := Choose(people, ChooseOptions{Forms: forms, Folds: 2})
	require.NoError(t, err)
	require.Equal(t, 0, choice.Chosen)
	require.Contains(t, choice.Reason, "few people")
	require.NotEmpty(t, choice.Candidates[1].Refused)
	require.NotZero(t, choice.Candidates[0].HeldOut)
}
