package statemodel

import (
	"math"

	"github.com/rapporthq/rapport/internal/fault"
)

// Each calls f for 0 to n−1, in any order and perhaps at the same time, and
// returns when all are done.
type Each func(n int, f func(i int))

// InTurn is the [Each] of one goroutine.
func InTurn(n int, f func(i int)) {
	for i := range n {
		f(i)
	}
}

// corpus is histories made ready for a form of model.
type corpus struct {
	paths  []path
	shards [][]path
	masks  []uint8
	spans  []span
	people float64
	scale  scale
}

// scale are the rates about which the priors are centred.
type scale struct {
	rate  []float64 // by kind, per day
	money []float64 // by kind: the mean amount
	drift float64   // per day
	exit  float64
}

// shardSize is how many paths are summed in one go. It does not depend on the
// machine, so that sums do not.
const shardSize = 512

func newCorpus(f Form, histories []History) (*corpus, error) {
	if len(histories) == 0 {
		return nil, fault.New(fault.Invalid, "no histories to fit a state model to")
	}
	c := &corpus{scale: scale{rate: fill(len(f.Kinds), 0), money: fill(len(f.Kinds), 1), drift: 1, exit: 1}}
	m := f.model(c.scale)
	shape := m.Shape()
	compile := m.compiler()
	days, amounts := 0.0, make([]float64, len(f.Kinds))
	for i, h := range histories {
		if err := h.Check(shape); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "history %d", i)
		}
		p := compile.path(h)
		c.paths = append(c.paths, p)
		days += h.End - h.Start
		for _, e := range h.Events {
			if e.Type == Own {
				c.scale.rate[e.Kind]++
			}
			if e.Type == Own && e.Amount > 0 {
				c.scale.money[e.Kind] += e.Amount
				amounts[e.Kind]++
			}
		}
	}
	if !(days > 0) {
		return nil, fault.New(fault.Invalid, "the histories span no time: there is nothing to learn of")
	}
	c.people = float64(len(histories))
	mean := days / c.people
	for k := range f.Kinds {
		c.scale.rate[k] = (c.scale.rate[k] + .5) / days
		c.scale.money[k] /= amounts[k] + 1
	}
	c.scale.drift, c.scale.exit = 3/mean, .5/mean
	c.paths = merge(c.paths)
	c.spans = spansOf(c.paths, f.Recovery)
	c.split()
	return c, nil
}

// acts are how many own acts there are.
func (c *corpus) acts() float64 {
	n := 0.0
	for i := range c.paths {
		for j := range c.paths[i].steps {
			if op := c.paths[i].steps[j].op; op == opOwn || op == opWithin {
				n += c.paths[i].weight
			}
		}
	}
	return n
}

func (c *corpus) split() {
	c.masks = masksOf(c.paths)
	c.shards = nil
	for from := 0; from < len(c.paths); from += shardSize {
		c.shards = append(c.shards, c.paths[from:min(from+shardSize, len(c.paths))])
	}
}

// sample is every n-th path, about size of them.
func (c *corpus) sample(size int) *corpus {
	if len(c.paths) <= size {
		return c
	}
	out := &corpus{scale: c.scale, spans: c.spans}
	stride := float64(len(c.paths)) / float64(size)
	for i := range size {
		p := c.paths[int(float64(i)*stride)]
		out.paths = append(out.paths, p)
		out.people += p.weight
	}
	out.split()
	return out
}

// expect is the E-step: the settled sums of all shards, merged in their order.
func (c *corpus) expect(m *Model, each Each) (*tables, *layout, []float64, error) {
	t, err := newTables(m, c.masks)
	if err != nil {
		return nil, nil, nil, err
	}
	t.tabulate(c.spans, true)
	l := t.layout()
	parts := make([][]float64, len(c.shards))
	each(len(c.shards), func(i int) {
		sums := make([]float64, l.size)
		w := newScratch(t.s, len(t.nodes))
		for j := range c.shards[i] {
			t.gather(&c.shards[i][j], &l, w, sums)
		}
		parts[i] = sums
	})
	sums := make([]float64, l.size)
	for _, p := range parts {
		for i, v := range p {
			sums[i] += v
		}
	}
	t.settle(&l, sums)
	if v := sums[l.ll]; math.IsNaN(v) || math.IsInf(v, 1) {
		return nil, nil, nil, fault.New(fault.Internal, "state model: the log likelihood is %v", v)
	}
	return t, &l, sums, nil
}
