package profile

import (
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
)

// Confirmation is where a person stands with confirming a channel: double opt-in. It
// is what the last event.Confirmed of their history says.
type Confirmation struct {
	Move     event.ConfirmMove `cbor:"1,keyasint"`
	Address  string            `cbor:"2,keyasint"`           // that was asked
	Asked    event.Instant     `cbor:"3,keyasint"`           // when first
	Time     event.Instant     `cbor:"4,keyasint"`           // of the move
	Until    event.Instant     `cbor:"5,keyasint,omitempty"` // when asking is over
	Reminded int               `cbor:"6,keyasint,omitempty"` // how often
}

// Waits reports whether an answer is awaited.
func (c Confirmation) Waits() bool {
	return c.Move == event.ConfirmAsked || c.Move == event.ConfirmReminded
}

// Lacking reports whether a yes was not confirmed, whether or not it still may be.
func (c Confirmation) Lacking() bool { return c.Waits() || c.Move == event.ConfirmExpired }

// confirm takes a move unless something newer is known. History that comes from
// another record does not undo what was confirmed at the same address.
func (p *Person) confirm(e event.Event) {
	b, err := event.Unpack[event.ConfirmBody](e)
	if err != nil {
		return
	}
	is := Confirmation{Move: b.Move, Address: b.Address, Asked: b.Asked, Time: e.Time, Until: b.Until, Reminded: b.Reminded}
	was := p.Confirming.At(b.Channel)
	if was != nil && (was.Time > is.Time || was.Move == event.ConfirmGiven && is.Lacking() && was.Address == is.Address) {
		return
	}
	p.Confirming.Put(b.Channel, is)
}

// Agreed lists what p has said yes to on channel, whether or not it was confirmed:
// the keys of the channel and of its topics.
func (p *Person) Agreed(channel string) []string {
	var out []string
	for _, key := range p.ConsentKeys() {
		on, topic, _ := strings.Cut(key, "/")
		if on != channel && key != "*" {
			continue
		}
		if c, ok := p.ConsentOn(channel, topic); ok && c.Given {
			out = append(out, ConsentKey(channel, topic))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
