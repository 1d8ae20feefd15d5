package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// mostConversations is how many a person may have begun and not ended.
const mostConversations = 4

// replied is the person saying something. It goes on with a conversation or begins
// one; else it is for people.
func replied(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.RepliedBody](e)
	if err != nil {
		return
	}
	p.Replay(env.Defs, e)
	fx.note(e)
	if !body.From.Blocked() && len(p.Identities) == 0 {
		p.Take(body.From, profile.Met{First: e.Time, Source: e.Source})
	}
	if e.Imported {
		return
	}
	said := conversation.Heard(body)
	if conversation.ForCarrier(said) {
		return
	}
	if body.Choice == event.ConfirmReply {
		env.confirm(fx, p, body)
		return
	}
	p.Contact(env.Now)
	if said.Begins == "" {
		said.Begins = conversation.Match(env.Defs, said.Text, p.Vars(env.Defs, env.Clock()))
	}
	held, attended, waiting := p.Held(), p.Attended(), len(p.Deliveries)
	switch {
	case held != nil:
		free := freeText(env, held)
		env.advance(fx, p, held.ID, conversation.Input{Said: &said}, said)
		if free {
			env.recognise(fx, p, said, true)
		}
	case said.Begins != "" && (attended == nil || body.Begins != ""):
		env.begin(fx, p, said.Begins, said)
	case said.Silent() && conversation.MeansOf(said.Channel) == conversation.Spoken:
		env.greet(fx, p, said)
	case attended != nil:
		env.cameBack(fx, p, attended, said)
	case !env.recognise(fx, p, said, false):
		env.open(fx, p, opening{kind: profile.RequestMessage, subject: short(said.Text), said: said})
	}
	silent := len(p.Deliveries) == waiting && !awaitsChoice(p)
	if silent && conversation.MeansOf(said.Channel) == conversation.Spoken { // who calls must hear something
		env.speak(fx, p, said, event.Content{Text: "Thank you. Somebody will get back to you."})
	}
	env.repeated(fx, p, said)
}

// awaitsChoice reports whether something is about to be said.
func awaitsChoice(p *profile.Person) bool {
	held := p.Held()
	return held != nil && held.Awaits == profile.AwaitsChoice
}

// freeText reports whether the conversation asks for a text of the person's own.
func freeText(env *Env, c *profile.Conversation) bool {
	_, def := env.dialogue(c)
	if def == nil {
		return false
	}
	s, _ := def.Step(c.Step)
	return s != nil && s.Deed == definition.Ask && s.Question.For == definition.Text
}

// dialogue returns the definitions that a conversation keeps to, and its own; nil
// when they cannot be had.
func (env *Env) dialogue(c *profile.Conversation) (*definition.Workspace, *definition.Conversation) {
	ws := env.Defs
	if c.Version != env.Defs.Hash {
		if env.Past == nil {
			return env.Defs, nil
		}
		past, err := env.Past(c.Version)
		if err != nil {
			return env.Defs, nil
		}
		ws = past
	}
	def, _ := ws.Conversation(c.Of)
	return ws, def
}

func (env *Env) begin(fx *Effects, p *profile.Person, id string, said conversation.Said) {
	def, ok := env.Defs.Conversation(id)
	if !ok {
		env.open(fx, p, opening{kind: profile.RequestMessage, subject: short(said.Text), said: said})
		return
	}
	if len(p.Conversations) >= mostConversations {
		old := p.Conversations[0]
		env.note(fx, p, event.Conversed, event.ConversedBody{
			Conversation: old.ID, Of: old.Of, Version: old.Version, Move: event.Ended, Step: old.Step, Channel: old.Channel,
			Channels: old.Channels, Outcome: conversation.Dropped, Turns: old.Turns,
		})
		p.ClearTimer(profile.ConversationTimer, old.ID)
		p.Conversations = slices.Clone(p.Conversations[1:])
	}
	c := conversation.Start("cnv-"+env.opportunity(), def, env.Defs.Hash, said, env.Now)
	p.Conversations = append(slices.Clone(p.Conversations), c)
	env.advance(fx, p, c.ID, conversation.Input{Begin: true, Said: &said}, said)
}

// opportunity names something that begins here: it is the same whenever the event
// is applied.
func (env *Env) opportunity() string {
	o := env.nextOpportunity(1)
	return fmt.Sprintf("%d-%d-%d", o.Partition, o.Offset, o.N)
}

