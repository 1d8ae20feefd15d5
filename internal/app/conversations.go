package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/person"
)

// conversations are the dialogues that are defined, as the admin API asks for them.
type conversations struct{ versions }

var _ api.Conversations = conversations{}

// Conversations implements api.Conversations.
func (c conversations) Conversations(ctx context.Context) (api.ConversationList, error) {
	ws, err := c.compiled(ctx, "current")
	if err != nil {
		return api.ConversationList{}, err
	}
	failures, _ := conversation.Test(ws)
	failed := map[string]int{}
	for _, f := range failures {
		failed[f.Conversation]++
	}
	var out api.ConversationList
	for _, def := range ws.Conversations {
		out.Conversations = append(out.Conversations, api.ConversationRow{
			ID: def.ID, Name: def.Name, Words: def.Begin.Words, Events: def.Begin.Events, Steps: len(def.Steps), Tests: len(def.Tests), Failed: failed[def.ID],
		})
	}
	return out, nil
}

// Conversation implements api.Conversations.
func (c conversations) Conversation(ctx context.Context, id string) (api.ConversationPage, error) {
	now, err := c.Version(ctx, "current")
	if err != nil {
		return api.ConversationPage{}, err
	}
	ws, err := c.compiled(ctx, now.Hash)
	if err != nil {
		return api.ConversationPage{}, err
	}
	text, err := definition.ConversationText([]byte(now.YAML), id)
	if err != nil {
		return api.ConversationPage{}, err
	}
	return pageOf(ws, id, text, now.Hash), nil
}

// Draft implements api.Conversations.
func (c conversations) Draft(ctx context.Context, id, source string) (api.ConversationPage, error) {
	now, err := c.Version(ctx, "current")
	if err != nil {
		return api.ConversationPage{}, err
	}
	d, err := definition.DraftConversation([]byte(now.YAML), id, source)
	if err != nil {
		return api.ConversationPage{}, err
	}
	if d.Compiled == nil {
		return api.ConversationPage{ID: id, Name: id, Source: source, Problems: api.SourceProblems(d.Problems), Base: now.Hash}, nil
	}
	page := pageOf(d.Compiled, id, source, now.Hash)
	page.Definitions = string(d.Source)
	return page, nil
}

func pageOf(ws *definition.Workspace, id, text, base string) api.ConversationPage {
	def, ok := ws.Conversation(id)
	if !ok {
		return api.ConversationPage{ID: id, Name: id, Source: text, Base: base, Problems: []api.SourceProblem{{
			Path: "id", Line: 1, What: "the draft is of another conversation", Mend: "keep id: " + id,
		}}}
	}
	page := api.ConversationPage{ID: id, Name: def.Name, Source: text, Base: base, Calls: conversation.Calls(def), Slots: slotsOf(ws, def)}
	places := definition.StepTexts(text)
	for _, err := range conversation.Check(def) {
		p := api.SourceProblem{What: err.Error()}
		if f, ok := asFault(err); ok {
			p.Path = f.Field
			if _, i := def.Step(f.Field); i >= 0 && i < len(places) {
				p.Line = places[i].Line
			}
		}
		page.Problems = append(page.Problems, p)
	}
	for i := range def.Steps {
		page.Steps = append(page.Steps, stepOf(def, i, places))
	}
	for _, t := range def.Tests {
		page.Tests = append(page.Tests, api.ConversationTestResult{Name: t.Name, Channel: t.Channel, Diff: conversation.Difference(conversation.Hold(ws, def, t))})
	}
	return page
}

// slotsOf are those for which def asks the arbiter, and what can be said there.
func slotsOf(ws *definition.Workspace, def *definition.Conversation) []api.ConversationSlot {
	var out []api.ConversationSlot
	for _, id := range conversation.Slots(def) {
		slot, _ := ws.Slot(id)
		s := api.ConversationSlot{ID: id, Name: slot.Name, Actions: []string{}}
		for i := range ws.Goals {
			for j := range ws.Goals[i].Actions {
				a := &ws.Goals[i].Actions[j]
				if slices.ContainsFunc(a.Messages, func(m definition.Message) bool { return m.Channel == id }) {
					s.Actions = append(s.Actions, ws.Goals[i].ID+"/"+a.ID)
				}
			}
		}
		out = append(out, s)
	}
	return out
}

