// Package jsonscan walks over JSON text without making values of it: it finds
// where each value begins and ends, and checks on the way that all of it is JSON
// as encoding/json takes it (RFC 8259, lone surrogates in escapes included, at
// most 10,000 levels deep). That text is UTF-8 is for the caller to see to.
//
// It exists because a tracking call is mostly kept as it came: of 600 bytes five
// short texts are looked at.
package jsonscan

import "fmt"

// MaxDepth is how many objects and arrays may be open at once, as in encoding/json.
const MaxDepth = 10_000

// Error says where text stops being JSON, and why.
type Error struct {
	Offset  int // of the byte that cannot be there, or the length of a text that is cut short
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Message)
}

// Scanner is a place in a text. Methods that return an error leave it nowhere:
// it is of no more use. It is used by one goroutine.
type Scanner struct {
	text []byte
	at   int
	name []byte // of the member that was come to last, with its quotes

	open    []byte // the brackets that are open, outermost first
	deepest int    // the most that were, since ResetDepth
}

// New returns a scanner at the beginning of text, which must not change.
func New(text []byte) Scanner { return Scanner{text: text} }

// Offset is where the scanner is.
func (s *Scanner) Offset() int { return s.at }

// Since returns the text from start to where the scanner is.
func (s *Scanner) Since(start int) []byte { return s.text[start:s.at:s.at] }

// Depth is how many objects and arrays are open.
func (s *Scanner) Depth() int { return len(s.open) }

// ResetDepth forgets how deep it has been.
func (s *Scanner) ResetDepth() { s.deepest = len(s.open) }

// Deepest is how many objects and arrays were open at most since ResetDepth.
func (s *Scanner) Deepest() int { return s.deepest }

// Kind returns the byte that the next value begins with, which says what it is if
// it is valid: one of { [ " t f n, a digit, or a minus. Zero is the end.
func (s *Scanner) Kind() byte {
	s.space()
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// Name returns the name of the member that Enter or Next came to, with quotes and
// escapes. It points into the text.
func (s *Scanner) Name() []byte { return s.name }

// Enter goes into an object or array, and to its first member or element. more is
// false where there is none: then the scanner is after it.
func (s *Scanner) Enter() (more bool, err error) {
	if k := s.Kind(); k != '{' && k != '[' {
		return false, s.unexpected("an object or array")
	}
	return s.begin()
}

// Next goes on, after a value, to the next member or element of the object or
// array that is open. more is false where there is none: then the scanner is
// after it.
func (s *Scanner) Next() (more bool, err error) {
	s.space()
	if s.at == len(s.text) {
		return false, s.unexpected("more")
	}
	in := s.open[len(s.open)-1]
	switch s.text[s.at] {
	case ',':
		s.at++
		return true, s.member(in)
	case in + 2: // ] is [ and two, as is } of {
		s.at++
		s.open = s.open[:len(s.open)-1]
		return false, nil
	}
	return false, s.unexpected("a comma or " + string(rune(in+2)))
}

// Value reads the next value and returns it. It points into the text.
func (s *Scanner) Value() ([]byte, error) {
	s.space()
	start, outer := s.at, len(s.open)
	for {
		more, err := s.begin()
		for err == nil && !more && len(s.open) > outer {
			more, err = s.Next()
		}
		if err != nil {
			return nil, err
		}
		if !more {
			return s.text[start:s.at:s.at], nil
		}
	}
}

// End fails unless nothing but white space is left.
func (s *Scanner) End() error {
	if s.Kind(); s.at < len(s.text) {
		return s.unexpected("nothing more")
	}
	return nil
}

// begin reads a scalar, or goes into an object or array as Enter does.
func (s *Scanner) begin() (more bool, err error) {
	s.space()
	if s.at == len(s.text) {
		return false, s.unexpected("more")
	}
	switch c := s.text[s.at]; c {
	case '"':
		return false, s.quoted()
	case '{', '[':
		s.at++
		s.space()
		if s.deepest = max(s.deepest, len(s.open)+1); len(s.open) == MaxDepth {
			return false, &Error{s.at, "it is nested too deep"}
		}
		if s.at < len(s.text) && s.text[s.at] == c+2 {
			s.at++
			return false, nil
		}
		s.open = append(s.open, c)
		return true, s.member(c)
	case 't':
		return false, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return false, s.word("null")
	default:
		return false, s.number()
	}
}

// member reads, within an object, the name of a member and the colon after it.
func (s *Scanner) member(in byte) error {
	if in == '[' {
		return nil
	}
	s.space()
	if s.at == len(s.text) || s.text[s.at] != '"' {
		return s.unexpected("the name of a member")
	}
	start := s.at
	if err := s.quoted(); err != nil {
		return err
	}
	s.name = s.text[start:s.at]
	s.space()
	if s.at == len(s.text) || s.text[s.at] != ':' {
		return s.unexpected("a colon")
	}
	s.at++
	return nil
}

func (s *Scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\n', '\t', '\r':
			s.at++
		default:
			return
		}
	}
}

// unexpected says that something else, or nothing, is where want should be.
func (s *Scanner) unexpected(want string) error {
	if s.at == len(s.text) {
		return &Error{s.at, "it is cut short"}
	}
	return &Error{s.at, fmt.Sprintf("%q where %s should be", s.text[s.at], want)}
}
