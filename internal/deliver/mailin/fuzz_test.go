package mailin_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/mailin"
	"github.com/rapporthq/rapport/internal/fault"
)

// FuzzTake: whatever comes by mail is one thing that is told, as text, or refused.
func FuzzTake(f *testing.F) {
	f.Add("bounces+"+ref+"@shop.example", strings.ReplaceAll(dsn("failed", "5.1.1"), "\n", "\r\n"))
	f.Add("shop@shop.example", "From: Ada <ada@example.com>\r\nSubject: =?utf-8?q?Re=3A_H=C3=A9?=\r\nContent-Type: text/plain; charset=latin1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nYes =E9\r\n> no\r\n")
	f.Add("shop@shop.example", "From: a@b.example\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+aGk8L2I+\r\n--x--\r\n")
	f.Fuzz(func(t *testing.T, to, raw string) {
		i := &delivertest.Inbox{}
		err := mailin.Take(t.Context(), i, to, []byte(raw))
		told := len(i.Heard()) + len(i.Reports())
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			require.Zero(t, told)
			return
		}
		require.Equal(t, 1, told)
		for _, h := range i.Heard() {
			require.NotEmpty(t, h.From)
		}
		for _, text := range i.Texts() {
			require.True(t, utf8.ValidString(text), "%q", text)
		}
	})
}

// FuzzSaid: what somebody wrote is never empty where the mail is not, and is part of it.
func FuzzSaid(f *testing.F) {
	f.Add("Yes\n\nOn Monday, the shop wrote:\n> Hello\n-- \nAda")
	f.Fuzz(func(t *testing.T, text string) {
		said := mailin.Said(text)
		require.Equal(t, strings.TrimSpace(text) == "", said == "")
		for line := range strings.SplitSeq(said, "\n") {
			require.Contains(t, text, strings.TrimSpace(line))
		}
	})
}
