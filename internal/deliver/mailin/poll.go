package mailin

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/mail"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/durable"
	"github.com/rapporthq/rapport/internal/fault"
)

// PollOptions configure a Poller.
type PollOptions struct {
	Addr     string // host:port. Required.
	Username string // Required.
	Password string
	Folder   string // Defaults to INBOX.

	// TLS says how connections are protected: "required", the default, from the first
	// byte on (port 993); "starttls" (port 143); "none" to loopback only.
	TLS       string
	TLSConfig *tls.Config // for tests and unusual roots. Defaults to the host's roots.

	// Every is how often the folder is looked at. Defaults to a minute.
	Every time.Duration

	// Mailboxes are those that letters name, with or without a plus sign. Mail to
	// others is read too: what it answers may be in its headers.
	Mailboxes []string

	// Position is the file that keeps how far the folder was read. Required.
	Position string

	Inbox  deliver.Inbox // Required.
	Logger *slog.Logger

	// Ended hears of each look at the folder: nil, or why it came to nothing. It must
	// not block. Defaults to nobody.
	Ended func(error)
}

// Poller reads a folder by IMAP (RFC 9051, RFC 3501) and leaves it as it is:
// nothing is moved, deleted or marked as read.
//
// Each mail is read once. How far was read is kept by UIDVALIDITY and UID, and moves
// past a mail only when what it tells is durable; a mail may be read twice when the
// process is killed in between, and is then known by its Message-ID. The first look
// reads nothing that is there already: it may be years old. When the folder was made
// anew (another UIDVALIDITY) what came since the day before the last look is read.
type Poller struct {
	opts PollOptions
	stop context.CancelFunc
	done sync.WaitGroup
}

// position is how far a folder was read.
type position struct {
	Account     string    `json:"account"` // another begins anew
	UIDValidity uint32    `json:"uid_validity"`
	UID         imap.UID  `json:"uid"` // the last that was read
	Looked      time.Time `json:"looked"`
}

// How a connection to a mailbox is protected.
const (
	ImplicitTLS = "required"
	StartTLS    = "starttls"
	NoTLS       = "none"
)

const (
	lookTimeout = 5 * time.Minute // of one look, all its mails
	takeTimeout = 30 * time.Second
	mostInLook  = 1000 // mails; the next look goes on
)

