package conversation

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/profile"
)

// Play is a conversation held with nobody: the simulator's and that of tests. Calls
// are answered from a table.
type Play struct {
	ws      *definition.Workspace
	world   World
	results map[string]definition.Answering
	decides map[string]string
	stack   []profile.Conversation
	begun   int

	Lines   []Line
	Told    []Told // by every step, in order
	Outcome string // of what ended last; "handed over" where people took over
}

// Line is one thing that happened in a play.
type Line struct {
	Who     string         `json:"who" enum:"person,company,call,choice,moved" doc:"who said it; call: what a system was asked; choice: what the arbiter chose; moved: what became of a conversation"`
	Channel string         `json:"channel"`
	Text    string         `json:"text"`
	Options []event.Option `json:"options,omitempty" doc:"of the question, as buttons"`
	Next    []event.Step   `json:"next,omitempty" doc:"next steps of a message that was chosen"`
	Step    string         `json:"step,omitempty" doc:"at which the conversation stands then"`
	Move    event.Move     `json:"move,omitempty"`
}

// Setting is with whom and when a play is held.
type Setting struct {
	Rules   definition.Vars
	Text    message.Vars
	Zone    *time.Location
	Now     event.Instant
	Results map[string]definition.Answering // by call; one that is not there answers with nothing
	Decides map[string]string               // goal/action by slot; silence where there is none
}

// NewPlay returns a play in which nothing was said.
func NewPlay(ws *definition.Workspace, s Setting) *Play {
	if s.Zone == nil {
		s.Zone = ws.Zone
	}
	return &Play{ws: ws, results: s.Results, decides: s.Decides, world: World{Now: s.Now, Zone: s.Zone, Currency: ws.Currency, Call: ws.Call, Rules: s.Rules, Text: s.Text}}
}

// Over reports whether nothing is being talked about.
func (p *Play) Over() bool { return len(p.stack) == 0 }

// Say is the person saying something. What begins nothing and answers nothing is
// met with silence.
func (p *Play) Say(said Said) {
	if said.Begins == "" {
		said.Begins = Match(p.ws, said.Text, p.world.Rules)
	}
	p.Lines = append(p.Lines, Line{Who: "person", Channel: said.Channel, Text: shown(said)})
	switch {
	case !p.Over():
		p.advance(said, Input{Said: &said})
	case said.Begins != "":
		p.begin(said.Begins, said)
	}
}

func shown(s Said) string {
	switch {
	case s.Choice != "":
		return "[" + s.Choice + "]"
	case s.Keys != "":
		return s.Keys
	default:
		return s.Text
	}
}

// Wait lets time pass.
func (p *Play) Wait(d time.Duration) {
	end := p.world.Now.Add(d)
	for !p.Over() {
		top := &p.stack[len(p.stack)-1]
		def, ok := p.ws.Conversation(top.Of)
		due := top.Last.Add(def.Patience)
		if top.Paused {
			due = due.Add(def.Keep)
		}
		if !ok || due > end {
			break
		}
		p.world.Now = max(p.world.Now, due)
		p.advance(Said{Channel: top.Channel, Address: top.Address}, Input{Rest: true})
	}
	p.world.Now = end
}

// Open begins a conversation on a channel by itself, as an event or a next step
// does.
func (p *Play) Open(id, channel string) { p.begin(id, Said{Channel: channel}) }

func (p *Play) begin(id string, said Said) {
	def, ok := p.ws.Conversation(id)
	if !ok {
		return
	}
	p.begun++
	p.stack = append(p.stack, Start(fmt.Sprintf("cnv-%d", p.begun), def, p.ws.Hash, said, p.world.Now))
	p.advance(said, Input{Begin: true, Said: &said})
}

func (p *Play) advance(said Said, in Input) {
	for {
		top := p.stack[len(p.stack)-1]
		p.stack = p.stack[:len(p.stack)-1]
		def, _ := p.ws.Conversation(top.Of)
		t := Advance(p.world, def, top, in)
		p.tell(t, said.Channel)
		if t.State != nil {
			p.stack = append(p.stack, *t.State)
		}
		switch {
		case t.Call != nil:
			in = Input{Reply: p.answer(t.Call, said.Channel)}
			continue
		case t.Ask != nil:
			in = Input{Chose: p.choose(t.Ask, said.Channel)}
			continue
		case t.Begin != "":
			p.begin(t.Begin, said)
		case t.State == nil && t.Over == nil && !p.Over() && !in.Rest:
			under := p.stack[len(p.stack)-1]
			back, _ := p.ws.Conversation(under.Of)
			b := Back(p.world, back, under, said.Channel, said.Address)
			p.stack[len(p.stack)-1] = *b.State
			p.tell(b, said.Channel)
		}
		return
	}
}

func (p *Play) tell(t Turn, channel string) {
	moved := func(begins bool) {
		for _, m := range t.Moves {
			if begins != (m.Move == event.Began || m.Move == event.Resumed) {
				continue
			}
			if m.Move == event.Ended || m.Move == event.HandedOver {
				p.Outcome = outcomeOf(m)
			}
			p.Lines = append(p.Lines, Line{Who: "moved", Channel: channel, Text: outcomeOf(m), Move: m.Move, Step: m.Step})
		}
	}
	p.Told = append(p.Told, t.Told...)
	moved(true)
	if t.Text != "" {
		p.Lines = append(p.Lines, Line{Who: "company", Channel: channel, Text: t.Text, Options: t.Options, Next: t.Next, Step: t.Step})
	}
	moved(false)
}

func outcomeOf(m event.ConversedBody) string {
	if m.Move == event.Ended {
		return m.Outcome
	}
	return strings.ReplaceAll(string(m.Move), "_", " ")
}

func (p *Play) answer(a *Asked, channel string) *Result {
	with := strings.TrimSpace(string(event.Pack(a.With)))
	if len(a.With) == 0 {
		with = ""
	}
	p.Lines = append(p.Lines, Line{Who: "call", Channel: channel, Text: strings.TrimSpace(a.Call + " " + with), Step: a.Step})
	r, ok := p.results[a.Call]
	if !ok {
		return &Result{Status: 200, Body: json.RawMessage(`{}`)}
	}
	out := &Result{Status: r.Status}
	if r.Status == 0 {
		out.Error = "no answer"
	}
	if r.Result != nil {
		out.Body = event.Pack(r.Result)
	}
	return out
}

// Calls returns the ids of the calls that a conversation makes.
func Calls(c *definition.Conversation) []string {
	ids := map[string]bool{}
	for _, s := range c.Steps {
		if s.Call != "" {
			ids[s.Call] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}
