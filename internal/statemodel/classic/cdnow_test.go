package classic_test

import (
	"bufio"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel/classic"
	"github.com/rapporthq/rapport/internal/testenv"
)

// cohort is people of CDNOW, in weeks, as of the end of September 1997 and of June
// 1998; and what the repeat acts of those who had some were worth until then.
type cohort struct {
	before, until []classic.Person
	spend         []classic.Spend
}

// cdnow reads a file of CDNOW, the whole or the sample of one in ten. Purchases of
// one day count as one.
func cdnow(t testing.TB, name string) cohort {
	t.Helper()
	f, err := os.Open(testenv.Data(t, "cdnow/"+name))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	days, spend := map[string][]int{}, map[string]map[int]float64{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		n := len(fields)
		if fields[0] == "customer_id" {
			continue
		}
		at, err := time.Parse("20060102", fields[n-3])
		require.NoError(t, err)
		value, err := strconv.ParseFloat(fields[n-1], 64)
		require.NoError(t, err)
		day := int(at.Unix() / 86400)
		days[fields[0]] = append(days[fields[0]], day)
		if spend[fields[0]] == nil {
			spend[fields[0]] = map[int]float64{}
		}
		spend[fields[0]][day] += value
	}
	require.NoError(t, lines.Err())
	split, end := day(1997, 9, 30), day(1998, 6, 30)
	var c cohort
	for id, all := range days {
		slices.Sort(all)
		all = slices.Compact(all)
		c.before = append(c.before, summary(all, split))
		c.until = append(c.until, summary(all, end))
		total, n := 0.0, 0
		for _, d := range all[1:] {
			if d <= split {
				total += spend[id][d]
				n++
			}
		}
		if n > 0 && total > 0 {
			c.spend = append(c.spend, classic.Spend{Acts: n, Mean: total / float64(n)})
		}
	}
	return c
}

func day(year int, month time.Month, d int) int {
	return int(time.Date(year, month, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func summary(days []int, until int) classic.Person {
	p := classic.Person{Age: float64(until-days[0]) / 7}
	for _, d := range days[1:] {
		if d <= until {
			p.Repeats++
			p.Last = float64(d-days[0]) / 7
		}
	}
	return p
}

// heldOut compares what was expected of each person in the second half with what
// they did.
func heldOut(c cohort, m classic.Model) (logLik, total, mae, rmse float64) {
	for i, p := range c.before {
		logLik += classic.HeldOut(m, p, c.until[i])
		expected := m.Expected(p, 39)
		wrong := expected - float64(c.until[i].Repeats-p.Repeats)
		total += expected
		mae += math.Abs(wrong)
		rmse += wrong * wrong
	}
	n := float64(len(c.before))
	return logLik, total, mae / n, math.Sqrt(rmse / n)
}

func TestTheSampleOfCDNOWGivesThePublishedFigures(t *testing.T) {
	t.Parallel()
	c := cdnow(t, "CDNOW_sample.txt")
	require.Len(t, c.before, 2357)
	bg, bgFit, err := classic.FitBGNBD(c.before, false)
	require.NoError(t, err)
	mbg, mbgFit, err := classic.FitBGNBD(c.before, true)
	require.NoError(t, err)
	pareto, paretoFit, err := classic.FitParetoNBD(c.before)
	require.NoError(t, err)
	tests := []struct {
		name   string
		fit    classic.Fit
		params []float64 // Fader, Hardie & Lee (2005); lifetimes; 4 digits: numpy
		logLik float64
	}{
		{"BG/NBD", bgFit, []float64{.2426, 4.4135, .7929, 2.4258}, -9582.43},
		{"MBG/NBD", mbgFit, []float64{.5248, 6.1830, .8914, 1.6140}, -9582.13},
		{"Pareto/NBD", paretoFit, []float64{.5533, 10.5776, .6062, 11.6679}, -9594.97},
	}
	for _, test := range tests {
		t.Logf("%s %.4f ± %.4f, log-likelihood %.3f, %d evaluations", test.name, test.fit.Params, test.fit.StdErr, test.fit.LogLik, test.fit.Evaluations)
		require.InDelta(t, test.logLik, test.fit.LogLik, .01, test.name)
		for i, want := range test.params {
			require.InDelta(t, want, test.fit.Params[i], .0005+want*2e-4, "%s %s", test.name, test.fit.Names[i])
		}
	}
	held := []struct {
		name                     string
		model                    classic.Model
		logLik, total, mae, rmse float64
	}{
		{"BG/NBD", bg, -7573.6, 1653.4, .7855, 1.608},
		{"Pareto/NBD", pareto, -7576.5, 1665.5, .7545, 1.603},
		{"MBG/NBD", mbg, math.NaN(), math.NaN(), math.NaN(), math.NaN()},
	}
	for _, h := range held {
		logLik, total, mae, rmse := heldOut(c, h.model)
		t.Logf("%s held out %.2f, total %.1f, MAE %.4f, RMSE %.4f", h.name, logLik, total, mae, rmse)
		if math.IsNaN(h.logLik) {
			continue
		}
		require.InDelta(t, h.logLik, logLik, .1, h.name)
		require.InDelta(t, h.total, total, .1, h.name)
		require.InDelta(t, h.mae, mae, .0001, h.name)
		require.InDelta(t, h.rmse, rmse, .001, h.name)
	}
}

func TestAllOfCDNOWGivesTheFiguresOfTheReference(t *testing.T) {
	t.Parallel()
	c := cdnow(t, "CDNOW_master.txt")
	require.Len(t, c.before, 23570)
	bg, fit, err := classic.FitBGNBD(c.before, false)
	require.NoError(t, err)
	require.InDelta(t, -95368.4, fit.LogLik, .1)
	require.InDelta(t, .2516, bg.R, .0002)
	logLik, total, mae, _ := heldOut(c, bg)
	require.InDelta(t, -78280.5, logLik, .2)
	require.InDelta(t, 16873.7, total, .5)
	require.InDelta(t, .819, mae, .001)

	pareto, fit, err := classic.FitParetoNBD(c.before)
	require.NoError(t, err)
	require.InDelta(t, -95415.1, fit.LogLik, .1)
	require.InDelta(t, .522, pareto.S, .001)
	logLik, total, mae, _ = heldOut(c, pareto)
	require.InDelta(t, -78299.4, logLik, .2)
	require.InDelta(t, 17153.2, total, .5)
	require.InDelta(t, .794, mae, .001)
}

func BenchmarkBGNBD(b *testing.B) {
	for _, name := range []string{"CDNOW_sample.txt", "CDNOW_master.txt"} {
		people := cdnow(b, name).before
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := classic.FitBGNBD(people, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParetoNBD(b *testing.B) {
	people := cdnow(b, "CDNOW_sample.txt").before
	for b.Loop() {
		if _, _, err := classic.FitParetoNBD(people); err != nil {
			b.Fatal(err)
		}
	}
}
