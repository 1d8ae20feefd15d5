package email_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/email"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/testenv"
)

func newDKIM(t *testing.T, bits int) *email.DKIM {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return &email.DKIM{Domain: "example.com", Selector: "s1", Key: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}
}

// verify asks python3-dkim, which is not ours, and gives it the DNS record.
const verify = `
import dkim, sys
record = open(sys.argv[2], "rb").read()
print(dkim.verify(open(sys.argv[1], "rb").read(), dnsfunc=lambda name, timeout=5: record if name == sys.argv[3].encode() + b"." else None))
`

func dkimSays(t *testing.T, d *email.DKIM, mail []byte) string {
	t.Helper()
	python := "/usr/bin/python3" // the system's, which has the system's packages
	testenv.Need(t, "Debian's package python3-dkim", exec.CommandContext(t.Context(), python, "-c", "import dkim").Run() == nil)
	name, record, err := d.Record()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mail"), mail, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "record"), []byte(record), 0o600))
	out, err := exec.CommandContext(t.Context(), python, "-c", verify, filepath.Join(dir, "mail"), filepath.Join(dir, "record"), name).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.TrimSpace(string(out))
}

func TestAnIndependentVerifierAcceptsOurSignatures(t *testing.T) {
	t.Parallel()
	d := newDKIM(t, 2048)
	s := openServer(t, func(_ *smtp.Server, o *email.Options) {
		o.DKIM, o.Replies, o.Bounces = d, "answers@example.com", "bounces@mail.example.com"
	})
	l := delivertest.Letter("dlv-1/2/3", s.To())
	l.Ref = "abc234"
	l.Content.Text = "Žluťoučký kůň\n.\n..dots at the start \n\n\n"
	require.NoError(t, s.channel.Send(t.Context(), l))
	mail := s.mails[0].raw
	require.Equal(t, "True", dkimSays(t, d, mail))
	require.Equal(t, "bounces+abc234@mail.example.com", s.mails[0].from)
	require.Contains(t, string(mail), "Reply-To: <answers+abc234@example.com>")
	for _, header := range []string{"List-Unsubscribe-Post: List-Unsubscribe=One-Click", "Reply-To: <answers+", "Subject: Hello"} {
		require.Contains(t, string(mail), header)
		require.Equal(t, "False", dkimSays(t, d, bytes.Replace(mail, []byte(header), []byte(header+"x"), 1)), header)
	}
}

func TestWeakKeysAreRefused(t *testing.T) {
	t.Parallel()
	_, err := email.Open(email.Options{Addr: "localhost:25", Now: clock, DKIM: newDKIM(t, 1024)})
	require.True(t, fault.Is(err, fault.Invalid))
	_, err = email.Open(email.Options{Addr: "localhost:25", Now: clock, DKIM: &email.DKIM{Domain: "x", Selector: "y", Key: "z"}})
	require.True(t, fault.Is(err, fault.Invalid))
}

func TestAMailboxThatDoesNotExistIsDead(t *testing.T) {
	t.Parallel()
	s := openServer(t, nil)
	s.Behave(delivertest.Refuse) // 550 5.1.1
	require.Equal(t, "dead", delivertest.KindOf(s.channel.Send(t.Context(), delivertest.Letter("d", s.To()))))
}

func TestProvidersGetTheRefInTheirHeader(t *testing.T) {
	t.Parallel()
	for tag, want := range map[email.Tag]string{
		email.SES: "X-SES-MESSAGE-TAGS: ref=abc234\r\n", email.SendGrid: `X-SMTPAPI: {"unique_args":{"ref":"abc234"}}`, email.Postmark: "X-PM-Metadata-ref: abc234\r\n",
	} {
		s := openServer(t, func(_ *smtp.Server, o *email.Options) { o.Tag = tag })
		l := delivertest.Letter("d", s.To())
		l.Ref = "abc234"
		require.NoError(t, s.channel.Send(t.Context(), l))
		require.Contains(t, string(s.mails[0].raw), want)
	}
}
