package ingest

import (
	"bytes"
	"cmp"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest/jsonscan"
)

// call is one event as it came over the wire. Its raw values point into the
// request's body.
type call struct {
	kind      event.Kind
	messageID string
	event     string // what a track call names
	name      string // of a page or screen
	userID    string
	anonymous string
	group     string // groupId of a group call
	previous  string // previousId of an alias call
	timestamp string
	original  string // originalTimestamp
	sentAt    string

	raw        []byte // all of it
	traits     []byte // JSON objects, or nil
	properties []byte
	context    []byte

	refused *fault.Error // the first thing wrong with it; the call is skipped
}

// called is the name of c, to be told apart by; empty where it has none.
func (c *call) called() string {
	const most = 100
	name := cmp.Or(c.event, c.name, c.group)
	if name == "" {
		return ""
	}
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return " " + strconv.Quote(name)
}

// refuse keeps the first complaint about c.
func (c *call) refuse(field, format string, args ...any) {
	if c.refused == nil {
		c.refused = fault.New(fault.Invalid, format, args...).At(field)
	}
}

// envelope is a whole request: one call, or many with what they share.
type envelope struct {
	calls    []call
	writeKey string
	sentAt   string
	context  []byte // for calls that have none of their own; analytics-go sends it so
}

// decode reads a body. An error means that nothing in it can be used; what is
// wrong with one event alone is noted in its call. The calls are made in room,
// if that is large enough.
func decode(body []byte, to route, room []call) (envelope, error) {
	if !utf8.Valid(body) {
		body = repaired(body)
	}
	w := wire{scan: jsonscan.New(body), whole: string(body)}
	env := envelope{calls: room[:0]}
	var err error
	switch kind := w.scan.Kind(); {
	case kind == 0:
		return env, fault.New(fault.Invalid, "the body is empty; send a JSON object")
	case kind != '{' && beginsValue(kind):
		return env, fault.New(fault.Invalid, "the body is not a JSON object; send one call, or {\"batch\": [...]}")
	case to.batch:
		err = w.batch(&env)
	default:
		env.calls = append(env.calls, call{})
		err = w.call(&env.calls[0], &env)
		if to.kind != 0 { // the path says what it is; without one, the call's type does
			env.calls[0].kind = to.kind
		}
	}
	if err == nil && w.scan.End() != nil {
		err = fault.New(fault.Invalid, "the body goes on after the JSON object, at byte %d; send one object", w.scan.Offset())
	}
	if syntax, ok := errors.AsType[*jsonscan.Error](err); ok {
		err = fault.Wrap(fault.Invalid, err, "the body is not valid JSON at byte %d: %s", syntax.Offset, syntax.Message)
	}
	return env, err
}

// beginsValue reports whether a JSON value can begin with c.
func beginsValue(c byte) bool {
	return c == '{' || c == '[' || c == '"' || c == 't' || c == 'f' || c == 'n' || isNumber(c)
}

// isNumber reports whether a JSON number can begin with c.
func isNumber(c byte) bool { return c == '-' || '0' <= c && c <= '9' }

// repaired returns b with U+FFFD for each byte that is not UTF-8, as encoding/json
// does it (bytes.ToValidUTF8 has one for a run of them).
func repaired(b []byte) []byte {
	out := make([]byte, 0, len(b)+64)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return out
}

// wire walks over a body. Methods leave the scanner after the value that they
// read; an error is final.
type wire struct {
	scan  jsonscan.Scanner
	whole string // the body again, of which texts are parts: one copy instead of one each
}

// unquote returns the text of a JSON string that is known to be valid.
func unquote(v []byte) []byte {
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	plain, _ := jsontext.AppendUnquote(nil, v) // only complains of what was mended: lone surrogates
	return plain
}

// batch reads an object with the member batch.
func (w *wire) batch(env *envelope) error {
	seen := false
	var shared call // gathers complaints about what the events share
	more, err := w.scan.Enter()
	for ; more && err == nil; more, err = w.scan.Next() {
		switch string(unquote(w.scan.Name())) {
		case "batch":
			seen, env.calls = true, env.calls[:0]
			err = w.calls(env)
		case "writeKey":
			env.writeKey, err = w.text(&shared, "writeKey")
		case "sentAt":
			env.sentAt, err = w.text(&shared, "sentAt")
		case "context":
			env.context, err = w.object(&shared, "context")
		default:
			_, err = w.scan.Value()
		}
		if err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return err
	case shared.refused != nil:
		return shared.refused
	case !seen:
		return fault.New(fault.Invalid, "batch is missing; send {\"batch\": [...]} with the events in it").At("batch")
	}
	return nil
}

