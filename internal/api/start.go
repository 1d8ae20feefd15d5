package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/report"
)

// StartPage is how far the first hour is. Every step is told by what there is:
// nothing is ticked off.
type StartPage struct {
	Done      bool            `json:"done" doc:"every step is"`
	Steps     []StartStep     `json:"steps" doc:"in order"`
	Templates []StartTemplate `json:"templates" doc:"ready definitions to begin with"`
	InForce   string          `json:"in_force,omitempty" doc:"the template whose text is in force to the byte; left out: none is"`
	Proposed  string          `json:"proposed,omitempty" doc:"the template that knows most of the events seen, where that is another than the one in force and knows more of them"`
	Seen      []StartEvent    `json:"seen" doc:"events that came, as far as the map can tell them apart"`
}

// StartStep is one step of the first hour.
type StartStep struct {
	ID       string `json:"id" enum:"template,events,map,goal,rehearsal,live,message"`
	Done     bool   `json:"done"`
	Sentence string `json:"sentence" doc:"what there is, or what there is not yet"`
}

// StartTemplate is a ready set of definitions.
type StartTemplate struct {
	ID         string   `json:"id"`
	Company    string   `json:"company" doc:"the simulated company that speaks the same events"`
	Stages     []string `json:"stages"`
	Goals      []string `json:"goals"`
	Events     int      `json:"events" doc:"event names that it knows"`
	Recognised []string `json:"recognised" doc:"events seen that it knows"`
	First      string   `json:"first" doc:"an event after which its first goal works on a person"`
}

// StartEvent is a kind of event that came.
type StartEvent struct {
	Event string `json:"event"`
	Known bool   `json:"known" doc:"it has a place on the map"`
}

// StartTemplateRequest chooses a template.
type StartTemplateRequest struct {
	Template string `json:"template" enum:"app,retail,saas,telco"`
}

// beginnings are, by template, the simulated company like it and an event that
// brings a person to where its first goal begins.
func beginnings(template string) (company, first string) {
	switch template {
	case "app":
		return "app", "Application Opened"
	case "saas":
		return "saas", "Signed Up"
	case "telco":
		return "telco", "Contract Started"
	default:
		return "shop", "Order Completed"
	}
}

func registerStart(api huma.API, o Options, b boundary) {
	add(api, b, operation("get-start", http.MethodGet, "/start", "workspace", "How far the first hour is: template, events, map, goal, rehearsal, going live for oneself"),
		func(ctx context.Context, _ *none) (StartPage, error) { return startPage(ctx, o) })

	type input struct{ Body StartTemplateRequest }
	add(api, b, operation("choose-template", http.MethodPost, "/start/template", "workspace", "Bring a ready set of definitions into force"),
		func(ctx context.Context, in *input) (Applied, error) {
			source, ok := definition.Template(in.Body.Template)
			if !ok {
				return Applied{}, fault.New(fault.NotFound, "There is no template %q.", in.Body.Template).At("template")
			}
			return o.Definitions.Apply(ctx, source, "", event.DefinitionBody{By: "admin", Message: "template " + in.Body.Template})
		})
}

func startPage(ctx context.Context, o Options) (StartPage, error) {
	m, err := o.Reports.Map(ctx, report.Scope{})
	if err != nil {
		return StartPage{}, err
	}
	current, err := o.Definitions.Version(ctx, "current")
	if err != nil {
		return StartPage{}, err
	}
	ws, err := definition.Compile([]byte(current.YAML))
	if err != nil {
		return StartPage{}, err
	}
	p := StartPage{Seen: seenEvents(&m, ws), Templates: []StartTemplate{}}
	if err := p.addTemplates(current.YAML); err != nil {
		return StartPage{}, err
	}
	return p, p.addSteps(ctx, o, &m, ws)
}

// seenEvents are the events that came, as far as the map tells: those without a
// place, and those of touchpoints that are made of one event.
func seenEvents(m *report.Map, ws *definition.Workspace) []StartEvent {
	out := []StartEvent{}
	add := func(label string, known bool) {
		if !slices.ContainsFunc(out, func(e StartEvent) bool { return e.Event == label }) {
			out = append(out, StartEvent{label, known})
		}
	}
	met := slices.Clone(m.Touchpoints)
	slices.SortStableFunc(met, func(a, b report.Touchpoint) int { return cmp.Compare(b.Interactions, a.Interactions) })
	for _, t := range met {
		i := slices.IndexFunc(ws.Map.Touchpoints, func(d definition.Touchpoint) bool { return d.ID == t.ID })
		if t.Interactions > 0 && i >= 0 && len(ws.Map.Touchpoints[i].Events) == 1 {
			add(ws.Map.Touchpoints[i].Events[0], true)
		}
	}
	for _, u := range m.Unmapped {
		add(u.Event, false)
	}
	return out
}

