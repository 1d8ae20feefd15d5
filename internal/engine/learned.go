package engine

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// Learned is what was learned from outcomes, laid out for the definitions in
// force. It is immutable, and shared by partitions.
type Learned struct {
	Layout    *decide.Layout
	Posterior *decide.Posterior
	Terms     Terms

	of string // hash of the definitions
}

// Terms are what the coordinator says besides: how far to trust the state model,
// and what is scarce.
type Terms struct {
	Trust  float64                 `json:"trust"`             // 0 to 1, of state models of which nothing is told yet
	Told   map[string]decide.Told  `json:"told_of,omitempty"` // what outcomes say of each state model, by its root
	Prices map[string]float64      `json:"prices,omitempty"`  // shadow prices by key: of money of a goal, of a unit of an action
	Closed map[string]event.Reason `json:"closed,omitempty"`  // goals and actions that are used up, or do harm
}

// Scarce reports whether anything is, or was lately.
func (t *Terms) Scarce() bool {
	if len(t.Closed) > 0 {
		return true
	}
	for _, price := range t.Prices {
		if price > 0 {
			return true
		}
	}
	return false
}

// closed says why nothing of a goal, or not this action, may be done.
func (t *Terms) closed(goal, action string, now event.Instant) event.Reason {
	for _, key := range []string{goal, ActionKey(goal, action)} {
		if why, is := t.Closed[key]; is && (why.Until == 0 || now < why.Until) {
			return why
		}
	}
	return event.Reason{}
}

// noise is the deviation of one reward that is assumed before any is known, in
// money.
const noise = 10

// Untaught is what is known before anything was learned.
func Untaught(ws *definition.Workspace) (*Learned, error) {
	l, err := LayoutOf(ws)
	if err != nil {
		return nil, err
	}
	return Teach(ws, l.NewStatistics(), decide.PriorOf(noise), Terms{Trust: decide.UntilCalibrated}, "untaught")
}

// Teach learns from statistics of the layout of ws. The version names them.
func Teach(ws *definition.Workspace, s *decide.Statistics, prior decide.Prior, terms Terms, version string) (*Learned, error) {
	l, err := LayoutOf(ws)
	if err != nil {
		return nil, err
	}
	p, err := l.Learn(s, prior)
	if err != nil {
		return nil, err
	}
	p.Version = version
	return &Learned{Layout: l, Posterior: p, Terms: terms, of: ws.Hash}, nil
}

// learned is what is known in the layout of the definitions in force.
func (env *Env) learned() *Learned {
	if env.Learned == nil || env.Learned.of != env.Defs.Hash {
		l, err := Untaught(env.Defs)
		if err != nil {
			panic(fmt.Sprintf("engine: definitions that compile cannot be laid out: %v", err))
		}
		env.Learned = l
	}
	return env.Learned
}

// ActionKey is how an action is called where goals meet: ids are only unique
// within a goal.
func ActionKey(goal, action string) string { return goal + "/" + action }

// messageKey is how a message is called within its action, set in one way.
func messageKey(message string, s definition.Setting) string {
	if s.Key == "" {
		return message
	}
	return message + "?" + s.Key
}

// LayoutOf lays out everything that the definitions offer. Contexts hold 1, the
// stage, and what features adds.
func LayoutOf(ws *definition.Workspace) (*decide.Layout, error) {
	var shapes []decide.ActionShape
	for _, g := range ws.Programs() {
		for i := range g.Actions {
			a := &g.Actions[i]
			shape := decide.ActionShape{ID: ActionKey(g.ID, a.ID)}
			for _, m := range a.Messages {
				for _, s := range a.Settings() {
					shape.Messages = append(shape.Messages, decide.MessageShape{ID: messageKey(m.ID, s), Channels: []string{m.Channel}})
				}
			}
			shapes = append(shapes, shape)
		}
	}
	stages := len(ws.Map.Stages)
	l, err := decide.NewLayout(1+stages+features, stages, shapes)
	if err != nil {
		return nil, err
	}
	var form strings.Builder
	form.WriteString("context/1")
	for _, s := range ws.Map.Stages {
		form.WriteString("," + s.ID)
	}
	return l.In(form.String()), nil
}

