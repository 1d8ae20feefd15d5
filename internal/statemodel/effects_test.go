package statemodel_test

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/testenv"
)

// mean is a mean with the variance of that mean.
type mean struct{ of, variance float64 }

// share is the mean of what is 0 or 1.
func share(came, n float64) mean {
	p := came / n
	return mean{p, p * (1 - p) / n}
}

func (a mean) minus(b mean) mean { return mean{a.of - b.of, a.variance + b.variance} }

// coverage counts, over random halves of people, how often the interval of what was
// learned from one half holds the difference that was drawn in the other, which is
// unsure too: both are in the width. Told counts verdicts.
type coverage struct {
	n, held, told       float64
	learned, truth, off float64 // sums; off is of the squares of the distance in its own deviations
}

const ninety = 1.6449 // deviations of a 90 % interval, each way

func (c *coverage) add(learned, deviation float64, truth mean) {
	apart := (learned - truth.of) / math.Sqrt(deviation*deviation+truth.variance)
	c.n++
	c.learned += learned
	c.truth += truth.of
	c.off += apart * apart
	if math.Abs(apart) <= ninety {
		c.held++
	}
	if math.Abs(learned) > ninety*deviation {
		c.told++
	}
}

// report writes a row of the table in docs/models/state-space.md.
func (c *coverage) report(t *testing.T, name string) {
	t.Helper()
	t.Logf("%s: learned %+.4f, drawn %+.4f, held in %v of %v, told from nothing in %v, distance %.2f deviations (1 is right)",
		name, c.learned/c.n, c.truth/c.n, c.held, c.n, c.told, math.Sqrt(c.off/c.n))
}

// hillstrom is a person of the e-mail challenge: what was known of them, which
// letter was drawn, and whether they came in the two weeks after.
type hillstrom struct {
	months float64 // since the last purchase
	class  uint8   // what they had bought, and whether they are new
	letter int     // 0 men's, 1 women's, −1 none
	came   bool
}

func readHillstrom(t *testing.T) (out []hillstrom) {
	t.Helper()
	f, err := os.Open(testenv.Data(t, "hillstrom/hillstrom.csv"))
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // read only
	all, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	for _, w := range all[1:] {
		months, err := strconv.ParseFloat(w[0], 64)
		require.NoError(t, err)
		p := hillstrom{months: months, letter: map[string]int{"Mens E-Mail": 0, "Womens E-Mail": 1, "No E-Mail": -1}[w[8]], came: w[9] == "1"}
		for bit, col := range []int{3, 4, 6} { // mens, womens, newbie
			if w[col] == "1" {
				p.class |= 1 << bit
			}
		}
		p.class-- // nobody bought neither
		if p.class > 3 {
			p.class--
		}
		out = append(out, p)
	}
	require.Len(t, out, 64000)
	return out
}

// twoWeeks is how long visits were counted.
const twoWeeks = 14.

// history is what is known of the person: they bought some months ago, visits could
// not be seen until the letters went out, and then one came or none.
func (p hillstrom) history() statemodel.History {
	const month = 30.44
	h := statemodel.History{Start: -p.months * month, End: twoWeeks, Class: p.class}
	h.Dark = []statemodel.Dark{{From: h.Start, To: 0}}
	if p.letter >= 0 {
		h.Events = append(h.Events, statemodel.Event{Type: statemodel.Touch, Kind: uint8(p.letter)}) //nolint:gosec // 0 to 2
	}
	if p.came {
		h.Events = append(h.Events, statemodel.Event{At: twoWeeks, Span: twoWeeks})
	}
	return h
}

// letters are the classes of touches: the last is a label drawn among those who got
// no letter.
var letters = []statemodel.TouchForm{{Name: "men's", Randomised: true}, {Name: "women's", Randomised: true}, {Name: "a label", Randomised: true}}

// kinds of people, with how many of them there are.
type kinds map[hillstrom]float64

// comes is how probable it is that people come within two weeks of a letter, or of
// none, under a model.
func (k kinds) comes(t *testing.T, m *statemodel.Model, letter int) float64 {
	t.Helper()
	f, err := statemodel.NewFilter(m)
	require.NoError(t, err)
	var sum, n float64
	for p, count := range k {
		p.letter, p.came = letter, false
		h := p.history()
		b, err := f.Begin(h.Start, h.Class)
		require.NoError(t, err)
		require.NoError(t, f.Expose(b, h.Start, 0))
		require.NoError(t, f.Expose(b, 0, 1))
		for _, e := range h.Events {
			_, err := f.Observe(b, e)
			require.NoError(t, err)
		}
		sum += count * f.Soon(b, twoWeeks)
		n += count
	}
	return sum / n
}

// halves learns from random halves of people, and holds what was learned to what was
// drawn in the others. Unseen is how well the others were foretold, in nats a person.
func halves(t *testing.T, all []hillstrom, form statemodel.Form, n int) (out []coverage, unseen float64) {
	t.Helper()
	out = make([]coverage, len(letters))
	var warm *statemodel.Model
	for i := range n {
		r := rand.New(rand.NewPCG(2008, uint64(i)))
		var known, others []statemodel.History
		people := kinds{}
		var came, sent [4]float64 // of the other half, by letter, none last
		for _, p := range all {
			if p.letter < 0 && r.IntN(2) == 0 {
				p.letter = 2
			}
			if r.IntN(2) == 0 {
				known = append(known, p.history())
				people[hillstrom{months: p.months, class: p.class}]++
				continue
			}
			others = append(others, p.history())
			at := (p.letter + 4) % 4
			sent[at]++
			if p.came {
				came[at]++
			}
		}
		m, _, err := statemodel.Fit(known, statemodel.Options{Form: form, Starts: 3, Seed: 1, Warm: warm})
		require.NoError(t, err)
		warm = m
		held, err := m.LogLikelihood(others, nil)
		require.NoError(t, err)
		unseen += sum(held) / float64(len(held)*n)
		u, err := m.Uncertainty(form, known, nil)
		require.NoError(t, err)
		for letter := range letters {
			effect := func(m *statemodel.Model) float64 { return people.comes(t, m, letter) - people.comes(t, m, -1) }
			drawn := share(came[letter], sent[letter]).minus(share(came[3], sent[3]))
			out[letter].add(effect(m), u.Deviation(effect), drawn)
		}
	}
	return out, unseen
}

// lettered is the form whose states foretell unseen people of Hillstrom best:
// [TestLettersOfHillstromCoverWhatWasDrawn] compares them.
func lettered(states int) statemodel.Form {
	return statemodel.Form{States: states, Classes: 6, Alike: true, Touches: letters, Kinds: []statemodel.KindForm{{Name: "visit"}}}
}

// Letters were drawn, so what they do is known up to chance: what the model learns
// from half of the people is what happened to the others, as often as it says.
func TestLettersOfHillstromDoWhatIsLearnedOfThem(t *testing.T) {
	const n = 5
	got, _ := halves(t, readHillstrom(t), lettered(4), n)
	held := 0.0
	for i := range got {
		got[i].report(t, letters[i].Name)
		held += got[i].held
	}
	require.Equal(t, []float64{n, n}, []float64{got[0].told, got[1].told}, "what letters do is told from nothing")
	require.LessOrEqual(t, got[2].told, 2.0, "of a label nothing is said")
	require.GreaterOrEqual(t, held, 11.0, "of 15 intervals of 90 %")
}
