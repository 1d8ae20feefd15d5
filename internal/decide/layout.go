package decide

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Hours is the number of bins of a week that the learner tells apart: 4 hours
// each, from Monday 00:00 in the person's zone.
const Hours = 42

// Layout says which coefficients there are: for each action one block, in which
// the context stands in full, each message has deviations of its own by state,
// each channel of a message one, and each hour of a channel one.
//
// The levels are nested (action, message, channel) but for the hour, which
// deviates within action and channel, not within message: that a push at night
// is unwelcome holds whatever it says, and cells by message would stay empty.
//
// A layout is made from definitions alone, so that every partition makes the
// same. It must not be changed once made.
type Layout struct {
	Version string // recorded with what was learned

	form             string // of the contexts
	context, byState int
	blocks           []block
	index            map[string]int
}

// ActionShape is an action as declared: its messages, and the channels of each.
type ActionShape struct {
	ID       string
	Messages []MessageShape
}

// MessageShape is a message and the channels it can go by.
type MessageShape struct {
	ID       string
	Channels []string
}

// block is where the cells of one action lie among its coefficients.
type block struct {
	id    string
	size  int
	level []uint8 // of each coefficient: 0 action, 1 message, 2 channel, 3 hour
	names []string
	at    map[string]int
}

// levels counts the levels of the hierarchy.
const levels = 4

// NewLayout lays out the coefficients for actions, silence besides. The context
// has the given length: a leading 1, then one number for each of the states, then
// whatever else.
func NewLayout(context, states int, actions []ActionShape) (*Layout, error) {
	if context < 1+states || states < 0 {
		return nil, fmt.Errorf("a context of %d numbers cannot hold 1 and %d states", context, states)
	}
	l := &Layout{context: context, byState: 1 + states, index: map[string]int{}}
	for _, a := range append([]ActionShape{{ID: silence}}, actions...) {
		if _, twice := l.index[a.ID]; twice {
			return nil, fmt.Errorf("action %q is declared twice", a.ID)
		}
		b := block{id: a.ID, at: map[string]int{}}
		b.add("", 0, context)
		for _, m := range a.Messages {
			b.add(m.ID, 1, l.byState)
			for _, c := range m.Channels {
				b.add(key(m.ID, c), 2, 1)
				for h := range Hours {
					b.add(hourKey(c, h), 3, 1)
				}
			}
		}
		l.index[a.ID] = len(l.blocks)
		l.blocks = append(l.blocks, b)
	}
	names := make([]string, 0, len(l.blocks))
	for i := range l.blocks {
		names = append(names, l.blocks[i].id+":"+strings.Join(l.blocks[i].names, ","))
	}
	l.Version = fmt.Sprintf("layout/1/%d/%d/%016x", context, states, hash(names))
	return l, nil
}

// In returns the layout for contexts that hold what form says. Statistics do not
// move between layouts of different forms.
func (l *Layout) In(form string) *Layout {
	out := *l
	out.form = form
	out.Version = fmt.Sprintf("%s/%08x", l.Version, uint32(hash([]string{form}))) //nolint:gosec // a part of a hash
	return &out
}

// add makes room for a cell unless there is one.
func (b *block) add(name string, level uint8, size int) {
	if _, there := b.at[name]; there {
		return
	}
	b.at[name] = b.size
	b.size += size
	for range size {
		b.level = append(b.level, level)
	}
	b.names = append(b.names, name)
}

func key(message, channel string) string { return message + "\x00" + channel }

func hourKey(channel string, hour int) string { return fmt.Sprintf("\x00%s\x00%d", channel, hour) }

// Place is where a message by a channel at an hour lies in its action's block.
// The zero value is no message: the action as such.
type Place struct{ message, channel, hour int }

// Place resolves names to a place. It is an error if the layout has no such cell.
func (l *Layout) Place(action, message, channel string, hour int) (Place, error) {
	i, ok := l.index[action]
	if !ok {
		return Place{}, fmt.Errorf("action %q is not among those that were laid out", action)
	}
	if message == "" && channel == "" {
		return Place{}, nil
	}
	b := &l.blocks[i]
	m, ok1 := b.at[message]
	c, ok2 := b.at[key(message, channel)]
	h, ok3 := b.at[hourKey(channel, hour)]
	if message == "" || !ok1 || !ok2 || !ok3 {
		return Place{}, fmt.Errorf("action %q has no message %q by channel %q at hour %d of %d", action, message, channel, hour, Hours)
	}
	return Place{m, c, h}, nil
}

// features lists the coefficients that count at a place, with their factors.
func (l *Layout) features(p Place, context []float64, indices []int, factors []float64) ([]int, []float64) {
	for i, x := range context {
		indices, factors = append(indices, i), append(factors, x)
	}
	return l.extras(p, context, indices, factors)
}

// extras are the features of a place beyond those of its action.
func (l *Layout) extras(p Place, context []float64, indices []int, factors []float64) ([]int, []float64) {
	if p.message == 0 {
		return indices, factors
	}
	for i, x := range context[:l.byState] {
		indices, factors = append(indices, p.message+i), append(factors, x)
	}
	return append(indices, p.channel, p.hour), append(factors, 1, 1)
}

// Statistics is what was learned of the actions of a layout, as sums: those of
// partitions add up to those of all, in any order but for rounding.
type Statistics struct {
	Layout string    `json:"layout"`
	Blocks []Moments `json:"blocks"`
}

// Moments are the weighted sums over the decisions for one action, of the
// products of its features (upper triangle by rows), of features times reward,
// of squared rewards, and of weights.
type Moments struct {
	XX []float64 `json:"xx"`
	XY []float64 `json:"xy"`
	YY float64   `json:"yy"`
	N  float64   `json:"n"`
}

