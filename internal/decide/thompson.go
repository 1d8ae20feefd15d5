package decide

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// The policies of this version, as recorded with a decision.
const (
	Fair     = "fair/1"     // some of the actions are too young: they get an equal share, see Exploration.Trials
	Thompson = "thompson/1" // the posterior decided, but for the floor of exploration
)

// Offer is an action that may be taken for a person now, or silence, with the
// ways of taking it. The first offer must be silence, which has no ways.
type Offer struct {
	Action string `json:"action"`
	Parts  Parts  `json:"parts"` // what all its ways have in common
	Ways   []Way  `json:"ways,omitempty"`

	// Favour is somebody's thumb on the scale: how much more likely than by itself
	// the offer is to be drawn. 1 doubles its odds, -1 rules it out.
	Favour float64 `json:"favour,omitempty"`
}

// Way is a message by a channel at an hour of the week.
type Way struct {
	Message string `json:"message"`
	Channel string `json:"channel"`
	Hour    int    `json:"hour"` // bin of the week, 0 to Hours-1

	// More is what this way is worth beyond what the action's ways have in
	// common, in money: less cost of the channel, say, or a lower price of
	// attention.
	More float64 `json:"more"`

	Favour float64 `json:"favour,omitempty"` // see Offer

	Place Place `json:"-"` // where it is laid out: see [Layout.Place]
}

// Exploration says how much is left to chance. The zero value is the default.
type Exploration struct {
	Draws  int     `json:"draws"`  // from the posterior, at each of the two levels. Defaults to 64.
	Mix    float64 `json:"mix"`    // share that is drawn evenly. Defaults to 0.05.
	Floor  float64 `json:"floor"`  // no candidate is drawn with a smaller probability. Defaults to 0.002.
	Spread float64 `json:"spread"` // α: factor on the posterior's deviations. Defaults to 1.
	Trials float64 `json:"trials"` // decisions below which an action gets an equal share. Defaults to 30.
}

func (e Exploration) withDefaults() Exploration {
	return Exploration{
		Draws: cmp.Or(e.Draws, 64), Mix: cmp.Or(e.Mix, 0.05), Floor: cmp.Or(e.Floor, 0.002),
		Spread: cmp.Or(e.Spread, 1), Trials: cmp.Or(e.Trials, 30),
	}
}

// maxWays is how many ways of one action are drawn among. With more, those that
// are neither good nor unknown are left out, which the floor would do as well.
const maxWays = 32

// Drawn is a choice and its probabilities. Its slices belong to the Chooser and
// hold until the next choice.
type Drawn struct {
	Offer       int     `json:"offer"`
	Way         int     `json:"way"` // -1: the action has none
	Probability float64 `json:"probability"`
	Policy      string  `json:"policy"`

	// Offers are the probabilities of the actions, and Ways those of the ways of
	// the chosen one given it: the choice's is their product.
	Offers []float64 `json:"offers"`
	Ways   []float64 `json:"ways,omitempty"`
}

// Chooser draws choices. The zero value is ready; it keeps room between calls
// and must not be used by two goroutines at once.
type Chooser struct {
	idx            []int
	x, y           []float64
	mean, dev      []float64
	best           []int
	cov, low, cell []float64
	offers, ways   []float64
	kept           []int
	wayMean        []float64
}

// Choose draws an action, and then one of its ways, by Thompson sampling
// (Thompson 1933; Chapelle & Li 2011, "An Empirical Evaluation of Thompson
// Sampling") with probabilities that are known exactly, so that the log can be
// evaluated for other policies.
//
// The probability of being best under the posterior has no closed form. So it is
// estimated by the share of wins among a number of joint draws, mixed with an even
// split, those below the floor are dropped, and then *the choice is drawn from
// the result*: whatever the estimate's error, the probability that is recorded is
// that of the choice. Draws and choice depend on the seed alone.
//
// An action stands for the way of it that is best by its mean; among the ways of
// the action that was drawn, draws are joint. Two levels of n draws instead of n
// for each of 200 candidates are what makes this a matter of microseconds.
func (c *Chooser) Choose(p *Posterior, offers []Offer, context []float64, seed uint64, e Exploration) (Drawn, error) {
	if len(offers) == 0 || offers[0].Action != silence || len(offers[0].Ways) > 0 {
		return Drawn{}, errors.New("the first offer must be silence, without ways")
	}
	if len(context) != p.layout.context {
		return Drawn{}, fmt.Errorf("the context has %d numbers instead of %d", len(context), p.layout.context)
	}
	e = e.withDefaults()
	r := rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)) //nolint:gosec // a recorded draw, not a secret
	young, err := c.appraise(p, offers, context, e)
	if err != nil {
		return Drawn{}, err
	}
	d := Drawn{Policy: Thompson, Way: -1}
	c.offers = grow(c.offers, len(offers))
	c.wins(r, e, c.offers)
	if young > 0 {
		d.Policy = Fair
	}
	c.shareOffers(p, offers, e, young)
	favour(c.offers, func(i int) float64 { return offers[i].Favour })
	d.Offers = c.offers
	d.Offer = pick(r, c.offers)
	d.Probability = c.offers[d.Offer]
	if ways := offers[d.Offer].Ways; len(ways) > 0 {
		c.weighWays(r, p, &offers[d.Offer], context, e, d.Probability)
		favour(c.ways, func(i int) float64 { return ways[i].Favour })
		d.Ways = c.ways
		d.Way = pick(r, c.ways)
		d.Probability *= c.ways[d.Way]
	}
	return d, nil
}

