package smpp

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/event"
)

// The protocol is read here from within: what a centre sends is met by the package
// alone.

// FuzzTold: whatever a message centre tells is answered, and told once at most.
func FuzzTold(f *testing.F) {
	f.Add(uint32(5), []byte("\x00\x01\x01491701234567\x00\x01\x0112345\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00\x04\x00H\x00i"))
	f.Add(uint32(5), []byte("\x00\x01\x01491701234567\x00\x01\x0112345\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x29id:77 sub:001 dlvrd:001 stat:UNDELIV err:1"))
	f.Fuzz(func(t *testing.T, command uint32, body []byte) {
		if len(body) > mostPDU-header {
			return
		}
		var wire bytes.Buffer
		sent := pdu{command: command, sequence: 7, body: body}
		require.NoError(t, sent.write(&wire))
		read, err := readPDU(&wire)
		require.NoError(t, err)
		require.True(t, read.command == sent.command && read.sequence == 7 && bytes.Equal(read.body, body))
		i := &delivertest.Inbox{}
		c, err := Open(Options{Addr: "127.0.0.1:1", SystemID: "s", Password: "p", From: "+49301", Inbox: i, Now: func() event.Instant { return 1 }})
		require.NoError(t, err)
		require.Zero(t, c.told(t.Context(), read))
		require.LessOrEqual(t, len(i.Heard())+len(i.Reports()), 1)
		for _, h := range i.Heard() {
			require.True(t, utf8.ValidString(h.Text), "%q", h.Text)
		}
	})
}

// FuzzEncode: a text is read as it was written, in whichever alphabet.
func FuzzEncode(f *testing.F) {
	f.Add("Grüße [€] ~ 你好")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		coding, b := encode(text)
		require.Equal(t, text, decode(coding, b))
	})
}
