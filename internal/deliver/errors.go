package deliver

import (
	"errors"
	"fmt"
)

// UnknownOutcome is the error of a send that broke when the content had gone
// out and no answer had come back.
type UnknownOutcome struct{ Err error }

// Error says what broke.
func (e *UnknownOutcome) Error() string { return fmt.Sprintf("outcome unknown: %v", e.Err) }

// Unwrap returns what broke.
func (e *UnknownOutcome) Unwrap() error { return e.Err }

// IsUnknown reports whether err leaves open if the letter was taken.
func IsUnknown(err error) bool {
	var u *UnknownOutcome
	return errors.As(err, &u)
}

// DeadAddress is the error of a letter that was refused because nobody is, or
// wants to be, reached at its address any more: the address is suppressed.
type DeadAddress struct{ Err error }

// Error says what the other side said.
func (e *DeadAddress) Error() string { return e.Err.Error() }

// Unwrap returns what the other side said.
func (e *DeadAddress) Unwrap() error { return e.Err }

// IsDead reports whether err says that the address must not be used again.
func IsDead(err error) bool {
	var d *DeadAddress
	return errors.As(err, &d)
}
