package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Worth is what a candidate was thought to be worth more than leaving the person
// alone, by its parts, in the workspace's currency. It explains, and is rounded;
// what was computed with is in the choice's record.
type Worth struct {
	Margin    float64 `json:"margin,omitempty"`    // expected at once
	Cost      float64 `json:"cost,omitempty"`      // of the touch
	Movement  float64 `json:"movement,omitempty"`  // of the person's state
	Price     float64 `json:"price,omitempty"`     // of the attention that it takes
	Shadow    float64 `json:"shadow,omitempty"`    // of the budget and stock that it uses
	Outside   float64 `json:"outside,omitempty"`   // by a model of the company's own
	Learned   float64 `json:"learned,omitempty"`   // from what came of earlier ones
	Deviation float64 `json:"deviation,omitempty"` // standard deviation of learned
	Trials    float64 `json:"trials,omitempty"`    // decisions that it was learned from, after forgetting
	Score     float64 `json:"score"`               // all of it
}

// Expectation is what a choice's outcome will be compared with, and where it belongs
// among what is learned.
type Expectation struct {
	Action  string    `json:"action" cbor:"1,keyasint"` // as the layout calls it; Silence
	Message string    `json:"message,omitempty" cbor:"2,keyasint,omitempty"`
	Channel string    `json:"channel,omitempty" cbor:"3,keyasint,omitempty"`
	Hour    int       `json:"hour,omitempty" cbor:"4,keyasint,omitempty"`
	Context []float64 `json:"context" cbor:"5,keyasint"`
	Score   float64   `json:"score,omitempty" cbor:"6,keyasint,omitempty"` // of the choice but for what was learned
	Cost    float64   `json:"cost,omitempty" cbor:"7,keyasint,omitempty"`
	Value   *float64  `json:"value,omitempty" cbor:"8,keyasint,omitempty"` // of the person's state at that time; nil: no state model
}

// LeverKind is what a lever does.
type LeverKind string

// The kinds of lever.
const (
	Pin   LeverKind = "pin"   // who may have it gets it
	Boost LeverKind = "boost" // its odds are multiplied
	Block LeverKind = "block" // nobody gets it
	Pause LeverKind = "pause" // nobody gets it until then
)

// LeverOn is the sort of thing that a lever is on.
type LeverOn string

// What a lever may be on.
const (
	OnEverything LeverOn = "everything"
	OnGoal       LeverOn = "goal"
	OnAction     LeverOn = "action"
	OnMessage    LeverOn = "message"
	OnChannel    LeverOn = "channel"
)

// Lever is a person's hand on what is decided.
type Lever struct {
	ID      string    `json:"id"`
	Kind    LeverKind `json:"kind" enum:"pin,boost,block,pause"`
	On      LeverOn   `json:"on" enum:"everything,goal,action,message,channel"`
	Goal    string    `json:"goal,omitempty" doc:"of a goal, an action or a message"`
	Action  string    `json:"action,omitempty" doc:"of an action or a message"`
	Message string    `json:"message,omitempty" doc:"of a message"`
	Channel string    `json:"channel,omitempty" doc:"of a channel"`
	Factor  float64   `json:"factor,omitempty" doc:"of a boost: by how much the odds are multiplied, such as 2"`
	Until   Instant   `json:"until,omitempty" doc:"when it ends by itself"`
	Since   Instant   `json:"since"`
	By      string    `json:"by,omitempty"`
	Why     string    `json:"why,omitempty" doc:"in the words of who moved it"`
}

// Holds reports whether the lever is on at now.
func (l Lever) Holds(now Instant) bool { return l.Until == 0 || now < l.Until }

// Touches reports whether the lever is on what is described.
func (l Lever) Touches(goal, action, message, channel string) bool {
	switch l.On {
	case OnEverything:
		return true
	case OnGoal:
		return l.Goal == goal
	case OnAction:
		return l.Goal == goal && l.Action == action
	case OnMessage:
		return l.Goal == goal && l.Action == action && l.Message == message
	case OnChannel:
		return l.Channel == channel
	default:
		return false
	}
}

// ChoiceArm is the arm of an experiment in which a choice was made.
type ChoiceArm struct {
	Experiment string `json:"experiment"`
	Arm        string `json:"arm"`

	// Exposed is whether the choice would have been made differently in another arm:
	// who was never exposed cannot have been moved by being in one.
	Exposed bool `json:"exposed,omitempty"`

	// Shares are how probable each arm was, of who was exposed.
	Shares map[string]float64 `json:"shares,omitempty"`
}

