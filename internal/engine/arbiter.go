package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// verdict is a decision among everything that several goals could do for a
// person: what was considered, silence first, and what was drawn.
type verdict struct {
	options    []option
	candidates []event.Candidate // silence, and the options
	chosen     int               // of candidates
	at         event.Instant
	expected   event.Expectation
	record     decide.Record
	levers     []string
	forgone    float64
	arms       []event.ChoiceArm
	value      float64 // expected score under the probabilities
}

// competing lists the goals that want a choice for p now; first is the one that
// asked for it.
func (env *Env) competing(p *profile.Person, first string) []*definition.Goal {
	var out []*definition.Goal
	for i := range env.Defs.Goals {
		def := &env.Defs.Goals[i]
		g, joined := p.Goals[def.ID]
		if !joined || g.Arm != profile.Treated || len(channels(env.Defs, def)) == 0 || def.ID != first && !ready(p, def, g, env.Now) || !concerns(env, p, def) {
			continue
		}
		out = append(out, def)
	}
	return append(out, env.wanted(p)...)
}

// asking is what asks for a choice: a slot, or nothing in particular, where a
// delivery is chosen.
type asking struct {
	slot   string                  // empty: a delivery
	beside map[string]string       // slots of the same call, by the action, as goal/action, that they show
	scores map[string]float64      // of an outside model, by goal/action, in money
	unfit  map[string]event.Reason // what could not be written, by what option.key gives
	trials []trial                 // that bear on the choice
}

// arbitrate decides among everything that goals could do for p.
func (env *Env) arbitrate(p *profile.Person, goals []*definition.Goal, a asking, seed uint64) (verdict, error) {
	a.trials = env.trials(p, goals...)
	v, err := env.draw(p, env.options(p, goals, a, env.Settings.Levers), a, seed)
	if err != nil {
		return v, err
	}
	v.arms = env.exposure(&v, a.trials)
	if len(v.levers) == 0 {
		return v, nil
	}
	without, err := env.draw(p, env.options(p, goals, a, nil), a, seed)
	v.forgone = without.value - v.value
	return v, err
}

// way says which option a way of an offer is, and when it goes out.
type way struct {
	option int
	at     event.Instant
}

// draw decides among options.
func (env *Env) draw(p *profile.Person, options []option, a asking, seed uint64) (verdict, error) {
	s := env.states(p)
	offers, ways := env.offers(p, options, a, s)
	known := env.learned()
	if env.chooser == nil {
		env.chooser = new(decide.Chooser)
	}
	context := env.context(p, s)
	record, err := env.chooser.Decide(known.Posterior, offers, context, seed, exploration(a.trials))
	if err != nil {
		return verdict{}, err
	}
	v := verdict{options: options, record: record, candidates: candidatesOf(options), levers: leversOf(options)}
	if err := env.weigh(&v, ways, context, seed); err != nil {
		return verdict{}, err
	}
	d := record.Drawn
	v.expected = event.Expectation{Action: offers[d.Offer].Action, Context: context, Score: offers[d.Offer].Parts.Total(), Cost: offers[d.Offer].Parts.Cost}
	if s != nil {
		value := s.Value()
		v.expected.Value = &value
	}
	if d.Way >= 0 {
		w, taken := offers[d.Offer].Ways[d.Way], ways[d.Offer][d.Way]
		v.chosen, v.at = 1+taken.option, taken.at
		v.expected.Message, v.expected.Channel, v.expected.Hour = w.Message, w.Channel, w.Hour
		v.expected.Score += w.More
		v.expected.Cost += options[taken.option].setting.Cost
	}
	return v, nil
}

