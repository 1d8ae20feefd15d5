// Package deliver takes deliveries from the outbox to the channels that carry
// them: its subpackages email and webhook, held to one conformance suite by
// delivertest.
//
// A delivery is sent only on a grant. The Worker sees a row of the outbox become
// due, appends event.Ask, and waits. The fold gates the delivery once more and
// makes the grant durable; the row comes back Granted, naming the worker's
// session. Only then does it send, and appends event.Receipt with what became of
// it. What it may rely on, and what others may:
//
//   - It sends a delivery at most once. It retries within a grant only what a
//     channel says was not sent (fault.Transient).
//   - A grant of another session was perhaps sent by a run that died: its
//     receipt is unknown, and nothing goes out.
//   - A receipt that cannot be appended is tried again until the worker is
//     stopped; the row then stays granted and becomes unknown in the next run.
//   - Order between deliveries is by the time at which they are due, and is not
//     promised.
package deliver

import (
	"context"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Channel carries letters to people. Send is called concurrently.
//
// Send returns nil when the other side has taken responsibility for the letter.
// An error of kind fault.Transient promises that the letter was not taken and
// may be tried again; an *UnknownOutcome says that it may or may not have been
// taken; any other error is a refusal for good, and a *DeadAddress one for all
// letters to that address. Send must return soon after ctx
// ends, with an *UnknownOutcome if the content had gone out.
type Channel interface {
	ID() string
	Send(ctx context.Context, l Letter) error
}

// Letter is one message on its way to one person.
type Letter struct {
	// Delivery names the delivery, for ever. It is also the idempotency key for
	// other sides that know such a thing.
	Delivery string

	Person  person.ID
	To      string // address on the channel
	From    Sender
	Content event.Content
	Links   message.Links // where the next step and "no more" lead

	// Via is the provider whose turn was taken for it. Empty: none was.
	Via string

	// Ref names the delivery to us, signed: whoever gives it back, in a receipt or a
	// reply, speaks of this letter. It is short, of small letters and digits. Empty:
	// nothing comes back.
	Ref string

	Goal    string
	Action  string
	Message string
}

// Sender is whom a letter comes from.
type Sender struct {
	Name    string
	Address string // e-mail only
}

// Ledger is where the worker writes what it asks and what became of it. Append
// returns nil when the events are durable. If it fails they may be there all the
// same: the worker appends them again under the same message ids.
type Ledger interface {
	Append(ctx context.Context, events []event.Event) error
}

// Links makes the addresses that go into letters. Package inbound serves them.
type Links interface {
	// Step leads to target by way of us.
	Step(p person.ID, delivery, channel, target string) (string, error)

	// Answer leads to where p, who is to at the channel, does with a press what a step
	// that is no link does elsewhere: see event.Step.Payload.
	Answer(p person.ID, delivery, channel, to string, step event.Step) (string, error)

	// Unsubscribe leads to where p withdraws consent for channel.
	Unsubscribe(p person.ID, delivery, channel string) (string, error)

	// Ref is what Letter.Ref is.
	Ref(p person.ID, delivery string) string
}

// Change is a row of the outbox that appeared, changed or went.
type Change struct {
	Person   person.ID
	Delivery profile.Delivery
	Gone     bool // only Person and Delivery.ID count
}
