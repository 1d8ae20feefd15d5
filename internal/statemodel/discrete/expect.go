package discrete

import "math"

// expected are the sufficient statistics of an E-step.
type expected struct {
	logLik float64
	start  []float64   // by state
	move   []float64   // by bucket, from, to
	count  [][]float64 // by type: by count, state
	kinds  []float64   // people by type
}

func newExpected(m *Model, buckets, most int) *expected {
	n := m.States()
	e := &expected{start: make([]float64, n), move: make([]float64, buckets*n*n), kinds: make([]float64, len(m.Types))}
	for range m.Types {
		e.count = append(e.count, make([]float64, (most+1)*n))
	}
	return e
}

func (e *expected) clear() {
	e.logLik = 0
	clear(e.start)
	clear(e.move)
	clear(e.kinds)
	for _, c := range e.count {
		clear(c)
	}
}

// pass is the memory of a forward and a backward pass.
type pass struct {
	alpha []float64 // by period, state; sums to 1 in each
	scale []float64 // by period: what alpha was divided by
	beta  []float64
	next  []float64
}

func newPass(n, periods int) *pass {
	return &pass{make([]float64, n*periods), make([]float64, periods), make([]float64, n), make([]float64, n)}
}

// forward is the scaled recursion of Rabiner (1989), section V.A. It returns the
// log-likelihood of a series of a person of one type.
func (p *pass) forward(s *Series, t *tables, start, count, log []float64) float64 {
	n := t.n
	logLik, product := 0.0, 1.0
	row := p.alpha[:n]
	for k, c := range count[s.Counts[0]*n : s.Counts[0]*n+n] {
		row[k] = start[k] * c
	}
	for period, y := range s.Counts {
		next := p.alpha[period*n : period*n+n]
		if period > 0 {
			b := s.Buckets[period-1] * n * n
			clear(next)
			for i, a := range row {
				for j, q := range t.move[b+i*n : b+i*n+n] {
					next[j] += a * q
				}
			}
			for k, c := range count[y*n : y*n+n] {
				next[k] *= c
			}
			row = next
		}
		sum := 0.0
		for _, a := range row {
			sum += a
		}
		p.scale[period] = sum
		for k := range row {
			row[k] /= sum
		}
		logLik += log[y]
		if product *= sum; product < 1e-200 {
			logLik += math.Log(product)
			product = 1
		}
	}
	return logLik + math.Log(product)
}

// backward adds what is expected of the series, by its weight, to e.
func (p *pass) backward(s *Series, t *tables, e *expected, kind int, weight float64) {
	n := t.n
	count, seen := t.count[kind], e.count[kind]
	for k := range p.beta {
		p.beta[k] = 1
	}
	for period := len(s.Counts) - 1; ; period-- {
		y := s.Counts[period]
		row := p.alpha[period*n : period*n+n]
		for k, a := range row {
			seen[y*n+k] += weight * a * p.beta[k]
		}
		if period == 0 {
			for k, a := range row {
				e.start[k] += weight * a * p.beta[k]
			}
			return
		}
		ahead := weight / p.scale[period]
		for k, c := range count[y*n : y*n+n] {
			p.next[k] = p.beta[k] * c / p.scale[period]
			p.beta[k] *= c * ahead // for the expected transitions below
		}
		b := s.Buckets[period-1] * n * n
		before := p.alpha[(period-1)*n : period*n]
		for i, a := range before {
			sum := 0.0
			move, to := t.move[b+i*n:b+i*n+n], e.move[b+i*n:b+i*n+n]
			for j, q := range move {
				sum += q * p.next[j]
				to[j] += a * q * p.beta[j]
			}
			row[i] = sum // alpha of this period is not needed any more
		}
		copy(p.beta, row)
	}
}

// expect is the E-step.
func expect(m *Model, d Data, t *tables, p []*pass, e *expected) {
	e.clear()
	logs := make([]float64, len(m.Types))
	for i := range d.Series {
		s := &d.Series[i]
		top := math.Inf(-1)
		for kind, of := range m.Types {
			logs[kind] = math.Log(of.Share) + p[kind].forward(s, t, m.Start, t.count[kind], t.log[kind])
			top = math.Max(top, logs[kind])
		}
		sum := 0.0
		for kind := range logs {
			logs[kind] = math.Exp(logs[kind] - top)
			sum += logs[kind]
		}
		e.logLik += top + math.Log(sum)
		for kind, w := range logs {
			if w /= sum; w > 1e-12 {
				e.kinds[kind] += w
				p[kind].backward(s, t, e, kind, w)
			}
		}
	}
}
