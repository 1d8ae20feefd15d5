package belief

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/statemodel"
)

// Gone is the id of the state of people who have left for good.
const Gone = "gone"

// State is a live state, named by what people in it do. Its figures are those of
// people who are as active as the mean.
type State struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Every    float64 `json:"every" doc:"days between acts of the first kind"`
	Spend    float64 `json:"spend,omitempty" doc:"mean amount of one, in money"`
	Life     float64 `json:"life" doc:"days until they leave for good, as expected from now"`
	Value    float64 `json:"value" doc:"what they are worth from now on, in money"`
	Sentence string  `json:"sentence"`
}

// Name names the states of a trained model, and says what they do. Where a state
// is the incumbent's it keeps its name; incumbent may be nil.
func (b *Body) Name(incumbent *Body) error {
	f, err := statemodel.NewFilter(b.Model)
	if err != nil {
		return err
	}
	values, err := f.Values(b.economics())
	if err != nil {
		return err
	}
	worth, life := values.ByState(), lives(b.Model)
	ids := stateIDs(b.Model)
	if incumbent != nil {
		ids = keepIDs(ids, b.Model.Match(incumbent.Model), incumbent)
	}
	b.States = nil
	for i, id := range ids {
		s := State{ID: id, Name: strings.ToUpper(id[:1]) + strings.ReplaceAll(id[1:], "-", " "), Life: life[i], Value: worth[i]}
		kind := &b.Model.Kinds[0]
		s.Every = min(1/kind.Rate[i], never)
		if p := kind.Spend; p != nil && p.Between > 1 {
			s.Spend = p.Within * p.Scale / (p.Between - 1) * p.Level[i]
		}
		s.Sentence = fmt.Sprintf("%s; leaves within %s, as a rule.", capital(b.pace(i)), span(s.Life))
		b.States = append(b.States, s)
	}
	return nil
}

// never is a time in days, a hundred years, in which nothing comes for certain.
const never = 36525

// pace says what people in state i do, and how often.
func (b *Body) pace(i int) string {
	var parts []string
	for k := range b.Acts {
		if every := 1 / b.Model.Kinds[k].Rate[i]; every < 2*365 {
			parts = append(parts, fmt.Sprintf("%s every %s", article(b.noun(k)), span(every)))
		}
	}
	if len(parts) == 0 {
		return "next to nothing of their own accord"
	}
	return strings.Join(parts, ", ") + " or so"
}

// either is an act of any kind, in a sentence: an order or visit.
func (b *Body) either() string {
	nouns := make([]string, len(b.Acts))
	for k := range b.Acts {
		nouns[k] = b.noun(k)
	}
	return article(strings.Join(nouns, " or "))
}

// stateIDs are by rate, the lowest first.
func stateIDs(m *statemodel.Model) []string {
	ids := [][]string{
		{"active"},
		{"occasional", "frequent"},
		{"rare", "occasional", "frequent"},
		{"rare", "occasional", "regular", "frequent"},
		{"rare", "occasional", "regular", "frequent", "constant"},
		{"rare", "seldom", "occasional", "regular", "frequent", "constant"},
	}[m.States()-1]
	rate := m.Kinds[0].Rate
	if len(ids) > 1 && rate[0] < .05*rate[len(rate)-1] {
		ids[0] = "dormant"
	}
	return ids
}

// keepIDs gives states the ids of the incumbent's that they are paired with.
func keepIDs(ids []string, pairs []int, incumbent *Body) []string {
	out := make([]string, len(ids))
	for i, p := range pairs {
		if p >= 0 {
			out[i] = incumbent.States[p].ID
		}
	}
	for i := range out {
		if out[i] != "" {
			continue
		}
		id := ids[i]
		for n := 2; slices.Contains(out, id); n++ {
			id = fmt.Sprintf("%s-%d", ids[i], n)
		}
		out[i] = id
	}
	return out
}

// lives are the days until leaving that are expected in each state, of people as
// easy to lose as the mean: a tridiagonal system, by elimination.
func lives(m *statemodel.Model) []float64 {
	n := m.States()
	diag, rest := make([]float64, n), make([]float64, n)
	for i := range n {
		diag[i], rest[i] = m.Exit[i]+1./never, 1
		if i < n-1 {
			diag[i] += m.Up[i]
		}
		if i > 0 {
			diag[i] += m.Down[i-1]
		}
	}
	for i := 1; i < n; i++ {
		k := m.Down[i-1] / diag[i-1]
		diag[i] -= float64(k * m.Up[i-1])
		rest[i] += float64(k * rest[i-1])
	}
	out := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = rest[i]
		if i < n-1 {
			out[i] += float64(m.Up[i] * out[i+1])
		}
		out[i] /= diag[i]
	}
	return out
}

// span says a number of days in words.
func span(days float64) string {
	unit := func(n float64, name string) string {
		n = math.Round(n)
		if n == 1 {
			return "1 " + name
		}
		return fmt.Sprintf("%.0f %ss", n, name)
	}
	switch {
	case days < 2:
		return unit(max(days*24, 1), "hour")
	case days < 60:
		return unit(days, "day")
	case days < 730:
		return unit(days/30.44, "month")
	case days < 36500/2:
		return unit(days/365.25, "year")
	default:
		return "a lifetime"
	}
}

// noun is what an act of kind k is, in a sentence: an order, of Order Completed.
func (b *Body) noun(k int) string {
	words := strings.Fields(strings.ToLower(b.Acts[k].Name))
	if n := len(words); n > 1 && strings.HasSuffix(words[n-1], "ed") {
		words = words[:n-1]
	}
	return strings.Join(words, " ")
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
