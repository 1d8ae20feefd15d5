// Package rehearsal plays simulated companies for the console. A rehearsal is a
// process of its own, with bounded memory and what time the server leaves over,
// so that no rehearsal can hold the workspace up: [Main] is that process, and a
// [Stage] is the server's side of it.
//
// The two speak in lines of JSON: orders in, reports out. A copy of one's own people
// follows the first order, in the form of package own.
package rehearsal

import (
	"runtime/debug"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/sim"
)

// Command is the name of the hidden subcommand that calls Main.
const Command = "play-rehearsal"

// The limits of what may be asked for.
const (
	MaxPeople = 100_000
	MaxDays   = 730
	MaxOwn    = 20_000 // of one's own people: each comes with their history
)

// Garbage is how much garbage a rehearsal may leave until it is collected, in
// percent of what is in use and while there is room: at Go's default the collector
// takes a fifth of the time.
const Garbage = 300

// memory is what a rehearsal may take: 100,000 people of ten thousand bytes and
// their company, with room.
const memory = 4 << 30

// Collect has this process collect garbage as a rehearsal does.
func Collect() {
	debug.SetGCPercent(Garbage)
	debug.SetMemoryLimit(memory * 3 / 4)
}

// Ask says what to rehearse.
type Ask struct {
	Company string  `json:"company,omitempty" enum:"shop,app,saas,telco" doc:"what the company does for a living; shop where left out"`
	Own     bool    `json:"own_definitions,omitempty" doc:"play with the definitions in force instead of the template for such a company"`
	Copy    bool    `json:"own_people,omitempty" doc:"play with a copy of the workspace's own people as they are now, under the definitions in force, in place of an invented company: they have a past, so letters go out from the first day"`
	Answers string  `json:"answers,omitempty" enum:"low,middle,high" doc:"of a copy: which end of what is unsure about letters is assumed; middle where left out"`
	Draft   string  `json:"draft,omitempty" maxLength:"1000000" doc:"other definitions, in YAML, to compare with: the same people live under both, and chance is common to both. It is not given back."`
	People  int     `json:"people,omitempty" minimum:"0" maximum:"100000" doc:"2,000 where left out; of a copy, at most so many are drawn by the seed, 20,000 or fewer"`
	Days    int     `json:"days,omitempty" minimum:"0" maximum:"730" doc:"180 where left out"`
	LiveDay int     `json:"live_day,omitempty" minimum:"0" maximum:"730" doc:"the day from which letters go out; a fifth of the days where left out"`
	Seed    uint64  `json:"seed,omitempty" doc:"decides everything; 1 where left out"`
	Beliefs bool    `json:"beliefs,omitempty" doc:"learn a state model every 60 days, where people are followed by none of the workspace's, so that what is believed of them can be held beside the truth; time stands still meanwhile"`
	Speed   float64 `json:"speed,omitempty" minimum:"0" maximum:"1000" doc:"days a second; as fast as can be where left out"`
	Paused  bool    `json:"paused,omitempty" doc:"begin at rest"`
}

// job is what the process is given.
type job struct {
	Ask         Ask    `json:"ask"`
	Definitions []byte `json:"definitions,omitempty"`
	Draft       []byte `json:"draft,omitempty"`
}

// order is what the process is told while it plays.
type order struct {
	Do     string    `json:"do"` // pause, resume, step, speed, story, people
	Speed  float64   `json:"speed,omitempty"`
	Person int       `json:"person,omitempty"`
	Which  sim.Which `json:"which"`
	Number int       `json:"number,omitempty"` // of a question; comes back with the answer
}

// word is what the process says. One field is set.
type word struct {
	Cast   *sim.Cast  `json:"cast,omitempty"`
	Frame  *sim.Frame `json:"frame,omitempty"`
	Story  *answer    `json:"story,omitempty"` // or a list of people
	Learns bool       `json:"learns,omitempty"`
	Failed string     `json:"failed,omitempty"`
	Over   bool       `json:"over,omitempty"`
}

type answer struct {
	Number int       `json:"number"`
	Story  sim.Story `json:"story"`
	Faces  sim.Faces `json:"faces"`
	Error  string    `json:"error,omitempty"`
}

// Story is one life of a rehearsal.
type Story = sim.Story

// Faces are people of a rehearsal.
type Faces = sim.Faces

// Which says whose faces are meant.
type Which = sim.Which

// FramePage is what has been lived of a rehearsal since a day, and how it is now.
type FramePage struct {
	Rehearsal Rehearsal   `json:"rehearsal"`
	Frames    []sim.Frame `json:"frames" doc:"one for each day lived, in order"`
}

// Condition is how a rehearsal is.
type Condition string

// The conditions. The last three are final.
const (
	Starting Condition = "starting"
	Playing  Condition = "playing"
	Paused   Condition = "paused"
	Over     Condition = "over"    // all days have been lived
	Stopped  Condition = "stopped" // by somebody
	Failed   Condition = "failed"
)

// Rehearsal is one as it stands.
type Rehearsal struct {
	ID        string        `json:"id"`
	Ask       Ask           `json:"ask"`
	Began     event.Instant `json:"began"`
	Condition Condition     `json:"condition" enum:"starting,playing,paused,over,stopped,failed"`
	Error     string        `json:"error,omitempty" doc:"why it failed, and what to do"`
	Speed     float64       `json:"speed" doc:"days a second; 0 is as fast as can be"`
	Cast      *sim.Cast     `json:"cast,omitempty" doc:"once it has begun"`
	Frames    int           `json:"frames" doc:"days lived"`
	Learns    bool          `json:"learns,omitempty" doc:"a state model is being learned, and time stands still"`
}