// advance moves a conversation of p and carries out what comes of it.
func (env *Env) advance(fx *Effects, p *profile.Person, id string, in conversation.Input, said conversation.Said) {
	at := slices.IndexFunc(p.Conversations, func(c profile.Conversation) bool { return c.ID == id })
	if at < 0 {
		return
	}
	c := p.Conversations[at]
	ws, def := env.dialogue(&c)
	if def == nil {
		p.Conversations = slices.Delete(slices.Clone(p.Conversations), at, at+1)
		p.ClearTimer(profile.ConversationTimer, id)
		env.open(fx, p, opening{
			kind: profile.RequestHandOver, subject: fmt.Sprintf("%s: the definitions that it keeps to are gone", c.Of), conversation: id, said: said,
		})
		return
	}
	t := conversation.Advance(env.world(p, ws), def, c, in)
	p.Conversations = slices.Delete(slices.Clone(p.Conversations), at, at+1)
	env.carryOut(fx, p, def, &c, t)
	switch {
	case t.Begin != "":
		env.begin(fx, p, t.Begin, said)
	case t.State == nil && t.Over == nil && !in.Rest && len(p.Conversations) > 0:
		env.comeBack(fx, p, &c)
	}
}

// comeBack asks whether to go on with what another conversation had interrupted.
func (env *Env) comeBack(fx *Effects, p *profile.Person, after *profile.Conversation) {
	under := p.Conversations[len(p.Conversations)-1]
	ws, def := env.dialogue(&under)
	if def == nil {
		return
	}
	p.Conversations = p.Conversations[:len(p.Conversations)-1]
	env.carryOut(fx, p, def, &under, conversation.Back(env.world(p, ws), def, under, after.Channel, after.Address))
}

func (env *Env) world(p *profile.Person, ws *definition.Workspace) conversation.World {
	return conversation.World{
		Now: env.Now, Zone: policy.Zone(p, env.Defs), Currency: ws.Currency, Call: ws.Call, Rules: p.Vars(ws, env.Clock()), Text: MessageVars(env, p),
	}
}

// carryOut keeps the state of a turn, and hands over what it says and asks. was is
// the conversation before it.
func (env *Env) carryOut(fx *Effects, p *profile.Person, def *definition.Conversation, was *profile.Conversation, t conversation.Turn) {
	state := was
	if t.State != nil {
		state = t.State
	}
	for _, m := range t.Moves {
		env.note(fx, p, event.Conversed, m)
	}
	if t.Text != "" {
		c := content(state.Channel, def.Name, t.Text, t.Options)
		c.More, c.Picture = t.Next, t.Picture
		d := env.reply(p, state.Channel, state.Address, c, t.Choices...)
		env.note(fx, p, event.Spoke, event.SpokeBody{
			Conversation: was.ID, Of: def.ID, Step: t.Step, Channel: state.Channel, Delivery: d, Text: t.Text, Options: t.Options, Again: t.Again,
		})
	}
	if t.Text == "" {
		env.tellServed(fx, p, t.Choices, "")
	}
	if t.Ask != nil && t.State != nil {
		env.consult(p, def, t.State, t.Ask)
	}
	if t.Call != nil && t.State != nil {
		t.State.Call = env.call(p, t.State, t.Call)
	}
	if t.State != nil {
		p.Conversations = append(p.Conversations, *t.State)
	}
	if t.Timer != 0 && t.State != nil {
		p.SetTimer(profile.Timer{Due: max(t.Timer, env.Now+1), Kind: profile.ConversationTimer, Ref: was.ID})
	} else {
		p.ClearTimer(profile.ConversationTimer, was.ID)
	}
	if t.Over != nil {
		env.open(fx, p, opening{
			kind: profile.RequestHandOver, subject: def.Name + ": " + t.Over.Why, text: t.Over.Answers, conversation: was.ID,
			said: conversation.Said{Channel: state.Channel, Address: state.Address},
		})
	}
}

// reply puts something to say into the outbox, and returns its delivery. When it is
// sent, choices are served.
func (env *Env) reply(p *profile.Person, channel, address string, c event.Content, choices ...event.Opportunity) string {
	d := profile.Delivery{
		ID: "rpl-" + env.opportunity(), Channel: channel, Phase: profile.Queued, Created: env.Now, After: env.Now,
		Reply: &profile.Reply{To: address, Content: event.Pack(c), Choices: choices},
	}
	p.PutDelivery(d)
	return d.ID
}

// CallChannel is the channel of the outbox by which systems of the company are
// asked.
const CallChannel = "call"

// CallBody is what a system of the company is sent, as JSON. Delivery is the same
// whenever the call is made again.
type CallBody struct {
	Call         string            `json:"call"`
	Delivery     string            `json:"delivery"`
	Conversation string            `json:"conversation"`
	Of           string            `json:"of"`
	Step         string            `json:"step"`
	Channel      string            `json:"channel"`
	Person       person.ID         `json:"person"`
	Identities   []person.Identity `json:"identities"`
	With         map[string]string `json:"with"`
}

func (env *Env) call(p *profile.Person, c *profile.Conversation, a *conversation.Asked) string {
	ws, _ := env.dialogue(c)
	def, _ := ws.Call(a.Call)
	id := "call-" + env.opportunity()
	body := event.Pack(CallBody{
		Call: a.Call, Delivery: id, Conversation: c.ID, Of: c.Of, Step: a.Step, Channel: c.Channel,
		Person: p.ID, Identities: append([]person.Identity{}, p.Identities...), With: a.With,
	})
	p.PutDelivery(profile.Delivery{
		ID: id, Channel: CallChannel, Phase: profile.Queued, Created: env.Now, After: env.Now,
		Reply: &profile.Reply{To: def.URL, Content: event.Pack(event.Content{Text: string(body)}), Call: a.Call},
	})
	return id
}

