package mailin

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// words decodes headers in whatever charset.
var words = mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) { //nolint:gochecknoglobals // immutable
	e, err := htmlindex.Get(charset)
	if err != nil {
		return nil, err
	}
	return e.NewDecoder().Reader(in), nil
}}

// part is a piece of a mail that has no pieces.
type part struct {
	kind     string // the Content-Type as it stands
	encoding string
	body     []byte

	media   string // of kind
	charset string
}

// mostDepth and mostParts bound what is read of a mail.
const (
	mostDepth = 8
	mostParts = 100
)

func body(m *mail.Message) []byte {
	b, err := io.ReadAll(m.Body)
	if err != nil {
		return nil
	}
	return b
}

// split takes a part apart as far as it goes. What cannot be read is left out.
func split(p part, depth int) []part {
	media, params, err := mime.ParseMediaType(p.kind)
	if err != nil {
		media, params = "text/plain", nil
	}
	p.media, p.charset = media, params["charset"]
	if !strings.HasPrefix(media, "multipart/") || params["boundary"] == "" || depth >= mostDepth {
		return []part{p}
	}
	var out []part
	r := multipart.NewReader(bytes.NewReader(p.body), params["boundary"])
	for len(out) < mostParts {
		next, err := r.NextRawPart()
		if err != nil {
			break
		}
		b, err := io.ReadAll(next)
		if err != nil && len(b) == 0 {
			break
		}
		kind := next.Header.Get("Content-Type")
		if kind == "" && media == "multipart/digest" {
			kind = "message/rfc822"
		}
		out = append(out, split(part{kind: kind, encoding: next.Header.Get("Content-Transfer-Encoding"), body: b}, depth+1)...)
	}
	return out
}

// decoded undoes the transfer encoding.
func (p part) decoded() []byte {
	var r io.Reader
	switch strings.ToLower(strings.TrimSpace(p.encoding)) {
	case "quoted-printable":
		r = quotedprintable.NewReader(bytes.NewReader(p.body))
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(p.body))
	default:
		return p.body
	}
	b, err := io.ReadAll(r)
	if err != nil && len(b) == 0 {
		return p.body
	}
	return b
}

// text is the part's text in UTF-8.
func (p part) text() string {
	b := p.decoded()
	if p.charset != "" && !strings.EqualFold(p.charset, "utf-8") {
		if e, err := htmlindex.Get(p.charset); err == nil {
			if t, err := e.NewDecoder().Bytes(b); err == nil {
				b = t
			}
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// textOf is the first plain text; of a mail that has only HTML, its words.
func textOf(parts []part) string {
	for _, p := range parts {
		if p.media == "text/plain" {
			return p.text()
		}
	}
	for _, p := range parts {
		if p.media == "text/html" {
			return wordsOf(p.text())
		}
	}
	return ""
}

// blocks are the groups of fields of a report.
func blocks(b []byte) []textproto.MIMEHeader {
	var out []textproto.MIMEHeader
	for block := range strings.SplitSeq(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n\n") {
		m, err := mail.ReadMessage(strings.NewReader(strings.TrimLeft(block, "\n") + "\n\n"))
		if err == nil {
			out = append(out, textproto.MIMEHeader(m.Header))
		}
	}
	return out
}
