package delivertest

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/require"
)

// Mailbox is an INBOX on an IMAP server of go-imap's own, until the test ends.
type Mailbox struct {
	Addr string
	User *imapmemserver.User

	t testing.TB
}

// NewMailbox serves one, by TLS from the first byte on where there is a config.
func NewMailbox(t testing.TB, user, password string, config *tls.Config) *Mailbox {
	t.Helper()
	m := &Mailbox{t: t, User: imapmemserver.NewUser(user, password)}
	require.NoError(t, m.User.Create("INBOX", nil))
	users := imapmemserver.New()
	users.AddUser(m.User)
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}}, InsecureAuth: true,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	require.NoError(t, err)
	m.Addr = l.Addr().String()
	if config != nil {
		l = tls.NewListener(l, config)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l) // it ends with an error when it is closed
	}()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		<-done
	})
	return m
}

// Put lays a mail into it.
func (m *Mailbox) Put(raw string) {
	m.t.Helper()
	_, err := m.User.Append("INBOX", literal{strings.NewReader(raw)}, &imap.AppendOptions{})
	require.NoError(m.t, err)
}

// literal is text whose length is told beforehand, as IMAP wants it.
type literal struct{ *strings.Reader }
