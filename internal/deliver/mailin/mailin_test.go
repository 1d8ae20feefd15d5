package mailin_test

import (
	"errors"
	"net"
	"net/smtp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/mailin"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ref = "ahfyxx3j2l7vxqoax4n7uowlrwbqaaaazaqmsi4pqk2d3hjv5u2q"

func take(t *testing.T, to, mail string) (*delivertest.Inbox, error) {
	t.Helper()
	i := &delivertest.Inbox{}
	return i, mailin.Take(t.Context(), i, to, []byte(strings.ReplaceAll(mail, "\n", "\r\n")))
}

func dsn(action, status string) string {
	return `From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: bounces+` + ref + `@shop.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Date: Sun, 01 Mar 2026 12:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I am sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4F1A2

Final-Recipient: rfc822; ada@example.com
Original-Recipient: rfc822;ada@example.com
Action: ` + action + `
Status: ` + status + `
Diagnostic-Code: smtp; 550 ` + status + ` no such user

--B
Content-Type: message/rfc822

From: <shop@shop.example>
Message-ID: <` + ref + `@shop.example>
Subject: Hello

Body
--B--
`
}

func TestBouncesAreReadByWhoIsToBlame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action, status string
		want           event.Outcome
	}{
		{"failed", "5.1.1", event.Bounced},
		{"failed", "5.2.1 (disabled)", event.Bounced},
		{"failed", "5.2.2", event.Lost},
		{"failed", "5.7.1", event.Lost},
		{"failed", "4.4.7", event.Lost},
		{"delivered", "2.0.0", event.Delivered},
		{"relayed", "2.0.0", event.Delivered},
	} {
		for _, to := range []string{"bounces+" + strings.ToUpper(ref) + "@shop.example", "bounces@shop.example"} {
			i, err := take(t, to, dsn(c.action, c.status))
			require.NoError(t, err)
			require.Len(t, i.Reports(), 1)
			require.Equal(t, c.want, i.Reports()[0].Outcome, "%+v", c)
			require.Equal(t, ref, i.Reports()[0].Ref, "from the address, else from what is enclosed")
		}
	}
	i, err := take(t, "bounces+"+ref+"@shop.example", dsn("delayed", "4.4.1"))
	require.True(t, fault.Is(err, fault.Invalid), "it is still on its way")
	require.Empty(t, i.Reports())
}

func TestComplaintsAreRead(t *testing.T) {
	t.Parallel()
	const arf = `From: <abusedesk@example.com>
To: <fbl@shop.example>
Subject: FW: Earn money
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--B
Content-Type: message/feedback-report

Feedback-Type: KIND
User-Agent: SomeGenerator/1.0
Version: 1

--B
Content-Type: message/rfc822

From: <shop@shop.example>
Message-ID: <` + ref + `@shop.example>

Spam
--B--
`
	i, err := take(t, "bounces@shop.example", strings.Replace(arf, "KIND", "abuse", 1))
	require.NoError(t, err)
	require.Equal(t, []deliver.Report{{Channel: "email", Ref: ref, Outcome: event.Complained, Detail: "abuse"}}, i.Reports())
	_, err = take(t, "bounces@shop.example", strings.Replace(arf, "KIND", "not-spam", 1))
	require.True(t, fault.Is(err, fault.Invalid))
}

