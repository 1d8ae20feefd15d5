//go:build models

package statemodel_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/testenv"
	"github.com/rapporthq/rapport/internal/train"
)

// rows reads a compressed CSV.
func rows(t *testing.T, name string, row func([]string)) {
	t.Helper()
	f, err := os.Open(testenv.Data(t, name))
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // read only
	z, err := gzip.NewReader(bufio.NewReader(f))
	require.NoError(t, err)
	r := csv.NewReader(z)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	_, err = r.Read()
	require.NoError(t, err)
	for {
		w, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		row(w)
	}
}

// onlineRetail is the purchases of Online Retail: the lines of a day are one.
func onlineRetail(t *testing.T) []statemodel.History {
	t.Helper()
	days := map[string]map[float64]float64{}
	rows(t, "online_retail/online_retail.csv.gz", func(w []string) {
		quantity, err := strconv.ParseFloat(w[3], 64)
		require.NoError(t, err)
		if w[6] == "" || quantity <= 0 {
			return
		}
		at, err := time.Parse("2006-01-02", w[4][:10])
		require.NoError(t, err)
		if days[w[6]] == nil {
			days[w[6]] = map[float64]float64{}
		}
		price, err := strconv.ParseFloat(w[5], 64)
		require.NoError(t, err)
		days[w[6]][statemodel.Day(at)] += quantity * price
	})
	return fromDays(days, day(2011, 12, 9))
}

// Held-out log likelihoods of the better of BG/NBD and Pareto/NBD on the same
// splits, and what the state space must gain on them, by what form (docs/models/state-space.md).
func TestTheStateSpaceForetellsBetterThanTheClassics(t *testing.T) {
	week := math.Log(7)
	for _, c := range []struct {
		name    string
		people  []statemodel.History
		split   float64
		perTime float64 // of the log density of one act, from days to the classics' unit
		classic float64
		gain    float64
		form    statemodel.Form
	}{
		{"CDNOW sample", cdnowSample(t), day(1997, 9, 30), week, -7573.6, 75, statemodel.Form{States: 2}},
		{"CDNOW", cdnow(t, "CDNOW_master.txt", 1, 1), day(1997, 9, 30), week, -78280.5, 740, statemodel.Form{States: 2}},
		{"Online Retail", onlineRetail(t), day(2011, 6, 10), week, -19988.9, 30, statemodel.Form{States: 2}},
		{"Starbucks", starbucks(t), 15 - .001, 0, -168593.4, 1100, statemodel.Form{Trend: true}},
	} {
		known := until(c.people, c.split)
		began := time.Now()
		m, trace, err := statemodel.Fit(known, statemodel.Options{Form: c.form, Each: train.Each(0)})
		require.NoError(t, err)
		took := time.Since(began)
		var begun []statemodel.History
		for _, h := range c.people {
			if h.Start <= c.split {
				begun = append(begun, h)
			}
		}
		held, err := m.Heldout(begun, c.split, train.Each(0))
		require.NoError(t, err)
		n := acts(known)
		later := acts(begun) - n
		ll := sum(held) + later*c.perTime
		t.Logf("%s: %d people, %.0f and %.0f acts; fitted %.1f, held out %.1f, gain %.1f, in %v and %d steps: %+v",
			c.name, len(known), n, later, trace.LogLikelihood+n*c.perTime, ll, ll-c.classic, took.Round(time.Millisecond), len(trace.Steps), *m)
		if ll-c.classic < c.gain {
			t.Errorf("%s: the gain is %.1f", c.name, ll-c.classic)
		}
	}
}
