package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// Each byte of these is 0x01 and 0x80.
const ones, tops = 0x0101010101010101, 0x8080808080808080

// quoted reads a string, from its opening quote.
func (s *Scanner) quoted() error {
	s.at++
	for {
		s.plain()
		if s.at == len(s.text) {
			return s.unexpected("more")
		}
		switch s.text[s.at] {
		case '"':
			s.at++
			return nil
		case '\\':
			if err := s.escape(); err != nil {
				return err
			}
		default:
			return &Error{s.at, "a control character must be escaped in a string"}
		}
	}
}

// plain goes to the next quote, backslash or control character, eight bytes at a
// time: of a word minus eight such bytes, the lowest top bit that was not set
// before is the first byte that was smaller (Warren, Hacker's Delight, 6-1).
func (s *Scanner) plain() {
	b, i := s.text, s.at
	for ; len(b)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		found := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & tops
		if found != 0 {
			s.at = i + bits.TrailingZeros64(found)/8
			return
		}
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
		i++
	}
	s.at = i
}

// escape reads a backslash and what it stands before.
func (s *Scanner) escape() error {
	s.at++
	if s.at == len(s.text) {
		return s.unexpected("more")
	}
	switch s.text[s.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		s.at++
		for range 4 {
			if s.at == len(s.text) || !isHex(s.text[s.at]) {
				return s.unexpected("a hexadecimal digit")
			}
			s.at++
		}
		return nil
	}
	return s.unexpected("a character that can be escaped")
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number reads -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *Scanner) number() error {
	if s.text[s.at] == '-' {
		s.at++
	} else if !isDigit(s.text[s.at]) {
		return s.unexpected("a value")
	}
	if s.at < len(s.text) && s.text[s.at] == '0' {
		s.at++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.at < len(s.text) && (s.text[s.at] == 'e' || s.text[s.at] == 'E') {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		return s.digits()
	}
	return nil
}

// digits reads at least one digit.
func (s *Scanner) digits() error {
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	if s.at == start {
		return s.unexpected("a digit")
	}
	return nil
}

// word reads a literal that begins as w does.
func (s *Scanner) word(w string) error {
	for i := range len(w) {
		if s.at == len(s.text) || s.text[s.at] != w[i] {
			return s.unexpected(w)
		}
		s.at++
	}
	return nil
}
