package models

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// Options say what to compare models on.
type Options struct {
	Path string
	Map  *definition.ImportMap // nil: a table with a header

	Split string // the last day, or moment, that models are fitted on
	End   string // the last that they are asked about. Defaults to that of the last row
	Dates string // mdy or dmy, where times do not say which
	Merge string // day or none. Defaults to day, but for logs of under 60 days whose times say the time of day

	Acts    []string // names of the events that are people's own acts
	Touches []string // and of those that are what the company did
	// FromStart says that everybody is watched from the beginning of the log, and
	// not from their first act on.
	FromStart bool

	Progress io.Writer        // defaults to nobody
	Now      func() time.Time // defaults to the wall clock
}

// Result is the table.
type Result struct {
	File      string        `json:"file"`
	Split     event.Instant `json:"split"`
	End       event.Instant `json:"end"`
	Unit      string        `json:"unit"` // of time, in likelihoods and parameters
	ByDay     bool          `json:"acts_of_a_day_are_one"`
	FromStart bool          `json:"watched_from_the_start"`

	People  int `json:"people"`          // who began by the split
	Repeats int `json:"repeats"`         // of theirs, until it
	Actual  int `json:"heldout_repeats"` // of theirs, after it

	Rows     int            `json:"rows"`
	LeftOut  map[string]int `json:"left_out,omitempty"`
	Rejected int            `json:"rejected"`
	Examples []string       `json:"rejected_examples,omitempty"`
	Later    int            `json:"began_after_the_split"`

	Models  []Row   `json:"models"`
	Against string  `json:"gain_against"` // the classical model that the gains are over
	Serves  *Choice `json:"serves,omitempty"`
	Spend   *Worth  `json:"spend,omitempty"`
}

// Row is what one model made of the log. A number that there is not is absent.
type Row struct {
	Name       string      `json:"name"`
	About      string      `json:"about,omitempty"`
	Parameters []Parameter `json:"parameters,omitempty"`

	LogLik    *float64 `json:"loglik,omitempty"`         // of what was known at the split
	HeldOut   *float64 `json:"heldout_loglik,omitempty"` // of what came then, given that
	Gain      *float64 `json:"heldout_gain,omitempty"`   // over the classical model that is best at it
	GainError *float64 `json:"heldout_gain_std_err,omitempty"`

	Expected   *float64 `json:"heldout_expected,omitempty"`      // acts of everybody
	Low        *float64 `json:"heldout_expected_low,omitempty"`  // 95 %, as far as
	High       *float64 `json:"heldout_expected_high,omitempty"` // parameters are unsure
	TotalError *float64 `json:"total_error,omitempty"`           // expected over actual, less 1
	MAE        *float64 `json:"mae,omitempty"`                   // by person
	RMSE       *float64 `json:"rmse,omitempty"`

	FitSeconds float64 `json:"fit_seconds"`
	Error      string  `json:"error,omitempty"` // why there is nothing

	byPerson []float64 // held-out log-likelihood
}

// Compare reads a log, splits it, and fits and asks every model.
func Compare(ctx context.Context, o Options) (Result, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if len(o.Touches) > 64 {
		return Result{}, fmt.Errorf("%d kinds of touches: at most 64 are possible", len(o.Touches))
	}
	if o.Dates != "" && o.Dates != "mdy" && o.Dates != "dmy" {
		return Result{}, fmt.Errorf("--dates %s: it is mdy or dmy", o.Dates)
	}
	l, err := read(ctx, o)
	if err != nil {
		return Result{}, err
	}
	return l.compare(ctx, o)
}