// offers makes offers of the options that are not withheld, one an action, with
// silence before them; and says of each way which option it is.
func (env *Env) offers(p *profile.Person, options []option, a asking, s States) (offers []decide.Offer, ways [][]way) {
	offers, ways = []decide.Offer{{Action: event.Silence}}, [][]way{nil}
	at := map[string]int{}
	var when []moment
	for i := range options {
		o := &options[i]
		if !o.why.IsZero() {
			continue
		}
		key := ActionKey(o.goal.ID, o.action.ID)
		n, known := at[key]
		if !known {
			n = len(offers)
			at[key] = n
			offers, ways = append(offers, decide.Offer{Action: key, Parts: env.parts(o.goal, o.action, s)}), append(ways, nil)
			offers[n].Parts.Outside = a.scores[key]
			when = []moment{{env.Now, hourOfWeek(env.Now, policy.Zone(p, env.Defs))}}
			if a.slot == "" {
				when = env.moments(p, o.goal, o.action)
			}
		}
		for _, m := range when {
			offers[n].Ways = append(offers[n].Ways, decide.Way{
				Message: messageKey(o.message.ID, o.setting), Channel: o.message.Channel, Hour: m.hour, More: 0 - o.setting.Cost, Favour: o.favour,
			})
			ways[n] = append(ways[n], way{i, m.at})
		}
	}
	pinned := slices.ContainsFunc(options, func(o option) bool { return o.pinned && o.why.IsZero() })
	for n := range offers {
		offers[n].Favour = shared(offers[n].Ways)
		if n == 0 && pinned {
			offers[0].Favour = -1
		}
	}
	return offers, ways
}

// shared moves what all ways of an offer are favoured by to the offer: among
// themselves it would make no difference.
func shared(ways []decide.Way) float64 {
	if len(ways) == 0 {
		return 0
	}
	most := ways[0].Favour
	for _, w := range ways {
		most = math.Max(most, w.Favour)
	}
	if !(most > -1) {
		return most
	}
	for i := range ways {
		ways[i].Favour = (1+ways[i].Favour)/(1+most) - 1
	}
	return most
}

func candidatesOf(options []option) []event.Candidate {
	out := make([]event.Candidate, 1, 1+len(options))
	out[0].Action = event.Silence
	for _, o := range options {
		out = append(out, event.Candidate{
			Goal: o.goal.ID, Action: o.action.ID, Message: o.message.ID, Channel: o.message.Channel, Withheld: o.why, Parameters: o.setting.Values,
		})
	}
	return out
}

