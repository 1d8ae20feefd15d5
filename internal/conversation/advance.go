package conversation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/profile"
)

// World is what a conversation may know besides its own state.
type World struct {
	Now      event.Instant
	Zone     *time.Location
	Currency string

	// Call finds a system of the company by its id.
	Call  func(id string) (definition.Call, bool)
	Rules definition.Vars // of the person, for rules
	Text  message.Vars    // of the person, for texts
}

// Input is what moves a conversation: one of its fields.
type Input struct {
	Begin bool    // with Said, on which channel and with which words
	Said  *Said   // the person said something
	Reply *Result // a system answered, or could not be asked
	Chose *Chosen // the arbiter answered
	Rest  bool    // no answer came in time
}

// Result is what a system answered.
type Result struct {
	Status int // of HTTP; 0: there was no answer
	Body   json.RawMessage
	Error  string // where there was none
}

// Chosen is what the arbiter chose to say, or silence.
type Chosen struct {
	ID      event.Opportunity // zero: it did not choose in time
	Goal    string
	Action  string // event.Silence: nothing is said
	Message string

	Parameters map[string]string // as the action is set
	Content    *event.Content    // nil: silence
}

// Turn is what comes of an input.
type Turn struct {
	State *profile.Conversation // nil: it is over

	Text    string // said to the person; empty: nothing
	Options []event.Option
	Step    string // at which it stands then
	Again   int    // how often the question was asked before without success

	Told []Told // what Text, or that of a turn to come, is made of

	Next    []event.Step        // of messages that the arbiter chose
	Picture event.Picture       // of the last of them that has one
	Choices []event.Opportunity // that are served with Text; without one, now

	Call  *Asked
	Ask   *Opening // the arbiter is asked; Text is empty then
	Moves []event.ConversedBody
	Over  *Over         // it is handed over to people
	Begin string        // id of the conversation that the person began instead
	Timer event.Instant // when Rest comes, unless something else does; zero: never
}

// Asked is what a system is to be asked.
type Asked struct {
	Step string
	Call string // id of the definition
	With map[string]string
}

// Opening is where the arbiter may have something said.
type Opening struct {
	Step string
	Slot string // id
}

// Over tells people what they take over.
type Over struct {
	Why     string
	Answers string // what was answered, a line each
}

// Outcomes that a conversation may have besides those that its steps name.
const (
	Left    = "left"    // the person did not want to go on
	Dropped = "dropped" // they never came back to it
)

// mostMoves bounds the steps of one turn: a conversation that asks nothing and
// comes back to where it was is handed over.
const mostMoves = 100

// Start returns the state of a conversation that is about to begin.
func Start(id string, def *definition.Conversation, version string, said Said, now event.Instant) profile.Conversation {
	return profile.Conversation{
		ID: id, Of: def.ID, Version: version, Awaits: profile.AwaitsAnswer, Channel: said.Channel, Address: said.Address,
		Channels: []string{said.Channel}, Began: now, Last: now,
	}
}

// Advance moves the conversation s of definition def by an input.
func Advance(w World, def *definition.Conversation, s profile.Conversation, in Input) Turn {
	t := &turn{w: w, def: def, s: s}
	if in.Begin || in.Said != nil {
		t.s.Moves = 0
	}
	switch {
	case in.Begin:
		t.move(event.Began, "")
		t.run(&def.Steps[0])
	case in.Said != nil:
		t.hear(*in.Said)
	case in.Reply != nil:
		t.take(*in.Reply)
	case in.Chose != nil:
		t.chose(*in.Chose)
	case in.Rest:
		t.rest()
	}
	return t.end()
}

// turn is one in the making.
type turn struct {
	w   World
	def *definition.Conversation
	s   profile.Conversation

	said []string
	out  Turn
	over bool // the conversation
}

func (t *turn) end() Turn {
	t.out.Step = t.s.Step
	if t.out.Ask != nil {
		t.keepBack()
	}
	for i, text := range t.said {
		if i > 0 {
			t.out.Text += separator(MeansOf(t.s.Channel))
		}
		t.out.Text += text
	}
	if t.out.Text != "" {
		t.s.Said++
	}
	if t.over {
		return t.out
	}
	t.out.State = &t.s
	switch {
	case t.s.Paused && !t.s.Asking:
		t.out.Timer = t.s.Last.Add(t.def.Patience).Add(t.def.Keep)
	case t.s.Awaits == profile.AwaitsCall:
		t.out.Timer = t.w.Now.Add(t.callPatience())
	case t.s.Awaits == profile.AwaitsChoice:
		t.out.Timer = t.w.Now.Add(ChoicePatience)
	default:
		t.out.Timer = t.w.Now.Add(t.def.Patience)
	}
	return t.out
}

func separator(m Means) string {
	if m == Spoken {
		return " "
	}
	return "\n\n"
}

func (t *turn) move(m event.Move, outcome string) {
	t.out.Moves = append(t.out.Moves, event.ConversedBody{
		Conversation: t.s.ID, Of: t.def.ID, Version: t.s.Version, Move: m, Step: t.s.Step, Channel: t.s.Channel,
		Channels: t.s.Channels, Outcome: outcome, Turns: t.s.Turns,
	})
}

