package ingest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Arrival is one request as it was met at the door.
type Arrival struct {
	Path   string
	Source string // empty: the caller showed no write key, or a wrong one
	At     event.Instant
	SentAt event.Instant // by the caller's clock; zero when they did not say
	Bytes  int           // of the body, inflated

	Events   []event.Event // durable
	Rejected []Rejection   // of a batch, or the one of a single call
	Err      error         // why nothing of the request was taken; nil otherwise
}

// Witness hears of each request once its fate is settled, before the answer goes
// out. It must not block, nor keep anything that the arrival points to: events
// point into the body of the request.
type Witness interface {
	Arrived(a *Arrival)
}

// Keeper makes dead letters of what an authenticated caller sent and was
// refused. The events that it returns are stored together with those of the
// request; settle hears whether they were.
type Keeper interface {
	Keep(source string, at event.Instant, letters []event.DeadLetter) (events []event.Event, settle func(stored bool))
}

// MaxLetterBytes is how much of a rejected call is kept.
const MaxLetterBytes = 64 << 10

type unheard struct{}

func (unheard) Arrived(*Arrival) {}

func (unheard) Keep(string, event.Instant, []event.DeadLetter) ([]event.Event, func(bool)) {
	return nil, func(bool) {}
}

// lost keeps a request of which nothing can be taken, and returns why.
func (a *API) lost(ctx context.Context, arr *Arrival, body []byte, why error) error {
	f, ok := errors.AsType[*fault.Error](why)
	if !ok || arr.Source == "" || statusOf(f.Kind) >= 500 {
		return why // it is ours, or a stranger's
	}
	arr.Rejected = []Rejection{{Field: f.Field, Message: f.Message, kind: f.Kind, raw: body}}
	if err := a.store(ctx, arr, nil, &envelope{}, true); err != nil {
		return err
	}
	return why
}

// store makes the events of a request durable, and with them what was rejected
// of it. whole says that what was rejected is the body.
func (a *API) store(ctx context.Context, arr *Arrival, events []event.Event, env *envelope, whole bool) error {
	settle := func(bool) {}
	all := events
	if len(arr.Rejected) > 0 {
		var kept []event.Event
		kept, settle = a.opts.Keeper.Keep(arr.Source, arr.At, lettersOf(arr, env, whole))
		all = append(slices.Clip(events), kept...)
	}
	if len(all) == 0 {
		return nil
	}
	err := a.opts.Appender.Append(ctx, all)
	settle(err == nil)
	if err != nil && !fault.Is(err, fault.Busy) {
		err = fault.Wrap(fault.Transient, err, "the events could not be stored; send the same request again")
	}
	return err
}

// lettersOf makes dead letters of what was rejected. They point into the body.
func lettersOf(arr *Arrival, env *envelope, whole bool) []event.DeadLetter {
	letters := make([]event.DeadLetter, len(arr.Rejected))
	for i, r := range arr.Rejected {
		kept := r.raw[:min(len(r.raw), MaxLetterBytes)]
		if env.writeKey != "" { // it is kept nowhere
			kept = bytes.ReplaceAll(kept, []byte(env.writeKey), []byte("(write key)"))
		}
		letters[i] = event.DeadLetter{
			Path: strings.Clone(arr.Path), Index: r.Index, Whole: whole, Raw: kept, Cut: max(len(r.raw)-MaxLetterBytes, 0),
			Field: r.Field, Message: r.Message,
		}
		if !whole {
			letters[i].SentAt = env.sentAt
			if len(env.context) <= MaxLetterBytes/16 {
				letters[i].Shared = env.context
			}
		}
	}
	return letters
}

// sent returns when the caller says that the request was sent; zero when they do
// not say.
func (e *envelope) sent() event.Instant {
	at, err := parseTime(e.sentAt)
	if err == nil && at == 0 && len(e.calls) == 1 {
		at, err = parseTime(e.calls[0].sentAt)
	}
	if err != nil {
		return 0
	}
	return at
}
