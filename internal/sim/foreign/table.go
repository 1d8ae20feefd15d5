package foreign

import (
	"math"
	"runtime"
	"sync"

	"github.com/rapporthq/rapport/internal/statemodel"
)

// Options says what is compared. The zero value is the default.
type Options struct {
	Variant  string `json:"variant"`  // see Variants. Defaults to "ordinary".
	People   int    `json:"people"`   // who are decided for. Defaults to 5,000.
	Weeks    int    `json:"weeks"`    // Defaults to 26.
	Learners int    `json:"learners"` // people of the log that is learned from, over as many weeks. Defaults to 2,000.
	Tried    int    `json:"tried"`    // people on whom the oracle tries things. Defaults to 10,000.
	Seed     uint64 `json:"seed"`
	Quick    bool   `json:"quick"` // silence, the oracle and ours only

	Workers int `json:"-"` // of fitting. Defaults to one a core.
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		at   *int
		want int
	}{{&o.People, 5000}, {&o.Weeks, 26}, {&o.Learners, 2000}, {&o.Tried, 10_000}, {&o.Workers, runtime.NumCPU()}} {
		if *d.at == 0 {
			*d.at = d.want
		}
	}
	if o.Variant == "" {
		o.Variant = Variants()[0]
	}
	return o
}

// Row is what one policy was worth, in money a person.
type Row struct {
	Policy string  `json:"policy"`
	Value  float64 `json:"value"`
	Error  float64 `json:"error"` // standard error of Value

	// Gain is the value over silence, person by person under the same chance, with
	// its standard error; Share is that of the oracle's gain.
	Gain      float64      `json:"gain"`
	GainError float64      `json:"gain_error"`
	Share     float64      `json:"share"`
	Acted     [Actions]int `json:"acted"` // nothing, content, discount, push, call

	// Course is margin less cost over silence, a person, by the end of each week, and
	// Regret by how much the oracle is ahead of it.
	Course []float64 `json:"course"`
	Regret []float64 `json:"regret"`

	// Recovered is what the weeks 5 to 8 after a drift gain over silence, as a share
	// of the four weeks before it. Nil where nothing drifts, or nothing was gained.
	Recovered *float64 `json:"recovered,omitempty"`
}

// Table compares policies on one company.
type Table struct {
	Options Options `json:"options"`
	Rows    []Row   `json:"rows"`
}

// Row returns that of a policy.
func (t Table) Row(policy string) Row {
	for _, r := range t.Rows {
		if r.Policy == policy {
			return r
		}
	}
	return Row{}
}

// The policies, as they are called in tables.
const (
	Silence    = "silence"
	TheOracle  = "oracle"
	Even       = "uniform"
	Newsletter = "content to all, weekly"
	Single     = "best single action, weekly"
	Greedy     = "greedy, recency and frequency"
	Bandit     = "linear Thompson, no state"
	Rapport    = "Rapport, learning on"
	Settled    = "Rapport, exploring nothing"
)

type entry struct {
	name string
	p    Policy
}

// Compare records a log by the logging mix, learns from it, and plays each policy on
// people who are not of the log.
func Compare(o Options) (Table, error) {
	o = o.withDefaults()
	t := Table{Options: o}
	truth, err := Variant(o.Variant, 7*o.Weeks)
	if err != nil {
		return t, err
	}
	entries, err := o.entries(truth)
	if err != nil {
		return t, err
	}
	run := Run{Company: truth, People: o.People, Weeks: o.Weeks, Seed: mix(o.Seed + 3)}
	var silent Result
	for _, e := range entries {
		r, err := run.Play(e.p)
		if err != nil {
			return t, err
		}
		if e.name == Silence {
			silent = r
		}
		t.Rows = append(t.Rows, rowOf(e.name, r, silent))
	}
	oracle := t.Row(TheOracle)
	for i := range t.Rows {
		r := &t.Rows[i]
		if oracle.Gain > 0 {
			r.Share = r.Gain / oracle.Gain
		}
		r.Recovered = recovered(truth, r.Course)
		for w, v := range r.Course {
			r.Regret = append(r.Regret, oracle.Course[w]-v)
		}
	}
	return t, nil
}

func recovered(c *Company, course []float64) *float64 {
	at := int(c.Drift / 7)
	if c.Drift == 0 || at < 5 || at+8 > len(course) {
		return nil
	}
	before, after := course[at-1]-course[at-5], course[at+7]-course[at+3]
	if !(before > 0) {
		return nil
	}
	share := after / before
	return &share
}

// entries are the policies, taught.
func (o Options) entries(truth *Company) ([]entry, error) {
	before := *truth
	before.Drift = 0 // the log is of the time before
	log := Run{Company: &before, People: o.Learners, Weeks: o.Weeks, Seed: mix(o.Seed + 1)}
	model, err := Fit(log, FormOf(truth), o.each)
	if err != nil {
		return nil, err
	}
	ours, err := NewOurs(model, truth, log.People, o.Seed)
	if err != nil {
		return nil, err
	}
	if err := ours.Learn(log, o.People); err != nil {
		return nil, err
	}
	out := []entry{{Silence, Only(0)}, {TheOracle, NewOracle(truth, o.Tried, o.Weeks, mix(o.Seed+2))}, {Rapport, ours}}
	if o.Quick {
		return out, nil
	}
	settled, err := NewOurs(model, truth, log.People, o.Seed)
	if err != nil {
		return nil, err
	}
	settled.Settled = true
	if err := settled.Learn(log, o.People); err != nil {
		return nil, err
	}
	best, err := bestSingle(Run{Company: &before, People: min(o.People, 2000), Weeks: o.Weeks, Seed: mix(o.Seed + 4)})
	if err != nil {
		return nil, err
	}
	out = append(out, entry{Settled, settled}, entry{Even, Mix{0.2, 0.2, 0.2, 0.2, 0.2}}, entry{Newsletter, Only(1)}, entry{Single, Only(best)})
	for _, thompson := range []bool{false, true} {
		l, err := NewLinear(truth, log.People, thompson)
		if err != nil {
			return nil, err
		}
		if err := l.Learn(log, o.People); err != nil {
			return nil, err
		}
		out = append(out, entry{map[bool]string{false: Greedy, true: Bandit}[thompson], l})
	}
	return out, nil
}

// bestSingle is the action that is worth most if everybody gets it every week.
func bestSingle(run Run) (int, error) {
	best, top := 0, math.Inf(-1)
	for a := 1; a < Actions; a++ {
		r, err := run.Play(Only(a))
		if err != nil {
			return 0, err
		}
		if v, _ := meanAndError(r.Value); v > top {
			best, top = a, v
		}
	}
	return best, nil
}

// each spreads the work of a fit.
func (o Options) each(n int, f func(i int)) {
	var wait sync.WaitGroup
	next := make(chan int)
	for range o.Workers {
		wait.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}

var _ statemodel.Each = Options{}.each

func rowOf(name string, r, silent Result) Row {
	out := Row{Policy: name, Acted: r.Acted}
	gain := make([]float64, len(r.Value))
	for i := range gain {
		gain[i] = r.Value[i] - silent.Value[i]
	}
	out.Value, out.Error = meanAndError(r.Value)
	out.Gain, out.GainError = meanAndError(gain)
	sum := 0.0
	for w, v := range r.Weeks {
		sum += v - silent.Weeks[w]
		out.Course = append(out.Course, sum)
	}
	return out
}

func meanAndError(x []float64) (mean, se float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		se += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(se / (n - 1) / n)
}
