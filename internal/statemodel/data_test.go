package statemodel_test

import (
	"bufio"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/testenv"
)

// cdnowSample is the 1/10 sample of CDNOW, to the end of June 1998.
func cdnowSample(t testing.TB) []statemodel.History {
	return cdnow(t, "CDNOW_sample.txt", 0, 2)
}

// cdnow reads a file of CDNOW: the acts of one day are one, and the first begins
// the history.
func cdnow(t testing.TB, name string, skip, date int) []statemodel.History {
	t.Helper()
	f, err := os.Open(testenv.Data(t, "cdnow/"+name))
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // read only
	days := map[string]map[float64]float64{}
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan(); n++ {
		if n < skip {
			continue
		}
		w := strings.Fields(lines.Text())
		at, err := time.Parse("20060102", w[date])
		require.NoError(t, err)
		amount, err := strconv.ParseFloat(w[date+2], 64)
		require.NoError(t, err)
		if days[w[0]] == nil {
			days[w[0]] = map[float64]float64{}
		}
		days[w[0]][statemodel.Day(at)] += amount
	}
	return fromDays(days, day(1998, 6, 30))
}

func fromDays(days map[string]map[float64]float64, end float64) []statemodel.History {
	out := make([]statemodel.History, 0, len(days))
	for _, id := range slices.Sorted(maps.Keys(days)) {
		at := slices.Sorted(maps.Keys(days[id]))
		h := statemodel.History{Start: at[0], End: end}
		for _, d := range at[1:] {
			h.Events = append(h.Events, statemodel.Event{At: d, Amount: days[id][d]})
		}
		out = append(out, h)
	}
	return out
}
