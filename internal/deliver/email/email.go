// Package email carries letters by SMTP (RFC 5321) to a server that takes them
// further: a relay of the company's, or a provider's. It keeps connections open
// between letters.
//
// What the outcome of a send means is decided by how far the dialogue had come:
// before the final dot a broken connection has sent nothing and may be tried
// again; after it, only the server's answer tells. A 4xx answer is a deferral,
// a 5xx answer a refusal.
package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// TLS says how connections are protected.
type TLS string

// The ways. Opportunistic, the default, encrypts when the server offers it and
// does not check who it is (RFC 7435); Required encrypts and checks, or sends
// nothing.
const (
	Opportunistic TLS = "opportunistic"
	Required      TLS = "required"
	NoTLS         TLS = "none"
)

// Options configure a Channel.
type Options struct {
	// Addr is host:port of the server. Required.
	Addr string

	// TLS defaults to Opportunistic.
	TLS TLS

	// TLSConfig is for tests and unusual roots. Defaults to the host's roots.
	TLSConfig *tls.Config

	// Username and Password sign in, when set, over TLS or to loopback only.
	Username string
	Password string

	// From is the sender of letters that name none.
	From deliver.Sender

	// LocalName introduces us to the server. Defaults to "localhost".
	LocalName string

	// Connections is how many are open at once, at most; letters wait for one.
	// Defaults to 16.
	Connections int

	// IdleTimeout is how long one is kept. Defaults to 30 s.
	IdleTimeout time.Duration

	// Bounces is the mailbox at which undeliverable letters come back, Replies the one
	// at which people answer: each letter gives it with its ref behind a plus sign.
	// Empty: the sender's address, and nothing tells of which letter it is.
	Bounces string
	Replies string

	// DKIM signs letters. Nil: whoever takes them further does.
	DKIM *DKIM

	// Tag is the header by which a provider's own reports name letters. Empty: none.
	Tag Tag

	// DomainConnections is how many letters to one domain of recipients may be under
	// way at once. Zero: as many as there are connections.
	DomainConnections int

	// Door takes what comes in beside mail, such as a provider's reports. Nil: nothing.
	Door http.Handler

	// Now dates letters. Required.
	Now func() event.Instant
}

// Channel sends mail. Open one with Open, and Close it.
type Channel struct {
	opts  Options
	host  string
	sign  *signer
	crowd crowds
	open  chan struct{} // one for each connection in use

	mu struct {
		sync.Mutex
		idle   []*session
		closed bool
	}
}

// session is one connection to the server, used by one send at a time.
type session struct {
	client *smtp.Client
	conn   net.Conn
	used   time.Time
}

// Open checks opts and returns a channel that connects when it first sends. The
// caller must Close it.
func Open(opts Options) (*Channel, error) {
	host, _, err := net.SplitHostPort(opts.Addr)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the mail server %q must be host:port", opts.Addr)
	}
	switch opts.TLS {
	case "":
		opts.TLS = Opportunistic
	case Opportunistic, Required, NoTLS:
	default:
		return nil, fault.New(fault.Invalid, "the mail server's tls %q must be opportunistic, required or none", opts.TLS)
	}
	if opts.Now == nil {
		return nil, errors.New("email: Options.Now is missing")
	}
	if opts.LocalName == "" {
		opts.LocalName = "localhost"
	}
	if opts.Connections == 0 {
		opts.Connections = 16
	}
	if opts.IdleTimeout == 0 {
		opts.IdleTimeout = 30 * time.Second
	}
	for _, box := range []string{opts.Bounces, opts.Replies} {
		if box == "" {
			continue
		}
		if _, err := address(box); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "the mailbox %q cannot be used", box)
		}
	}
	c := &Channel{opts: opts, host: host, open: make(chan struct{}, opts.Connections)}
	if opts.DKIM != nil {
		if c.sign, err = newSigner(*opts.DKIM); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// ServeHTTP leads to Options.Door.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.opts.Door == nil {
		http.NotFound(w, r)
		return
	}
	c.opts.Door.ServeHTTP(w, r)
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "email" }

