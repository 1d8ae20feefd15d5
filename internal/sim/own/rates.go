package own

import (
	"fmt"

	"github.com/rapporthq/rapport/internal/definition"
)

// Answers say which end of what is unsure about letters a rehearsal assumes.
type Answers string

// The assumptions. Low takes the 5th percentile of what is unsure and High the
// 95th.
const (
	Low    Answers = "low"
	Middle Answers = "middle"
	High   Answers = "high"
)

// displaced is the share of answers that stand in for a visit of their own.
func displaced(a Answers) float64 {
	switch a {
	case Low:
		return .8
	case High:
		return .2
	default:
		return .5
	}
}

// What is taken for likely before anything was seen, as good as so many letters:
// three in a hundred are answered, one in five is opened, and two in a thousand are
// the last that somebody wants. Ranges are wide: these differ tenfold between
// companies.
const (
	priorAnswer   = .03
	priorOpen     = .2
	priorWithdraw = .002
	priorStrength = 20
	restStrength  = 500 // of withdrawals, which are seldom

	// actionStrength is how many letters of any kind weigh as much as those of one.
	actionStrength = 30

	// enough is from how many letters on an answer is called seen.
	enough = 30
)

// rates are how letters were taken. The index is 1 for people who were quiet.
type rates struct {
	pooled   [2]beta
	counts   [2]int
	actions  map[string]*[2]beta
	sent     map[string]int
	answered map[string]int
	opens    [2]beta
	withdraw beta
	letters  int
}

func ratesOf(touches []touch) rates {
	r := rates{actions: map[string]*[2]beta{}, sent: map[string]int{}, answered: map[string]int{}}
	type tally struct{ n, answered, opened int }
	var all [2]tally
	by := map[string]*[2]tally{}
	withdrew := 0
	for _, t := range touches {
		if !t.sent && t.answered == 0 {
			continue
		}
		c := 0
		if t.quiet {
			c = 1
		}
		if by[t.action] == nil {
			by[t.action] = new([2]tally)
		}
		for _, x := range []*tally{&all[c], &by[t.action][c]} {
			x.n++
			if t.answered > 0 {
				x.answered++
			}
			if t.opened || t.answered > 0 {
				x.opened++
			}
		}
		if t.withdrew {
			withdrew++
		}
		r.letters++
	}
	for c := range all {
		r.counts[c] = all[c].n
		r.pooled[c] = betaOf(priorAnswer, priorStrength, all[c].answered, all[c].n)
		r.opens[c] = betaOf(priorOpen, priorStrength, all[c].opened, all[c].n)
	}
	r.withdraw = betaOf(priorWithdraw, restStrength, withdrew, r.letters)
	for action, x := range by {
		r.actions[action] = new([2]beta)
		for c := range x {
			r.actions[action][c] = betaOf(r.pooled[c].mean(), actionStrength, x[c].answered, x[c].n)
			r.sent[action] += x[c].n
			r.answered[action] += x[c].answered
		}
	}
	return r
}

// answer is how likely somebody answers a letter of an action.
func (r *rates) answer(action string, quiet bool, a Answers) float64 {
	c := 0
	if quiet {
		c = 1
	}
	if x := r.actions[action]; x != nil {
		return x[c].at(a)
	}
	return r.pooled[c].at(a)
}

// open is how likely they open it, which who answers has done.
func (r *rates) open(quiet bool, a Answers) float64 {
	if quiet {
		return r.opens[1].at(a)
	}
	return r.opens[0].at(a)
}

// basis says what of this was seen.
func (r *rates) basis(ws *definition.Workspace) []Basis {
	var out []Basis
	shown := map[string]bool{}
	for i := range ws.Goals {
		for _, a := range ws.Goals[i].Actions {
			if shown[a.ID] {
				continue
			}
			shown[a.ID] = true
			out = append(out, r.ofAction(a.ID, a.Name))
		}
	}
	for _, id := range sortedKeys(r.actions) {
		if !shown[id] {
			out = append(out, r.ofAction(id, id))
		}
	}
	w := Basis{
		What: "The end of consent after a letter", Share: true, Value: r.withdraw.mean(), Low: r.withdraw.quantile(.05), High: r.withdraw.quantile(.95), Seen: r.letters,
		Words: fmt.Sprintf("Of %d letters seen.", r.letters),
	}
	if w.Assumed = r.letters < restStrength; w.Assumed {
		w.Words += " So few that two in a thousand are taken for likely."
	}
	return append(out, w)
}

func (r *rates) ofAction(id, name string) Basis {
	if name == "" {
		name = id
	}
	x, n := r.pooled[0], r.sent[id]
	b := Basis{What: "Answers to " + name, Share: true, Seen: n}
	if by := r.actions[id]; by != nil {
		x = by[0]
	}
	b.Value, b.Low, b.High = x.mean(), x.quantile(.05), x.quantile(.95)
	switch {
	case n >= enough:
		b.Words = fmt.Sprintf("%d of %d letters were answered; of people who came within 30 days before it, the share is this.", r.answered[id], n)
	case r.letters >= enough:
		b.Assumed = true
		b.Words = fmt.Sprintf("Only %d were sent: taken to be answered as letters of all kinds are.", n)
	default:
		b.Assumed = true
		b.Words = fmt.Sprintf("Only %d letters were seen: three in a hundred are taken for likely, and the range is wide.", r.letters)
	}
	return b
}
