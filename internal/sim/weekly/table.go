package weekly

import (
	"fmt"
	"math"
)

// Options says what is compared. The zero value is the default.
type Options struct {
	People   int    `json:"people"`    // who are decided for. Defaults to 5,000.
	Weeks    int    `json:"weeks"`     // Defaults to 104.
	Learners int    `json:"learners"`  // people of the log that is learned from. Defaults to 2,000.
	LogWeeks int    `json:"log_weeks"` // Defaults to 26.
	Seed     uint64 `json:"seed"`
	Variant  string `json:"variant"` // see Variants. Defaults to "ordinary".
	Quick    bool   `json:"quick"`   // leave out what learns while it acts
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		at   *int
		want int
	}{{&o.People, 5000}, {&o.Weeks, 104}, {&o.Learners, 2000}, {&o.LogWeeks, 26}} {
		if *d.at == 0 {
			*d.at = d.want
		}
	}
	if o.Variant == "" {
		o.Variant = "ordinary"
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

// Variants lists the companies: the ordinary one; one where touches do nothing;
// one where every touch drives people away; and one that tires twice as fast and
// for thrice the harm.
func Variants() []string { return []string{"ordinary", "null", "harmful", "fatigue"} }

// Variant returns the company of a name.
func Variant(name string) (*World, error) {
	w := Ordinary()
	switch name {
	case "ordinary":
	case "null":
		w.Up, w.Down, w.Lift = [States][Actions]float64{}, [States][Actions]float64{}, [Actions]float64{}
		w.TiredUp, w.TiredDown = [States]float64{}, [States]float64{}
	case "harmful":
		for s := range States {
			for a := 1; a < Actions; a++ {
				w.Up[s][a], w.Down[s][a] = -0.5, 0.6
			}
		}
		w.Lift = [Actions]float64{}
	case "fatigue":
		for s := range States {
			w.TiredUp[s] *= 3
			w.TiredDown[s] *= 3
		}
		for a := range w.Fatigue {
			w.Fatigue[a] *= 2
		}
	default:
		return nil, fmt.Errorf("there is no company %q; there are %q", name, Variants())
	}
	return w, nil
}

// Compare records a log by the logging mix, learns from it, and plays each policy
// on people who are not of the log.
func Compare(o Options) (Table, error) {
	o = o.withDefaults()
	truth, err := Variant(o.Variant)
	if err != nil {
		return Table{}, err
	}
	log := Run{People: o.Learners, Weeks: o.LogWeeks, Seed: mix(o.Seed + 1), World: truth}.Record(Mix(Logging()))
	learned, err := Fit(log, truth, 40)
	if err != nil {
		return Table{}, err
	}
	values, noise := learned.Solve(false), noiseOf(log, truth)
	greedy, err := NewLinear(o.People, false, o.Seed)
	if err != nil {
		return Table{}, err
	}
	if err := greedy.Learn(log, truth); err != nil {
		return Table{}, err
	}
	type entry struct {
		name string
		p    Policy
	}
	best := 0
	single := Run{People: min(o.People, 1000), Weeks: o.Weeks, Seed: mix(o.Seed + 2), World: truth}
	for a, top := 0, math.Inf(-1); a < Actions; a++ {
		if v := single.Play(Only(a), nil).Mean(); a > 0 && v > top {
			best, top = a, v
		}
	}
	entries := []entry{
		{"silence", Only(0)},
		{"oracle", Oracle{truth.Solve(false)}},
		{"uniform", Mix{0.2, 0.2, 0.2, 0.2, 0.2}},
		{"best single action to all", Only(best)},
		{"greedy, recency and frequency", greedy},
		{"belief, true model", NewBeliever(truth.Solve(false), o.People)},
		{"belief, learned model", NewBeliever(values, o.People)},
	}
	var failed []interface{ Err() error }
	if !o.Quick {
		lin, err := NewLinear(o.People, true, o.Seed)
		if err != nil {
			return Table{}, err
		}
		l, err := NewLearner(values, o.People, noise, o.Seed)
		if err != nil {
			return Table{}, err
		}
		entries = append(entries, entry{"linear Thompson, no state", lin}, entry{"learned model, exploring and learning on", l})
		failed = append(failed, lin, l)
	}
	t := Table{Options: o}
	run := Run{People: o.People, Weeks: o.Weeks, Seed: mix(o.Seed + 3), World: truth}
	var silent Result
	for _, e := range entries {
		r := run.Play(e.p, nil)
		if e.name == "silence" {
			silent = r
		}
		t.Rows = append(t.Rows, rowOf(e.name, r, silent))
	}
	for _, f := range append(failed, greedy) {
		if err := f.Err(); err != nil {
			return Table{}, err
		}
	}
	top := t.Row("oracle").Gain
	for i := range t.Rows {
		if top > 0 {
			t.Rows[i].Share = t.Rows[i].Gain / top
		}
	}
	return t, nil
}

func rowOf(name string, r, silent Result) Row {
	out := Row{Policy: name, Acted: r.Acted}
	gain := make([]float64, len(r.Value))
	for i := range gain {
		gain[i] = r.Value[i] - silent.Value[i]
	}
	out.Value, out.Error = meanAndError(r.Value)
	out.Gain, out.GainError = meanAndError(gain)
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

// noiseOf is the standard deviation of a week's margin in a log.
func noiseOf(log Log, margin *World) float64 {
	n, sum, squares := 0.0, 0.0, 0.0
	for _, weeks := range log {
		for _, k := range weeks {
			v := margin.Earned(k)
			n++
			sum += v
			squares += v * v
		}
	}
	return math.Sqrt(max(1e-9, squares/n-sum/n*(sum/n)))
}
