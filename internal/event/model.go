package event

// ModelBody brings a state model into force in a partition. From there on people
// are followed by it.
type ModelBody struct {
	Hash    string `json:"hash,omitempty"`    // hex SHA-256 of the body in the journal's body store; empty: no model
	By      string `json:"by,omitempty"`      // who brought it into force
	Message string `json:"message,omitempty"` // why, in their words
}

// TrainedBody tells how a training ended.
type TrainedBody struct {
	Hash   string `json:"hash,omitempty"` // of the candidate's body in the journal's body store; empty: there is none
	By     string `json:"by,omitempty"`   // who asked for it
	Why    string `json:"why,omitempty"`  // in a sentence: why there is none, or what speaks for it
	People int    `json:"people"`         // who were learned from
	Took   int64  `json:"took"`           // milliseconds
}

// TrainedModel is a model that was trained, or brought into force.
type TrainedModel struct {
	Number  uint64  `json:"number" cbor:"1,keyasint" doc:"from 1, in the order of training"`
	Hash    string  `json:"hash,omitempty" cbor:"2,keyasint,omitempty" doc:"hex SHA-256 of its body; none where training found no model"`
	At      Instant `json:"at" cbor:"3,keyasint" doc:"when it was trained"`
	By      string  `json:"by,omitempty" cbor:"4,keyasint,omitempty" doc:"who asked for it"`
	Why     string  `json:"why,omitempty" cbor:"5,keyasint,omitempty"`
	People  int     `json:"people" cbor:"6,keyasint,omitempty" doc:"who were learned from"`
	Took    int64   `json:"took" cbor:"7,keyasint,omitempty" doc:"milliseconds"`
	InForce Instant `json:"in_force" cbor:"8,keyasint,omitempty" doc:"since when it is followed, or when it was brought into force last; null: never"`
	Placed  string  `json:"placed_by,omitempty" cbor:"9,keyasint,omitempty" doc:"who brought it into force last"`
}

// StateBody records a move between states of the relationship.
type StateBody struct {
	From   string `json:"from,omitempty"` // empty: nothing was believed
	To     string `json:"to"`
	Active uint16 `json:"active"` // thousandths: probability that the person is not gone
	Value  Micros `json:"value"`  // what they are worth from then on, workspace currency

	// Sweep tells that nothing happened to the person: another model came into force.
	Sweep bool `json:"sweep,omitempty"`
}
