// Package engine is the loop, in reading order: identify, remember, map,
// understand, journey, decide, gate, hand to the outbox.
//
// It is a pure fold. Apply takes a person and an event and gives the person as
// they are afterwards, with what else must happen; nothing here reads a clock, a
// file or a random number. The processor feeds it and carries its effects out.
//
// What the journal records is a fact and is never decided again: a choice takes
// effect when its Choice event is read, a permission to send when its Grant is.
package engine

import (
	"encoding/json"
	"fmt"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/catalogue"
	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
)

// Env is what surrounds a person while an event is applied: what is in force in
// their partition at that place of the journal.
type Env struct {
	Workspace person.Workspace
	Defs      *definition.Workspace
	Map       *lifecycle.Classifier
	Segments  *segment.Plan      // of Defs
	Templates *message.Templates // of Defs; nil: each text is read when it is written
	Settings  event.SettingsBody
	Catalogue *catalogue.Catalogue // nil: empty

	// Past returns the definitions of another version, which conversations that began
	// under it keep to. Nil: there is none to be had.
	Past func(hash string) (*definition.Workspace, error)

	Model       *belief.Model // nil: there is none, and stages serve
	ModelNumber uint64        // how many came into force, with it

	Now       event.Instant // partition time
	Partition person.Partition
	Offset    uint64 // of the event being applied

	Learned *Learned                       // from outcomes; nil, or of other definitions: nothing yet
	States  func(p *profile.Person) States // in place of Model; nil: its own

	chooser *decide.Chooser

	opportunities int  // marked while applying this event
	sweeping      bool // nothing happened but that definitions or settings changed
}

// At moves env to the event at offset, which arrived at now.
func (env *Env) At(offset uint64, now event.Instant) {
	env.Offset, env.Now, env.opportunities = offset, max(env.Now, now), 0
}

// nextOpportunity is the first of n that begin here: N grows by one for each.
func (env *Env) nextOpportunity(n int) event.Opportunity {
	first := event.Opportunity{Partition: env.Partition, Offset: env.Offset, N: env.opportunities + 1}
	env.opportunities += n
	return first
}

// Clock is the workspace's clock: as-of if one is set, else partition time.
// Stages and rules go by it; caps, quiet hours and timers by partition time.
func (env *Env) Clock() event.Instant {
	if env.Settings.AsOf != 0 {
		return env.Settings.AsOf
	}
	return env.Now
}

// Effects is what must happen besides keeping the person.
type Effects struct {
	// Timeline are entries for the person's timeline, in order.
	Timeline []event.Event

	// Handed is how many of the first of them were on a timeline before, that of a
	// record that handed them over.
	Handed int

	// Emit are events for other records (or for this one by way of the journal).
	// The processor numbers them; each is applied exactly once.
	Emit []event.Event

	// HandOver is set when the record has become a forward: its timeline goes to
	// the person it now points to.
	HandOver *HandOver

	// Erased tells that the record's timeline goes too.
	Erased bool

	// Used is what touches used up of what partitions share, or did of harm.
	Used []Use

	// Matured is what came of choices in half a year.
	Matured []Matured

	// HandBack is set when a merge is undone: Divide comes next.
	HandBack *HandBack
}

// HandOver says whose history goes where.
type HandOver struct {
	From     person.ID
	To       person.ID
	Identity person.Identity
	Imported bool // an import joined them

	// Rest is what the record held that is not in its history; it goes with the
	// last piece.
	Rest json.RawMessage

	Epoch uint32 // of the link
	Force event.Force
	By    string // who said so, if anybody did

	Erased event.Instant // of the face that asked: see event.Face
}

func (fx *Effects) note(e event.Event) { fx.Timeline = append(fx.Timeline, e) }

// note makes a timeline entry of one of Rapport's own kinds about p.
func (env *Env) note(fx *Effects, p *profile.Person, kind event.Kind, body any) {
	fx.note(event.Event{Kind: kind, To: p.ID, Source: "engine", Time: env.Now, ReceivedAt: env.Now, Body: event.Pack(body)})
}

func (env *Env) emit(fx *Effects, to person.ID, kind event.Kind, body any) {
	fx.Emit = append(fx.Emit, event.Event{Kind: kind, To: to, Source: "engine", Time: env.Now, ReceivedAt: env.Now, Body: event.Pack(body)})
}

