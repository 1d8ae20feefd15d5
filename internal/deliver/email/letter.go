package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/render"
)

// letter is a message ready for the wire.
type letter struct {
	from string // envelope sender
	to   string // envelope recipient
	data []byte // RFC 5322, lines ended by CRLF, none over 998 bytes
}

// compose makes the mail: multipart/alternative with a text and an HTML part.
// The same letter and date give the same bytes.
func compose(l deliver.Letter, opts Options, at time.Time) (letter, error) {
	to, err := address(l.To)
	if err != nil {
		return letter{}, fault.Wrap(fault.Invalid, err, "the recipient's address cannot be used")
	}
	from, err := address(l.From.Address)
	if err != nil {
		return letter{}, fault.Wrap(fault.Invalid, err, "the sender's address %q cannot be used; set \"from\" of the channel", l.From.Address)
	}
	sum := sha256.Sum256([]byte("rapport/letter/1\x00" + l.Delivery))
	id := hex.EncodeToString(sum[:16])
	domain := from[strings.LastIndexByte(from, '@')+1:]

	var b bytes.Buffer
	header := func(name, value string) { b.WriteString(fold(name+": "+value) + "\r\n") }
	header("Date", at.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	header("From", (&mail.Address{Name: clean(l.From.Name), Address: from}).String())
	header("To", "<"+to+">")
	header("Subject", encodeWords(clean(l.Content.Subject)))
	if l.Ref != "" {
		header("Message-ID", "<"+l.Ref+"@"+domain+">") // what answers it names the letter
	} else {
		header("Message-ID", "<"+id+"@"+domain+">")
	}
	if l.Ref != "" && opts.Replies != "" {
		header("Reply-To", "<"+withRef(opts.Replies, l.Ref)+">")
	}
	if l.Ref != "" && opts.Tag != "" {
		header(opts.Tag.header(l.Ref))
	}
	if u := l.Links.Unsubscribe; u != "" {
		if !isURL(u) {
			return letter{}, fault.New(fault.Invalid, "the unsubscribe address is not a URL")
		}
		// RFC 8058 wants https; a plain http address, as on a test machine, is at
		// least RFC 2369.
		b.WriteString("List-Unsubscribe:\r\n <" + u + ">\r\n")
		if strings.HasPrefix(u, "https://") {
			header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
		}
	}
	if l.Action != "" {
		// https://support.google.com/a/answer/6254652: up to three of our own, then the sender.
		header("Feedback-ID", strings.Join([]string{token(l.Message), token(l.Action), token(l.Goal), token(domain)}, ":"))
	}
	header("Rapport-Delivery", token(l.Delivery))
	header("Auto-Submitted", "auto-generated")
	header("MIME-Version", "1.0")
	if err := writeBody(&b, l, id); err != nil {
		return letter{}, fmt.Errorf("compose: %w", err)
	}
	if l.Ref != "" && opts.Bounces != "" {
		from = withRef(opts.Bounces, l.Ref)
	}
	return letter{from: from, to: to, data: b.Bytes()}, nil
}

// withRef puts a ref into a mailbox, behind a plus sign.
func withRef(mailbox, ref string) string {
	at := strings.LastIndexByte(mailbox, '@')
	return mailbox[:at] + "+" + ref + mailbox[at:]
}

func writeBody(b *bytes.Buffer, l deliver.Letter, id string) error {
	parts := multipart.NewWriter(b)
	if err := parts.SetBoundary("rapport-" + id); err != nil {
		return err
	}
	b.WriteString("Content-Type: multipart/alternative;\r\n boundary=\"" + parts.Boundary() + "\"\r\n\r\n")
	written := render.Input{Content: l.Content, Sender: l.From.Name, Links: l.Links}.Email()
	for _, p := range []struct{ kind, body string }{{"text/plain", written.Text}, {"text/html", written.HTML}} {
		_, err := parts.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {p.kind + "; charset=utf-8"},
			"Content-Transfer-Encoding": {"quoted-printable"},
		})
		if err != nil {
			return err
		}
		writeQuoted(b, strings.ToValidUTF8(p.body, "\uFFFD"))
	}
	return parts.Close()
}

// address reads an addr-spec and nothing else: a name, a second address or a
// line break is refused.
func address(s string) (string, error) {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return "", err
	}
	if a.Name != "" || a.Address != strings.TrimSpace(s) || strings.ContainsFunc(a.Address, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || r == '<' || r == '>'
	}) {
		return "", fmt.Errorf("want a plain address such as ada@example.com")
	}
	return a.Address, nil
}

func isURL(s string) bool {
	return (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' })
}

// clean drops what must not be in a header.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// token keeps what may stand in an identifying header.
func token(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_./@", r):
			return r
		default:
			return '_'
		}
	}, s)
}

// encodeWords encodes s as RFC 2047 demands when it is not plain ASCII, looks
// like an encoded word, or has a word too long to fold.
func encodeWords(s string) string {
	plain := !strings.Contains(s, "=?")
	for w := range strings.FieldsSeq(s) {
		plain = plain && len(w) < 200
	}
	if plain && !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return s
	}
	var words []string
	chunk := ""
	flush := func() {
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(chunk))+"?=")
		chunk = ""
	}
	for _, r := range s {
		if len(chunk)+len(string(r)) > 39 { // 39 bytes are 52 letters: a word of 64, of at most 75
			flush()
		}
		chunk += string(r)
	}
	flush()
	return strings.Join(words, " ")
}

// fold breaks a header at spaces so that lines stay under 78 characters where
// they can.
func fold(line string) string {
	var b strings.Builder
	width := 0
	for i, w := range strings.Split(line, " ") {
		if i > 0 {
			if width+1+len(w) > 77 && w != "" && i > 1 {
				b.WriteString("\r\n")
				width = 0
			}
			b.WriteByte(' ')
			width++
		}
		b.WriteString(w)
		width += len(w)
	}
	return b.String()
}
