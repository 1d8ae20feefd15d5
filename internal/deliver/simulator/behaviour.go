package simulator

import (
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Behaviour is how a simulated provider behaves. Shares are of letters, from 0 to
// 1. The zero value takes everything and tells nothing.
type Behaviour struct {
	Down  bool          // nobody is there
	Delay time.Duration // before each answer

	Refuse float64 // refused for good
	Dead   float64 // refused because of the address
	Break  float64 // taken, and the connection breaks before the answer
	Vanish float64 // taken, and that is a lie: it arrives nowhere, and nothing is told of it

	Receipts   bool    // tells what became of letters
	Bounce     float64 // taken, and the address turns out to be dead
	Lose       float64 // taken, and given up for another reason
	Open       float64 // of what arrives: a person looks at it
	Complain   float64 // of what arrives: marked as spam
	Twice      bool    // tells everything twice
	Backwards  bool    // tells the last thing first
	ReportWait time.Duration
}

// ParseBehaviour reads a behaviour by name; the empty name is "accept".
func ParseBehaviour(name string) (Behaviour, error) {
	known := map[string]Behaviour{
		"":          {Receipts: true},
		"accept":    {Receipts: true},
		"silent":    {},
		"down":      {Down: true},
		"slow":      {Receipts: true, Delay: 5 * time.Second},
		"refuse":    {Refuse: 1},
		"dead":      {Dead: 1},
		"break":     {Break: 1},
		"lie":       {Vanish: 1},
		"bounce":    {Receipts: true, Bounce: 1},
		"duplicate": {Receipts: true, Open: 1, Twice: true},
		"reorder":   {Receipts: true, Open: 1, Backwards: true},
		"lifelike": {
			Receipts: true, Delay: 20 * time.Millisecond, Refuse: 0.002, Dead: 0.005, Break: 0.001,
			Bounce: 0.01, Lose: 0.005, Open: 0.3, Complain: 0.001, ReportWait: 2 * time.Second,
		},
	}
	b, ok := known[name]
	if !ok {
		var names []string
		for n := range known {
			if n != "" {
				names = append(names, n)
			}
		}
		slices.Sort(names)
		return b, fault.New(fault.Invalid, "the simulator knows no behaviour %q; use one of: %s", name, strings.Join(names, ", "))
	}
	return b, nil
}

// fate is what a behaviour does with a letter.
type fate uint8

const (
	arrives fate = iota
	refused
	dead
	broken
	vanished
	bounced
	lost
)

// String gives the word that is shown.
func (f fate) String() string {
	return [...]string{"delivered", "refused", "dead", "broken", "vanished", "bounced", "lost"}[f]
}

func (b Behaviour) fate(seed uint64, delivery string) fate {
	x := draw(seed, delivery, "fate")
	for _, s := range []struct {
		share float64
		fate  fate
	}{{b.Refuse, refused}, {b.Dead, dead}, {b.Break, broken}, {b.Vanish, vanished}, {b.Bounce, bounced}, {b.Lose, lost}} {
		if x -= s.share; x < 0 {
			return s.fate
		}
	}
	return arrives
}

// draw is a number from 0 to below 1 that depends on its arguments only.
func draw(seed uint64, delivery, what string) float64 {
	h := xxhash.NewWithSeed(seed)
	_, _ = h.WriteString(what + "\x00" + delivery) // never fails
	return float64(h.Sum64()>>11) / (1 << 53)
}

// reports is what is told of a letter, in order. Their times say what really came
// first.
func (b Behaviour) reports(seed uint64, channel string, l deliver.Letter, f fate, at event.Instant) []due {
	if !b.Receipts || l.Ref == "" || f == vanished {
		return nil
	}
	var out []due
	tell := func(o event.Outcome, detail string) {
		after := at.Add(time.Duration(len(out)+1) * time.Second)
		out = append(out, due{b.ReportWait, deliver.Report{Channel: channel, Ref: l.Ref, Outcome: o, Detail: detail, At: after}})
	}
	switch f {
	case bounced:
		tell(event.Bounced, "nobody is at this address, on purpose")
	case lost:
		tell(event.Lost, "given up on purpose")
	default:
		tell(event.Delivered, "")
		if draw(seed, l.Delivery, "open") < b.Open {
			tell(event.Opened, "")
		}
		if draw(seed, l.Delivery, "complain") < b.Complain {
			tell(event.Complained, "")
		}
	}
	if b.Twice {
		out = slices.Concat(out, out)
	}
	if b.Backwards {
		slices.Reverse(out)
	}
	return out
}
