package panel_test

import (
	"encoding/csv"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/rapporthq/rapport/internal/statemodel/panel"
	"github.com/rapporthq/rapport/internal/testenv"
)

func read(t testing.TB, name string, row func(cell func(column string) float64) panel.Observation, subject string) (out [][]panel.Observation) {
	t.Helper()
	f, err := os.Open(testenv.Data(t, "hmm_reference/"+name))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	index := map[string]int{}
	for i, h := range rows[0] {
		index[h] = i
	}
	last := ""
	for _, r := range rows[1:] {
		if r[index[subject]] != last {
			out, last = append(out, nil), r[index[subject]]
		}
		o := row(func(column string) float64 {
			v, err := strconv.ParseFloat(r[index[column]], 64)
			require.NoError(t, err)
			return v
		})
		out[len(out)-1] = append(out[len(out)-1], o)
	}
	return out
}

// lungs is msm's example fev: lung function after a transplantation, in days; 999
// is a death, known to the day.
func lungs(t testing.TB) (subjects [][]panel.Observation, start []float64, build func([]float64) panel.Model) {
	subjects = read(t, "msm_fev.csv", func(cell func(string) float64) panel.Observation {
		o := panel.Observation{At: cell("days"), Value: cell("fev"), X: cell("acute")}
		if o.Value == 999 {
			o.Seen, o.State = panel.Ended, 2
		}
		return o
	}, "ptnum")
	return subjects, []float64{-6, -9, -6, 100, 54, math.Log(16), math.Log(18), -8}, func(x []float64) panel.Model {
		return panel.Model{
			Rates:    [][]float64{{0, math.Exp(x[0]), math.Exp(x[1])}, {0, 0, math.Exp(x[2])}, {0, 0, 0}},
			Start:    []float64{1, 0, 0},
			Emission: panel.Normal{Mean: x[3:5], SD: []float64{math.Exp(x[5]), math.Exp(x[6])}, Effect: x[7]},
		}
	}
}

// hearts is msm's example cav: a disease of transplanted hearts, in years, seen
// with errors, but for the beginning and deaths.
func hearts(t testing.TB) (subjects [][]panel.Observation, start []float64, build func([]float64) panel.Model) {
	subjects = read(t, "msm_cav.csv", func(cell func(string) float64) panel.Observation {
		o := panel.Observation{At: cell("years"), Value: cell("state") - 1}
		switch {
		case cell("state") == 4:
			o.Seen, o.State = panel.Ended, 3
		case cell("firstobs") == 1:
			o.Seen, o.State = panel.True, int(o.Value)
		}
		return o
	}, "PTNUM")
	start = []float64{math.Log(.148), math.Log(.0171), math.Log(.202), math.Log(.081), math.Log(.126), -2, -2, -2, -2}
	return subjects, start, func(x []float64) panel.Model {
		e := func(i int) float64 { return math.Exp(x[i]) }
		both := 1 + e(6) + e(7)
		return panel.Model{
			Rates: [][]float64{{0, e(0), 0, e(1)}, {0, 0, e(2), e(3)}, {0, 0, 0, e(4)}, {0, 0, 0, 0}},
			Start: []float64{1, 0, 0, 0},
			Emission: panel.Misclassified{
				{1 / (1 + e(5)), e(5) / (1 + e(5)), 0, 0},
				{e(6) / both, 1 / both, e(7) / both, 0},
				{0, e(8) / (1 + e(8)), 1 / (1 + e(8)), 0},
				{0, 0, 0, 1},
			},
		}
	}
}

func TestLungsHaveTheLikelihoodThatMSMFinds(t *testing.T) {
	t.Parallel()
	subjects, start, build := lungs(t)
	x, logLik, err := panel.Fit(subjects, start, build)
	require.NoError(t, err)
	m := build(x)
	t.Logf("-2 log-likelihood %.4f, rates %.4g %.4g %.4g, %+v", -2*logLik, m.Rates[0][1], m.Rates[0][2], m.Rates[1][2], m.Emission)
	require.InDelta(t, 51597.89, -2*logLik, .01) // msm 1.7
	for i, want := range []float64{6.274e-4, 7.633e-5, 8.008e-4} {
		require.InEpsilon(t, want, math.Exp(x[i]), .002)
	}
	require.InDelta(t, -8.792, x[7], .01)
}

