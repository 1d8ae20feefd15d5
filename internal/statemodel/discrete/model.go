package discrete

import (
	"fmt"
	"math"
)

// Series is what was counted of one person, in one period after the other, and in
// which bucket they were in each: what was done to them in period t drives how they
// come from t to t+1.
type Series struct {
	Counts  []int
	Buckets []int
}

// Data is series, and what is the same for everybody in a bucket: the covariates,
// the first of which is usually 1.
type Data struct {
	Series     []Series
	Covariates [][]float64 // by bucket
}

// Homogeneous is data whose transitions depend on nothing.
func Homogeneous(counts [][]int) Data {
	d := Data{Covariates: [][]float64{{1}}}
	for _, c := range counts {
		d.Series = append(d.Series, Series{c, make([]int, len(c))})
	}
	return d
}

func (d Data) check() error {
	for i, s := range d.Series {
		if len(s.Counts) == 0 || len(s.Counts) != len(s.Buckets) {
			return fmt.Errorf("series %d has %d counts and %d buckets: one each in each period", i, len(s.Counts), len(s.Buckets))
		}
		for t := range s.Counts {
			if s.Counts[t] < 0 || s.Buckets[t] < 0 || s.Buckets[t] >= len(d.Covariates) {
				return fmt.Errorf("series %d, period %d: count %d, bucket %d of %d", i, t, s.Counts[t], s.Buckets[t], len(d.Covariates))
			}
		}
	}
	if len(d.Series) == 0 {
		return fmt.Errorf("no series")
	}
	return nil
}

func (d Data) most() (most int) {
	for _, s := range d.Series {
		for _, y := range s.Counts {
			most = max(most, y)
		}
	}
	return most
}

// Model is a hidden Markov model. Person i is of type m with chance Types[m].Share,
// for good; in state k they count a Poisson number with mean Rate[k] × Types[m].Scale.
// From state i the next state is j with a chance in proportion to e^(Weights[i][j]·x)
// where x are the covariates of their bucket, and Weights[i][i] is 0.
type Model struct {
	Start   []float64
	Rate    []float64
	Weights [][][]float64
	Types   []Type
}

// Type is a kind of person.
type Type struct{ Share, Scale float64 }

// States is how many there are.
func (m *Model) States() int { return len(m.Rate) }

// transition writes the matrix of a bucket.
func (m *Model) transition(x []float64, to []float64) {
	n := m.States()
	for i := range n {
		row := to[i*n : (i+1)*n]
		top := math.Inf(-1)
		for j := range row {
			row[j] = 0
			for c, w := range m.Weights[i][j] {
				row[j] += w * x[c]
			}
			top = math.Max(top, row[j])
		}
		sum := 0.0
		for j := range row {
			row[j] = math.Exp(row[j] - top)
			sum += row[j]
		}
		for j := range row {
			row[j] /= sum
		}
	}
}

// tables are what a pass over the data looks up.
type tables struct {
	n     int
	move  []float64   // by bucket, from, to
	count [][]float64 // by type: by count, state: the chance of the count
	log   [][]float64 // by type: by count: the log of what count was divided by
}

// newTables computes the chances of all counts to most, scaled for each count so
// that the likeliest state has 1: no state is likely enough to underflow together.
func newTables(m *Model, covariates [][]float64, most int) *tables {
	n := m.States()
	t := &tables{n: n, move: make([]float64, len(covariates)*n*n)}
	for b, x := range covariates {
		m.transition(x, t.move[b*n*n:(b+1)*n*n])
	}
	for _, kind := range m.Types {
		count, scale := make([]float64, (most+1)*n), make([]float64, most+1)
		for y := range scale {
			top := math.Inf(-1)
			row := count[y*n : (y+1)*n]
			g, _ := math.Lgamma(float64(y) + 1)
			for k, rate := range m.Rate {
				row[k] = float64(y)*math.Log(rate*kind.Scale) - rate*kind.Scale - g
				top = math.Max(top, row[k])
			}
			for k := range row {
				row[k] = math.Exp(row[k] - top)
			}
			scale[y] = top
		}
		t.count, t.log = append(t.count, count), append(t.log, scale)
	}
	return t
}
