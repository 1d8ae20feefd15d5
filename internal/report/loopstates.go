package report

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/lifecycle"
)

// LoopStates is where the value that is still to come lies, and who moved.
type LoopStates struct {
	Needs    *Needs      `json:"needs,omitempty" doc:"what is missing; absent where a model is in force"`
	States   []LoopState `json:"states" doc:"the live ones by rate, the least active first, and then gone; empty without a model"`
	Believed int         `json:"believed" doc:"people of whom something is believed"`
	Value    float64     `json:"value" doc:"what all of them are worth from now on, in money"`
	Period   string      `json:"period" doc:"of moves, in words"`
	Up       int         `json:"up" doc:"people who are in a livelier state than they were"`
	Down     int         `json:"down" doc:"who are in a quieter one"`
	Left     int         `json:"left" doc:"who have left"`
	Back     int         `json:"back" doc:"who had left and are here again"`
	Moves    []StateFlow `json:"moves" doc:"who went from one state to another in the period, most people first"`
	Sentence string      `json:"sentence" doc:"the moves in words"`
}

// LoopState is one state.
type LoopState struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	People int      `json:"people" doc:"in it now: filter state"`
	Worth  float64  `json:"worth" doc:"what its people are worth from now on, in money"`
	Of     Estimate `json:"share_of_value" doc:"of what everybody is worth from now on"`
}

// loopStates tells of the people of a scope, and of its period.
func (d *digest) loopStates(s *scope) LoopStates {
	t, m := &d.standings, d.state.Model
	out := LoopStates{States: []LoopState{}, Moves: []StateFlow{}, Period: periodWords(s.period, d.now, d.zone())}
	if m == nil {
		out.Needs = t.needs(len(d.ws.Relationship.Acts) > 0)
		out.Sentence = "No model is in force: stages serve. " + out.Needs.Sentence
		return out
	}
	for _, state := range m.Body.States {
		out.States = append(out.States, LoopState{ID: state.ID, Name: state.Name})
	}
	out.States = append(out.States, LoopState{ID: belief.Gone, Name: "Gone"})
	t.value(s.who, &out)
	out.movement(t.flowsOf(s.who, s.period.From, min(s.period.To, d.now)))
	out.Sentence = out.moveSentence()
	return out
}

// value fills in how many are in each state, and which part of what everybody is
// worth is theirs, with people as the independent units.
func (t *standings) value(who func(int) bool, out *LoopStates) {
	row := map[uint8]int{}
	for i, s := range out.States {
		row[t.name(s.ID)] = i + 1
	}
	ratios := make([]lifecycle.Ratio, len(out.States))
	for place, p := range t.people {
		at := row[p.state] - 1
		if at < 0 || !who(place) {
			continue
		}
		worth := max(0, p.value)
		out.Believed++
		out.States[at].People++
		out.States[at].Worth += float64(worth) / 1e6
		out.Value += float64(worth) / 1e6
		for i := range ratios {
			if i == at {
				ratios[i].Add(int64(worth), int64(worth))
			} else {
				ratios[i].Add(0, int64(worth))
			}
		}
	}
	for i := range ratios {
		out.States[i].Of = shareOf(ratios[i].Share())
		if e := &out.States[i].Of; !e.Enough {
			e.Note = fmt.Sprintf("fewer than %d people are worth anything from now on", lifecycle.MinPeople)
		}
	}
}

// movement sorts who moved by where to. States of other models are told of, but
// are neither livelier nor quieter.
func (s *LoopStates) movement(flows []StateFlow) {
	rank := func(id string) int {
		return slices.IndexFunc(s.States, func(o LoopState) bool { return o.ID == id })
	}
	for _, f := range flows {
		if f.From == f.To || f.From == "none" {
			continue
		}
		s.Moves = append(s.Moves, f)
		from, to := rank(f.From), rank(f.To)
		switch {
		case f.To == belief.Gone:
			s.Left += f.People
		case f.From == belief.Gone:
			s.Back += f.People
		case from >= 0 && to > from:
			s.Up += f.People
		case from > to && to >= 0:
			s.Down += f.People
		}
	}
}

func (s *LoopStates) moveSentence() string {
	when := capital(s.Period)
	if s.Believed == 0 {
		return "Nothing is believed of anybody yet: nobody has acted since the model came into force, or people are still being brought up to it."
	}
	if len(s.Moves) == 0 {
		return when + " nobody moved from one state to another."
	}
	out := fmt.Sprintf("%s %s moved to a livelier state, %s to a quieter one, and %s left", when, HowMany(s.Up), Count(s.Down), Count(s.Left))
	if s.Back > 0 {
		out += fmt.Sprintf("; %s who had left came back", Count(s.Back))
	}
	switch {
	case s.Up+s.Back > s.Down+s.Left:
		return out + ": more rise than sink."
	case s.Up+s.Back < s.Down+s.Left:
		return out + ": more sink than rise."
	default:
		return out + "."
	}
}