func TestAnAnswerIsWhatThePersonWroteThemselves(t *testing.T) {
	t.Parallel()
	for name, mail := range map[string]string{
		"gmail": `Content-Type: text/plain; charset=utf-8

The large one, please.
Thank you — Ada

On Sun, Mar 1, 2026 at 12:00 PM The Shop <hello@shop.example> wrote:

> Which plan?
> Small or large
`,
		"a broken line": `Content-Type: text/plain

The large one, please.
Thank you — Ada

On Sun, Mar 1, 2026 at 12:00 PM The Shop With A Rather Long Name
<hello@shop.example> wrote:
> Which plan?
`,
		"outlook": `Content-Type: text/plain

The large one, please.
Thank you — Ada

From: The Shop <hello@shop.example>
Sent: Sunday, March 1, 2026 12:00 PM
To: Ada <ada@example.com>
Subject: Which plan?

Small or large
`,
		"below the question, in German": `Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

> Which plan?
The large one, please.
Thank you =2D Ada
-- =20
Ada L=FCtt, +49 30 1234
`,
		"html alone": `Content-Type: text/html; charset=utf-8

<html><style>p{}</style><div>The large one, please.</div><div>Thank you &#8212; Ada</div><blockquote>Which plan?</blockquote></html>
`,
		"a phone": `Content-Type: multipart/alternative; boundary=B

--B
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

VGhlIGxhcmdlIG9uZSwgcGxlYXNlLgpUaGFuayB5b3Ug4oCUIEFkYQoKU2VudCBmcm9tIG15
IGlQaG9uZQo=
--B
Content-Type: text/html

<p>other</p>
--B--
`,
	} {
		i, err := take(t, "answers+"+ref+"@shop.example", "From: \"Ada\" <Ada@Example.com>\nSubject: =?utf-8?q?Re:_Gr=C3=BC=C3=9Fe?=\nMessage-ID: <1@example.com>\n"+mail)
		require.NoError(t, err, name)
		require.Len(t, i.Heard(), 1)
		h := i.Heard()[0]
		require.Equal(t, "The large one, please.\nThank you — Ada", strings.ReplaceAll(h.Text, "you - Ada", "you — Ada"), name)
		require.Equal(t, "Ada@Example.com", h.From)
		require.Equal(t, "Re: Grüße", h.Subject)
		require.Equal(t, ref, h.Ref)
		require.Equal(t, "1@example.com", h.ID)
	}
}

func TestAnAnswerIsMatchedByWhatItAnswersToo(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"In-Reply-To: <" + ref + "@shop.example>", "References: <x@y>\n <" + ref + "@shop.example>"} {
		i, err := take(t, "hello@shop.example", "From: a@example.com\n"+header+"\n\nYes\n")
		require.NoError(t, err)
		require.Equal(t, ref, i.Heard()[0].Ref)
	}
	i, err := take(t, "hello@shop.example", "From: a@example.com\nIn-Reply-To: <CAF123@mail.example>\n\nYes\n")
	require.NoError(t, err)
	require.Empty(t, i.Heard()[0].Ref)
}

func TestMachinesAreNotHeard(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes"} {
		i, err := take(t, "answers+"+ref+"@shop.example", "From: a@example.com\n"+header+"\n\nI am away\n")
		require.True(t, fault.Is(err, fault.Invalid))
		require.Empty(t, i.Heard())
	}
}

func TestNothingThatComesInBreaksIt(t *testing.T) {
	t.Parallel()
	deep := "Content-Type: multipart/mixed; boundary=B\n\n" + strings.Repeat("--B\nContent-Type: multipart/mixed; boundary=B\n\n", 5000)
	for _, mail := range []string{"", "x", "From: a@b.c\n\n", "From: \n\nHi", deep, dsn("", ""), "From: a@b.c\nContent-Type: multipart/report; boundary=\"\"\n\n--\n"} {
		_, _ = take(t, "answers@shop.example", mail)
	}
}

func TestMailIsTakenForOurMailboxesWhenWhatItTellsIsDurable(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	s, err := mailin.Listen(mailin.ServerOptions{Listen: "127.0.0.1:0", Mailboxes: []string{"bounces@shop.example", "answers@shop.example"}, Inbox: i})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	host, _, err := net.SplitHostPort(s.Addr())
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", host)
	send := func(to string) error {
		return smtp.SendMail(s.Addr(), nil, "ada@example.com", []string{to}, []byte("From: ada@example.com\r\n\r\nYes\r\n"))
	}
	require.NoError(t, send("Answers+"+ref+"@shop.example"))
	require.ErrorContains(t, send("somebody@elsewhere.example"), "550", "it is no relay")
	i.Fail(errors.New("the disk is full"))
	require.ErrorContains(t, send("answers+"+ref+"@shop.example"), "451")
	i.Fail(nil)
	require.NoError(t, send("answers+"+ref+"@shop.example"))
	require.Len(t, i.Heard(), 2)
}
