package ingest

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// finish makes events of calls: checks them, says when they happened, and
// addresses them. The events are made in room, if that is large enough. The error
// is ours, not the caller's.
func (a *API) finish(env *envelope, source string, received event.Instant, room []event.Event) ([]event.Event, []Rejection, error) {
	shared, err := parseTime(env.sentAt)
	if err != nil {
		return nil, nil, badTime("sentAt")
	}
	events := slices.Grow(room[:0], len(env.calls))
	rejected := []Rejection{}
	for i := range env.calls {
		c := &env.calls[i]
		if c.context == nil {
			c.context = env.context
		}
		e, f := a.event(c, shared, received)
		if f != nil {
			rejected = append(rejected, Rejection{Index: i, Field: f.Field, Message: f.Message, kind: f.Kind, raw: c.raw})
			continue
		}
		e.Source = source
		if e.MessageID == "" {
			if e.MessageID, err = a.newMessageID(); err != nil {
				return nil, nil, err
			}
		}
		events = append(events, e)
	}
	return events, rejected, nil
}

// event makes an event of c, or says what is wrong with it.
func (a *API) event(c *call, sentAt, received event.Instant) (event.Event, *fault.Error) {
	if c.refused != nil {
		return event.Event{}, c.refused
	}
	if f := checkKind(c); f != nil {
		return event.Event{}, f
	}
	if f := checkLengths(c); f != nil {
		return event.Event{}, f
	}
	at, f := eventTime(c, sentAt, received)
	if f != nil {
		return event.Event{}, f
	}
	e := event.Event{
		Kind: c.kind, MessageID: c.messageID, Name: c.name, UserID: c.userID, AnonymousID: c.anonymous,
		Time: at, ReceivedAt: received, Properties: c.properties, Context: c.context,
		Bot: a.opts.Bots.Sent(c.context),
	}
	switch c.kind {
	case event.Track:
		e.Name = c.event
	case event.Identify:
		e.Name = ""
		if e.Traits = c.traits; e.Traits == nil {
			e.Traits = contextTraits(c.context)
		}
	case event.Group:
		e.Name, e.Traits = c.group, c.traits // the group's traits; context has those of the person
	case event.Alias:
		e.Name = c.previous
	default: // a page or screen has the name that it came with
	}
	primary := e.Primary()
	if primary.IsZero() || c.kind == event.Alias && primary.Kind != person.UserID {
		return event.Event{}, nobody(c)
	}
	e.To = person.IDOf(a.opts.Workspace, primary)
	return e, nil
}

func checkKind(c *call) *fault.Error {
	switch c.kind {
	case event.Track:
		if strings.TrimSpace(c.event) == "" {
			return fault.New(fault.Invalid, "event is missing; a track call names what happened, for instance \"Order Completed\"").At("event")
		}
	case event.Identify, event.Page, event.Screen:
	case event.Group:
		if strings.TrimSpace(c.group) == "" {
			return fault.New(fault.Invalid, "groupId is missing; a group call names the account or group that the person belongs to").At("groupId")
		}
	case event.Alias:
		if strings.TrimSpace(c.previous) == "" {
			return fault.New(fault.Invalid, "previousId is missing; an alias call names the id that userId replaces").At("previousId")
		}
		if strings.TrimSpace(c.userID) == "" {
			return fault.New(fault.Invalid, "userId is missing; an alias call names the id that replaces previousId").At("userId")
		}
	default:
		return fault.New(fault.Invalid, "type is missing or unknown; use track, identify, page, screen, group or alias").At("type")
	}
	return nil
}

func checkLengths(c *call) *fault.Error {
	for _, s := range [...]struct {
		field, value string
		limit        int
	}{
		{"messageId", c.messageID, MaxMessageID},
		{"userId", c.userID, MaxIdentity},
		{"anonymousId", c.anonymous, MaxIdentity},
		{"groupId", c.group, MaxIdentity},
		{"previousId", c.previous, MaxIdentity},
		{"event", c.event, MaxName},
		{"name", c.name, MaxName},
	} {
		if len(s.value) > s.limit {
			return fault.New(fault.Invalid, "%s is %d bytes, the limit is %d; shorten it", s.field, len(s.value), s.limit).At(s.field)
		}
	}
	return nil
}

// nobody explains why c has no one to belong to.
func nobody(c *call) *fault.Error {
	for _, id := range [...]struct{ field, value string }{{"userId", c.userID}, {"anonymousId", c.anonymous}} {
		if strings.TrimSpace(id.value) != "" {
			return fault.New(fault.Invalid, "%s %q is a placeholder and names nobody; send a real userId or an anonymousId", id.field, id.value).At(id.field)
		}
	}
	return fault.New(fault.Invalid, "userId and anonymousId are both missing; send one of them").At("userId")
}

// contextTraits returns the traits within a context: where RudderStack's
// browser library puts those of an identify call.
func contextTraits(context []byte) []byte {
	if len(context) == 0 {
		return nil
	}
	r := gjson.GetBytes(context, "traits")
	if !r.IsObject() {
		return nil
	}
	return []byte(r.Raw)
}

// eventTime says when c happened by our own clock, as the Segment spec does:
// received − (sent − happened), which takes a wrong client clock out. Without a
// time of sending, or with one before the event, the caller's time stands. It is
// never later than received, which is also the answer when no time is given.
//
// timestamp goes before originalTimestamp: where a library sends both
// (RudderStack's for Node), the first is the application's word for when it
// happened and the second the library's own clock. The batch's sentAt goes
// before the event's, which there is the time of queueing.
//
// A library that repeats a request with the old sentAt (analytics-go) moves its
// events later by the delay. The message id, the same, makes that harmless when
// the first attempt arrived.
func eventTime(c *call, sentAt, received event.Instant) (event.Instant, *fault.Error) {
	field, text := "timestamp", c.timestamp
	if text == "" {
		field, text = "originalTimestamp", c.original
	}
	happened, err := parseTime(text)
	if err != nil {
		return 0, badTime(field)
	}
	if own, err := parseTime(c.sentAt); err != nil {
		return 0, badTime("sentAt")
	} else if sentAt.IsZero() {
		sentAt = own
	}
	switch {
	case happened.IsZero():
		return received, nil
	case sentAt >= happened && !sentAt.IsZero():
		happened += received - sentAt
	}
	if happened < yearOne {
		return 0, badTime(field) // two wrong clocks added up to before the calendar
	}
	return min(happened, received), nil
}

// yearOne is the first instant of the calendar that is not the zero time.
const yearOne = event.Instant(-62135596800*1e6 + 1)

func badTime(field string) *fault.Error {
	return fault.New(fault.Invalid, "%s is not a time; send ISO 8601 such as 2026-11-22T06:05:17.043Z", field).At(field)
}

// otherLayouts are the forms of ISO 8601 that clients send besides RFC 3339.
// Without a zone, UTC.
func otherLayouts() [4]string {
	return [...]string{
		"2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999",
		"2006-01-02 15:04:05.999999999Z07:00", time.DateOnly,
	}
}

// parseTime reads a time. Empty, and the zero time of Go and of Unix, is never.
func parseTime(s string) (event.Instant, error) {
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s) // nearly always
	if err == nil {
		return event.InstantOf(t), nil
	}
	for _, layout := range otherLayouts() {
		if t, err := time.Parse(layout, s); err == nil {
			return event.InstantOf(t), nil
		}
	}
	return 0, fmt.Errorf("time %q", s)
}

// newMessageID returns a random UUID (RFC 9562, version 4).
func (a *API) newMessageID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(a.opts.Random, b[:]); err != nil {
		return "", fmt.Errorf("make a message id: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}
