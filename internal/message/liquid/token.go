package liquid

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of an expression.
type token struct {
	kind tokenKind
	text string // of a string, what stands between the quotes
	at   int    // where it begins
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	nameToken
	numberToken
	stringToken
	signToken // . .. [ ] ( ) | : , = and comparison signs
)

// tokenise cuts an expression into words. The last is an endToken.
func tokenise(s string) ([]token, error) {
	var out []token
	for at := 0; at < len(s); {
		c := s[at]
		if strings.IndexByte(space, c) >= 0 {
			at++
			continue
		}
		t, err := tokenAt(s, at)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		at += len(t.text)
		if t.kind == stringToken {
			at += 2
		}
	}
	return append(out, token{kind: endToken, at: len(s)}), nil
}

func tokenAt(s string, at int) (token, error) {
	rest := s[at:]
	switch c := rest[0]; {
	case c == '"' || c == '\'':
		end := strings.IndexByte(rest[1:], c)
		if end < 0 {
			return token{}, fmt.Errorf("a text that begins with %c is not closed", c)
		}
		return token{stringToken, rest[1 : 1+end], at}, nil
	case isDigit(c) || c == '-' && len(rest) > 1 && isDigit(rest[1]):
		return token{numberToken, rest[:numberLen(rest)], at}, nil
	}
	if n := nameLen(rest); n > 0 {
		return token{nameToken, rest[:n], at}, nil
	}
	for _, sign := range []string{"..", "==", "!=", "<>", "<=", ">=", ".", "[", "]", "(", ")", "|", ":", ",", "<", ">", "="} {
		if strings.HasPrefix(rest, sign) {
			return token{signToken, sign, at}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, fmt.Errorf("%q does not belong here", r)
}

// numberLen returns how long the number is with which s begins.
func numberLen(s string) int {
	n := 1
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n+1 < len(s) && s[n] == '.' && isDigit(s[n+1]) {
		n++
		for n < len(s) && isDigit(s[n]) {
			n++
		}
	}
	return n
}

// nameLen returns how long the name is with which s begins; 0 if it does not.
func nameLen(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		letter := r == '_' || unicode.IsLetter(r)
		if !letter && (n == 0 || r != '-' && !unicode.IsDigit(r) && !unicode.IsMark(r)) {
			break
		}
		n += size
	}
	if n > 0 && n < len(s) && s[n] == '?' {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// number reads a literal: an int, or a float64 when it has a decimal point or is
// too large.
func number(s string) any {
	if i, err := strconv.Atoi(s); err == nil {
		return i
	}
	f, _ := strconv.ParseFloat(s, 64) // a token of digits fails only by overflow, to infinity
	return f
}

// words are the tokens of an expression, being read.
type words struct {
	src  string
	list []token
	at   int
}

func newWords(src string) (*words, error) {
	list, err := tokenise(src)
	return &words{src: src, list: list}, err
}

func (w *words) peek() token { return w.list[w.at] }

func (w *words) next() token {
	t := w.list[w.at]
	if t.kind != endToken {
		w.at++
	}
	return t
}

// sign takes the next token if it is that sign.
func (w *words) sign(s string) bool {
	if t := w.peek(); t.kind == signToken && t.text == s {
		w.at++
		return true
	}
	return false
}

// word takes the next token if it is that name.
func (w *words) word(s string) bool {
	if t := w.peek(); t.kind == nameToken && t.text == s {
		w.at++
		return true
	}
	return false
}

// label takes "name:" if that is what comes next.
func (w *words) label() (string, bool) {
	if w.at+1 >= len(w.list) {
		return "", false
	}
	name, colon := w.list[w.at], w.list[w.at+1]
	if name.kind != nameToken || colon.kind != signToken || colon.text != ":" {
		return "", false
	}
	w.at += 2
	return name.text, true
}

// done fails unless everything has been read.
func (w *words) done() error {
	if t := w.peek(); t.kind != endToken {
		return fmt.Errorf("%.40q is not expected here", w.src[t.at:])
	}
	return nil
}

// wanted is the error that something else stood where what should be.
func (w *words) wanted(what string) error {
	if t := w.peek(); t.kind != endToken {
		return fmt.Errorf("%s is missing before %.40q", what, w.src[t.at:])
	}
	return fmt.Errorf("%s is missing", what)
}