func read(ctx context.Context, o Options) (*Log, error) {
	if o.Map != nil {
		r, err := readMapped(ctx, o)
		if err != nil {
			return nil, err
		}
		return r.split(o)
	}
	if len(o.Acts)+len(o.Touches) > 0 {
		return nil, fmt.Errorf("--acts and --touches are events of a --map; a table of customer,time,amount holds acts only")
	}
	last := o.Now()
	r, err := readTable(o.Path, o.Dates, func(rows int) {
		if rows%4096 == 0 {
			if now := o.Now(); now.Sub(last) > 5*time.Second {
				last = now
				fmt.Fprintf(o.Progress, "%d rows read\n", rows)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return r.split(o)
}

func (l *Log) compare(ctx context.Context, o Options) (Result, error) {
	res := Result{
		File: o.Path, Split: l.Split, End: l.End, Unit: "week", ByDay: l.ByDay, FromStart: l.FromStart, People: len(l.People),
		Rows: l.Rows, LeftOut: l.LeftOut, Rejected: l.Rejected, Examples: l.Examples, Later: l.Later,
	}
	for _, c := range l.People {
		before := len(c.History(c.Before).Times)
		res.Repeats += before
		res.Actual += len(c.Acts) - before
	}
	state, serves, err := l.tried(ctx, o.Progress)
	if err != nil {
		return res, err
	}
	for _, c := range append(classics(), state) {
		if err := ctx.Err(); err != nil {
			return res, err
		}
		fmt.Fprintf(o.Progress, "fitting %s to %d people\n", c.name, len(l.People))
		start := o.Now()
		f, err := c.fit(l)
		if ctx.Err() != nil {
			return res, ctx.Err()
		}
		row := Row{Name: c.name, About: f.about, FitSeconds: o.Now().Sub(start).Seconds()}
		if err != nil {
			row.Error = err.Error()
		} else {
			row.ask(l, f)
		}
		res.Models = append(res.Models, row)
	}
	res.gains()
	res.Serves = serves
	res.Spend = l.worth()
	return res, nil
}

// ask compares what is expected of each person with what they did.
func (r *Row) ask(l *Log, f fitted) {
	r.Parameters = f.params
	if f.heldOut != nil {
		sum := 0.0
		r.byPerson = make([]float64, len(l.People))
		for i, c := range l.People {
			r.byPerson[i] = f.heldOut(c)
			sum += r.byPerson[i]
		}
		r.LogLik, r.HeldOut = number(f.logLik), number(sum)
	}
	if f.expected == nil {
		return
	}
	var expected, actual, absolute, squares float64
	for _, c := range l.People {
		e := f.expected(c, c.Until-c.Before)
		did := float64(len(c.Acts) - len(c.History(c.Before).Times))
		expected += e
		actual += did
		absolute += math.Abs(e - did)
		squares += (e - did) * (e - did)
	}
	n := float64(len(l.People))
	r.Expected, r.TotalError = number(expected), number(expected/actual-1)
	r.MAE, r.RMSE = number(absolute/n), number(math.Sqrt(squares/n))
	if f.total != nil {
		if low, high, ok := f.total(); ok {
			r.Low, r.High = number(low), number(high)
		}
	}
}

// gains says how much better each model is than the classical one that is best,
// with the standard error of a difference over people.
func (res *Result) gains() {
	var best *Row
	for i := range res.Models {
		if r := &res.Models[i]; r.Name != stateSpaceName && r.HeldOut != nil && (best == nil || *r.HeldOut > *best.HeldOut) {
			best = r
		}
	}
	if best == nil {
		return
	}
	res.Against = best.Name
	for i := range res.Models {
		if r := &res.Models[i]; r != best && r.HeldOut != nil {
			gain, se := difference(r.byPerson, best.byPerson)
			r.Gain, r.GainError = number(gain), number(se)
		}
	}
}

// difference is Σ(a-b), and its standard error over people.
func difference(a, b []float64) (sum, se float64) {
	n := float64(len(a))
	for i := range a {
		sum += a[i] - b[i]
	}
	squares := 0.0
	for i := range a {
		d := a[i] - b[i] - sum/n
		squares += d * d
	}
	if n < 2 {
		return sum, math.Inf(1)
	}
	return sum, math.Sqrt(squares * n / (n - 1))
}

// number is what JSON can hold.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// byLikelihood sorts rows for people: what has a likelihood by it, the best first.
func byLikelihood(rows []Row) []Row {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b Row) int {
		switch {
		case a.HeldOut == nil && b.HeldOut == nil:
			return 0
		case a.HeldOut == nil:
			return 1
		case b.HeldOut == nil:
			return -1
		}
		return cmp.Compare(*b.HeldOut, *a.HeldOut)
	})
	return out
}