func stepOf(def *definition.Conversation, i int, places []definition.StepText) api.ConversationStep {
	s := &def.Steps[i]
	out := api.ConversationStep{ID: s.ID, Deed: string(s.Deed), Text: s.Text, Keys: map[string]any{}}
	switch s.Deed {
	case definition.LookUp, definition.Act:
		out.Text = s.Call
	case definition.Decide:
		out.Text = s.Slot
	case definition.End:
		out.Text = s.Outcome
	case definition.Ask:
		out.For = string(s.Question.For)
	case definition.Fork:
		for _, b := range s.Branches {
			if b.When != nil {
				out.Text = strings.TrimPrefix(out.Text+"\n"+b.When.Source(), "\n")
			}
		}
	case definition.Say, definition.HandOver:
	}
	for _, o := range s.Question.Options {
		out.Options = append(out.Options, event.Option{ID: o.ID, Label: o.Label})
	}
	for _, l := range conversation.Leads(def, s.ID) {
		out.Leads = append(out.Leads, api.ConversationLead(l))
	}
	if i < len(places) {
		out.Line, out.End = places[i].Line, places[i].End
		if places[i].Keys != nil {
			out.Keys = places[i].Keys
		}
	}
	return out
}

// Simulate implements api.Conversations.
func (c conversations) Simulate(ctx context.Context, id string, s api.Simulation) (api.Simulated, error) {
	now, err := c.Version(ctx, "current")
	if err != nil {
		return api.Simulated{}, err
	}
	ws, err := c.compiled(ctx, now.Hash)
	if err != nil {
		return api.Simulated{}, err
	}
	if s.Source != "" {
		d, err := definition.DraftConversation([]byte(now.YAML), id, s.Source)
		if err != nil {
			return api.Simulated{}, err
		}
		if d.Compiled == nil {
			return api.Simulated{Problems: api.SourceProblems(d.Problems)}, nil
		}
		ws = d.Compiled
	}
	if _, ok := ws.Conversation(id); !ok {
		return api.Simulated{}, fault.New(fault.NotFound, "there is no conversation %q", id)
	}
	setting, err := c.setting(s, ws)
	if err != nil {
		return api.Simulated{}, err
	}
	var out api.Simulated
	for _, p := range s.Plays {
		out.Plays = append(out.Plays, simulated1(ws, id, setting, p))
	}
	return out, nil
}

// setting is with whom a simulation is held.
func (c conversations) setting(s api.Simulation, ws *definition.Workspace) (conversation.Setting, error) {
	out := conversation.Setting{Now: c.now(), Results: map[string]definition.Answering{}, Decides: s.Decides}
	for id, r := range s.Results {
		out.Results[id] = definition.Answering(r)
	}
	traits := s.Traits
	out.Rules = definition.Vars{Now: out.Now, Known: definition.Fixed{}, Traits: func() map[string]any { return traits }}
	if s.Person != "" {
		id, err := person.ParseID(s.Person)
		if err != nil {
			return out, fault.New(fault.Invalid, "%q is no person's id", s.Person).At("person")
		}
		p, err := c.person(id)
		if err != nil {
			return out, err
		}
		traits, out.Rules = p.TraitValues(), p.Vars(ws, out.Now)
	}
	out.Text = message.Vars{Traits: traits, Workspace: message.Of(ws)}
	return out, nil
}

func simulated1(ws *definition.Workspace, id string, setting conversation.Setting, p api.SimulationPlay) api.SimulatedPlay {
	play := conversation.NewPlay(ws, setting)
	play.Open(id, p.Channel)
	out := api.SimulatedPlay{Channel: p.Channel}
	channel := p.Channel
	for _, s := range p.Said {
		if s.Channel != "" {
			channel = s.Channel
		}
		if d, ok := definition.ParseDuration(s.Wait); ok && d > 0 {
			play.Wait(min(d, 400*24*time.Hour))
			continue
		}
		text := s.Text
		if conversation.MeansOf(channel) == conversation.Letter {
			text = conversation.Stripped(text)
		}
		play.Say(conversation.Said{Channel: channel, Address: "here", Text: text, Choice: s.Choice, Keys: s.Keys})
		out.Turns++
	}
	out.Lines = play.Lines
	if play.Over() {
		out.Outcome = play.Outcome
	}
	return out
}
