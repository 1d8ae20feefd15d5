package engine

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// The windows, in days, after which it is looked at what came of a choice. By the
// end of the first it is learned from. The second tells what lasted, and corrects
// what was learned where the state model makes the two comparable: without it the
// longer window would only hold more money, for whatever was tried long ago.
const (
	firstWindow  = 14
	secondWindow = 56
	matureWindow = 182 // half a year: see decide.Mature
)

// stake begins to wait for what comes of a choice. Silence is served at once, all
// else when the channel has taken it; and of a slot both when it was seen.
func stake(env *Env, p *profile.Person, body *event.Chosen) {
	if body.Expected == nil {
		return
	}
	c := body.Candidate
	s := profile.Stake{
		ID: body.ID, Goal: c.Goal, Action: c.Action, At: env.Now, Call: body.Call, Expected: *body.Expected,
		Served: c.Action == event.Silence && body.Slot == "", Model: env.root(),
	}
	takeStakes(env, p, []profile.Stake{s})
}

// takeStakes adds what p waits for.
func takeStakes(env *Env, p *profile.Person, stakes []profile.Stake) {
	p.PutStakes(stakes...)
	for _, s := range stakes {
		if s.Served {
			env.awaitOutcome(p, &s)
		}
	}
}

func (env *Env) awaitOutcome(p *profile.Person, s *profile.Stake) {
	window := firstWindow
	if s.First != nil {
		window = secondWindow
	}
	p.SetTimer(profile.Timer{Due: max(env.Now, s.At.Add(days24(window))), Kind: profile.OutcomeTimer, Ref: s.ID.String()})
}

func days24(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// served notes that what was chosen has reached its channel; what never does is not
// learned from.
func served(env *Env, fx *Effects, p *profile.Person, delivery string, sent bool) {
	for i := range p.Stakes {
		s := &p.Stakes[i]
		if s.Served || s.ID.Delivery() != delivery {
			continue
		}
		if !sent {
			p.Unstake(s.ID)
			return
		}
		env.serve(fx, p, s)
		return
	}
}

// serve notes that what was chosen is seen from now on.
func (env *Env) serve(fx *Effects, p *profile.Person, s *profile.Stake) {
	s.Served, s.At = true, env.Now
	if s.Action != event.Silence {
		fx.Used = append(fx.Used, Use{Goal: s.Goal, Action: s.Action, Money: s.Expected.Cost, Units: 1})
	}
	env.awaitOutcome(p, s)
}

// Use is what was used up, or did harm, by a touch.
type Use struct {
	Goal    string
	Action  string
	Money   float64
	Units   int
	Measure definition.Measure // empty: nothing was harmed
}

// harmed notes that a goal did harm by a touch.
func harmed(fx *Effects, p *profile.Person, delivery string, how definition.Measure) {
	if t, ok := p.Touch(delivery); ok && t.Goal != "" {
		fx.Used = append(fx.Used, Use{Goal: t.Goal, Action: t.Action, Measure: how})
	}
}

// unsubscribeWindow is for how long after a touch a withdrawal of consent is laid
// at its door.
const unsubscribeWindow = 3 * 24 * time.Hour

// withdrew notes that p withdrew consent soon after a touch.
func withdrew(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.ConsentBody](e)
	if err != nil || body.Given {
		return
	}
	for _, t := range slices.Backward(p.Touches) {
		if t.Shown {
			continue
		}
		if env.Now.Sub(t.Time) < unsubscribeWindow {
			harmed(fx, p, t.Delivery, definition.Unsubscribes)
		}
		return
	}
}

// accrue adds what e earned to the choices whose outcome is awaited. What counts is
// the money of the first goal whose KPI names the event, as the goal's margin and
// discount have it.
func accrue(env *Env, p *profile.Person, e event.Event) {
	if len(p.Stakes) == 0 && p.Maturing == nil {
		return
	}
	for _, def := range env.Defs.Programs() {
		m, ok := profile.MoneyOf(&e, def.KPI, env.Defs.Currency)
		if !ok || m.Currency != env.Defs.Currency {
			continue
		}
		for k := range p.Stakes {
			s := &p.Stakes[k]
			days := float64(e.Time.Sub(s.At)) / float64(24*time.Hour)
			if !s.Served || days <= 0 {
				continue
			}
			worth := event.Micros(math.Round(float64(float64(m.Amount) * def.Margin * math.Exp(-rate(def)*days))))
			for w, window := range [2]float64{firstWindow, secondWindow} {
				if days <= window {
					s.Margin[w] += worth
				}
			}
		}
		if is := p.Maturing; is != nil {
			days := float64(e.Time.Sub(is.At)) / float64(24*time.Hour)
			if days > firstWindow && days < matureWindow {
				is.Later += event.Micros(math.Round(float64(float64(m.Amount) * def.Margin * math.Exp(-rate(def)*days))))
			}
		}
		return
	}
}