// run does steps until something has to be waited for. A step that is no more ends
// the conversation.
func (t *turn) run(step *definition.Step) {
	for ; !t.over; t.s.Moves++ {
		if step == nil {
			t.finish("done")
			return
		}
		t.s.Step = step.ID
		if t.s.Moves >= mostMoves {
			t.handOver("It goes round in a circle without asking anything.", "")
			return
		}
		_, i := t.def.Step(step.ID)
		switch step.Deed {
		case definition.Say:
			t.say(step)
		case definition.Ask:
			t.s.Tries, t.s.Awaits = 0, profile.AwaitsAnswer
			t.ask(step)
			return
		case definition.LookUp, definition.Act:
			t.call(step)
			return
		case definition.Decide:
			t.s.Awaits = profile.AwaitsChoice
			t.out.Ask = &Opening{Step: step.ID, Slot: step.Slot}
			return
		case definition.Fork:
			if to := t.fork(step); to != nil {
				step = to
				continue
			}
		case definition.HandOver:
			text := t.text(step.Said(t.s.Channel))
			t.tell(step, text)
			t.handOver("The conversation comes to it.", text)
		case definition.End:
			t.finish(step.Outcome)
		}
		step = t.def.Next(i)
	}
}

func (t *turn) fork(step *definition.Step) *definition.Step {
	v := t.w.Rules
	v.Now, v.Answers, v.Channel = t.w.Now, t.answers(), t.s.Channel
	for _, b := range step.Branches {
		if ok, err := b.When.Holds(v); ok && err == nil {
			to, _ := t.def.Step(b.Go)
			return to
		}
	}
	return nil
}

// callPatience is how long the answer of the system that was asked is waited for.
func (t *turn) callPatience() time.Duration {
	if step, _ := t.def.Step(t.s.Step); step != nil {
		if call, ok := t.w.Call(step.Call); ok {
			return call.Patience
		}
	}
	return 0 // there is no such system, and will be no answer
}

func (t *turn) call(step *definition.Step) {
	with := make(map[string]string, len(step.With))
	for key, source := range step.With {
		with[key] = t.text(source)
		if t.over {
			return
		}
	}
	t.s.Awaits = profile.AwaitsCall
	t.out.Call = &Asked{Step: step.ID, Call: step.Call, With: with}
}

// take is the answer of a system. Whatever a system says, its answer is kept where
// rules and texts find it.
func (t *turn) take(r Result) {
	step, i := t.def.Step(t.s.Step)
	if step == nil || t.s.Awaits != profile.AwaitsCall {
		return
	}
	t.s.Call, t.s.Awaits = "", profile.AwaitsAnswer
	if r.Status >= 200 && r.Status < 300 {
		if json.Valid(r.Body) && len(r.Body) > 0 {
			t.keep(step, r.Body)
		} else {
			t.keep(step, json.RawMessage(`{}`))
		}
		t.run(t.def.Next(i))
		return
	}
	why := map[string]any{"status": r.Status, "error": r.Error}
	if json.Valid(r.Body) && len(r.Body) > 0 {
		why["result"] = r.Body
	}
	t.keep(step, event.Pack(why))
	t.otherwise(step, "A system of the company did not answer as it should.")
}

// otherwise is where a step leads that came to nothing.
func (t *turn) otherwise(step *definition.Step, why string) {
	if step.Otherwise == "" {
		t.handOver(why, "")
		return
	}
	to, _ := t.def.Step(step.Otherwise)
	t.run(to)
}

// mostAnswer is how much of an answer is kept, in bytes.
const mostAnswer = 8 << 10

func (t *turn) keep(step *definition.Step, answer json.RawMessage) {
	if len(answer) > mostAnswer {
		answer = json.RawMessage(`{"too_large":true}`)
	}
	t.s.Answers = append(profile.Sorted[[]byte]{}, t.s.Answers...)
	t.s.Answers.Put(step.AnswerKey(), answer)
}

// answers are what rules and texts may speak of.
func (t *turn) answers() map[string]any {
	out := make(map[string]any, len(t.s.Answers))
	for _, a := range t.s.Answers {
		var v any
		if json.Unmarshal(a.Value, &v) == nil {
			out[a.Key] = v
		}
	}
	return out
}

// rest is that no answer came: first the conversation rests, then it is over.
func (t *turn) rest() {
	switch {
	case t.s.Awaits == profile.AwaitsCall:
		t.take(Result{Error: "nothing was heard of the call"})
	case t.s.Awaits == profile.AwaitsChoice:
		t.chose(Chosen{Action: event.Silence})
	case t.s.Paused && !t.s.Asking:
		t.finish(Dropped)
	default:
		t.s.Paused, t.s.Asking, t.s.Instead = true, false, ""
		t.move(event.Paused, "")
	}
}

func (t *turn) finish(outcome string) {
	t.over = true
	t.move(event.Ended, outcome)
}

func (t *turn) handOver(why, text string) {
	if text == "" {
		text = "I will pass this on to a colleague, who will get back to you here."
	}
	t.said = append(t.said, text)
	t.over = true
	t.move(event.HandedOver, "")
	var lines strings.Builder
	for _, a := range t.s.Answers {
		fmt.Fprintf(&lines, "%s: %s\n", a.Key, a.Value)
	}
	t.out.Over = &Over{Why: why, Answers: strings.TrimSpace(lines.String())}
}
