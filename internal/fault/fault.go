// Package fault gives errors a kind and a message that is safe to show. The
// kinds decide status codes and log levels at one boundary; the cause stays for
// operators.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of thing went wrong, from the caller's point of view.
type Kind uint8

// The kinds of fault. Internal is the zero value: what nobody classified is ours.
const (
	Internal     Kind = iota
	Invalid           // the caller must change the request
	Unauthorized      // no credentials, or wrong ones
	NotFound          // no such thing
	Conflict          // true once, not any more
	TooLarge          // over a stated limit
	Busy              // try again later, unchanged
	Transient         // a failure outside that may pass: delivery retries only these
	Unsupported       // right, but this build cannot
)

// Error is a classified error.
type Error struct {
	Kind    Kind
	Message string // what, where and how to mend it; safe to show to the caller
	Field   string // the offending field, in the caller's words; may be empty
	Err     error  // the cause, for operators; may be nil
}

// Error gives the safe message followed by the cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of kind k with a safe message.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Wrap classifies err and gives it a safe message.
func Wrap(k Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...), Err: err}
}

// At returns a copy of e that names the offending field.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// KindOf returns the kind of the first classified error in err's chain, and
// Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }
