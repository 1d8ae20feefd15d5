//go:build models

package statemodel_test

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/testenv"
	"github.com/rapporthq/rapport/internal/train"
)

// starbucks is the transactions of the Starbucks simulation, from its first hour.
func starbucks(t *testing.T) []statemodel.History {
	t.Helper()
	people := map[string]*statemodel.History{}
	rows(t, "starbucks/transcript_full.csv.gz", func(w []string) {
		h := people[w[0]]
		if h == nil {
			h = &statemodel.History{End: 30}
			people[w[0]] = h
		}
		if w[1] != "transaction" {
			return
		}
		hour, err := strconv.ParseFloat(w[2], 64)
		require.NoError(t, err)
		h.Events = append(h.Events, statemodel.Event{At: hour / 24})
	})
	var out []statemodel.History
	for _, id := range slices.Sorted(maps.Keys(people)) {
		out = append(out, *people[id])
	}
	return out
}

// steps is the same in steps of six hours, as every time in it is a multiple of
// six hours: whether there was a transaction in each, and what had been received
// and viewed by its end. Only what is of earlier steps can foretell a step.
func steps(t *testing.T) []statemodel.History {
	t.Helper()
	f, err := os.Open(testenv.Data(t, "starbucks/portfolio.json"))
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // read only
	class := map[string]uint8{}
	for d := json.NewDecoder(f); ; {
		var offer struct{ ID, Offer_Type string }
		err := d.Decode(&offer)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		class[offer.ID] = map[string]uint8{"bogo": 0, "discount": 1, "informational": 2}[offer.Offer_Type]
	}
	require.Len(t, class, 10)
	const step = .25
	people := map[string]*statemodel.History{}
	rows(t, "starbucks/transcript_full.csv.gz", func(w []string) {
		h := people[w[0]]
		if h == nil {
			h = &statemodel.History{Start: -step, End: 29.75}
			people[w[0]] = h
		}
		hour, err := strconv.ParseFloat(w[2], 64)
		require.NoError(t, err)
		e := statemodel.Event{At: hour / 24}
		switch w[1] {
		case "transaction":
			e.Span = step
			for _, before := range h.Events {
				if before.At == e.At && before.Span > 0 {
					return // whether, and not how many
				}
			}
		case "offer received":
			e.Type, e.Kind = statemodel.Touch, class[w[3]]
		case "offer viewed":
			e.Type, e.Kind = statemodel.Touch, 3+class[w[3]]
		default:
			return
		}
		h.Events = append(h.Events, e)
	})
	var out []statemodel.History
	for _, id := range profile(t) {
		h := *people[id]
		slices.SortStableFunc(h.Events, func(a, b statemodel.Event) int {
			switch {
			case a.At != b.At && a.At < b.At, a.At == b.At && a.Span > b.Span:
				return -1
			case a.At == b.At && a.Span == b.Span:
				return 0
			default:
				return 1
			}
		})
		out = append(out, h)
	}
	return out
}

// profile lists the people in the order of the file of their traits.
func profile(t *testing.T) []string {
	t.Helper()
	f, err := os.Open(testenv.Data(t, "starbucks/profile.json"))
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // read only
	var out []string
	for d := json.NewDecoder(f); ; {
		var person struct{ ID string }
		err := d.Decode(&person)
		if err == io.EOF {
			require.Len(t, out, 17000)
			return out
		}
		require.NoError(t, err)
		out = append(out, person.ID)
	}
}

// Fitted to 4,000 people's first half, and asked of the second half of 8,500
// others, given their first.
func TestTouchesForetellStarbucks(t *testing.T) {
	all := steps(t)
	const split = 14.75
	known, others := until(all[8500:12500], split), all[:8500]
	untouched := func(people []statemodel.History) []statemodel.History {
		var out []statemodel.History
		for _, h := range people {
			h.Events = slices.DeleteFunc(slices.Clone(h.Events), func(e statemodel.Event) bool { return e.Type == statemodel.Touch })
			out = append(out, h)
		}
		return out
	}
	score := func(name string, f statemodel.Form, known, others []statemodel.History) float64 {
		m, trace, err := statemodel.Fit(known, statemodel.Options{Form: f, Starts: 3, Each: train.Each(0)})
		require.NoError(t, err)
		held, err := m.Heldout(others, split, train.Each(0))
		require.NoError(t, err)
		each := sum(held) / float64(len(others))
		t.Logf("%s: fitted %.1f, held out %.4f a person: %+v", name, trace.LogLikelihood, each, *m)
		return each
	}
	touches := make([]statemodel.TouchForm, 6)
	for i, name := range []string{"received bogo", "received discount", "received information", "viewed bogo", "viewed discount", "viewed information"} {
		touches[i] = statemodel.TouchForm{Name: name, Randomised: i < 3}
	}
	score("static", statemodel.Form{Lasting: true, Alike: true}, untouched(known), untouched(others))
	score("static, frailty", statemodel.Form{Lasting: true}, untouched(known), untouched(others))
	without := score("two states", statemodel.Form{States: 2}, untouched(known), untouched(others))
	with := score("two states, touches", statemodel.Form{States: 2, Touches: touches}, known, others)
	require.GreaterOrEqual(t, with, -15.78)
	require.GreaterOrEqual(t, with-without, .15)
}
