package mailin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
)

// ServerOptions configure a Server. All but Logger are required.
type ServerOptions struct {
	Listen    string   // host:port
	Mailboxes []string // that mail is taken for, with or without a plus sign; no other is relayed
	Inbox     deliver.Inbox
	Logger    *slog.Logger
}

// Server takes mail by SMTP. It answers "taken" when what the mail tells is
// durable; until then it is the sender's to try again.
type Server struct {
	opts    ServerOptions
	smtp    *smtp.Server
	addr    net.Addr
	serving sync.WaitGroup
}

// most is how large a mail may be, in bytes.
const most = 10 << 20

// Listen starts a server. The caller must Close it.
func Listen(opts ServerOptions) (*Server, error) {
	if opts.Inbox == nil || len(opts.Mailboxes) == 0 {
		return nil, errors.New("mailin: ServerOptions.Inbox and Mailboxes are required")
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: opts}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &dialogue{server: s}, nil }))
	s.smtp.Domain, s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = "localhost", most, 10
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = time.Minute, time.Minute
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = quiet{}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", opts.Listen)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "mail cannot be taken in at %s", opts.Listen)
	}
	s.addr = l.Addr()
	s.serving.Go(func() {
		if err := s.smtp.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			opts.Logger.Error("taking in mail ended", "error", err)
		}
	})
	return s, nil
}

// quiet leaves out what strangers do to a mail server.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Addr is where mail is taken.
func (s *Server) Addr() string { return s.addr.String() }

// Close stops taking mail.
func (s *Server) Close() error {
	err := s.smtp.Close()
	s.serving.Wait()
	return err
}

// takes reports whether a mailbox is one of ours.
func (s *Server) takes(to string) bool {
	return among(s.opts.Mailboxes, to)
}

// among reports whether an address is one of mailboxes, with or without a plus sign.
func among(mailboxes []string, to string) bool {
	local, domain, ok := strings.Cut(strings.ToLower(to), "@")
	local, _, _ = strings.Cut(local, "+")
	for _, box := range mailboxes {
		if ok && strings.EqualFold(box, local+"@"+domain) {
			return true
		}
	}
	return false
}

// dialogue is one sender's.
type dialogue struct {
	server *Server
	to     []string
}

func (d *dialogue) Reset() { d.to = nil }

func (*dialogue) Logout() error { return nil }

func (*dialogue) Mail(string, *smtp.MailOptions) error { return nil }

func (d *dialogue) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !d.server.takes(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox here"}
	}
	d.to = append(d.to, to)
	return nil
}

func (d *dialogue) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read the mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, to := range d.to {
		err := Take(ctx, d.server.opts.Inbox, to, raw)
		switch {
		case fault.Is(err, fault.Invalid): // it would be no better the next time
			d.server.opts.Logger.Info("a mail that came in was left aside", "reason", err)
		case err != nil:
			d.server.opts.Logger.Warn("a mail that came in could not be kept", "error", err)
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again"}
		}
	}
	return nil
}
