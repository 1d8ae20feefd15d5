package mailin_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/mailin"
)

// server is a mailbox's server that says what it likes: as its greeting, before the
// answer to each command, and as the mail.
type server struct {
	greeting, before, mail string
	uids                   string // that it says there are
}

func (s server) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()                          // the client has gone, or is to go
	_ = conn.SetDeadline(time.Now().Add(200 * time.Millisecond)) // of a client that waits for ever
	say := func(text string) { _, _ = conn.Write([]byte(text)) } // to who has gone it is nothing
	say(s.greeting)
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		say(s.before)
		switch command = strings.ToUpper(command); {
		case strings.HasPrefix(command, "SELECT"), strings.HasPrefix(command, "EXAMINE"):
			say("* 1 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 2] x\r\n")
		case strings.HasPrefix(command, "UID SEARCH"):
			say("* SEARCH " + s.uids + "\r\n")
		case strings.Contains(command, "RFC822.SIZE"):
			say(fmt.Sprintf("* 1 FETCH (UID 7 RFC822.SIZE %d)\r\n", len(s.mail)))
		case strings.HasPrefix(command, "UID FETCH"):
			say(fmt.Sprintf("* 1 FETCH (UID 7 BODY[] {%d}\r\n%s)\r\n", len(s.mail), s.mail))
		}
		say(tag + " OK done\r\n")
	}
}

// FuzzPoll: whatever a mailbox's server says, and whatever mail lies in it, a look ends:
// with what the mail tells, once, or with why it came to nothing.
func FuzzPoll(f *testing.F) {
	const mail = "From: ada@example.com\r\nTo: Answers <answers+" + ref + "@shop.example>\r\nMessage-ID: <a>\r\n\r\nYes\r\n"
	f.Add("* OK ready\r\n", "", "7", mail)
	f.Add("* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n", "* CAPABILITY IMAP4rev1\r\n", "7", "\xff")
	f.Add("* OK ready\r\n", "* 1 FETCH (UID 7 FLAGS (\\Seen) ENVELOPE NIL)\r\n", "7 8 9", mail)
	f.Add("* OK ready\r\n", "* LIST () NIL INBOX\r\n* BYE\r\n", "4294967295", mail)
	f.Add("* OK ready\r\n", "* 1 EXPUNGE\r\n+ go on\r\n* STATUS x (MESSAGES 1)\r\n", "1:*", "Delivered-To: <<\r\nTo: =?x?q?=FF?= <a@b>\r\n\r\n")
	f.Add("* OK ready\r\n", "* ESEARCH (TAG \"T3\") UID ALL 1:*\r\n* ESEARCH (TAG \"T4\") UID ALL 1:4294967295\r\n", "7", mail)
	f.Add("* OK ready\r\n", "* 1 FETCH (UID 7 BODY[] {10}\r\nFrom: x\r\n\r\n RFC822.SIZE 1)\r\n", "7", mail)
	f.Fuzz(func(t *testing.T, greeting, before, uids, mail string) {
		if strings.ContainsAny(uids, "\r\n") || len(greeting)+len(before)+len(mail) > 1<<14 {
			return
		}
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's
		require.NoError(t, err)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				server{greeting, before, mail, uids}.serve(conn)
			}
		}()
		i := &delivertest.Inbox{}
		ended, closing := make(chan error), make(chan struct{})
		at := filepath.Join(t.TempDir(), "at.json")
		account := fmt.Sprintf(`{"account":"answers@shop.example at %s, INBOX","uid_validity":1,"uid":1,"looked":"2026-03-01T12:00:00Z"}`, l.Addr())
		require.NoError(t, os.WriteFile(at, []byte(account), 0o600)) // it was looked at before
		p, err := mailin.Poll(mailin.PollOptions{
			Addr: l.Addr().String(), TLS: mailin.NoTLS, Username: "answers@shop.example", Password: "secret", Every: time.Hour,
			Mailboxes: []string{"answers@shop.example"}, Position: at, Inbox: i,
			Ended: func(err error) {
				select {
				case ended <- err:
				case <-closing:
				}
			},
		})
		require.NoError(t, err)
		t.Log("it ended with", <-ended)
		close(closing)
		require.NoError(t, p.Close())
		require.NoError(t, l.Close())
		<-gone
		told := len(i.Heard()) + len(i.Reports())
		require.True(t, told <= 1 || uids != "7" || before != "", "one mail told %d things", told)
		for _, h := range i.Heard() {
			require.NotEmpty(t, h.From)
		}
		for _, text := range i.Texts() {
			require.True(t, utf8.ValidString(text), "%q", text)
		}
	})
}
