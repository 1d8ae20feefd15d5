package statemodel

import "math"

// tables are a model made ready for computing: the eigensystems of every node and
// exposure, and flat copies of what the inner loops multiply by. They are read
// only, and may be shared.
type tables struct {
	m       *Model
	s       int // live states
	nodes   []node
	logw    []float64
	slot    [256]int16 // of an exposure mask, or -1
	masks   []uint8
	flows   []flow // by spectrum, then span; nil if there are too many
	spans   int
	spectra []spectrum    // by slot, then node
	factor  [][]float64   // θ^g by kind, then node
	move    [][][]float64 // by class, then bucket: flat
	after   [][][]float64 // by class, then outcome-1: flat, or nil
}

// newTables prepares a model for histories in which exposure has the masks.
func newTables(m *Model, masks []uint8) (*tables, error) {
	t := &tables{m: m, s: m.States(), nodes: m.Grid.nodes()}
	for i := range t.slot {
		t.slot[i] = -1
	}
	for _, n := range t.nodes {
		t.logw = append(t.logw, math.Log(n.weight)) // −Inf where nobody is
	}
	for _, k := range m.Kinds {
		f := make([]float64, len(t.nodes))
		for i, n := range t.nodes {
			f[i] = n.theta
			if k.Common {
				f[i] = 1
			}
		}
		t.factor = append(t.factor, f)
	}
	for _, c := range m.Touches {
		var buckets, outcomes [][]float64
		for _, k := range c.Move {
			buckets = append(buckets, flat(k))
		}
		for _, o := range c.Outcomes {
			var k []float64
			if o.Move != nil {
				k = flat(o.Move)
			}
			outcomes = append(outcomes, k)
		}
		t.move, t.after = append(t.move, buckets), append(t.after, outcomes)
	}
	for _, mask := range masks {
		if t.slot[mask] >= 0 {
			continue
		}
		t.slot[mask] = int16(len(t.masks)) //nolint:gosec // at most 256
		t.masks = append(t.masks, mask)
		for i := range t.nodes {
			sp, err := t.generator(i, mask).spectrum()
			if err != nil {
				return nil, err
			}
			t.spectra = append(t.spectra, sp)
		}
	}
	return t, nil
}

func flat(rows [][]float64) []float64 {
	var out []float64
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

// generator is D0 at a node while the kinds of the mask can be seen.
func (t *tables) generator(node int, mask uint8) generator {
	g := generator{up: t.m.Up, down: t.m.Down, exit: make([]float64, t.s), loss: make([]float64, t.s)}
	for i := range t.s {
		g.exit[i] = t.m.Exit[i] * t.nodes[node].eta
		for k, kind := range t.m.Kinds {
			if mask>>k&1 == 1 {
				g.loss[i] += kind.Rate[i] * t.factor[k][node]
			}
		}
	}
	return g
}

func (t *tables) spectrum(mask uint8, node int) *spectrum {
	return &t.spectra[int(t.slot[mask])*len(t.nodes)+node]
}

// masksOf lists the exposures that the paths need.
func masksOf(paths []path) []uint8 {
	var seen [256]bool
	for i := range paths {
		for j := range paths[i].steps {
			s := &paths[i].steps[j]
			seen[s.mask] = true
			if s.op == opWithin {
				seen[s.mask&^(1<<s.kind)] = true
			}
		}
	}
	var out []uint8
	for i, ok := range seen {
		if ok {
			out = append(out, uint8(i)) //nolint:gosec // below 256
		}
	}
	return out
}