// Close ends the connections that are kept.
func (c *Channel) Close() error {
	c.mu.Lock()
	idle := c.mu.idle
	c.mu.idle, c.mu.closed = nil, true
	c.mu.Unlock()
	for _, s := range idle {
		s.quit()
	}
	return nil
}

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	if l.From.Address == "" {
		l.From = c.opts.From
	}
	m, err := compose(l, c.opts, c.opts.Now().Time())
	if err != nil {
		return err
	}
	if m.data, err = c.sign.signed(m.data); err != nil {
		return err
	}
	leave, err := c.crowd.enter(ctx, m.to, c.opts.DomainConnections)
	if err != nil {
		return err
	}
	defer leave()
	select {
	case c.open <- struct{}{}:
		defer func() { <-c.open }()
	case <-ctx.Done():
		return fault.Wrap(fault.Transient, ctx.Err(), "stopped while waiting for one of %d connections to the mail server", c.opts.Connections)
	}
	for {
		s, kept, err := c.session(ctx)
		if err != nil {
			// Whatever the server has against us, it has said nothing of the letter.
			return fault.Wrap(fault.Transient, err, "there is no connection to the mail server%s", code(err))
		}
		sent, err := c.transact(ctx, s, m)
		if kept && !sent && err != nil && !isReply(err) && ctx.Err() == nil {
			continue // the server closed a connection that was kept; try the next, at last a new one
		}
		return classify(err, sent)
	}
}

// transact sends m over s, and keeps s if it can be used again. Sent says
// whether the content went out whole, so that only the server knows the rest.
func (c *Channel) transact(ctx context.Context, s *session, m letter) (sent bool, err error) {
	release := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	sent, err = s.send(m)
	if err != nil && isReply(err) && !closing(err) && s.client.Reset() == nil {
		defer c.keep(s)
	} else if err == nil {
		defer c.keep(s)
	} else {
		_ = s.conn.Close()
	}
	if !release() {
		_ = s.conn.Close() // ctx ended: the connection is no good even if the send was
		s.used = time.Time{}
		if err != nil && !isReply(err) {
			err = errors.Join(ctx.Err(), err)
		}
	}
	return sent, err
}

func (s *session) send(m letter) (sent bool, err error) {
	var opts *smtp.MailOptions
	if !ascii(m.from + m.to) {
		if ok, _ := s.client.Extension("SMTPUTF8"); !ok {
			return false, fault.New(fault.Invalid, "the mail server takes no addresses beyond ASCII")
		}
		opts = &smtp.MailOptions{UTF8: true}
	}
	if err := s.client.Mail(m.from, opts); err != nil {
		return false, fmt.Errorf("MAIL: %w", err)
	}
	if err := s.client.Rcpt(m.to, nil); err != nil {
		return false, fmt.Errorf("RCPT: %w", err)
	}
	w, err := s.client.Data()
	if err != nil {
		return false, fmt.Errorf("DATA: %w", err)
	}
	if _, err := w.Write(m.data); err != nil {
		return false, fmt.Errorf("content: %w", err)
	}
	if err := w.Close(); err != nil {
		return true, fmt.Errorf("end of content: %w", err)
	}
	return true, nil
}

// session returns a connection that was kept, or a new one.
func (c *Channel) session(ctx context.Context) (s *session, kept bool, err error) {
	for {
		c.mu.Lock()
		n := len(c.mu.idle)
		if n > 0 {
			s, c.mu.idle = c.mu.idle[n-1], c.mu.idle[:n-1]
		}
		c.mu.Unlock()
		if n == 0 {
			s, err = c.dial(ctx)
			return s, false, err
		}
		if time.Since(s.used) < c.opts.IdleTimeout {
			return s, true, nil
		}
		s.quit()
	}
}

func (c *Channel) keep(s *session) {
	if s.used.IsZero() {
		return // its connection was closed with the context
	}
	s.used = time.Now()
	c.mu.Lock()
	closed := c.mu.closed
	if !closed {
		c.mu.idle = append(c.mu.idle, s)
	}
	c.mu.Unlock()
	if closed {
		s.quit()
	}
}

// quit says goodbye without waiting long for an answer.
func (s *session) quit() {
	s.client.CommandTimeout = time.Second
	_ = s.client.Quit()
	_ = s.conn.Close()
}

