package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Decode reads a dead letter again, with the body that it should have had: by
// the same functions as a call of its source, and as if it had come when it did.
// The error is the next rejection. Nothing is stored.
//
// Without a message id of their own the events get one that says which letter
// they come from, so that a letter that is read twice counts once.
func (a *API) Decode(l event.Letter, body []byte) ([]event.Event, error) {
	if len(body) > MaxBatchBytes {
		return nil, fault.New(fault.TooLarge, "the body is over %d bytes", MaxBatchBytes)
	}
	events, err := a.decodeLetter(l, bytes.Clone(body))
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, fault.New(fault.Invalid, "there is no event in it; dismiss it instead")
	}
	now := a.opts.Now()
	for i := range events {
		events[i].ReceivedAt = now
	}
	return events, nil
}

func (a *API) decodeLetter(l event.Letter, body []byte) ([]event.Event, error) {
	if strings.HasPrefix(l.Path, HooksPath) {
		return a.decodeHook(l, body)
	}
	env, err := decodeAgain(l, body)
	if err != nil {
		return nil, err
	}
	for i := range env.calls {
		if env.calls[i].messageID == "" {
			env.calls[i].messageID = fmt.Sprintf("dead-letter:%d/%d", l.Number, i)
		}
	}
	events, rejected, err := a.finish(&env, l.Source, l.ReceivedAt, nil)
	if err != nil {
		return nil, err
	}
	if len(rejected) > 0 {
		f := fault.New(rejected[0].kind, "%s", rejected[0].Message).At(rejected[0].Field)
		if len(env.calls) > 1 {
			f.Message = fmt.Sprintf("event %d of the batch: %s", rejected[0].Index, f.Message)
		}
		return nil, f
	}
	return events, nil
}

func decodeAgain(l event.Letter, body []byte) (envelope, error) {
	to, ok := routeOf(l.Path)
	switch {
	case !ok:
		return envelope{}, fault.New(fault.Unsupported, "this build has no %s any more", l.Path)
	case l.Whole:
		return decode(body, to, nil)
	}
	if err := json.Unmarshal(body, new(json.RawMessage)); err != nil { // before it is put into a batch, where places would be others
		return envelope{}, notWhole(err)
	}
	env, err := decode(append(append([]byte(`{"batch":[`), body...), `]}`...), route{batch: true}, nil)
	env.sentAt = l.SentAt
	if len(l.Shared) > 0 {
		env.context = l.Shared
	}
	return env, err
}

func notWhole(err error) error {
	at := int64(0)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = syntax.Offset
	}
	return fault.Wrap(fault.Invalid, err, "this is not valid JSON at byte %d: %s", at, err)
}
