package event

// SlotsBody asks what to show a person in slots, all at once: what is chosen for one
// counts for those after it.
type SlotsBody struct {
	Call  string   `json:"call"`  // names the question; the event's message id
	Slots []string `json:"slots"` // ids, each once
	Until Instant  `json:"until"` // when whoever asks no longer waits

	// Scores are what an outside model adds to the score of actions, by goal/action,
	// in the workspace's currency.
	Scores map[string]float64 `json:"scores,omitempty"`
}

// ServedBody tells what a slot showed in the end: what was chosen for it, or what is
// there anyway. Only what was served is learned from.
type ServedBody struct {
	ID     Opportunity `json:"id,omitzero"`    // of the choice; zero: all of Call
	Call   string      `json:"call,omitempty"` // of which nothing was shown
	Served bool        `json:"served"`
	Why    string      `json:"why,omitempty"` // it was not, such as late
}

// ScoredBody is what a model of the company's own answered, which was asked before a
// choice, or that it did not.
type ScoredBody struct {
	ID     Opportunity        `json:"id"` // of the choice
	Scores map[string]float64 `json:"scores,omitempty"`
	Failed string             `json:"failed,omitempty"` // a sentence
}
