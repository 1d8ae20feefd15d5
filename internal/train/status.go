package train

import (
	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
)

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

// Drift says whether the model in force still foretells: better than a plain one, when
// people come, and who does.
type Drift struct {
	At          event.Instant `json:"at" doc:"when it was looked at"`
	Capital     float64       `json:"capital" doc:"of who bets on the plain model, from 1: that it ever exceeds 20 while the model is no worse has a probability of at most 5 %"`
	Events      int           `json:"events" doc:"since the model was trained, that it was judged by"`
	Timing      Timing        `json:"timing"`
	Calibration Calibration   `json:"calibration"`
	Raised      bool          `json:"raised" doc:"one of the three is beyond its bound: train and promote another"`
	Sentence    string        `json:"sentence,omitempty" doc:"what is wrong; absent: nothing is"`
}

// Timing holds gaps between own acts to the law that was foretold of each: by when in
// it they ended is uniform where the model is right.
type Timing struct {
	Gaps   int       `json:"gaps"`
	Bins   []float64 `json:"bins" doc:"shares of gaps that ended in each tenth of their law; a tenth each is right"`
	Apart  float64   `json:"apart" doc:"largest distance of the two laws"`
	Raised bool      `json:"raised" doc:"with 95 % confidence, more than 0.05 apart"`
}

// Calibration holds what was foretold of people when the model was trained to what
// came.
type Calibration struct {
	People int          `json:"people"`
	Days   float64      `json:"days" doc:"in which they might act; under 7 nothing is said yet"`
	Bins   []belief.Bin `json:"bins"`
	Error  float64      `json:"error" doc:"mean distance, weighted by people"`
	Raised bool         `json:"raised" doc:"more than 0.05, and than chance makes it"`
}
