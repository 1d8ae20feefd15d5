package train

import "github.com/rapporthq/rapport/internal/event"

// Status is how far a training is, and how the last one ended.
type Status struct {
	Running bool          `json:"running"`
	Stage   Stage         `json:"stage,omitempty" enum:"gather,choose,fit,examine"`
	Message string        `json:"message" doc:"in words"`
	Since   event.Instant `json:"since" doc:"when it began; null: none did since the start"`
	People  int           `json:"people" doc:"who are learned from"`
	Done    float64       `json:"done" doc:"estimate, 0 to 1"`
	Failed  string        `json:"failed,omitempty" doc:"why the last one came to nothing"`
	Drift   *Drift        `json:"drift,omitempty" doc:"of the model in force; absent until it was looked at"`
}

// Stage is a part of a training.
type Stage string

// The stages, in order.
const (
	Gather  Stage = "gather"  // read histories
	Choose  Stage = "choose"  // compare forms
	Examine Stage = "examine" // on people and time not seen
	Finish  Stage = "fit"     // on everybody
)

// Drift says whether the model in force still foretells better than a plain one.
type Drift struct {
	At      event.Instant `json:"at" doc:"when it was looked at"`
	Capital float64       `json:"capital" doc:"of who bets on the plain model, from 1: that it ever exceeds 20 while the model is no worse has a probability of at most 5 %"`
	Events  int           `json:"events" doc:"since the model was trained, that it was judged by"`
	Raised  bool          `json:"raised"`
}
