package statemodel

import "math"

// Drift watches whether a model still foretells better than a plain one that is
// kept beside it. It is an e-process (Ramdas, Grünwald, Vovk & Shafer 2023): a
// capital that bets on the plain model. As long as the model is no worse it cannot
// be expected to grow, so the chance that it ever exceeds [DriftAlarm] is at most 1
// in that, however often it is looked at.
type Drift struct {
	// Capital begins at 1; 0 says that nothing has been added yet.
	Capital float64 `json:"capital"`
}

// DriftAlarm is the capital at which drift is raised.
const DriftAlarm = 20

// Add takes in the scores that the two models gave to one event, as
// [Filter.Observe] returns them, and returns whether drift is to be raised.
func (d *Drift) Add(model, plain float64) bool {
	const (
		stake = .2
		most  = 1 // nats that a single event can count
		floor = 1e-3
	)
	if d.Capital == 0 {
		d.Capital = 1
	}
	gain := plain - model
	if math.IsNaN(gain) { // both impossible
		gain = 0
	}
	// The floor forgets how long all was well, so that what changes late is seen: from
	// there capital must grow twenty-thousandfold.
	d.Capital = max(floor, d.Capital*(1+stake*max(-most, min(gain, most))))
	return d.Capital > DriftAlarm
}