// appraise finds the mean and deviation of each offer's best way, and counts the
// offers that are young.
func (c *Chooser) appraise(p *Posterior, offers []Offer, context []float64, e Exploration) (young int, err error) {
	c.mean, c.dev, c.best = grow(c.mean, len(offers)), grow(c.dev, len(offers)), c.best[:0]
	for i := range offers {
		o := &offers[i]
		k, ok := p.layout.index[o.Action]
		if !ok {
			return 0, fmt.Errorf("action %q is not among those that were laid out", o.Action)
		}
		d, n := &p.blocks[k], p.layout.blocks[k].size
		if o.young(d, e) {
			young++
		}
		base := o.Parts.Total()
		for j, v := range context {
			base += float64(d.mean[j] * v)
		}
		at, best := Place{}, -1
		top := 0.0
		for w := range o.Ways {
			if v := o.Ways[w].More + c.extra(p, d, o.Ways[w].Place, context); best < 0 || v > top {
				top, best, at = v, w, o.Ways[w].Place
			}
		}
		c.idx, c.x = p.layout.features(at, context, c.idx[:0], c.x[:0])
		c.mean[i], c.dev[i] = base+top, e.Spread*math.Sqrt(quadratic(d.cov, n, c.idx, c.x))
		if math.IsNaN(c.mean[i]) || math.IsInf(c.mean[i], 0) {
			return 0, fmt.Errorf("the score of action %q is %v", o.Action, c.mean[i])
		}
		c.best = append(c.best, best)
	}
	return young, nil
}

// young reports whether too little is known of an offer to weigh it: nobody has tried
// it often, and no model of the company's own says what it is worth.
func (o *Offer) young(d *normal, e Exploration) bool {
	return d.trials < e.Trials && o.Parts.Outside == 0
}

// extra is the mean effect of a place beyond that of its action.
func (c *Chooser) extra(p *Posterior, d *normal, at Place, context []float64) float64 {
	if at.message == 0 {
		return 0
	}
	sum := d.mean[at.channel] + d.mean[at.hour]
	for i, v := range context[:p.layout.byState] {
		sum += float64(d.mean[at.message+i] * v)
	}
	return sum
}

// wins sets into to the share of draws in which each of independent scores is
// the highest.
func (c *Chooser) wins(r *rand.Rand, e Exploration, into []float64) {
	clear(into)
	one := 1 / float64(e.Draws)
	for range e.Draws {
		best, top := 0, math.Inf(-1)
		for i := range into {
			if v := c.mean[i] + float64(c.dev[i]*r.NormFloat64()); v > top {
				best, top = i, v
			}
		}
		into[best] += one
	}
}

// shareOffers makes probabilities out of the shares of wins: young actions get
// an equal share, the others divide the rest by their wins; then comes the even
// part, and the floor.
func (c *Chooser) shareOffers(p *Posterior, offers []Offer, e Exploration, young int) {
	n, old := float64(len(offers)), 0.0
	isYoung := func(i int) bool { return young > 0 && offers[i].young(&p.blocks[p.layout.index[offers[i].Action]], e) }
	for i := range offers {
		if !isYoung(i) {
			old += c.offers[i]
		}
	}
	rest := (n - float64(young)) / n
	for i := range offers {
		switch {
		case isYoung(i):
			c.offers[i] = 1 / n
		case old > 0:
			c.offers[i] *= rest / old
		default:
			c.offers[i] = rest / (n - float64(young))
		}
	}
	mix(c.offers, e.Mix, e.Floor)
}

