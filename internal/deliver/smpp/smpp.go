// Package smpp carries text messages to a carrier's message centre by SMPP 3.4
// (Short Message Peer-to-Peer Protocol Specification v3.4, Issue 1.2), as a
// transceiver. A long text goes as one message_payload, for the centre to divide.
//
// A centre names a message by an id of its own, and receipts by that id. Which
// letter it was is kept in memory: receipts of letters from before a restart are
// not matched.
package smpp

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Options configure a Channel. All but SystemType and TLS are required.
type Options struct {
	Addr       string // host:port
	SystemID   string
	Password   string
	SystemType string
	From       string // sender of messages: a number, or up to 11 letters
	TLS        *tls.Config

	Inbox deliver.Inbox
	Now   func() event.Instant
}

// Channel sends messages. Open one with Open, and Close it.
type Channel struct {
	opts Options

	mu      sync.Mutex
	session *session // nil: none
	refs    map[string]string
	order   []string // of refs, oldest first
	closed  bool
}

// mostRefs is how many letters may wait for their receipts.
const mostRefs = 200_000

// Open checks opts and returns a channel that connects when it first sends. The
// caller must Close it.
func Open(opts Options) (*Channel, error) {
	if opts.SystemID == "" || opts.Password == "" || opts.Inbox == nil || opts.Now == nil {
		return nil, errors.New("smpp: Options.SystemID, Password, Inbox and Now are required")
	}
	if _, _, err := net.SplitHostPort(opts.Addr); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the message centre %q must be host:port", opts.Addr)
	}
	if opts.From == "" || len(opts.From) > 20 {
		return nil, fault.New(fault.Invalid, "the channel's from must be a number, or up to 11 letters")
	}
	return &Channel{opts: opts, refs: map[string]string{}}, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "sms" }

// Close says goodbye to the centre.
func (c *Channel) Close() error {
	c.mu.Lock()
	s := c.session
	c.session, c.closed = nil, true
	c.mu.Unlock()
	if s != nil {
		s.end(true)
	}
	return nil
}

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// mostText is how long a text may be, in octets: ten parts of a long message.
const mostText = 1530

// SendNamed implements deliver.Namer: messages are called by the centre's id.
func (c *Channel) SendNamed(ctx context.Context, l deliver.Letter) (string, error) {
	coding, text := encode(l.Form().SMS().Text)
	if len(text) > mostText {
		return "", fault.New(fault.Invalid, "the message has %d octets; at most %d can be sent", len(text), mostText)
	}
	s, err := c.connected(ctx)
	if err != nil {
		return "", fault.Wrap(fault.Transient, err, "there is no connection to the message centre")
	}
	got, err := s.ask(ctx, submitSM, submission(c.opts.From, l.To, coding, text))
	if err != nil {
		return "", err
	}
	f := fields{got.body}
	if got.status != 0 {
		return "", classify(got.status)
	}
	id := f.text()
	c.remember(id, l.Ref)
	return id, nil
}

// submission is the body of submit_sm (section 4.4.1).
func submission(from, to string, coding byte, text []byte) []byte {
	b := []byte{0} // service_type
	b = address(b, from)
	b = address(b, to)
	b = append(b, 0, 0, 0, 0, 0, 1, 0, coding, 0) // esm_class, protocol_id, priority, two times, registered_delivery, replace, coding, default message
	if len(text) <= 254 {
		return append(append(b, byte(len(text))), text...) //nolint:gosec // checked
	}
	b = append(b, 0)
	b = binary.BigEndian.AppendUint16(b, messagePayload)
	b = binary.BigEndian.AppendUint16(b, uint16(len(text))) //nolint:gosec // at most mostText
	return append(b, text...)
}

// address writes type, plan and digits; or letters, which have no plan (section
// 5.2.5).
func address(b []byte, a string) []byte {
	if len(a) > 0 && a[0] == '+' {
		return cString(append(b, 1, 1), a[1:]) // international, ISDN
	}
	for _, r := range a {
		if r < '0' || r > '9' {
			return cString(append(b, 5, 0), a) // alphanumeric
		}
	}
	return cString(append(b, 0, 1), a)
}

// classify sorts the statuses of section 5.1.3.
func classify(status uint32) error {
	switch status {
	case 0x0B: // invalid destination
		return &deliver.DeadAddress{Err: fault.New(fault.Invalid, "the message centre knows no such number (0x%02X)", status)}
	case 0x58, 0x14, 0x08: // throttled, queue full, system error
		return fault.New(fault.Transient, "the message centre puts messages off (0x%02X)", status)
	case 0x0A, 0x04, 0x0D, 0x0E, 0x0F: // sender, bind state, bind, password, system id
		return fault.New(fault.Transient, "the message centre does not accept the account or its sender (0x%02X)", status)
	default:
		return fault.New(fault.Invalid, "the message centre refused (0x%02X)", status)
	}
}

// connected returns a session that is bound. Sends wait for each other meanwhile.
func (c *Channel) connected(ctx context.Context) (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.New("the channel is closed")
	}
	if c.session != nil && !c.session.isOver() {
		return c.session, nil
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	var conn net.Conn
	var err error
	if c.opts.TLS != nil {
		conn, err = (&tls.Dialer{NetDialer: dialer, Config: c.opts.TLS}).DialContext(ctx, "tcp", c.opts.Addr)
	} else {
		conn, err = dialer.DialContext(ctx, "tcp", c.opts.Addr)
	}
	if err != nil {
		return nil, err
	}
	s := begin(conn, c.told)
	body := cString(cString(cString(nil, c.opts.SystemID), c.opts.Password), c.opts.SystemType)
	got, err := s.ask(ctx, bindTransceiver, append(body, 0x34, 0, 0, 0)) // version 3.4, no address range
	if err == nil && got.status != 0 {
		err = fmt.Errorf("bind refused (0x%02X)", got.status)
	}
	if err != nil {
		s.end(false)
		return nil, errors.New(err.Error()) // not wrapped: nothing of a letter has gone out
	}
	c.session = s
	return s, nil
}

func (c *Channel) remember(id, ref string) {
	if id == "" || ref == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refs[id] = ref
	c.order = append(c.order, id)
	if len(c.order) > mostRefs {
		delete(c.refs, c.order[0])
		c.order = c.order[1:]
	}
}

func (c *Channel) refOf(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refs[id]
}
