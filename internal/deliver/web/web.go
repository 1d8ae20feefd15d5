// Package web is the channel of the company's own pages: an inbox that a script in
// the page shows, with cards and a chat, and no provider between.
//
// What a person was sent is kept where all that happened to them is: the grant of a
// letter holds its content, and a receipt that it was delivered puts it into the
// inbox. Channel writes that receipt. Desk reads the person's timeline, shows it to
// the browser that is theirs, and writes down what they do there, by the doors that
// every other channel's inbound goes through. There is no store of its own, so what
// is erased, merged or restored with the person is so here too.
package web

import (
	"context"
	"errors"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
)

// ID is the channel's.
const ID = "web"

// Shelf is where inboxes are. Put returns nil when the letter is durably in its
// person's; putting it there again changes nothing. An error of kind fault.Invalid
// or fault.NotFound refuses it for good; one of kind fault.Busy or fault.Transient
// promises that it is not there; after any other it may be.
type Shelf interface {
	Put(ctx context.Context, l deliver.Letter) error
}

// Channel puts letters into inboxes.
type Channel struct{ shelf Shelf }

// Open returns the channel.
func Open(shelf Shelf) (*Channel, error) {
	if shelf == nil {
		return nil, errors.New("web: a Shelf is required")
	}
	return &Channel{shelf}, nil
}

// ID implements deliver.Channel.
func (*Channel) ID() string { return ID }

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Transient, err, "stopped before it was put into the inbox")
	}
	err := c.shelf.Put(ctx, l)
	switch {
	case err == nil, fault.Is(err, fault.Invalid), fault.Is(err, fault.NotFound), fault.Is(err, fault.Transient):
		return err
	case fault.Is(err, fault.Busy):
		return fault.Wrap(fault.Transient, err, "the inbox takes nothing just now")
	default:
		return &deliver.UnknownOutcome{Err: err}
	}
}
