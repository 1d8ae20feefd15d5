package message

import (
	"strings"
	"unicode"
)

// escapePlain is for text that is shown as it is, on one line.
func escapePlain(_, value string) string { return tame(value) }

// escapeMarkdown makes value plain text within Markdown, or part of a URL when
// it stands in one.
func escapeMarkdown(before, value string) string {
	if inURL(before) {
		return escapeInURL(before, value)
	}
	var b strings.Builder
	for _, r := range oneLine(value) {
		// CommonMark 0.31, section 2.4: any ASCII punctuation may be escaped.
		if r < unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// inURL reports whether the word that before ends with is a link's address.
// Escaped data cannot look like one.
func inURL(before string) bool {
	word := before[strings.LastIndexAny(before, " \t\r\n")+1:]
	return strings.Contains(word, "](") || strings.Contains(word, "://")
}

// escapeInURL percent-encodes everything but RFC 3986's unreserved characters,
// so that value stays within the path segment or query value where it stands.
func escapeInURL(_, value string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(value) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// tame makes data safe to show on a line: white space becomes one space, and
// characters that control the display or its direction are dropped.
func tame(s string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			continue
		case space:
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}

// oneLine tames a whole part and trims it.
func oneLine(s string) string { return strings.TrimSpace(tame(s)) }