func leversOf(options []option) []string {
	var out []string
	for _, o := range options {
		out = append(out, o.levers...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// weigh says of each candidate how probable it was and what it was thought to be
// worth, at its best hour.
func (env *Env) weigh(v *verdict, ways [][]way, context []float64, seed uint64) error {
	p, d := env.learned().Posterior, v.record.Drawn
	for i := range v.record.Offers {
		o := &v.record.Offers[i]
		shares := []float64{1}
		switch {
		case i == d.Offer && d.Way >= 0:
			shares = d.Ways
		case len(o.Ways) > 0:
			shares = env.chooser.Shares(p, o, context, seed, v.record.Explore, d.Offers[i])
		}
		if len(o.Ways) == 0 {
			mean, dev, trials, err := p.Effect(o.Action, decide.Place{}, context)
			if err != nil {
				return err
			}
			v.candidates[0].Probability = d.Offers[i]
			v.candidates[0].Worth = worthOf(o.Parts, 0, mean, dev, trials)
			v.value += float64(d.Offers[i] * (o.Parts.Total() + mean))
		}
		for w, to := range ways[i] {
			mean, dev, trials, err := p.Effect(o.Action, o.Ways[w].Place, context)
			if err != nil {
				return err
			}
			c := &v.candidates[1+to.option]
			c.Probability += float64(d.Offers[i] * shares[w])
			v.value += float64(d.Offers[i] * shares[w] * (o.Parts.Total() + o.Ways[w].More + mean))
			if is := worthOf(o.Parts, o.Ways[w].More, mean, dev, trials); c.Worth == nil || is.Score > c.Worth.Score {
				c.Worth = is
			}
		}
	}
	return nil
}

func worthOf(p decide.Parts, more, learned, deviation, trials float64) *event.Worth {
	round := func(x float64) float64 { return math.Round(x*1e4) / 1e4 }
	return &event.Worth{
		Margin: round(p.Margin), Cost: round(p.Cost - more), Movement: round(p.Movement), Price: round(p.Price), Shadow: round(p.Shadow), Outside: round(p.Outside),
		Learned: round(learned), Deviation: round(deviation), Trials: round(trials), Score: round(p.Total() + more + learned),
	}
}

// Choose makes the choice that is due for p. It changes nothing: the event it
// returns takes effect when it is read back from the journal.
func Choose(env *Env, p *profile.Person) (event.Event, bool) {
	c := p.Choosing
	if c == nil {
		return event.Event{}, false
	}
	body := event.ChoiceBody{
		ID: c.ID, Trigger: c.Trigger, Goal: c.Goal, Definition: env.Defs.Hash, Policy: decide.Fair, Seed: decide.Seed(env.Defs.Seed, c.ID, p.ID),
		Candidates: []event.Candidate{{Goal: c.Goal, Action: event.Silence, Probability: 1}}, Probability: 1,
		Reason: "Silence: the goal no longer works on this person.", Unscored: c.Unscored,
	}
	if goals := env.competing(p, c.Goal); len(goals) > 0 {
		v, err := env.arbitrate(p, goals, asking{scores: env.outside(p, c.Scores)}, body.Seed)
		if err != nil {
			body.Reason = fmt.Sprintf("Silence: what everything is worth could not be computed: %v.", err)
		} else {
			v.into(env, &body, goals)
		}
	}
	return env.choice(p, &body), true
}

// choice is a choice about p as the journal gets it.
func (env *Env) choice(p *profile.Person, body *event.ChoiceBody) event.Event {
	return event.Event{
		Kind: event.Choice, To: p.ID, Source: "engine", MessageID: "choice:" + body.ID.String(),
		Time: env.Now, ReceivedAt: env.Now, Body: event.Pack(body),
	}
}

// into writes the verdict down as a choice among goals.
func (v *verdict) into(env *Env, body *event.ChoiceBody, goals []*definition.Goal) {
	body.Candidates, body.Chosen, body.At, body.Expected = v.candidates, v.chosen, v.at, &v.expected
	body.Policy, body.Levers, body.Forgone = v.record.Drawn.Policy, v.levers, math.Round(v.forgone*1e6)/1e6
	body.Arms = v.arms
	if v.record.Explore.Mix == 1 {
		body.Policy = decide.Uniform
	}
	for _, g := range goals {
		body.Goals = append(body.Goals, g.ID)
	}
	body.Candidates[0].Goal = body.Goals[0]
	body.Goal = body.Candidates[body.Chosen].Goal
	body.Probability = body.Candidates[body.Chosen].Probability
	body.Reason = chosenBecause(env, body)
	if record, err := json.Marshal(v.record); err == nil { // numbers are finite: the chooser refuses others
		body.Record = record
	}
}

// chosenBecause is one sentence on what was chosen, and why.
func chosenBecause(env *Env, body *event.ChoiceBody) string {
	name := func(action string) string { return actionName(env.Defs, body.Goal, action) }
	c := body.Candidates[body.Chosen]
	if body.Policy != decide.Thompson || c.Worth == nil || body.Candidates[0].Worth == nil {
		return decide.Sentence(body.Candidates, body.Chosen, name)
	}
	more := c.Worth.Score - body.Candidates[0].Worth.Score
	if c.Action != event.Silence {
		return fmt.Sprintf("Chose %q via %s, with probability %.2f: thought to be worth %s than silence, give or take %.2f.",
			name(c.Action), c.Channel, c.Probability, env.moreOrLess(more), c.Worth.Deviation)
	}
	best := body.Candidates[0]
	for _, o := range body.Candidates[1:] {
		if o.Worth != nil && (best.Action == event.Silence || o.Worth.Score > best.Worth.Score) {
			best = o
		}
	}
	if best.Action == event.Silence {
		return decide.Sentence(body.Candidates, body.Chosen, name)
	}
	return fmt.Sprintf("Chose silence, with probability %.2f: the best of the others, %q, was thought to be worth %s, give or take %.2f.",
		c.Probability, actionName(env.Defs, best.Goal, best.Action), env.moreOrLess(best.Worth.Score-c.Worth.Score), best.Worth.Deviation)
}

// moreOrLess writes an amount as a comparison.
func (env *Env) moreOrLess(amount float64) string {
	if amount < 0 {
		return fmt.Sprintf("%.2f %s less", -amount, env.Defs.Currency)
	}
	return fmt.Sprintf("%.2f %s more", amount, env.Defs.Currency)
}

func actionName(ws *definition.Workspace, goal, action string) string {
	if a := ws.ActionOf(ActionKey(goal, action)); a != nil {
		return a.Name
	}
	return action
}
