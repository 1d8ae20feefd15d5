package discrete

import "math"

// Predict tells, for every series and every period from from on, what its count was
// expected to be when all before it was known: the chances of 0 to most. The slice is
// valid until tell returns.
func (m *Model) Predict(d Data, from, most int, tell func(series, period int, chances []float64)) error {
	if err := d.check(); err != nil {
		return err
	}
	n := m.States()
	t := newTables(m, d.Covariates, max(most, d.most()))
	chances := make([]float64, most+1)
	states, next := make([][]float64, len(m.Types)), make([]float64, n)
	for k := range states {
		states[k] = make([]float64, n)
	}
	logs := make([]float64, len(m.Types))
	for i := range d.Series {
		s := &d.Series[i]
		for k, kind := range m.Types {
			copy(states[k], m.Start)
			logs[k] = math.Log(kind.Share)
		}
		for period, y := range s.Counts {
			if period >= from {
				m.mix(t, states, logs, chances)
				tell(i, period, chances)
			}
			move := t.move[s.Buckets[period]*n*n:][:n*n]
			for k := range states {
				sum := 0.0
				for j, c := range t.count[k][y*n : y*n+n] {
					states[k][j] *= c
					sum += states[k][j]
				}
				logs[k] += math.Log(sum) + t.log[k][y]
				clear(next)
				for a, p := range states[k] {
					for b, q := range move[a*n : a*n+n] {
						next[b] += p / sum * q
					}
				}
				copy(states[k], next)
			}
		}
	}
	return nil
}

// mix writes the chances of counts, over states and types.
func (m *Model) mix(t *tables, states [][]float64, logs, chances []float64) {
	top := math.Inf(-1)
	for _, l := range logs {
		top = math.Max(top, l)
	}
	all := 0.0
	for _, l := range logs {
		all += math.Exp(l - top)
	}
	clear(chances)
	for k, state := range states {
		w := math.Exp(logs[k]-top) / all
		if w < 1e-12 {
			continue
		}
		for y := range chances {
			sum := 0.0
			for j, c := range t.count[k][y*t.n : y*t.n+t.n] {
				sum += state[j] * c
			}
			chances[y] += w * sum * math.Exp(t.log[k][y])
		}
	}
}
