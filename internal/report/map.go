package report

import (
	"context"
	"fmt"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/profile"
)

// Map returns the lifecycle map with what was measured on it.
func (r *Reports) Map(ctx context.Context, of Scope) (Map, error) {
	started := time.Now()
	d, err := r.digest(ctx)
	if err != nil {
		return Map{}, err
	}
	s, err := d.scope(of, 0)
	if err != nil {
		return Map{}, err
	}
	m := d.mapView(s, of)
	if s.recent != nil {
		m.ComputedMS = float64(time.Since(started).Microseconds()) / 1000
	}
	return m, nil
}

func (d *digest) mapView(s *scope, of Scope) Map {
	f := &s.figures
	m := Map{
		Now: f.Now, Scope: d.scopeView(s, of), From: f.From, People: f.People, Events: f.Events, Effort: effort(f.Effort),
		Initiative: shareOf(f.Initiative), Continued: shareOf(f.Continued), WindowDays: inDaysNumber(f.Window),
		Stages: []MapStage{}, Channels: []string{}, Touchpoints: []Touchpoint{}, Flows: []Flow{},
		DeadEnds: []DeadEnd{}, Unmapped: []Unmapped{}, ComputedMS: float64(d.took.Microseconds()) / 1000,
	}
	for i, stage := range f.Stages {
		def := d.ws.Map.Stages[i]
		m.Stages = append(m.Stages, MapStage{
			ID: stage.ID, Name: def.Name, Rule: def.When.Source(), People: stage.People, Met: stage.At,
			Effort: effort(stage.Effort), Initiative: shareOf(stage.Initiative),
		})
	}
	seen := map[string]bool{}
	for i, t := range f.Touchpoints {
		def := d.ws.Map.Touchpoints[i]
		if !seen[def.Channel] {
			seen[def.Channel] = true
			m.Channels = append(m.Channels, def.Channel)
		}
		got := touchpoint(def, t)
		got.Expected = s.expected.of(i)
		m.Touchpoints = append(m.Touchpoints, got)
	}
	for _, fl := range f.Flows {
		m.Flows = append(m.Flows, Flow{From: fl.From, To: fl.To, People: fl.People, Share: fl.Share})
	}
	for _, e := range f.DeadEnds {
		m.DeadEnds = append(m.DeadEnds, d.deadEnd(e))
	}
	for _, u := range f.Unmapped {
		m.Unmapped = append(m.Unmapped, Unmapped{Event: u.Label, Count: u.Count, People: u.People, LastSeen: u.LastSeen})
	}
	m.Expectation = d.mapExpectation(s)
	m.Answer = d.mapAnswer(&m)
	return m
}

func touchpoint(def definition.Touchpoint, t lifecycle.TouchpointResult) Touchpoint {
	out := Touchpoint{
		ID: def.ID, Name: def.Name, Stage: def.Stage, Channel: def.Channel, Direction: string(def.Direction),
		People: t.People, Interactions: int(t.Interactions), Effort: effort(t.Effort),
		WindowDays: inDaysNumber(def.Window), Continuation: shareOf(t.Continuation), Curve: []CurvePoint{},
		DeadEnd: t.DeadEnd, Back: t.By[lifecycle.Yes], Lost: t.By[lifecycle.No], Open: t.By[lifecycle.Open],
	}
	if t.Compared {
		out.Against = &t.Against
	}
	for _, p := range t.Curve {
		out.Curve = append(out.Curve, CurvePoint{Day: inDaysNumber(p.At), Value: p.Value, Low: p.Low, High: p.High, AtRisk: p.AtRisk})
	}
	return out
}

func (d *digest) deadEnd(e lifecycle.DeadEnd) DeadEnd {
	out := DeadEnd{Touchpoint: e.Touchpoint, Lost: e.Lost, Continuation: shareOf(e.Continuation), Against: e.Against}
	def := d.touchpoint(e.Touchpoint)
	out.Sentence = fmt.Sprintf("After %s, %s did not come back of their own accord within %s: %s do, against %s over all touchpoints.",
		quoted(def.Name), HowMany(e.Lost), inDays(def.Window), estimated(out.Continuation), percent(e.Against))
	return out
}

func (d *digest) touchpoint(id string) definition.Touchpoint {
	for _, t := range d.ws.Map.Touchpoints {
		if t.ID == id {
			return t
		}
	}
	return definition.Touchpoint{ID: id, Name: id}
}

// mapAnswer answers: do people come back of their own accord?
func (d *digest) mapAnswer(m *Map) string {
	window := inDays(d.figures.Window)
	switch {
	case len(d.ws.Map.Touchpoints) == 0:
		return "There is no map yet: apply definitions to draw one."
	case m.People == 0:
		return "Nobody is here yet: send a first event, or import history."
	case !m.Continued.Enough:
		return fmt.Sprintf("It is too early to say whether people come back of their own accord: %s.", m.Continued.Note)
	}
	s := fmt.Sprintf("%s of people come back of their own accord within %s of their first visit.", estimated(m.Continued), window)
	if m.Initiative.Enough {
		s += fmt.Sprintf(" They start %s of what happens between us.", percent(m.Initiative.Value))
	}
	if len(m.DeadEnds) > 0 {
		worst := m.DeadEnds[0]
		s += fmt.Sprintf(" Most are lost after %s: %s.", quoted(d.touchpoint(worst.Touchpoint).Name), HowMany(worst.Lost))
	}
	return s
}

func shareOf(s lifecycle.Share) Estimate {
	return Estimate{Value: s.Value, Low: s.Low, High: s.High, People: s.People, Enough: s.Enough, Note: s.Missing}
}

func effort(e profile.Effort) Effort {
	return Effort{Outreach: int(e.Outreach), Response: int(e.Response), Unprompted: int(e.Unprompted)}
}

func inDaysNumber(d time.Duration) float64 { return d.Hours() / 24 }
