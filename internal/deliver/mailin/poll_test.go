package mailin_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/mailin"
	"github.com/rapporthq/rapport/internal/fault"
)

// mailbox is a folder that a poller looks at.
type mailbox struct {
	*delivertest.Mailbox

	t *testing.T
}

func newMailbox(t *testing.T, config *tls.Config) *mailbox {
	t.Helper()
	return &mailbox{delivertest.NewMailbox(t, "answers@shop.example", "secret", config), t}
}

// put lays mails with these Message-IDs into the folder.
func (m *mailbox) put(ids ...string) {
	m.t.Helper()
	for _, id := range ids {
		m.Put("From: ada@example.com\r\nTo: Answers <answers+" + ref + "@shop.example>\r\nSubject: Re: Hello\r\nMessage-ID: <" + id + ">\r\n\r\nI am " + id + "\r\n")
	}
}

// poll looks at the folder until looks have ended, and returns how the last did.
func (m *mailbox) poll(o mailin.PollOptions, inbox deliver.Inbox, looks int) error {
	m.t.Helper()
	ended := make(chan error)
	closing := make(chan struct{})
	o.Addr, o.Username, o.Inbox, o.Every, o.Mailboxes = m.Addr, "answers@shop.example", inbox, 10*time.Millisecond, []string{"answers@shop.example"}
	o.Ended = func(err error) {
		select {
		case ended <- err:
		case <-closing:
		}
	}
	if o.Password == "" {
		o.Password = "secret"
	}
	p, err := mailin.Poll(o)
	require.NoError(m.t, err)
	for range looks {
		err = <-ended
	}
	close(closing)
	require.NoError(m.t, p.Close())
	return err
}

func heard(inbox *delivertest.Inbox) (ids []string) {
	for _, h := range inbox.Heard() {
		ids = append(ids, h.ID)
	}
	return ids
}

func TestEachMailOfAMailboxIsReadOnce(t *testing.T) {
	t.Parallel()
	m, inbox := newMailbox(t, nil), &delivertest.Inbox{}
	o := mailin.PollOptions{TLS: mailin.NoTLS, Position: filepath.Join(t.TempDir(), "at.json")}
	m.put("old")
	require.NoError(t, m.poll(o, inbox, 2))
	require.Empty(t, inbox.Heard(), "what was there before is left alone")
	m.put("a", "b")
	require.NoError(t, m.poll(o, inbox, 3))
	require.NoError(t, m.poll(o, inbox, 2), "another run")
	require.Equal(t, []string{"a", "b"}, heard(inbox))
	h := inbox.Heard()[0]
	require.Equal(t, "ada@example.com", h.From)
	require.Equal(t, "I am a", h.Text)
	require.Equal(t, ref, h.Ref, "of the address that it came to")
	m.put("c")
	require.NoError(t, m.poll(o, inbox, 1))
	require.Equal(t, []string{"a", "b", "c"}, heard(inbox))
	status, err := m.User.Status("INBOX", &imap.StatusOptions{NumMessages: true, NumUnseen: true})
	require.NoError(t, err)
	require.EqualValues(t, 4, *status.NumMessages)
	require.EqualValues(t, 4, *status.NumUnseen, "it is left as it is")
}

func TestAMailThatCannotBeKeptIsReadAgain(t *testing.T) {
	t.Parallel()
	m, inbox := newMailbox(t, nil), &delivertest.Inbox{}
	o := mailin.PollOptions{TLS: mailin.NoTLS, Position: filepath.Join(t.TempDir(), "at.json")}
	require.NoError(t, m.poll(o, inbox, 1))
	m.put("a", "b")
	full := errors.New("the disk is full")
	inbox.Fail(full)
	require.ErrorIs(t, m.poll(o, inbox, 2), full)
	inbox.Fail(fault.New(fault.Invalid, "nobody knows the letter"))
	require.NoError(t, m.poll(o, inbox, 1), "what would be no better the next time is left aside")
	inbox.Fail(nil)
	m.put("c")
	require.NoError(t, m.poll(o, inbox, 1))
	require.Equal(t, []string{"c"}, heard(inbox))
}

func TestAFolderThatWasMadeAnewIsReadFromTheDayBefore(t *testing.T) {
	t.Parallel()
	m, inbox := newMailbox(t, nil), &delivertest.Inbox{}
	o := mailin.PollOptions{TLS: mailin.NoTLS, Position: filepath.Join(t.TempDir(), "at.json")}
	m.put("a", "b", "c")
	require.NoError(t, m.poll(o, inbox, 1))
	require.NoError(t, m.User.Delete("INBOX"))
	require.NoError(t, m.User.Create("INBOX", nil))
	m.put("d")
	require.NoError(t, m.poll(o, inbox, 2))
	require.Equal(t, []string{"d"}, heard(inbox), "its UID is below the last that was read")
}

func TestAMailboxThatCannotBeReadIsTold(t *testing.T) {
	t.Parallel()
	m := newMailbox(t, nil)
	o := mailin.PollOptions{TLS: mailin.NoTLS, Position: filepath.Join(t.TempDir(), "at.json"), Password: "wrong"}
	require.ErrorContains(t, m.poll(o, &delivertest.Inbox{}, 1), "sign in as answers@shop.example")
	o.Password, o.Folder = "", "Elsewhere"
	require.ErrorContains(t, m.poll(o, &delivertest.Inbox{}, 1), "open the folder Elsewhere")
}

func TestAMailboxIsReadOverTLSAndAStrangersCertificateIsRefused(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	m, inbox := newMailbox(t, web.TLS), &delivertest.Inbox{}
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	o := mailin.PollOptions{Position: filepath.Join(t.TempDir(), "at.json"), TLSConfig: &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12}}
	require.NoError(t, m.poll(o, inbox, 1))
	m.put("a")
	require.NoError(t, m.poll(o, inbox, 1))
	require.Equal(t, []string{"a"}, heard(inbox))
	o.TLSConfig = nil
	require.Error(t, m.poll(o, inbox, 1))
}

func TestAPasswordIsNotSentInTheClear(t *testing.T) {
	t.Parallel()
	_, err := mailin.Poll(mailin.PollOptions{Addr: "imap.example.com:143", TLS: mailin.NoTLS, Username: "x", Position: "x", Inbox: &delivertest.Inbox{}})
	require.True(t, fault.Is(err, fault.Invalid), "%v", err)
}
