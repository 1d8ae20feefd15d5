//go:build models

package belief

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel"
)

// lettered is a company of two states with a letter that helps, one that does harm
// and one that does nothing.
func lettered() *statemodel.Model {
	class := func(name string, low, high float64) statemodel.TouchClass {
		return statemodel.TouchClass{Name: name, Randomised: true, Move: [][][]float64{{{1 - low, low}, {high, 1 - high}}}}
	}
	return &statemodel.Model{
		Kinds: []statemodel.Kind{{Name: "order", Rate: []float64{.03, .3}}},
		Up:    []float64{.004}, Down: []float64{.02}, Exit: []float64{.004, .0005}, Start: [][]float64{{.4, .6}}, Grid: statemodel.Grid{Activity: 3},
		Touches: []statemodel.TouchClass{class("helps", .4, 0), class("harms", 0, .3), class("idle", 0, 0)},
	}
}

// played plays people out of a model of two states, who get letters at random.
func played(m *statemodel.Model, seed uint64, n int, days, letters float64) []statemodel.History {
	out := make([]statemodel.History, n)
	for i := range out {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		theta := (r.ExpFloat64() + r.ExpFloat64() + r.ExpFloat64()) / 3
		h := statemodel.History{End: days}
		state := 0
		if r.Float64() < m.Start[0][1] {
			state = 1
		}
		for at, gone := 0., false; ; {
			act, leave, move := m.Kinds[0].Rate[state]*theta, m.Exit[state], m.Up[0]
			if state == 1 {
				move = m.Down[0]
			}
			if gone {
				act, leave, move = 0, 0, 0
			}
			all := act + leave + move + letters
			if at += r.ExpFloat64() / all; at >= days {
				break
			}
			switch x := r.Float64() * all; {
			case x < act:
				h.Events = append(h.Events, statemodel.Event{At: at})
			case x < act+leave:
				gone = true
			case x < act+leave+move:
				state = 1 - state
			default:
				class := r.IntN(len(m.Touches))
				h.Events = append(h.Events, statemodel.Event{At: at, Type: statemodel.Touch, Kind: uint8(class)})
				if !gone && r.Float64() < m.Touches[class].Move[0][state][1-state] {
					state = 1 - state
				}
			}
		}
		out[i] = h
	}
	return out
}

// Over 40 simulated companies the 90 % intervals of what letters are worth hold the
// truth about as often as they say, and of one that does nothing nothing is said.
func TestEffectsOfTouchesCoverTheTruth(t *testing.T) {
	const companies, people = 40, 400
	truth := lettered()
	form := statemodel.Form{States: 2, Nodes: 12, Kinds: []statemodel.KindForm{{Name: "order"}}}
	body := Body{Version: bodyVersion, Currency: "EUR", Discount: .1, Answer: 7, Acts: []OwnAct{{ID: "order", Name: "Order", Events: []string{"Order"}, Worth: 10}}}
	for _, c := range truth.Touches {
		form.Touches = append(form.Touches, statemodel.TouchForm{Name: c.Name, Randomised: true})
		body.Touches = append(body.Touches, Touch{Action: c.Name, Name: c.Name, Randomised: true})
	}
	began := time.Now()
	type result struct{ held, said [3]bool }
	results := make([]result, companies)
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				results[i].held, results[i].said = weighOne(t, body, form, truth, played(truth, uint64(100+i), people, 100, .06))
			}
		})
	}
	for i := range companies {
		next <- i
	}
	close(next)
	wg.Wait()
	var held, said [3]float64
	for _, r := range results {
		for k := range held {
			if r.held[k] {
				held[k]++
			}
			if r.said[k] {
				said[k]++
			}
		}
	}
	t.Logf("in %s: of %d companies the interval holds the truth of the letter that helps in %v, that harms in %v, that is idle in %v; a verdict was given in %v, %v and %v",
		time.Since(began).Round(time.Second), companies, held[0], held[1], held[2], said[0], said[1], said[2])
	all := held[0] + held[1] + held[2]
	require.InDelta(t, .9, all/(3*companies), .07)
	require.GreaterOrEqual(t, said[0]+said[1], .9*2*companies, "what there is, is seen")
	require.LessOrEqual(t, said[2], .1*companies+4, "and nothing where there is nothing")
}

// weighOne fits a company, and says of each letter whether its interval holds the
// truth, and whether a verdict was given.
func weighOne(t *testing.T, body Body, form statemodel.Form, truth *statemodel.Model, histories []statemodel.History) (held, said [3]bool) {
	m, _, err := statemodel.Fit(histories, statemodel.Options{Form: form, Warm: truth})
	if err != nil {
		t.Error(err)
		return held, said
	}
	body.Model = m
	u, err := m.Uncertainty(form, histories, nil)
	if err != nil {
		t.Error(err)
		return held, said
	}
	effects, err := body.Weigh(u, histories)
	if err != nil {
		t.Error(err)
		return held, said
	}
	known := body
	known.Model = truth
	spread, err := known.occupied(histories)
	if err != nil {
		t.Error(err)
		return held, said
	}
	for _, e := range effects {
		for k, c := range truth.Touches {
			if c.Name != e.Action {
				continue
			}
			worth := known.moved(truth, k, spread)
			held[k], said[k] = e.Value.Low <= worth && worth <= e.Value.High, e.Verdict != Unclear
		}
	}
	return held, said
}