// Competed returns the goals that the choice was made among.
func (b *ChoiceBody) Competed() []string {
	if len(b.Goals) == 0 {
		return []string{b.Goal}
	}
	return b.Goals
}

// Concerns reports whether the choice was made for goal, among others.
func (b *ChoiceBody) Concerns(goal string) bool { return slices.Contains(b.Competed(), goal) }

// Chosen is a choice with the one candidate that was chosen: reading no more costs a
// third of reading them all.
type Chosen struct {
	ChoiceBody // without Candidates and Record

	Candidate  Candidate
	Candidates []json.RawMessage
	Record     json.RawMessage
}

// UnpackChosen reads what was chosen from the body of e, a choice.
func UnpackChosen(e *Event) (Chosen, error) {
	var is struct {
		ChoiceBody
		Candidates []json.RawMessage `json:"candidates"`
		Record     json.RawMessage   `json:"record"`
	}
	if err := json.Unmarshal(e.Body, &is); err != nil {
		return Chosen{}, fmt.Errorf("choice %s: body: %w", e.MessageID, err)
	}
	out := Chosen{ChoiceBody: is.ChoiceBody, Candidates: is.Candidates, Record: is.Record}
	if is.Chosen < 0 || is.Chosen >= len(is.Candidates) {
		return out, fmt.Errorf("choice %s: there is no candidate %d", e.MessageID, is.Chosen)
	}
	if err := json.Unmarshal(is.Candidates[is.Chosen], &out.Candidate); err != nil {
		return out, fmt.Errorf("choice %s: candidate %d: %w", e.MessageID, is.Chosen, err)
	}
	return out, nil
}

// Stored is e, the choice, as timelines keep it: what it takes to make it again is in
// the journal and the archive.
func (c *Chosen) Stored(e Event) Event {
	member := slices.Concat([]byte(`,"record":`), c.Record)
	if from := bytes.Index(e.Body, member); from >= 0 && len(c.Record) > 0 {
		e.Body = slices.Concat(e.Body[:from], e.Body[from+len(member):])
	}
	return e
}

// OutcomeBody is what came of a choice by the end of a window after it was served.
// Money is in the workspace's currency.
type OutcomeBody struct {
	ID       Opportunity `json:"id"`
	Goal     string      `json:"goal"`
	Action   string      `json:"action"`
	Served   Instant     `json:"served"`
	Window   int         `json:"window"` // days
	Margin   float64     `json:"margin"` // earned within it, discounted
	Cost     float64     `json:"cost,omitempty"`
	Expected Expectation `json:"expected"`
	Later    *float64    `json:"later,omitempty"` // value of the person's state at its end; nil: no state model
	Trust    float64     `json:"trust,omitempty"` // with which that counts
	Reward   float64     `json:"reward"`
	Residual float64     `json:"residual"`      // of the reward over what was expected
	Was      *float64    `json:"was,omitempty"` // the reward by the end of the window before
	Stage    string      `json:"stage,omitempty"`
	Learn    bool        `json:"learn,omitempty"` // it goes into what is learned
}

// LearnedBody is a part of what a partition learned since it last told: sums that
// add up over partitions, and what was used.
type LearnedBody struct {
	Definition string   `json:"definition"`      // hash of the definitions whose layout the piece has
	Piece      []byte   `json:"piece,omitempty"` // see decide.Statistics.Pieces
	Used       []UseRow `json:"used,omitempty"`

	Matured []MatureRow `json:"matured,omitempty"`
}

// MatureRow is what came of an action of a goal in half a year: sums over people, as
// decide.Mature has them.
type MatureRow struct {
	Key   string      `json:"key" cbor:"1,keyasint"`
	Sums  [10]float64 `json:"sums" cbor:"2,keyasint"`
	Model string      `json:"model,omitempty" cbor:"3,keyasint,omitempty"` // root of the state model that said what states are worth
}

// UseRow is how much of something was used, or how often harm was done, on a day.
type UseRow struct {
	Key    string  `json:"key" cbor:"1,keyasint"`
	Day    int     `json:"day" cbor:"2,keyasint"` // since 1970, UTC
	Amount float64 `json:"amount" cbor:"3,keyasint"`
}

// PosteriorBody points to what was learned from all outcomes.
type PosteriorBody struct {
	Hash   string `json:"hash"`   // hex SHA-256 of the body in the journal's body store
	Number uint64 `json:"number"` // from 1
}