func TestHeartsHaveTheLikelihoodThatMSMFinds(t *testing.T) {
	t.Parallel()
	subjects, start, build := hearts(t)
	x, logLik, err := panel.Fit(subjects, start, build)
	require.NoError(t, err)
	m := build(x)
	t.Logf("-2 log-likelihood %.4f, rates %.5f, misclassified %.4f", -2*logLik, m.Rates, m.Emission)
	require.InDelta(t, 3933.738, -2*logLik, .01) // msm 1.7
	for i, want := range []float64{.08963, .04136, .25864, .03331, .30758} {
		require.InEpsilon(t, want, math.Exp(x[i]), .003)
	}
	e := m.Emission.(panel.Misclassified) //nolint:forcetypeassert // made above
	for i, want := range []float64{.0269, .1749, .0632, .1151} {
		require.InDelta(t, want, []float64{e[0][1], e[1][0], e[1][2], e[2][1]}[i], .0005)
	}
}

// R's msm itself, on the data that it brings, in the same run: what it makes of the
// parameters that were found here. With the tag peers it looks for its own, too.
func TestMSMItselfFindsTheSame(t *testing.T) {
	t.Parallel()
	for name, data := range examples() {
		subjects, start, build := data(t)
		x, logLik, err := panel.Fit(subjects, start, build)
		require.NoError(t, err)
		theirs, _ := msm(t, name, natural(name, x))
		t.Logf("%s: msm %.6f, here %.6f", name, theirs, -2*logLik)
		require.InDelta(t, theirs, -2*logLik, 1e-4, name)
	}
}

func examples() map[string]func(testing.TB) ([][]panel.Observation, []float64, func([]float64) panel.Model) {
	return map[string]func(testing.TB) ([][]panel.Observation, []float64, func([]float64) panel.Model){"fev": lungs, "cav": hearts}
}

// natural are the parameters in the form and order of the scripts.
func natural(name string, x []float64) (args []string) {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Exp(v)
	}
	if name == "fev" {
		copy(out[3:5], x[3:5])
		out[7] = x[7]
	} else {
		one, two, three := 1+out[5], 1+out[6]+out[7], 1+out[8]
		out[5], out[6], out[7], out[8] = out[5]/one, out[6]/two, out[7]/two, out[8]/three
	}
	for _, v := range out {
		args = append(args, strconv.FormatFloat(v, 'g', 17, 64))
	}
	return args
}

// msm runs a script under testdata: it evaluates the likelihood at parameters, or
// fits from its own start if there are none. It returns minus twice the
// log-likelihood and how many seconds the fit took.
func msm(t testing.TB, name string, params []string) (minus2, seconds float64) {
	t.Helper()
	r := testenv.Program(t, "Rscript")
	has := exec.CommandContext(t.Context(), r, "-e", "quit(status = !requireNamespace('msm', quietly = TRUE))")
	testenv.Need(t, "the R package msm; install Debian's r-cran-msm", has.Run() == nil)
	out, err := exec.CommandContext(t.Context(), r, append([]string{"testdata/" + name + ".R"}, params...)...).CombinedOutput() //nolint:gosec // numbers
	require.NoError(t, err, string(out))
	m := regexp.MustCompile(`minus2loglik ([0-9.]+) seconds ([0-9.]+)`).FindStringSubmatch(string(out))
	require.Len(t, m, 3, string(out))
	minus2, err = strconv.ParseFloat(m[1], 64)
	require.NoError(t, err)
	seconds, err = strconv.ParseFloat(m[2], 64)
	require.NoError(t, err)
	return minus2, seconds
}

func TestTheExponentialIsThatOfPade(t *testing.T) {
	t.Parallel()
	q := []float64{-.5, .3, .2, .1, -.4, .3, 0, 2, -2}
	for _, at := range []float64{0, .01, 1, 30, 5000} {
		var want mat.Dense
		scaled := mat.NewDense(3, 3, append([]float64(nil), q...))
		scaled.Scale(at, scaled)
		want.Exp(scaled)
		for i, v := range panel.Exp(q, 3, at) {
			require.InDelta(t, want.At(i/3, i%3), v, 1e-11, "%v", at)
		}
	}
}