// NewStatistics returns those of no decisions.
func (l *Layout) NewStatistics() *Statistics {
	s := &Statistics{Layout: l.Version, Blocks: make([]Moments, len(l.blocks))}
	for i := range l.blocks {
		n := l.blocks[i].size
		s.Blocks[i] = Moments{XX: make([]float64, n*(n+1)/2), XY: make([]float64, n)}
	}
	return s
}

// Observe adds one decision whose reward is known: the action chosen, where in
// it, the context at that time, and how much more it earned, in money, than the
// state model foretold: its reward less [Parts.Total].
func (l *Layout) Observe(s *Statistics, action string, p Place, context []float64, residual, weight float64) error {
	m, n, err := l.moments(s, action, context)
	if err != nil {
		return err
	}
	at, x := l.features(p, context, nil, nil)
	for j := range at {
		m.XY[at[j]] += float64(weight * x[j] * residual)
		for k := range at {
			if at[k] >= at[j] {
				m.XX[row(at[j], n)+at[k]] += float64(weight * x[j] * x[k])
			}
		}
	}
	m.YY += float64(weight * residual * residual)
	m.N += weight
	return nil
}

// Correct replaces the residual of a decision that was observed before with a
// better one: a reward is known at the end of its window, and again later. The
// weight is that of the observation now, after whatever was forgotten since.
func (l *Layout) Correct(s *Statistics, action string, p Place, context []float64, was, is, weight float64) error {
	m, _, err := l.moments(s, action, context)
	if err != nil {
		return err
	}
	at, x := l.features(p, context, nil, nil)
	for j := range at {
		m.XY[at[j]] += float64(weight * x[j] * (is - was))
	}
	m.YY += float64(weight * (is*is - was*was))
	return nil
}

func (l *Layout) moments(s *Statistics, action string, context []float64) (*Moments, int, error) {
	i, ok := l.index[action]
	switch {
	case !ok:
		return nil, 0, fmt.Errorf("action %q is not among those that were laid out", action)
	case s.Layout != l.Version || len(s.Blocks) != len(l.blocks):
		return nil, 0, fmt.Errorf("the statistics are of %s, not of %s", s.Layout, l.Version)
	case len(context) != l.context:
		return nil, 0, fmt.Errorf("the context has %d numbers instead of %d", len(context), l.context)
	}
	return &s.Blocks[i], l.blocks[i].size, nil
}

// row is where row i of the upper triangle of an n by n matrix begins, less i.
func row(i, n int) int { return i*n - i*(i+1)/2 }

// Merge adds what another partition learned.
func (s *Statistics) Merge(o *Statistics) error {
	if s.Layout != o.Layout {
		return fmt.Errorf("the statistics are of %s and of %s: move one to the other's layout first", s.Layout, o.Layout)
	}
	for i := range s.Blocks {
		a, b := &s.Blocks[i], &o.Blocks[i]
		for j, v := range b.XX {
			a.XX[j] += v
		}
		for j, v := range b.XY {
			a.XY[j] += v
		}
		a.YY += b.YY
		a.N += b.N
	}
	return nil
}

// Forgetting is the factor by which a week makes what was learned before it
// count less, so that drift is followed: half is forgotten in 23 weeks.
const Forgetting = 0.97

// Forget makes everything learned so far count by a factor.
func (s *Statistics) Forget(factor float64) {
	for i := range s.Blocks {
		m := &s.Blocks[i]
		for j := range m.XX {
			m.XX[j] *= factor
		}
		for j := range m.XY {
			m.XY[j] *= factor
		}
		m.YY *= factor
		m.N *= factor
	}
}

// Move carries statistics of an older layout over to this one: what both have
// keeps what was learned, what is new starts from nothing. The contexts must be
// of the same form.
func (l *Layout) Move(s *Statistics, from *Layout) (*Statistics, error) {
	if s.Layout != from.Version || len(s.Blocks) != len(from.blocks) {
		return nil, fmt.Errorf("the statistics are of %s, not of %s", s.Layout, from.Version)
	}
	if l.context != from.context || l.byState != from.byState || l.form != from.form {
		return nil, errors.New("the contexts of the two layouts differ: learning has to begin again")
	}
	out := l.NewStatistics()
	for i := range l.blocks {
		j, ok := from.index[l.blocks[i].id]
		if !ok {
			continue
		}
		to, old := &l.blocks[i], &from.blocks[j]
		var here, there []int // matching coefficients
		for _, name := range to.names {
			k, ok := old.at[name]
			if !ok {
				continue
			}
			for c := range to.sizeOf(name) {
				here, there = append(here, to.at[name]+c), append(there, k+c)
			}
		}
		a, b := &out.Blocks[i], &s.Blocks[j]
		a.YY, a.N = b.YY, b.N
		for u := range here {
			a.XY[here[u]] = b.XY[there[u]]
			for v := u; v < len(here); v++ {
				a.XX[row(min(here[u], here[v]), to.size)+max(here[u], here[v])] = b.XX[row(min(there[u], there[v]), old.size)+max(there[u], there[v])]
			}
		}
	}
	return out, nil
}

// sizeOf is the number of coefficients of a cell.
func (b *block) sizeOf(name string) int {
	at := b.at[name]
	next := b.size
	for _, other := range b.at {
		if other > at {
			next = min(next, other)
		}
	}
	return next - at
}

// Actions lists the ids of the actions that are laid out, silence first.
func (l *Layout) Actions() []string {
	out := make([]string, 0, len(l.blocks))
	for i := range l.blocks {
		out = append(out, l.blocks[i].id)
	}
	return slices.Clip(out)
}