// calls reads the array of a batch.
func (w *wire) calls(env *envelope) error {
	if w.scan.Kind() != '[' {
		if _, err := w.scan.Value(); err != nil {
			return err
		}
		return fault.New(fault.Invalid, "batch must be an array of events").At("batch")
	}
	more, err := w.scan.Enter()
	for ; more && err == nil; more, err = w.scan.Next() {
		if len(env.calls) == MaxBatchEvents {
			return fault.New(fault.TooLarge, "batch holds more than %d events; send several batches", MaxBatchEvents).At("batch")
		}
		env.calls = append(env.calls, call{})
		if err := w.call(&env.calls[len(env.calls)-1], env); err != nil {
			return err
		}
	}
	return err
}

// call reads one event into c, and into env the write key that it may carry.
func (w *wire) call(c *call, env *envelope) (err error) {
	if w.scan.Kind() != '{' {
		c.refuse("", "an event must be a JSON object")
		c.raw, err = w.scan.Value()
		return err
	}
	start, outside := w.scan.Offset(), w.scan.Depth()
	w.scan.ResetDepth()
	more, err := w.scan.Enter()
	for ; more && err == nil; more, err = w.scan.Next() {
		if err := w.member(c, env); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	c.raw = w.scan.Since(start)
	if len(c.raw) > MaxEventBytes {
		c.refused = fault.New(fault.TooLarge, "the event%s is %d bytes, the limit is %d; leave out what is not needed", c.called(), len(c.raw), MaxEventBytes)
	} else if w.scan.Deepest()-outside > MaxNesting {
		c.refuse("", "the event is nested more than %d levels deep; flatten it", MaxNesting)
	}
	return nil
}

// member reads the value of the member that the scanner came to.
func (w *wire) member(c *call, env *envelope) (err error) {
	switch string(unquote(w.scan.Name())) {
	case "type":
		var v []byte
		if v, err = w.scan.Value(); err == nil && v[0] == '"' {
			c.kind = kindOf(string(unquote(v)))
		}
	case "messageId":
		c.messageID, err = w.text(c, "messageId")
	case "event":
		c.event, err = w.text(c, "event")
	case "name":
		c.name, err = w.text(c, "name")
	case "userId":
		c.userID, err = w.id(c, "userId")
	case "anonymousId":
		c.anonymous, err = w.id(c, "anonymousId")
	case "groupId":
		c.group, err = w.id(c, "groupId")
	case "previousId":
		c.previous, err = w.id(c, "previousId")
	case "timestamp":
		c.timestamp, err = w.text(c, "timestamp")
	case "originalTimestamp":
		c.original, err = w.text(c, "originalTimestamp")
	case "sentAt":
		c.sentAt, err = w.text(c, "sentAt")
	case "traits":
		c.traits, err = w.object(c, "traits")
	case "properties":
		c.properties, err = w.object(c, "properties")
	case "context":
		c.context, err = w.object(c, "context")
	case "writeKey":
		var key string
		if key, err = w.text(c, "writeKey"); key != "" && env.writeKey == "" {
			env.writeKey = key
		}
	default:
		_, err = w.scan.Value()
	}
	return err
}

// text reads a string. Null is the empty string.
func (w *wire) text(c *call, field string) (string, error) {
	v, err := w.scan.Value()
	if err != nil {
		return "", err
	}
	switch v[0] {
	case '"':
		if bytes.IndexByte(v, '\\') < 0 {
			end := w.scan.Offset()
			return w.whole[end-len(v)+1 : end-1], nil
		}
		return string(unquote(v)), nil
	case 'n':
		return "", nil
	}
	c.refuse(field, "%s must be a string", field)
	return "", nil
}

// id reads an identity: a string, or a number as it is written, because shops
// whose ids are numbers send numbers.
func (w *wire) id(c *call, field string) (string, error) {
	if !isNumber(w.scan.Kind()) {
		return w.text(c, field)
	}
	v, err := w.scan.Value()
	return string(v), err
}

// object reads a JSON object. Null is nil.
func (w *wire) object(c *call, field string) ([]byte, error) {
	v, err := w.scan.Value()
	if err != nil {
		return nil, err
	}
	switch v[0] {
	case '{':
		return v, nil
	case 'n':
		return nil, nil
	}
	c.refuse(field, "%s must be a JSON object or null", field)
	return nil, nil
}

// kindOf returns the kind of the Segment spec with that name, or zero.
func kindOf(name string) event.Kind {
	switch name {
	case "identify":
		return event.Identify
	case "track":
		return event.Track
	case "page":
		return event.Page
	case "screen":
		return event.Screen
	case "group":
		return event.Group
	case "alias":
		return event.Alias
	default:
		return 0
	}
}
