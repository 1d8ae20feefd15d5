package email_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/email"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is what letters are dated by.
func clock() event.Instant {
	return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
}

// server is an SMTP server in this process that obeys a delivertest.Behaviour.
type server struct {
	channel *email.Channel
	smtp    *smtp.Server
	addr    string
	listen  net.Listener
	quit    chan struct{}

	mu       sync.Mutex
	behave   delivertest.Behaviour
	mails    []received
	sessions int
	hung     int // dialogues that hang
	login    string
}

// received is a mail as the server got it.
type received struct {
	from, to string
	raw      []byte
}

func openServer(t *testing.T, change func(*smtp.Server, *email.Options)) *server {
	t.Helper()
	s := &server{quit: make(chan struct{})}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		s.sessions++
		s.mu.Unlock()
		return &dialogue{s: s, conn: c}, nil
	}))
	s.smtp.Domain, s.smtp.AllowInsecureAuth, s.smtp.ErrorLog = "mx.example.com", true, log.New(io.Discard, "", 0)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.addr, s.listen = l.Addr().String(), l
	opts := email.Options{Addr: s.addr, TLS: email.NoTLS, Now: clock}
	if change != nil {
		change(s.smtp, &opts)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.smtp.Serve(l) })
	s.channel, err = email.Open(opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		close(s.quit)
		require.NoError(t, s.channel.Close())
		_ = l.Close()
		_ = s.smtp.Close()
		serving.Wait()
	})
	return s
}

// The methods of delivertest.Harness.

func (s *server) Channel() deliver.Channel { return s.channel }

func (s *server) To() string { return "ada@example.com" }

func (s *server) Behave(b delivertest.Behaviour) {
	s.mu.Lock()
	s.behave = b
	s.mu.Unlock()
	if b == delivertest.Down {
		_ = s.listen.Close()
	}
}

func (s *server) Got() []delivertest.Got {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []delivertest.Got
	for _, r := range s.mails {
		m, err := read(r.raw)
		if err != nil {
			panic(err)
		}
		out = append(out, delivertest.Got{Delivery: m.header.Get("Rapport-Delivery"), To: r.to, Subject: m.subject, Text: m.text})
	}
	return out
}

func (s *server) is(b delivertest.Behaviour) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behave == b
}

// dialogue is the server's side of one connection.
type dialogue struct {
	s    *server
	conn *smtp.Conn
	mail received
}

func (d *dialogue) Reset() { d.mail = received{} }

func (d *dialogue) Logout() error { return nil }

func (d *dialogue) AuthMechanisms() []string { return []string{sasl.Plain} }

func (d *dialogue) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		d.s.mu.Lock()
		d.s.login = user
		d.s.mu.Unlock()
		return nil
	}), nil
}

func (d *dialogue) Mail(from string, _ *smtp.MailOptions) error {
	if d.s.is(delivertest.Hang) {
		d.s.mu.Lock()
		d.s.hung++
		d.s.mu.Unlock()
		<-d.s.quit
	}
	d.mail.from = from
	return nil
}

func (d *dialogue) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch {
	case d.s.is(delivertest.Refuse):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	case d.s.is(delivertest.Defer):
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
	}
	d.mail.to = to
	return nil
}

func (d *dialogue) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch {
	case d.s.is(delivertest.HangAfter):
		<-d.s.quit
	case d.s.is(delivertest.BreakAfter):
		_ = d.conn.Conn().Close()
		return errors.New("broken on purpose")
	}
	d.mail.raw = raw
	d.s.mu.Lock()
	d.s.mails = append(d.s.mails, d.mail)
	d.s.mu.Unlock()
	return nil
}

// parsed is a mail as a mail program reads it.
type parsed struct {
	header     mail.Header
	subject    string
	text, html string
}

func read(raw []byte) (parsed, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return parsed{}, err
	}
	out := parsed{header: m.Header}
	if out.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return parsed{}, err
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return parsed{}, err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, to := range []*string{&out.text, &out.html} {
		p, err := parts.NextPart() // decodes quoted-printable
		if err != nil {
			return parsed{}, err
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return parsed{}, err
		}
		*to = strings.ReplaceAll(string(b), "\r\n", "\n")
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		return parsed{}, errors.New("want two parts")
	}
	return out, nil
}

func TestEmailKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		t.Helper()
		return openServer(t, nil)
	})
}

func TestALetterHasTheHeadersThatMailNeeds(t *testing.T) {
	t.Parallel()
	s := openServer(t, nil)
	l := delivertest.Letter("5/12/0", s.To())
	require.NoError(t, s.channel.Send(t.Context(), l))
	require.NoError(t, s.channel.Send(t.Context(), l))
	require.Equal(t, s.mails[0], s.mails[1], "the same letter is the same bytes")
	require.Equal(t, "shop@example.com", s.mails[0].from)
	m, err := read(s.mails[0].raw)
	require.NoError(t, err)
	h := m.header
	require.Equal(t, `"Corner Shop" <shop@example.com>`, h.Get("From"))
	require.Equal(t, "<ada@example.com>", h.Get("To"))
	require.Equal(t, "Sun, 01 Mar 2026 12:00:00 +0000", h.Get("Date"))
	require.Regexp(t, `^<[0-9a-f]{32}@example\.com>$`, h.Get("Message-Id"))
	require.Equal(t, "<https://r.example/m/u/T>", h.Get("List-Unsubscribe"))
	require.Equal(t, "List-Unsubscribe=One-Click", h.Get("List-Unsubscribe-Post"))
	require.Equal(t, "m:a:g:example.com", h.Get("Feedback-Id"))
	require.Equal(t, "5/12/0", h.Get("Rapport-Delivery"))
	require.Contains(t, m.text, "Go on:\nhttps://r.example/m/c/T\n")
	require.Contains(t, m.html, `href="https://r.example/m/c/T"`)
	require.Contains(t, m.html, "<p>Hello there.</p>")
	require.Equal(t, 1, s.sessions, "the connection is kept")
}

