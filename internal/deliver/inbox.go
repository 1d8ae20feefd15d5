package deliver

import (
	"context"
	"net/url"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Report is what a provider says later of a letter that it took. Reports may come
// late, twice and in any order: each is a fact of its own.
type Report struct {
	Channel string
	Ref     string // of the letter
	Outcome event.Outcome
	Detail  string
	At      event.Instant // when the provider says it happened; zero: it does not say
	Machine bool          // no person opened or clicked
}

// Heard is what somebody said to us on a channel.
type Heard struct {
	Channel string
	From    string      // whose it is, as the channel knows people
	As      person.Kind // of From, where a channel knows people by several; empty: the channel's own, see profile.AddressKind
	Address string      // where they are answered, if that is another, such as a call's id
	Subject string
	Text    string
	Payload string // of a button that was pressed: what event.Step.Payload gave, or an option's id
	Keys    string // that were pressed on a phone
	Begins  string // id of a conversation that it begins whatever is said, as calling a line does

	ID  string // the provider's, without which it may count twice
	Ref string // of our letter that it answers, if that is known
	At  event.Instant
}

// Readable has what is no text in a form be none: such bytes would not come out of the
// journal as they went in.
func Readable(form url.Values) {
	for _, values := range form {
		for i := range values {
			values[i] = strings.ToValidUTF8(values[i], "\uFFFD")
		}
	}
}

// Inbox takes in what providers tell us. A method returns nil when that is
// durable; else the provider is to tell it again. Errors of kind fault.Invalid
// mean that it is not ours, and is not to be told again.
type Inbox interface {
	Report(ctx context.Context, r Report) error
	Hear(ctx context.Context, h Heard) error
}
