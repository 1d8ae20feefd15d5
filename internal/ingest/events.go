package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// EventsPath is where a server takes the history that an importer sends.
const EventsPath = "/api/v1/events"

// EventsType is the media type of a frame of events, version 1: the letters
// RPE1, then each event in the binary form of [event.Event.AppendTo] with its
// length before it as an unsigned varint; the whole gzipped or not.
const EventsType = "application/vnd.rapport.events.v1"

const eventsMagic = "RPE1"

// Limits of a frame. An imported event may be larger than a tracked one: an
// order of a thousand lines is one event. It must fit into a hand-over.
const (
	MaxImportedBytes = 200 << 10
	MaxFrameBytes    = 16 << 20 // after inflation
	frameTarget      = 4 << 20  // a client starts another frame above this
	clocksMayDiffer  = 5 * time.Minute
)

// ImportSource begins the name of the source of every imported event; the rest
// says which file. Such events are de-duplicated for ever.
const ImportSource = "import:"

// EventsOptions are the parts of an events handler.
type EventsOptions struct {
	Workspace person.Workspace
	Appender  Appender

	// Now is the clock. Defaults to the wall clock.
	Now func() event.Instant

	// RetryAfter is what a caller who is turned away is told to wait. Defaults to
	// 2 s.
	RetryAfter time.Duration
}

// EventsHandler takes frames of imported events and answers 200 when they are
// durable. It trusts the caller with what is said about people, not with form:
// events that are not history, or not addressed by their identity, are refused,
// and the time of arrival is its own. It asks for no credentials: wrap it.
func EventsHandler(o EventsOptions) http.Handler {
	d := Options{Now: o.Now, RetryAfter: o.RetryAfter}.withDefaults()
	o.Now, o.RetryAfter = d.Now, d.RetryAfter
	var inflates sync.Pool
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accepted, err := o.take(w, r, &inflates)
		if err != nil {
			writeFault(w, err, o.RetryAfter)
			return
		}
		reply(w, http.StatusOK, map[string]int{"accepted": accepted})
	})
}

func (o EventsOptions) take(w http.ResponseWriter, r *http.Request, inflates *sync.Pool) (int, error) {
	if r.Method != http.MethodPost {
		return 0, fault.New(fault.Invalid, "%s is not possible here; use POST", r.Method)
	}
	body, err := readUpTo(nil, http.MaxBytesReader(w, r.Body, MaxFrameBytes), max(r.ContentLength, 0), MaxFrameBytes)
	if err == nil && bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		body, err = inflateWith(nil, inflates, body, MaxFrameBytes)
	}
	switch {
	case isTooLong(err):
		return 0, fault.New(fault.TooLarge, "the frame is over %d bytes; send smaller ones", MaxFrameBytes)
	case err != nil:
		return 0, fault.Wrap(fault.Invalid, err, "the body could not be read; it was cut short or is not valid gzip")
	}
	events, err := decodeFrame(body)
	if err != nil {
		return 0, err
	}
	now := o.Now()
	for i := range events {
		if err := checkHistory(&events[i], o.Workspace, now); err != nil {
			return 0, fault.New(fault.Invalid, "event %d of the frame is not fit for import: %s", i, err)
		}
	}
	if len(events) == 0 {
		return 0, nil
	}
	if err := o.Appender.Append(r.Context(), events); err != nil {
		if !fault.Is(err, fault.Busy) {
			err = fault.Wrap(fault.Transient, err, "the events could not be stored; send the same frame again")
		}
		return 0, err
	}
	return len(events), nil
}

// checkHistory refuses what an importer has no business sending, and sets the
// time of arrival.
func checkHistory(e *event.Event, ws person.Workspace, now event.Instant) error {
	switch {
	case !e.Imported:
		return errors.New("it is not marked as imported")
	case !importable(e):
		return fmt.Errorf("kind %s cannot be imported", e.Kind)
	case !strings.HasPrefix(e.Source, ImportSource) || e.MessageID == "":
		return fmt.Errorf("source %q and message id %q do not name a file and a row", e.Source, e.MessageID)
	case e.Primary().IsZero() || e.To != person.IDOf(ws, e.Primary()):
		return errors.New("it is not addressed to the home of its identity")
	case len(e.Body) > 0 && !e.Kind.Own() || e.Origin != (event.Origin{}):
		return errors.New("it carries what only Rapport itself may write")
	case e.Time.IsZero() || e.Time > now.Add(clocksMayDiffer):
		return fmt.Errorf("its time %s is not in the past", e.Time)
	}
	for _, raw := range []json.RawMessage{e.Traits, e.Properties, e.Context} {
		if len(raw) > 0 && (raw[0] != '{' || !json.Valid(raw)) {
			return errors.New("its traits, properties or context are not a JSON object")
		}
	}
	e.ReceivedAt = now
	return nil
}

