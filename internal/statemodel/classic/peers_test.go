//go:build peers

package classic_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel/classic"
	"github.com/rapporthq/rapport/internal/testenv"
)

// Both fit the same people, one after the other.
func TestBesideLifetimes(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"CDNOW_sample.txt", "CDNOW_master.txt"} {
		c := cdnow(t, name)
		file := filepath.Join(dir, "people.csv")
		f, err := os.Create(file)
		require.NoError(t, err)
		w := csv.NewWriter(f)
		require.NoError(t, w.Write([]string{"frequency", "recency", "T", "monetary_value"}))
		var spend []classic.Spend
		means := map[int]float64{}
		for i, p := range c.before {
			mean := 0.0
			if p.Repeats > 0 {
				mean = 5 + float64(i%37) // amounts do not matter here, but that both have the same
				spend = append(spend, classic.Spend{Acts: p.Repeats, Mean: mean})
			}
			means[i] = mean
			require.NoError(t, w.Write([]string{strconv.Itoa(p.Repeats), number(p.Last), number(p.Age), number(mean)}))
		}
		w.Flush()
		require.NoError(t, f.Close())
		args := []string{"testdata/beside_lifetimes.py", file}
		if name == "CDNOW_sample.txt" {
			args = append(args, transactions(t, dir, name))
		}
		python := testenv.Program(t, filepath.Join(testenv.Root(t), "bin", "tools", "peers", "bin", "python"))
		cmd := exec.CommandContext(t.Context(), python, args...)
		cmd.Stderr = os.Stderr
		answer, err := cmd.Output()
		require.NoError(t, err)
		var them map[string]struct {
			Params         []float64
			LogLik         float64 `json:"-"`
			Seconds, Total float64
			First          []float64
			Error          string
		}
		require.NoError(t, json.Unmarshal(answer, &them))
		bg, money := classic.BGNBD{}, classic.GammaGamma{}
		fits := []struct {
			name string
			fit  func() (classic.Fit, error)
		}{
			{"bgnbd", func() (fit classic.Fit, err error) { bg, fit, err = classic.FitBGNBD(c.before, false); return fit, err }},
			{"mbgnbd", func() (classic.Fit, error) { _, fit, err := classic.FitBGNBD(c.before, true); return fit, err }},
			{"paretonbd", func() (classic.Fit, error) { _, fit, err := classic.FitParetoNBD(c.before); return fit, err }},
			{"gammagamma", func() (fit classic.Fit, err error) { money, fit, err = classic.FitGammaGamma(spend); return fit, err }},
		}
		for _, f := range fits {
			began := time.Now()
			fit, err := f.fit()
			ours := time.Since(began).Seconds()
			require.NoError(t, err)
			x := them[f.name]
			t.Logf("%s %s: lifetimes %.4f, in %.2f s; here %.4f ± %.4f, log-likelihood %.3f, in %.4f s: %.0f times as fast", name, f.name, x.Params, x.Seconds, fit.Params, fit.StdErr, fit.LogLik, ours, x.Seconds/ours)
			if f.name != "gammagamma" {
				x.LogLik = theirLogLik(f.name, x.Params, c.before)
				require.GreaterOrEqual(t, fit.LogLik, x.LogLik-.01, f.name)
			}
		}
		total := 0.0
		began := time.Now()
		for i, p := range c.before {
			s := classic.Spend{Acts: p.Repeats, Mean: means[i]}
			v := classic.Value(bg, p, money.Mean(s), 4.345, 12, .01)
			total += v
			if i < len(them["value"].First) {
				require.InEpsilon(t, them["value"].First[i], v, .005, "person %d", i)
			}
		}
		t.Logf("%s value of a year, all: lifetimes %.1f in %.2f s, here %.1f in %.3f s", name, them["value"].Total, them["value"].Seconds, total, time.Since(began).Seconds())
		require.InEpsilon(t, them["value"].Total, total, .002)
		if k, ok := them["clvkit"]; ok {
			t.Logf("clvkit, log to value: %.1f in %.2f s, without imports %s", k.Total, k.Seconds, k.Error)
		}
	}
}

// theirLogLik is the log-likelihood at the parameters that they found, in theirs'
// order, which for these models is the one here.
func theirLogLik(name string, p []float64, people []classic.Person) (sum float64) {
	var m classic.Model = classic.BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3], Modified: name == "mbgnbd"}
	if name == "paretonbd" {
		m = classic.ParetoNBD{R: p[0], Alpha: p[1], S: p[2], Beta: p[3]}
	}
	for _, one := range people {
		sum += m.LogLik(one)
	}
	return sum
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 17, 64) }

// transactions is the log until the split, as clvkit wants it.
func transactions(t *testing.T, dir, name string) string {
	t.Helper()
	src, err := os.ReadFile(testenv.Data(t, "cdnow/"+name))
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("customer_id,date,amount\n")
	for line := range strings.Lines(string(src)) {
		f := strings.Fields(line)
		if at := f[2]; at <= "19970930" {
			fmt.Fprintf(&b, "%s,%s-%s-%s,%s\n", f[0], at[:4], at[4:6], at[6:], f[4])
		}
	}
	file := filepath.Join(dir, "log.csv")
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	return file
}