// Poll starts a poller. The caller must Close it.
func Poll(opts PollOptions) (*Poller, error) {
	host, _, err := net.SplitHostPort(opts.Addr)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the mailbox's server %q must be host:port, such as imap.example.com:993", opts.Addr)
	}
	switch opts.TLS {
	case "":
		opts.TLS = ImplicitTLS
	case ImplicitTLS, StartTLS, NoTLS:
	default:
		return nil, fault.New(fault.Invalid, "imap_tls %q must be required, starttls or none", opts.TLS)
	}
	if ip := net.ParseIP(host); opts.TLS == NoTLS && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fault.New(fault.Invalid, "imap_tls: none would send the password in the clear to %s; leave it out, or write starttls", host)
	}
	if opts.Username == "" || opts.Inbox == nil || opts.Position == "" {
		return nil, fault.New(fault.Invalid, "reading a mailbox needs imap_username and the secret imap_password")
	}
	if opts.TLSConfig == nil {
		opts.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	}
	if opts.Folder == "" {
		opts.Folder = "INBOX"
	}
	if opts.Every == 0 {
		opts.Every = time.Minute
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Ended == nil {
		opts.Ended = func(error) {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Poller{opts: opts, stop: cancel}
	p.done.Go(func() { p.run(ctx) })
	return p, nil
}

// Close ends looking.
func (p *Poller) Close() error {
	p.stop()
	p.done.Wait()
	return nil
}

func (p *Poller) run(ctx context.Context) {
	t := time.NewTicker(p.opts.Every)
	defer t.Stop()
	for {
		err := p.look(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			p.opts.Logger.WarnContext(ctx, "a mailbox could not be read; it is tried again", "server", p.opts.Addr, "folder", p.opts.Folder, "again_in", p.opts.Every, "error", err)
		}
		p.opts.Ended(err)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// look reads what is new in the folder.
func (p *Poller) look(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	at, err := p.kept()
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", p.opts.Addr)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }() // the client has closed it, but on an early return
	release := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer release()
	c, err := p.client(conn)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nothing was written that could be lost
	if err := c.Login(p.opts.Username, p.opts.Password).Wait(); err != nil {
		return fmt.Errorf("sign in as %s: %w", p.opts.Username, err)
	}
	looked := time.Now()
	folder, err := c.Select(p.opts.Folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return fmt.Errorf("open the folder %s: %w", p.opts.Folder, err)
	}
	uids, at, err := news(c, folder, at)
	if err != nil {
		return err
	}
	for _, uid := range uids {
		if err := p.read(ctx, c, uid); err != nil {
			return err
		}
		at.UID = uid
		if err := p.keep(at); err != nil {
			return err
		}
	}
	at.Looked = looked
	if err := p.keep(at); err != nil {
		return err
	}
	return c.Logout().Wait()
}

func (p *Poller) client(conn net.Conn) (*imapclient.Client, error) {
	o := &imapclient.Options{TLSConfig: p.opts.TLSConfig}
	switch p.opts.TLS {
	case NoTLS:
		return imapclient.New(conn, o), nil
	case StartTLS:
		c, err := imapclient.NewStartTLS(conn, o)
		if err != nil {
			return nil, fmt.Errorf("STARTTLS: %w", err)
		}
		return c, nil
	default:
		return imapclient.New(tls.Client(conn, p.opts.TLSConfig), o), nil
	}
}

// news are the mails to be read, and where the folder stands for us before them.
func news(c *imapclient.Client, folder *imap.SelectData, at position) ([]imap.UID, position, error) {
	var what imap.SearchCriteria
	switch {
	case at.UIDValidity == 0: // the first look
		at.UIDValidity, at.UID = folder.UIDValidity, folder.UIDNext-1
		return nil, at, nil
	case at.UIDValidity != folder.UIDValidity:
		at.UIDValidity, at.UID = folder.UIDValidity, 0
		what.Since = at.Looked.Add(-24 * time.Hour)
	case at.UID == math.MaxUint32: // there are no more
		return nil, at, nil
	default:
		what.UID = []imap.UIDSet{{imap.UIDRange{Start: at.UID + 1}}} // to the last
	}
	found, err := c.UIDSearch(&what, nil).Wait()
	if err != nil {
		return nil, at, fmt.Errorf("look for new mail: %w", err)
	}
	all, _ := found.All.(imap.UIDSet) // else there are none
	return after(all, at.UID), at, nil
}

// after are the first of set behind last: a range always names the last mail, be it
// new or not. What a server says there is may have no end.
func after(set imap.UIDSet, last imap.UID) (uids []imap.UID) {
	for _, r := range set {
		if r.Start == 0 {
			continue // the last, whichever that is
		}
		for uid := uint64(max(r.Start, last+1)); uid <= uint64(r.Stop) && len(uids) < mostInLook; uid++ {
			uids = append(uids, imap.UID(uid)) //nolint:gosec // no more than Stop
		}
	}
	return uids
}

// read takes in a mail. An error is worth another try; what would be no better then
// is left aside.
func (p *Poller) read(ctx context.Context, c *imapclient.Client, uid imap.UID) error {
	leave := func(reason error) {
		p.opts.Logger.InfoContext(ctx, "a mail that came in was left aside", "folder", p.opts.Folder, "uid", uid, "reason", reason)
	}
	size, _, err := fetch(c, uid, &imap.FetchOptions{UID: true, RFC822Size: true})
	if err != nil {
		return fmt.Errorf("fetch the size of mail %d: %w", uid, err)
	}
	if size > most {
		leave(fault.New(fault.TooLarge, "it has %d bytes, and at most %d are read", size, most))
		return nil
	}
	_, raw, err := fetch(c, uid, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	if err != nil {
		return fmt.Errorf("fetch mail %d: %w", uid, err)
	}
	switch {
	case len(raw) == 0:
		return nil // somebody deleted it
	case len(raw) > most:
		leave(fault.New(fault.TooLarge, "it has over %d bytes, whatever the server said", most))
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	err = Take(ctx, p.opts.Inbox, p.recipient(raw), raw)
	if fault.Is(err, fault.Invalid) {
		leave(err)
		return nil
	}
	return err
}

// fetch asks for a mail's size, or its text: of a text that is longer than any that is
// read, a byte more than that.
func fetch(c *imapclient.Client, uid imap.UID, what *imap.FetchOptions) (size int64, raw []byte, err error) {
	command := c.Fetch(imap.UIDSetNum(uid), what)
	for m := command.Next(); m != nil && err == nil; m = command.Next() {
		for item := m.Next(); item != nil && err == nil; item = m.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataRFC822Size:
				size = item.Size
			case imapclient.FetchItemDataBodySection:
				if item.Literal != nil && raw == nil {
					raw, err = io.ReadAll(io.LimitReader(item.Literal, most+1))
				}
			}
		}
	}
	return size, raw, errors.Join(err, command.Close())
}

// recipient is the address of ours that a mail came to. The envelope is gone; what
// its last servers wrote of it is nearest.
func (p *Poller) recipient(raw []byte) string {
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return ""
	}
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"} {
		for _, value := range m.Header[name] {
			list, err := mail.ParseAddressList(value)
			if err != nil {
				continue
			}
			for _, a := range list {
				if among(p.opts.Mailboxes, a.Address) && refOf(a.Address) != "" {
					return a.Address
				}
			}
		}
	}
	return ""
}

// account is whose position is kept.
func (p *Poller) account() string {
	return p.opts.Username + " at " + p.opts.Addr + ", " + p.opts.Folder
}

// kept reads how far the folder was read.
func (p *Poller) kept() (at position, err error) {
	b, err := os.ReadFile(p.opts.Position)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return position{Account: p.account()}, nil
	case err != nil:
		return at, fmt.Errorf("read how far the mailbox was read: %w", err)
	}
	if err := json.Unmarshal(b, &at); err != nil {
		return at, fmt.Errorf("read how far the mailbox was read, in %s; without the file it is read from now on: %w", p.opts.Position, err)
	}
	if at.Account != p.account() {
		at = position{Account: p.account()}
	}
	return at, nil
}

func (p *Poller) keep(at position) error {
	b, err := json.Marshal(at)
	if err != nil {
		return err
	}
	return durable.WriteFile(p.opts.Position, append(b, '\n'))
}
