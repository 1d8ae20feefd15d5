package liquid

import (
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// space is what white space control removes.
const space = " \t\r\n\v\f"

// piece is a stretch of a template: text as it stands, an output, or a tag.
type piece struct {
	kind pieceKind
	text string // the text, what the output prints, or the tag's arguments
	name string // of a tag
	line int
	args int  // the line on which a tag's arguments begin
	trim bool // white space after it goes
}

type pieceKind uint8

const (
	textPiece pieceKind = iota
	outputPiece
	tagPiece
)

// source hands out the pieces of a template, or of a liquid tag.
type source interface {
	// next returns the next piece; more is false at the end.
	next() (p piece, more bool, err error)
	// verbatim returns what stands before the tag that is named end, which it
	// takes, without reading it; found is false if there is none.
	verbatim(end string) (body string, found bool)
}

// scanner cuts a template at its {{ }} and {% %}.
type scanner struct {
	src  string
	pos  int
	line int
	trim bool // the piece before wants white space gone
}

func (s *scanner) next() (piece, bool, error) {
	if s.pos >= len(s.src) {
		return piece{}, false, nil
	}
	rest := s.src[s.pos:]
	open := nextOpen(rest)
	if open != 0 {
		if open < 0 {
			open = len(rest)
		}
		return s.textTo(open), true, nil
	}
	isTag := rest[1] == '%'
	closer := "}}"
	if isTag {
		closer = "%}"
	}
	end := strings.Index(rest[2:], closer)
	if end < 0 {
		return piece{}, false, fault.New(fault.Invalid, "line %d: %s is not closed by %s", s.line, rest[:2], closer)
	}
	inner := rest[2 : 2+end]
	p := piece{kind: outputPiece, line: s.line, trim: strings.HasSuffix(inner, "-")}
	s.line += strings.Count(inner, "\n")
	s.pos += end + 4
	s.trim = p.trim
	inner = strings.TrimSuffix(strings.TrimPrefix(inner, "-"), "-")
	p.line += strings.Count(inner[:len(inner)-len(strings.TrimLeft(inner, space))], "\n")
	p.text = strings.Trim(inner, space)
	if isTag {
		p.tag(p.text)
	}
	return p, true, nil
}

// textTo takes n bytes of text, less what white space control removes.
func (s *scanner) textTo(n int) piece {
	text := s.src[s.pos : s.pos+n]
	p := piece{line: s.line}
	s.line += strings.Count(text, "\n")
	s.pos += n
	if s.trim {
		text = strings.TrimLeft(text, space)
		s.trim = false
	}
	if follows := s.src[s.pos:]; len(follows) > 2 && follows[2] == '-' {
		text = strings.TrimRight(text, space)
	}
	p.text = text
	return p
}

// nextOpen returns where the next {{ or {% begins, or -1.
func nextOpen(s string) int {
	for i := 0; ; {
		j := strings.IndexByte(s[i:], '{')
		if j < 0 || i+j+1 >= len(s) {
			return -1
		}
		i += j
		if s[i+1] == '{' || s[i+1] == '%' {
			return i
		}
		i++
	}
}

// tag cuts what stands in a tag into its name and arguments.
func (p *piece) tag(s string) {
	p.kind = tagPiece
	if strings.HasPrefix(s, "#") {
		p.name, p.text, p.args = "#", s, p.line
		return
	}
	n := 0
	for n < len(s) && (isWord(s[n]) || s[n] == '-') {
		n++
	}
	rest := strings.TrimLeft(s[n:], space)
	p.name, p.text = s[:n], strings.TrimRight(rest, space)
	p.args = p.line + strings.Count(s[n:len(s)-len(rest)], "\n")
}

func (s *scanner) verbatim(end string) (string, bool) {
	for at := s.pos; ; {
		open := strings.Index(s.src[at:], "{%")
		if open < 0 {
			return "", false
		}
		at += open
		body := s.src[s.pos:at]
		inner, _, closed := strings.Cut(s.src[at+2:], "%}")
		name := strings.Trim(strings.TrimSuffix(strings.TrimPrefix(inner, "-"), "-"), space)
		if !closed || name != end {
			at += 2
			continue
		}
		if s.trim {
			body = strings.TrimLeft(body, space)
		}
		if strings.HasPrefix(inner, "-") {
			body = strings.TrimRight(body, space)
		}
		s.trim = strings.HasSuffix(inner, "-")
		s.line += strings.Count(s.src[s.pos:at+len(inner)+4], "\n")
		s.pos = at + len(inner) + 4
		return body, true
	}
}

// lines hands out the lines of a liquid tag, each a tag.
type lines struct {
	rest []string
	line int // of rest[0]
}

func newLines(args string, line int) *lines { return &lines{strings.Split(args, "\n"), line} }

func (l *lines) take() (string, bool) {
	if len(l.rest) == 0 {
		return "", false
	}
	s := strings.Trim(l.rest[0], space)
	l.rest = l.rest[1:]
	l.line++
	return s, true
}

func (l *lines) next() (piece, bool, error) {
	for {
		s, more := l.take()
		if !more {
			return piece{}, false, nil
		}
		if s == "" {
			continue
		}
		p := piece{line: l.line - 1}
		p.tag(s)
		return p, true, nil
	}
}

func (l *lines) verbatim(end string) (string, bool) {
	var body []string
	for {
		s, more := l.take()
		if !more {
			return "", false
		}
		if s == end {
			return strings.Join(body, "\n"), true
		}
		body = append(body, s)
	}
}
