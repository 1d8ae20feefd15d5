package event

// Stride is what happened to somebody in a journey.
type Stride string

// The strides. HeldOut, Ended and Left are the last of a run.
const (
	Entered Stride = "entered"
	HeldOut Stride = "held_out" // kept out, to measure the journey against
	Arrived Stride = "arrived"  // at Step
	SentIt  Stride = "sent"     // what Step sends
	NotSent Stride = "not_sent" // what Step sends, for Reason
	Ran     Stride = "ended"    // the steps are done, with Outcome
	Quit    Stride = "left"     // before that, for Reason
)

// JourneyedBody records a stride in a journey.
type JourneyedBody struct {
	Journey string `json:"journey"` // id of the definition
	Run     string `json:"run"`     // which one of this person's
	Version string `json:"version"` // hash of the definitions that it keeps to
	Stride  Stride `json:"stride"`
	Step    string `json:"step,omitempty"` // where they stand
	Came    bool   `json:"came,omitempty"` // Arrived: what the step before had waited for did come
	Arm     string `json:"arm,omitempty"`  // of a split that was taken, or of the holdout
	Outcome string `json:"outcome,omitempty"`

	// Shares are how probable each arm of the split was.
	Shares map[string]float64 `json:"shares,omitempty"`

	Reason Reason `json:"reason,omitzero"`
}