// Matured is what came of a choice in half a year: see decide.Mature.
type Matured struct {
	Goal, Action, Model string
	Gain, Before, Later float64
}

// matureRef begins the reference of a timer that looks at what has matured.
const matureRef = "mature:"

// mature begins to wait for half a year of a choice whose first window is over, where
// states have a value and nothing of the person is waited for already. Which choice
// that is hangs on nothing that comes later. Where another model came into force since
// the choice, the two values are not of one scale. What is waited for of another model
// is given up: the one in force is to be judged soon.
func (env *Env) mature(p *profile.Person, s *profile.Stake, body *event.OutcomeBody) {
	if body.Later == nil || s.Model != env.root() || p.Maturing != nil && p.Maturing.Model == s.Model {
		return
	}
	discount := 0.0
	if def := env.Defs.Program(s.Goal); def != nil {
		discount = rate(def)
	}
	before := *s.Expected.Value
	p.Maturing = &profile.Maturing{
		ID: s.ID, Goal: s.Goal, Action: s.Action, Model: s.Model, At: s.At, Before: micros(before),
		Gain:  micros(float64(math.Exp(-discount*firstWindow)**body.Later) - before),
		Later: s.Margin[1] - s.Margin[0], // what came between the end of the window and now
	}
	p.SetTimer(profile.Timer{Due: max(env.Now, s.At.Add(days24(matureWindow))), Kind: profile.OutcomeTimer, Ref: matureRef + s.ID.String()})
}

func micros(v float64) event.Micros { return event.Micros(math.Round(v * 1e6)) }

// matured tells what came of a choice in half a year.
func matured(fx *Effects, p *profile.Person, id string) {
	m := p.Maturing
	if m == nil || m.ID.String() != id {
		return // another began since: of whom they were merged with, or of another model
	}
	fx.Matured = append(fx.Matured, Matured{Goal: m.Goal, Action: m.Action, Model: m.Model, Gain: m.Gain.Float(), Before: m.Before.Float(), Later: m.Later.Float()})
	p.Maturing = nil
}

// rate is the discount of a goal, a day.
func rate(def *definition.Goal) float64 { return -math.Log1p(-min(def.Discount, 0.99)) / 365 }

// outcome looks at what came of a choice, by the end of one of its windows.
func outcome(env *Env, fx *Effects, p *profile.Person, ref string) {
	if id, is := strings.CutPrefix(ref, matureRef); is {
		matured(fx, p, id)
		return
	}
	for i := range p.Stakes {
		s := &p.Stakes[i]
		if s.ID.String() != ref {
			continue
		}
		body := env.reward(p, s)
		env.note(fx, p, event.Outcomes, body)
		if s.First != nil {
			p.Unstake(s.ID)
			return
		}
		s.First = &body.Reward
		env.mature(p, s, &body)
		env.awaitOutcome(p, s)
		return
	}
}

// reward computes the reward of a choice: see decide.Reward. With no state model
// the reward is money alone.
func (env *Env) reward(p *profile.Person, s *profile.Stake) event.OutcomeBody {
	body := event.OutcomeBody{
		ID: s.ID, Goal: s.Goal, Action: s.Action, Served: s.At, Window: firstWindow, Margin: s.Margin[0].Float(), Cost: s.Expected.Cost, Expected: s.Expected,
		Stage: p.Stage, Learn: true,
	}
	if s.First != nil {
		body.Window, body.Margin, body.Was, body.Learn = secondWindow, s.Margin[1].Float(), s.First, false
	}
	body.Reward = body.Margin - body.Cost
	if is := env.states(p); is != nil && s.Expected.Value != nil {
		discount := 0.0
		if def := env.Defs.Program(s.Goal); def != nil {
			discount = rate(def)
		}
		later := is.Value()
		body.Later, body.Trust, body.Learn = &later, env.trust(), true
		body.Reward += float64(body.Trust * (float64(math.Exp(-discount*float64(body.Window))*later) - *s.Expected.Value))
	}
	body.Residual = body.Reward - s.Expected.Score
	return body
}