// called is a system's answer.
func called(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.CalledBody](e)
	if err != nil {
		return
	}
	fx.note(e)
	env.heard(fx, p, body.Delivery, conversation.Result{Status: body.Status, Body: body.Result})
}

// heard gives the answer of a call, or the news that there is none, to the
// conversation that waits for it.
func (env *Env) heard(fx *Effects, p *profile.Person, delivery string, r conversation.Result) {
	for i := range p.Conversations {
		if c := &p.Conversations[i]; c.Call == delivery && c.Awaits == profile.AwaitsCall {
			env.advance(fx, p, c.ID, conversation.Input{Reply: &r}, conversation.Said{Channel: c.Channel, Address: c.Address})
			return
		}
	}
}

// A call whose outcome is unknown is made again under the same key, so that what
// was done is not done twice.
const (
	mostCalls   = 5
	callBackoff = 5 * time.Second
)

// callOutcome is what became of a call in the outbox.
func (env *Env) callOutcome(fx *Effects, p *profile.Person, d profile.Delivery, body event.ReceiptBody) {
	switch body.Outcome {
	case event.Unknown:
		if r := *d.Reply; r.Tries+1 < mostCalls {
			r.Tries++
			d.Reply, d.Phase, d.Session, d.Grant = &r, profile.Queued, "", nil
			d.After = env.Now.Add(callBackoff << r.Tries)
			p.PutDelivery(d)
			return
		}
		env.heard(fx, p, d.ID, conversation.Result{Error: "it is not known whether it was done: " + body.Detail})
	case event.Failed:
		env.heard(fx, p, d.ID, conversation.Result{Error: body.Detail})
	default: // its answer comes, or has come, by itself
	}
}

// mayReply asks the gate about a reply or a call.
func mayReply(env *Env, p *profile.Person, d profile.Delivery) event.Reason {
	if d.Reply.Confirm {
		return mayAskToConfirm(env, p, d)
	}
	r := policy.Reply{Defs: env.Defs, Settings: env.Settings, Person: p, Channel: d.Channel, To: d.Reply.To, Since: d.Created}
	if d.Reply.Call != "" {
		for _, c := range p.Conversations {
			if c.Call == d.ID {
				r.Channel, r.To = c.Channel, c.Address
			}
		}
	}
	return policy.AskReply(r)
}

// askReply is the gate at send time for a reply or a call.
func askReply(env *Env, fx *Effects, p *profile.Person, d profile.Delivery, session string) {
	why := mayReply(env, p, d)
	g, err := replyGrant(d, session)
	if err != nil {
		why = event.Reason{Code: policy.RenderFailed, Sentence: err.Error()}
	}
	if !why.IsZero() {
		suppress(env, fx, p, d, why)
		return
	}
	d.Phase, d.Session = profile.Asked, session
	p.PutDelivery(d)
	env.emit(fx, p.ID, event.Grant, g)
}

// replyGrant is the permission to send a reply.
func replyGrant(d profile.Delivery, session string) (event.GrantBody, error) {
	g := event.GrantBody{Delivery: d.ID, Session: session, Channel: d.Channel, To: d.Reply.To, Action: d.Reply.Call}
	return g, json.Unmarshal(d.Reply.Content, &g.Content)
}

// takeOver goes on with what a record that has become one with p was talking about.
func (env *Env) takeOver(p *profile.Person, r *rest) {
	p.Conversations = append(slices.Clone(r.Conversations), p.Conversations...)
	if over := len(p.Conversations) - mostConversations; over > 0 {
		p.Conversations = p.Conversations[over:]
	}
	for _, c := range r.Conversations {
		if p.Conversation(c.ID) != nil {
			patience := takenOverPatience
			if c.Awaits == profile.AwaitsChoice {
				patience = conversation.ChoicePatience // what was to be chosen for the other record is not
			}
			p.SetTimer(profile.Timer{Due: env.Now.Add(patience), Kind: profile.ConversationTimer, Ref: c.ID})
		}
	}
	p.Requests = append(slices.Clone(r.Requests), p.Requests...)
	for _, q := range r.Requests {
		if q.Open() && q.Due != 0 {
			p.SetTimer(profile.Timer{Due: max(q.Due, env.Now+1), Kind: profile.RequestTimer, Ref: q.ID})
		}
	}
	p.Contacts = append(slices.Clone(p.Contacts), r.Contacts...)
	slices.Sort(p.Contacts)
	for _, d := range r.Replies {
		p.PutDelivery(d)
	}
}

// takenOverPatience is how long a conversation that came by a merge waits before it
// rests.
const takenOverPatience = time.Hour