func (c *Channel) dial(ctx context.Context) (*session, error) {
	if c.opts.TLS == NoTLS {
		return c.connect(ctx, nil)
	}
	config := c.opts.TLSConfig.Clone()
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if config.ServerName == "" {
		config.ServerName = c.host
	}
	if c.opts.TLS == Required {
		return c.connect(ctx, config)
	}
	config.InsecureSkipVerify = true //nolint:gosec // opportunistic: better than in the clear, RFC 7435
	s, err := c.connect(ctx, config)
	if err == nil || ctx.Err() != nil || isDial(err) {
		return s, err
	}
	return c.connect(ctx, nil)
}

// connect opens a connection, with STARTTLS if config is given, and signs in.
func (c *Channel) connect(ctx context.Context, config *tls.Config) (_ *session, err error) {
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", c.opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
			err = errors.Join(ctx.Err(), err)
		}
	}()
	release := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer release()
	var client *smtp.Client
	if config != nil {
		if client, err = smtp.NewClientStartTLS(conn, config); err != nil {
			return nil, fmt.Errorf("STARTTLS: %w", err)
		}
	} else {
		client = smtp.NewClient(conn)
	}
	if err := client.Hello(c.opts.LocalName); err != nil {
		return nil, fmt.Errorf("EHLO: %w", err)
	}
	if c.opts.Username != "" {
		if config == nil && !loopback(conn) {
			return nil, errors.New("AUTH: refusing to send the password in the clear; set tls to required")
		}
		if err := client.Auth(sasl.NewPlainClient("", c.opts.Username, c.opts.Password)); err != nil {
			return nil, fmt.Errorf("AUTH: %w", err)
		}
	}
	return &session{client: client, conn: conn, used: time.Now()}, nil
}

func loopback(conn net.Conn) bool {
	a, ok := conn.RemoteAddr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// isReply reports whether err is the server's answer, or ours, rather than a
// broken connection.
func isReply(err error) bool {
	var reply *smtp.SMTPError
	var own *fault.Error
	return errors.As(err, &reply) || errors.As(err, &own)
}

// closing reports whether the server said that it closes the connection.
func closing(err error) bool {
	var reply *smtp.SMTPError
	return errors.As(err, &reply) && reply.Code == 421
}

func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// classify tells the worker what an error means. Sent is whether the content
// had gone out.
func classify(err error, sent bool) error {
	var own *fault.Error
	var reply *smtp.SMTPError
	switch {
	case err == nil || errors.As(err, &own):
		return err
	case errors.As(err, &reply):
		if reply.Code >= 500 {
			err = fault.Wrap(fault.Invalid, err, "the mail server refused%s", code(err))
			if dead(reply.EnhancedCode) {
				return &deliver.DeadAddress{Err: err}
			}
			return err
		}
		return fault.Wrap(fault.Transient, err, "the mail server put us off%s", code(err))
	case sent:
		return &deliver.UnknownOutcome{Err: err}
	default:
		return fault.Wrap(fault.Transient, err, "the connection to the mail server broke before anything was sent")
	}
}

// dead reports whether a status says that there is no such mailbox, or none any
// more (RFC 3463, sections 3.2 and 3.3).
func dead(c smtp.EnhancedCode) bool {
	switch c {
	case smtp.EnhancedCode{5, 1, 1}, smtp.EnhancedCode{5, 1, 2}, smtp.EnhancedCode{5, 1, 3}, smtp.EnhancedCode{5, 1, 6}, smtp.EnhancedCode{5, 1, 10}, smtp.EnhancedCode{5, 2, 1}:
		return true
	default:
		return false
	}
}

// code is the numbers of the server's answer, if it gave one: what may be logged of
// it. Its text may repeat the address and the content.
func code(err error) string {
	reply, ok := errors.AsType[*smtp.SMTPError](err)
	switch {
	case !ok:
		return ""
	case reply.EnhancedCode[0] > 0:
		return fmt.Sprintf(" (%d %d.%d.%d)", reply.Code, reply.EnhancedCode[0], reply.EnhancedCode[1], reply.EnhancedCode[2])
	default:
		return fmt.Sprintf(" (%d)", reply.Code)
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
