package belief

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Start says by what relationships begin differently: people of each value have a
// starting class of their own, 1 for the first value. Class 0 is everybody else, among
// them those whose value was first seen later: they begin as people do on the whole.
type Start struct {
	Trait    string   `json:"trait,omitempty" doc:"trait, as known by the act that begins the relationship"`
	Property string   `json:"property,omitempty" doc:"path in the event that begins it"`
	Values   []string `json:"values" doc:"empty text: none was known"`
	People   []int    `json:"people" doc:"learned from, by value"`
	Others   int      `json:"others" doc:"learned from, with any other value"`
}

// StartTried is what was declared to tell how relationships begin, and whether it
// does.
type StartTried struct {
	Trait    string  `json:"trait,omitempty"`
	Property string  `json:"property,omitempty"`
	Values   int     `json:"values" doc:"with enough people to tell them apart"`
	Gain     float64 `json:"gain" doc:"how much better people held out are foretold with it than without, in nats each"`
	Error    float64 `json:"error" doc:"standard error of it"`
	Kept     bool    `json:"kept"`
	Sentence string  `json:"sentence"`
}

// longest is how much of a value is looked at.
const longest = 100

// text is a value as classes are told by it; what is no plain value is none.
func text(v gjson.Result) string {
	switch v.Type {
	case gjson.String, gjson.Number, gjson.True, gjson.False:
		s := strings.TrimSpace(v.String())
		return strings.ToValidUTF8(s[:min(len(s), longest)], "")
	default:
		return ""
	}
}

// class is the starting class of people with a value.
func (s *Start) class(value string) uint8 {
	return uint8(1 + slices.Index(s.Values, value)) //nolint:gosec // at most 255
}

// Class is the starting class of somebody whose value is known.
func (b *Body) Class(value string) uint8 {
	if b.Start == nil {
		return 0
	}
	return b.Start.class(value)
}

// said is what an event says of how a relationship begins: a declared trait, or, if
// it is an own act, a property of it.
func said(by definition.Beginning, e *event.Event, own bool) (value string, ok bool) {
	if by.Property != "" {
		if !own {
			return "", false
		}
		if in, found := strings.CutPrefix(by.Property, "context."); found {
			return text(gjson.GetBytes(e.Context, in)), true
		}
		return text(gjson.GetBytes(e.Properties, strings.TrimPrefix(by.Property, "properties."))), true
	}
	var traits gjson.Result
	switch {
	case e.Kind == event.Identify:
		traits = gjson.ParseBytes(e.Traits)
	case bytes.Contains(e.Context, []byte("traits")):
		traits = gjson.GetBytes(e.Context, "traits")
	}
	traits.ForEach(func(key, v gjson.Result) bool {
		if key.String() == by.Trait {
			value, ok = text(v), true
		}
		return true
	})
	return value, ok
}

// By is what tells the class.
func (s *Start) By() definition.Beginning {
	return definition.Beginning{Trait: s.Trait, Property: s.Property}
}

// start is what a person's record says of how their relationship begins by an act at
// a time. It is not certain where the trait was set later too.
func (r *reader) start(p *profile.Person, s step) (class uint8, certain bool) {
	if r.begins == nil || s.tells {
		return s.class, true
	}
	if r.begins.Trait == "" || p == nil {
		return r.begins.class(""), true
	}
	t := p.Traits.At(r.begins.Trait)
	switch {
	case t == nil:
		return r.begins.class(""), true
	case t.Time > s.time:
		return 0, false
	default:
		return r.begins.class(text(gjson.ParseBytes(t.Value))), true
	}
}

// Began is what somebody's events said, until the act that began the relationship, of
// each thing that may tell how relationships begin; empty where they said nothing.
func (b *Body) Began(timeline func(yield func(event.Event) bool), by []definition.Beginning) []string {
	out := make([]string, len(by))
	r := newReader(b)
	for e := range timeline {
		s, ok := r.read(&e)
		own := ok && s.Type == statemodel.Own
		for i := range by {
			if v, known := said(by[i], &e, own); known {
				out[i] = v
			}
		}
		if own {
			break
		}
	}
	return out
}