// Apply folds one event into the record it is addressed to. p is nil when there
// is no record yet. The returned person is the record from now on (nil: still
// none); p is consumed.
func Apply(env *Env, p *profile.Person, e event.Event) (*profile.Person, Effects) {
	was := profile.PlacesOf(p)
	p, fx := apply(env, p, e)
	tellAccounts(env, &fx, e.To, was, p, e.Imported)
	return p, fx
}

func apply(env *Env, p *profile.Person, e event.Event) (*profile.Person, Effects) {
	var fx Effects
	p, done := route(env, &fx, p, e)
	if done {
		return p, fx
	}
	ch := profile.Changes{All: p.Stage == ""}
	agreed := env.agreed(p)
	switch e.Kind {
	case event.Identify, event.Track, event.Page, event.Screen, event.Group, event.Alias:
		ch.Merge(remember(env, &fx, p, e))
		for _, why := range profile.Unread(env.Defs, e) {
			env.note(&fx, p, event.Refused, event.RefusedBody{What: e.Label(), Reason: why})
		}
		crowded(env, &fx, p, ch.Crowded)
		claim(env, &fx, p, e, &ch)
		if e.Kind == event.Alias {
			alias(env, &fx, p, e)
		}
		describeAccount(env, &fx, p, e)
		env.reconfirm(&fx, p, e, agreed)
		env.raise(&fx, p, e)
	case event.AccountShared:
		learnAccount(p, e)
		ch.All = true
	case event.Consented:
		withdrew(env, &fx, p, e)
		p.Replay(env.Defs, e)
		fx.note(e)
		env.reconfirm(&fx, p, e, agreed)
	case event.Join:
		if p = invited(env, &fx, p, e); p.IsForward() {
			return p, fx
		}
	case event.Handover:
		if receiveHistory(env, &fx, p, e); p.Vacant {
			return p, fx
		}
		ch.All = true
	case event.Linked:
		linked(env, &fx, p, e)
		ch.All = true
	case event.Refused:
		refused(env, &fx, p, e)
	case event.Merge:
		merge(env, &fx, p, e)
	case event.Unmerge:
		unmerge(env, &fx, p, e)
		if fx.HandBack != nil {
			return p, fx // what follows from it comes once it is divided
		}
	case event.Taint:
		tainted(p, e)
	case event.Choice:
		applyChoice(env, &fx, p, e)
	case event.Slots:
		ch.Merge(slotsAsk(env, &fx, p, e))
	case event.Served:
		slotServed(env, &fx, p, e)
	case event.Scored:
		scored(p, e)
	case event.Resend:
		resend(env, &fx, p, e)
	case event.Ask:
		ask(env, &fx, p, e)
	case event.Grant:
		grant(env, &fx, p, e)
	case event.Receipt:
		ch.Merge(receipt(env, &fx, p, e))
	case event.Replied:
		replied(env, &fx, p, e)
		ch.All = true
	case event.Called:
		called(env, &fx, p, e)
	case event.Request:
		requested(env, &fx, p, e)
		ch.All = true
	default: // of partitions, or only ever a timeline's
		ch.All = true
	}
	ch.State = believe(env, &fx, p, e.Imported)
	if e.Imported {
		understand(env, nil, p, ch)
		overlook(env, p)
		return p, fx
	}
	understand(env, &fx, p, ch)
	travel(env, &fx, p, did(&e))
	consider(env, &fx, p, e.Label())
	return p, fx
}

// did is e where it is something that the person did.
func did(e *event.Event) *event.Event {
	if e.Kind.Own() {
		return nil
	}
	return e
}

// remember puts one of the person's own events, new or old, where it belongs.
// It returns what that changed.
func remember(env *Env, fx *Effects, p *profile.Person, e event.Event) profile.Changes {
	ch := p.Replay(env.Defs, e)
	env.Map.Step(&p.Walk, e)
	measure(env, p, e)
	complain(env, p, e)
	fx.note(e)
	return ch
}