// features counts the numbers of a context beyond 1 and the stage: how long ago
// the person last did something, how often they came, how much they were touched
// lately, and what the state model thinks they are worth.
const features = 4

// grain is what contexts are rounded to, so that they are stored in few bytes.
const grain = 64

// context is what the person is like, as far as learning goes.
func (env *Env) context(p *profile.Person, s States) []float64 {
	out := make([]float64, 1, 1+len(env.Defs.Map.Stages)+features)
	out[0] = 1
	for _, stage := range env.Defs.Map.Stages {
		in := 0.0
		if stage.ID == p.Stage {
			in = 1
		}
		out = append(out, in)
	}
	const day = 24 * time.Hour
	ago := 0.0
	if last := p.Walk.LastOwn; last != 0 {
		ago = max(0, float64(env.Clock().Sub(last))/float64(day))
	}
	tired := 0.0
	for n, t := range p.Touches {
		if t.Shown || p.Repeats(n) {
			continue
		}
		tired += math.Exp2(-float64(env.Now.Sub(t.Time)) / float64(fatigueHalfLife))
	}
	worth := 0.0
	if s != nil {
		worth = math.Log2(1+max(0, s.Value())) / 8
	}
	for _, x := range [features]float64{math.Log2(1+ago) / 4, math.Log2(1+float64(p.Walk.Visits)) / 4, tired / 4, worth} {
		out = append(out, math.Round(min(x, 4)*grain)/grain)
	}
	return out
}

// fatigueHalfLife is how long it takes until half of a touch is forgotten.
const fatigueHalfLife = 9 * 24 * time.Hour

// States is what is asked of a state model about one person.
type States interface {
	decide.States

	Fatigue() float64 // how much they have been touched lately, as the model has it
	Value() float64   // what they are worth from now on, in money
}

// states is what the state model believes of p; nil without one.
func (env *Env) states(p *profile.Person) States {
	if env.States != nil {
		return env.States(p)
	}
	if env.Model == nil || p.Belief == nil || p.Belief.Late || p.Model != env.ModelNumber {
		return nil
	}
	is, err := env.Model.Person(p.Belief, env.Now)
	if err != nil { // of another model: their history is to be filtered first
		return nil
	}
	return is
}

// root names the state model in force; empty: there is none.
func (env *Env) root() string {
	if env.Model == nil {
		return ""
	}
	return env.Model.Root
}

// trust is how far the value of states is trusted, by what outcomes say of the model
// in force. Each model has its own evidence.
func (env *Env) trust() float64 { return env.learned().Terms.TrustIn(env.root()) }

// TrustIn is how far a state model is trusted.
func (t *Terms) TrustIn(root string) float64 {
	if told, ok := t.Told[root]; ok {
		return told.Trust
	}
	return t.Trust
}

// parts is what an action is worth by what is known of it and of the person, but
// for what was learned from outcomes.
func (env *Env) parts(g *definition.Goal, a *definition.Action, s States) decide.Parts {
	terms := &env.learned().Terms
	out := decide.Parts{Margin: a.Margin, Cost: a.Cost}
	out.Shadow = float64(terms.Prices[g.ID]*a.Cost) + terms.Prices[ActionKey(g.ID, a.ID)]
	if s == nil {
		return out
	}
	before := s.Fatigue()
	// A jump whose size is not that of the states is another model's: it says nothing.
	if v, err := decide.Movement(s, a.ID, before, env.trust()); err == nil {
		out.Movement = v
	}
	if v, err := decide.AttentionPrice(s, before, decide.Attention{Next: a.ID, After: before + 1}, env.trust()); err == nil {
		out.Price = v
	}
	return out
}