// importable reports whether an event's kind, and the body of one of Rapport's
// own kinds, may be somebody's history elsewhere: what they said of consent, and
// that an address of theirs cannot be reached. Neither starts anything.
func importable(e *event.Event) bool {
	switch e.Kind {
	case event.Consented:
		body, err := event.Unpack[event.ConsentBody](*e)
		return err == nil && body.Channel != "" && body.Proof != ""
	case event.Receipt:
		body, err := event.Unpack[event.ReceiptBody](*e)
		return err == nil && body.Delivery == "" && body.Channel != "" && (body.Outcome == event.Bounced || body.Outcome == event.Complained)
	default:
		return e.Kind >= event.Identify && e.Kind <= event.Alias
	}
}

// encodeFrame gzips events into a frame.
func encodeFrame(events []event.Event) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	b := []byte(eventsMagic)
	var one []byte
	for _, e := range events {
		one = e.AppendTo(one[:0])
		b = binary.AppendUvarint(b, uint64(len(one)))
		b = append(b, one...)
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func decodeFrame(b []byte) ([]event.Event, error) {
	b, ok := bytes.CutPrefix(b, []byte(eventsMagic))
	if !ok {
		return nil, fault.New(fault.Invalid, "the body is not a frame of events of a version that this build reads (%s)", EventsType)
	}
	var events []event.Event
	for len(b) > 0 {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, fault.New(fault.Invalid, "the frame is cut short in event %d", len(events))
		}
		if n > MaxImportedBytes {
			return nil, fault.New(fault.TooLarge, "event %d of the frame is %d bytes, the limit is %d", len(events), n, MaxImportedBytes)
		}
		e, err := event.Decode(b[k : k+int(n) : k+int(n)])
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "event %d of the frame cannot be read", len(events))
		}
		events = append(events, e)
		b = b[k+int(n):]
	}
	return events, nil
}

// Client is an Appender that hands imported events to a running server. It is
// safe for concurrent use.
type Client struct {
	url   string
	token string
	http  *http.Client
}

// NewClient returns a client of the server at url, such as
// http://127.0.0.1:8080, that shows it the admin token. httpClient may be nil.
func NewClient(url, token string, httpClient *http.Client) *Client {
	if httpClient == nil {
		httpClient = &http.Client{Timeout: time.Minute}
	}
	return &Client{url: strings.TrimRight(url, "/"), token: token, http: httpClient}
}

// Append sends events in as many frames as they need, in order. Errors that may
// pass are of kind Busy or Transient; it does not retry by itself.
func (c *Client) Append(ctx context.Context, events []event.Event) error {
	for len(events) > 0 {
		n, size := 0, 0
		for n < len(events) && (n == 0 || size < frameTarget) {
			e := &events[n]
			size += len(e.Traits) + len(e.Properties) + len(e.Context) + len(e.Body) + len(e.Name) + len(e.UserID) + len(e.AnonymousID) + 128
			n++
		}
		if err := c.send(ctx, events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

func (c *Client) send(ctx context.Context, events []event.Event) error {
	frame, err := encodeFrame(events)
	if err != nil {
		return fmt.Errorf("encode frame: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+EventsPath, bytes.NewReader(frame))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%q is not the address of a server; use one such as http://127.0.0.1:8080", c.url)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", EventsType)
	resp, err := c.http.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.Wrap(fault.Transient, err, "no answer from the server at %s; is it running?", c.url)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	switch s := resp.StatusCode; {
	case s == http.StatusOK:
		return nil
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return fault.New(fault.Unauthorized, "the server at %s does not accept the admin token; give the one that it was started with", c.url)
	case s == http.StatusTooManyRequests:
		return fault.New(fault.Busy, "the server at %s is catching up", c.url)
	case s >= http.StatusInternalServerError:
		return fault.New(fault.Transient, "the server at %s answered %d: %s", c.url, s, message(answer))
	default:
		return fault.New(fault.Invalid, "the server at %s refused the events with %d: %s", c.url, s, message(answer))
	}
}

// message finds the words in an error answer.
func message(answer []byte) string {
	var v struct {
		Error struct{ Message string }
	}
	if json.Unmarshal(answer, &v) == nil && v.Error.Message != "" {
		return v.Error.Message
	}
	return strings.TrimSpace(string(answer))
}