func TestNoLineIsTooLongForSMTP(t *testing.T) {
	t.Parallel()
	s := openServer(t, nil)
	l := delivertest.Letter("d", s.To())
	l.Content.Subject = strings.Repeat("a", 900)
	l.From.Name = strings.Repeat("A long name ", 20)
	l.Content.Text = strings.Repeat("x", 5000)
	l.Links.Unsubscribe = "https://r.example/m/u/" + strings.Repeat("t", 700)
	require.NoError(t, s.channel.Send(t.Context(), l))
	for line := range strings.SplitSeq(string(s.mails[0].raw), "\r\n") {
		require.LessOrEqual(t, len(line), 998)
		require.NotContains(t, line, "\n")
	}
	m, err := read(s.mails[0].raw)
	require.NoError(t, err)
	require.Equal(t, l.Content.Subject, m.subject)
	require.Equal(t, "<"+l.Links.Unsubscribe+">", m.header.Get("List-Unsubscribe"))
}

func TestNothingInALetterBecomesAHeaderOrACommand(t *testing.T) {
	t.Parallel()
	s := openServer(t, nil)
	evil := "x\r\nBcc: all@example.com\r\n\r\nbody\n.\r\nRCPT TO:<all@example.com>"
	l := delivertest.Letter("d"+evil, s.To())
	l.Content.Subject, l.From.Name, l.Goal, l.Action, l.Message = evil, evil, evil, evil, evil
	l.Content.Text = ".\r\n.\r\nMAIL FROM:<evil@example.com>"
	require.NoError(t, s.channel.Send(t.Context(), l))
	require.Len(t, s.mails, 1)
	require.Equal(t, "ada@example.com", s.mails[0].to)
	m, err := read(s.mails[0].raw)
	require.NoError(t, err)
	require.Empty(t, m.header.Get("Bcc"))
	require.Len(t, m.header, 12)
	require.Contains(t, m.text, ".\n.\nMAIL FROM:<evil@example.com>")

	for _, to := range []string{"", "ada", "ada@example.com\r\nBcc: x@example.com", "ada@example.com, bob@example.com", "Ada <ada@example.com>", "<ada@example.com>", "ada@example.com>\r\nRCPT TO:<x@example.com"} {
		l := delivertest.Letter("d", to)
		err := s.channel.Send(t.Context(), l)
		require.True(t, fault.Is(err, fault.Invalid), "%q: %v", to, err)
	}
	l = delivertest.Letter("d", s.To())
	l.Links.Unsubscribe = "https://r.example/>\r\nBcc: x@example.com"
	require.Error(t, s.channel.Send(t.Context(), l))
	require.Len(t, s.mails, 1)
}

func TestAConnectionThatTheServerClosedIsReplaced(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(srv *smtp.Server, _ *email.Options) { srv.ReadTimeout = 100 * time.Millisecond })
	require.NoError(t, s.channel.Send(t.Context(), delivertest.Letter("d1", s.To())))
	require.Eventually(t, func() bool { // wait for the server to hang up, then send
		return s.channel.Send(t.Context(), delivertest.Letter("d2", s.To())) == nil && s.count() > 1
	}, 10*time.Second, 200*time.Millisecond)
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

func TestTLSIsUsedAsTold(t *testing.T) {
	t.Parallel()
	cert, roots := certificate(t)
	secure := func(srv *smtp.Server, _ *email.Options) {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		srv.AllowInsecureAuth = false
	}
	for name, c := range map[string]struct {
		change func(*smtp.Server, *email.Options)
		ok     bool
	}{
		"opportunistic without TLS there":                   {func(_ *smtp.Server, o *email.Options) { o.TLS = "" }, true},
		"opportunistic with a certificate of no known root": {func(srv *smtp.Server, o *email.Options) { secure(srv, o); o.TLS = "" }, true},
		"required without TLS there":                        {func(_ *smtp.Server, o *email.Options) { o.TLS = email.Required }, false},
		"required with a certificate of no known root":      {func(srv *smtp.Server, o *email.Options) { secure(srv, o); o.TLS = email.Required }, false},
		"required with the right certificate and a password": {func(srv *smtp.Server, o *email.Options) {
			secure(srv, o)
			o.TLS, o.TLSConfig, o.Username, o.Password = email.Required, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, "rapport", "secret"
		}, true},
		"a wrong password": {func(_ *smtp.Server, o *email.Options) { o.Username, o.Password = "rapport", "wrong" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openServer(t, c.change)
			err := s.channel.Send(t.Context(), delivertest.Letter("d", s.To()))
			if c.ok {
				require.NoError(t, err)
				require.Len(t, s.Got(), 1)
				return
			}
			require.True(t, fault.Is(err, fault.Transient), "nothing was sent: %v", err)
			require.Empty(t, s.Got())
		})
	}
}

// certificate makes one for 127.0.0.1, and the roots that vouch for it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, o := range []email.Options{{}, {Addr: "mx.example.com", Now: clock}, {Addr: "mx:25", TLS: "yes", Now: clock}, {Addr: "mx:25"}} {
		_, err := email.Open(o)
		require.Error(t, err)
	}
}