// crowded notes the accounts that p is no member of because of too many others.
func crowded(env *Env, fx *Effects, p *profile.Person, groups []string) {
	for _, group := range groups {
		env.note(fx, p, event.Refused, event.RefusedBody{What: "join the account " + group, Reason: event.Reason{
			Code: "too_many_accounts", Sentence: fmt.Sprintf(
				"This person is or was a member of %d accounts, and nobody is of more: this does not count for the account %q.", profile.MostAccounts, group),
		}})
	}
}

// measure adds what e earned to each goal's KPI: over the person's life, and
// within the horizon of a goal that they have joined.
func measure(env *Env, p *profile.Person, e event.Event) {
	accrue(env, p, e)
	for _, def := range env.Defs.Programs() {
		m, ok := profile.MoneyOf(&e, def.KPI, env.Defs.Currency)
		if !ok || m.Currency != env.Defs.Currency {
			continue
		}
		if p.Earned == nil {
			p.Earned = map[string]event.Micros{}
		}
		p.Earned[def.ID] += m.Amount
		if g, ok := p.Goals[def.ID]; ok && e.Time > g.Joined && e.Time < g.Joined.Add(def.Horizon) {
			g.KPI += m.Amount
			p.Goals[def.ID] = g
		}
	}
}

// Fire is what happens when a timer of the person is due.
func Fire(env *Env, p *profile.Person, t profile.Timer) (*profile.Person, Effects) {
	var fx Effects
	p.ClearTimer(t.Kind, t.Ref)
	switch t.Kind {
	case profile.ConversationTimer:
		env.unconsulted(&fx, p, t.Ref)
		env.advance(&fx, p, t.Ref, conversation.Input{Rest: true}, conversation.Said{})
	case profile.RequestTimer:
		env.escalate(&fx, p, t.Ref)
	case profile.ConfirmTimer:
		env.remind(&fx, p, t.Ref)
	case profile.OutcomeTimer:
		outcome(env, &fx, p, t.Ref)
	case profile.BeliefTimer:
		look(env, &fx, p)
	default: // what time alone changes is looked at below
	}
	trigger := "time passed"
	if t.Kind == profile.DecideTimer {
		trigger = "time to reconsider"
	}
	understand(env, &fx, p, profile.Changes{All: true})
	travel(env, &fx, p, nil)
	consider(env, &fx, p, trigger)
	return p, fx
}

// Stale reports whether p was last brought up to other definitions or another
// state model than those in force: then Refresh comes before anything else is applied to them.
func Stale(env *Env, p *profile.Person) bool {
	return p != nil && !p.IsForward() && (p.Definition != env.Defs.Hash || p.Model != env.ModelNumber)
}

// Outdated reports whether what is computed from p's history was computed in
// another way than the definitions and the state model in force say: then Refresh needs the history.
func Outdated(env *Env, p *profile.Person) bool {
	return p != nil && !p.IsForward() && (p.Basis != env.Defs.Basis || p.Model != env.ModelNumber)
}

// Refresh brings a person up to the definitions and settings in force. history
// is their timeline, oldest first; it is only read when the person is Outdated.
func Refresh(env *Env, p *profile.Person, history func(yield func(event.Event) bool)) (*profile.Person, Effects) {
	var fx Effects
	if p.IsForward() {
		return p, fx
	}
	outdated := Outdated(env, p)
	if p.Basis != env.Defs.Basis {
		was := profile.PlacesOf(p)
		p = profile.Refold(env.Defs, p, history)
		p.Basis = env.Defs.Basis
		p.Walk, p.Earned, p.Complaint = profile.Walk{}, nil, nil
		for i := range p.Stakes {
			p.Stakes[i].Margin = [2]event.Micros{}
		}
		for id, g := range p.Goals {
			g.KPI = 0
			p.Goals[id] = g
		}
		for e := range history {
			env.Map.Step(&p.Walk, e)
			measure(env, p, e)
			complain(env, p, e)
		}
		tellAccounts(env, &fx, p.ID, was, p, true)
	}
	p.Definition = env.Defs.Hash
	env.sweeping = true
	if outdated {
		believeAgain(env, &fx, p, history)
	}
	understand(env, &fx, p, profile.Changes{All: true})
	travel(env, &fx, p, nil)
	env.sweeping = false
	consider(env, &fx, p, "definitions or settings changed")
	return p, fx
}