// mix adds an even part, drops what is below the floor, unless it is the largest,
// and makes the rest sum to 1.
func mix(p []float64, even, floor float64) {
	n, largest := float64(len(p)), 0
	for i := range p {
		p[i] = float64((1-even)*p[i]) + even/n
		if p[i] > p[largest] {
			largest = i
		}
	}
	sum := 0.0
	for i := range p {
		if p[i] < floor && i != largest {
			p[i] = 0
		}
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}

// Shares returns the probabilities of the ways of an offer that was not drawn, had
// it been, given that of the offer: by draws of their own, since nothing was drawn
// among them. The slice holds until the next call.
func (c *Chooser) Shares(p *Posterior, o *Offer, context []float64, seed uint64, e Exploration, given float64) []float64 {
	r := rand.New(rand.NewPCG(seed, hash([]string{o.Action}))) //nolint:gosec // a recorded draw, not a secret
	c.weighWays(r, p, o, context, e.withDefaults(), max(given, e.withDefaults().Floor))
	favour(c.ways, func(i int) float64 { return o.Ways[i].Favour })
	return c.ways
}

// favour moves probabilities by what somebody wants, and makes them sum to 1
// again. Where nothing is left they stay as they are: somebody has ruled out all.
func favour(p []float64, of func(int) float64) {
	sum, moved := 0.0, false
	for i := range p {
		f := of(i)
		moved = moved || f != 0
		sum += float64(p[i] * max(0, 1+f))
	}
	if !moved || !(sum > 0) {
		return
	}
	for i := range p {
		p[i] = float64(p[i]*max(0, 1+of(i))) / sum
	}
}

// pick draws an index by its probability.
func pick(r *rand.Rand, p []float64) int {
	u, last := r.Float64(), 0
	for i, v := range p {
		if v > 0 {
			last = i
			if u < v {
				return i
			}
			u -= v
		}
	}
	return last
}

// weighWays sets c.ways to the probabilities of an offer's ways, given that it
// was drawn with probability given.
func (c *Chooser) weighWays(r *rand.Rand, p *Posterior, o *Offer, context []float64, e Exploration, given float64) {
	k := p.layout.index[o.Action]
	d, n := &p.blocks[k], p.layout.blocks[k].size
	c.ways = grow(c.ways, len(o.Ways))
	clear(c.ways)
	c.preselect(p, o, d, n, context, e)
	m := len(c.kept)
	if m == 1 {
		c.ways[c.kept[0]] = 1
		return
	}
	c.covariance(p, o, d, n, context)
	if !cholesky(c.cov, m) {
		// Ways that share all cells have scores that move as one: only means count.
		clear(c.cov)
	}
	wins := grow(c.low, m)
	c.low = wins
	clear(wins)
	z := grow(c.y, m)
	c.y = z
	one := 1 / float64(e.Draws)
	for range e.Draws {
		best, top := 0, math.Inf(-1)
		for i := range m {
			z[i] = r.NormFloat64()
			v := 0.0
			for j, l := range c.cov[i*m : i*m+i+1] {
				v += float64(l * z[j])
			}
			if v = c.wayMean[i] + float64(e.Spread*v); v > top {
				best, top = i, v
			}
		}
		wins[best] += one
	}
	mix(wins, e.Mix, e.Floor/given)
	for i, w := range c.kept {
		c.ways[w] = wins[i]
	}
}

// preselect keeps at most maxWays ways, by the upper end of what they may be
// worth, and their means.
func (c *Chooser) preselect(p *Posterior, o *Offer, d *normal, n int, context []float64, e Exploration) {
	c.kept, c.wayMean = c.kept[:0], c.wayMean[:0]
	for w := range o.Ways {
		c.kept = append(c.kept, w)
	}
	if len(c.kept) > maxWays {
		c.cell = grow(c.cell, len(o.Ways))
		for w := range o.Ways {
			at := o.Ways[w].Place
			c.idx, c.x = p.layout.extras(at, context, c.idx[:0], c.x[:0])
			c.cell[w] = o.Ways[w].More + c.extra(p, d, at, context) + 2*e.Spread*math.Sqrt(quadratic(d.cov, n, c.idx, c.x))
		}
		slices.SortStableFunc(c.kept, func(a, b int) int { return cmp.Compare(c.cell[b], c.cell[a]) })
		c.kept = c.kept[:maxWays]
		slices.Sort(c.kept)
	}
	for _, w := range c.kept {
		c.wayMean = append(c.wayMean, o.Ways[w].More+c.extra(p, d, o.Ways[w].Place, context))
	}
}

// covariance sets the lower triangle of c.cov to that of the scores of the kept
// ways. What they share with the action as such moves all of them alike and is
// left out: only differences decide. A little is added to the diagonal, so that
// ways which move as one do not stop the factorisation.
func (c *Chooser) covariance(p *Posterior, o *Offer, d *normal, n int, context []float64) {
	m := len(c.kept)
	c.cov = grow(c.cov, m*m)
	// q = Σ·e of one way at a time, at the rows of every way's extras.
	for i := range m {
		c.idx, c.x = p.layout.extras(o.Ways[c.kept[i]].Place, context, c.idx[:0], c.x[:0])
		for j := range i + 1 {
			c.cov[i*m+j] = c.between(p, d, n, o.Ways[c.kept[j]].Place, context)
		}
		c.cov[i*m+i] += 1e-12 + 1e-9*c.cov[i*m+i]
	}
}

// between is the covariance of the extras in c.idx with those of a place.
func (c *Chooser) between(p *Posterior, d *normal, n int, at Place, context []float64) float64 {
	if at.message == 0 {
		return 0
	}
	sum := 0.0
	for a, i := range c.idx {
		line := d.cov[i*n : (i+1)*n]
		cross := line[at.channel] + line[at.hour]
		for k, v := range context[:p.layout.byState] {
			cross += float64(line[at.message+k] * v)
		}
		sum += float64(c.x[a] * cross)
	}
	return sum
}

// grow returns s with length n, its contents unspecified.
func grow(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n, 2*n)
	}
	return s[:n]
}