// addTemplates adds the templates with what they know of the events seen, and
// which of them is in force or had better be.
func (p *StartPage) addTemplates(inForce string) error {
	most, here := 0, 0
	for _, id := range definition.Templates() {
		source, _ := definition.Template(id)
		ws, err := definition.Compile(source)
		if err != nil {
			return fmt.Errorf("template %s: %w", id, err)
		}
		t := StartTemplate{ID: id, Recognised: []string{}}
		t.Company, t.First = beginnings(id)
		for _, s := range ws.Map.Stages {
			t.Stages = append(t.Stages, s.Name)
		}
		for _, g := range ws.Goals {
			t.Goals = append(t.Goals, g.Name)
		}
		labels := map[string]bool{}
		for _, touchpoint := range ws.Map.Touchpoints {
			for _, label := range touchpoint.Events {
				labels[label] = true
			}
		}
		t.Events = len(labels)
		for _, e := range p.Seen {
			if labels[e.Event] {
				t.Recognised = append(t.Recognised, e.Event)
			}
		}
		if string(source) == inForce {
			p.InForce, here = id, len(t.Recognised)
		}
		if n := len(t.Recognised); n > most {
			most, p.Proposed = n, id
		}
		p.Templates = append(p.Templates, t)
	}
	if p.InForce == "" || most <= here { // whoever wrote their own map is not told to drop it
		p.Proposed = ""
	}
	return nil
}

func (p *StartPage) addSteps(ctx context.Context, o Options, m *report.Map, ws *definition.Workspace) error {
	versions, err := o.Definitions.Versions(ctx)
	if err != nil {
		return err
	}
	workspace, err := o.Reports.Workspace(ctx)
	if err != nil {
		return err
	}
	loop, err := o.Reports.Loop(ctx, report.Scope{})
	if err != nil {
		return err
	}
	step := func(id string, done bool, yes, no string) {
		if !done {
			yes = no
		}
		p.Steps = append(p.Steps, StartStep{id, done, yes})
	}
	chosen := slices.ContainsFunc(versions.Versions, func(v event.DefinitionVersion) bool { return v.By != "start" }) || workspace.People > 0
	step("template", chosen, fmt.Sprintf("%s has %d stages and %d touchpoints.", ws.Name, len(ws.Map.Stages), len(ws.Map.Touchpoints)),
		"Rapport began with the map of a shop. Keep it, or take the one that is most like you.")
	step("events", workspace.People > 0, fmt.Sprintf("%s of %s are here.", report.Plural(int(workspace.Events), "event"), report.HowMany(workspace.People)), "No event has come yet.")
	met := 0
	for _, t := range m.Touchpoints {
		if t.People > 0 {
			met++
		}
	}
	unmapped := fmt.Sprintf("%d kinds of event have", len(m.Unmapped))
	if len(m.Unmapped) == 1 {
		unmapped = "one kind of event has"
	}
	step("map", met > 0, fmt.Sprintf("People were at %d of %d touchpoints; %s no place yet.", met, len(m.Touchpoints), unmapped),
		"The map is drawn, and nobody has been anywhere on it.")
	own := ownGoals(ws)
	step("goal", len(own) > 0, fmt.Sprintf("Your goal is in force: %s.", firstOf(own)), "The goals are those of the template. Name one of your own.")
	p.addLastSteps(o, step, &workspace, &loop)
	return nil
}

// addLastSteps adds those that are about what the engine does.
func (p *StartPage) addLastSteps(o Options, step func(id string, done bool, yes, no string), workspace *report.Workspace, loop *report.Loop) {
	mine := len(workspace.Allow) > 0 || workspace.Live == event.LiveToAll
	rehearsed := o.Rehearsals != nil && len(o.Rehearsals.List()) > 0
	step("rehearsal", rehearsed || mine, "It was rehearsed on simulated people.", "Nothing was rehearsed yet.")
	open := fmt.Sprintf("Only %s can be sent to.", firstOf(workspace.Allow))
	if len(workspace.Allow) > 1 {
		open = fmt.Sprintf("Only the %d addresses on the allow-list can be sent to.", len(workspace.Allow))
	}
	if workspace.Live == event.LiveToAll {
		open = "Everybody who consents can be sent to."
	}
	step("live", mine, open, "Nothing leaves, to anybody.")
	step("message", loop.Acting.Sent > 0, loop.Acting.Sentence, "Nothing was sent yet.")
	p.Done = !slices.ContainsFunc(p.Steps, func(s StartStep) bool { return !s.Done })
}

// ownGoals are the names of the goals that no template has.
func ownGoals(ws *definition.Workspace) []string {
	ready := map[string]bool{}
	for _, id := range definition.Templates() {
		source, _ := definition.Template(id)
		if t, err := definition.Compile(source); err == nil {
			for _, g := range t.Goals {
				ready[g.ID] = true
			}
		}
	}
	var out []string
	for _, g := range ws.Goals {
		if !ready[g.ID] {
			out = append(out, g.Name)
		}
	}
	return out
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
