package mailin

import (
	"html"
	"regexp"
	"strings"
)

// The lines at which what was said before begins. A program that puts an answer
// above the letter writes one of them, in the language of whoever uses it.
var (
	before = regexp.MustCompile(`(?i)^(` + strings.Join([]string{
		`on .{6,200}\bwrote:?`, `am .{6,200}\bschrieb.{0,120}:?`, `le .{6,200}\ba écrit ?:?`, `el .{6,200}\bescribió ?:?`, `il .{6,200}\bha scritto ?:?`,
		`op .{6,200}\bschreef.{0,120}:?`, `em .{6,200}\bescreveu ?:?`, `dne .{6,200}\bnapsal.{0,120}:?`,
		`-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|forwarded message)\s*-{2,}`,
		`_{20,}`,
	}, "|") + `)\s*$`)
	fields = regexp.MustCompile(`(?i)^\*?(from|von|de|van|da|od)\*?:\s.+`)
	phone  = regexp.MustCompile(`(?i)^(sent from my|get outlook for|von meinem .{1,40} gesendet|envoyé de mon|enviado desde mi|verzonden vanaf)\b`)
)

// Said is what somebody wrote themselves, of the text of a mail: without the letter
// that they answer and without their signature. Where nothing would be left, it is
// the whole text.
func Said(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	var kept []string
	for n, line := range lines {
		trimmed := strings.TrimSpace(line)
		if line == "-- " || trimmed == "--" || phone.MatchString(trimmed) {
			break
		}
		if begins(lines, n) {
			break
		}
		if strings.HasPrefix(trimmed, ">") {
			continue // an answer may stand between what is quoted
		}
		kept = append(kept, strings.TrimRight(line, " \t"))
	}
	said := strings.TrimSpace(strings.Join(kept, "\n"))
	if said == "" {
		return strings.TrimSpace(text)
	}
	return said
}

// begins reports whether what was said before begins at line n. A program may break
// its line in two or three.
func begins(lines []string, n int) bool {
	line := strings.TrimSpace(lines[n])
	if line == "" {
		return false
	}
	for more := range 3 {
		if n+more >= len(lines) {
			break
		}
		if more > 0 {
			line += " " + strings.TrimSpace(lines[n+more])
		}
		if before.MatchString(line) {
			return true
		}
	}
	// Outlook: From, Sent, To and Subject, one below the other.
	return fields.MatchString(strings.TrimSpace(lines[n])) && n+1 < len(lines) && colon(lines[n+1]) && n+2 < len(lines) && colon(lines[n+2])
}

func colon(line string) bool {
	word, _, ok := strings.Cut(strings.Trim(line, "* \t"), ":")
	return ok && word != "" && len(word) < 20 && !strings.Contains(word, " ")
}

var (
	quote   = regexp.MustCompile(`(?is)<(blockquote|style|script|head)\b.*?</(blockquote|style|script|head)>`)
	newline = regexp.MustCompile(`(?i)<(br|/p|/div|/tr|/li|/h[1-6])\b[^>]*>`)
	tag     = regexp.MustCompile(`(?s)<[^>]*>`)
)

// wordsOf is the text of an HTML mail, roughly: what people wrote in it is plain.
func wordsOf(page string) string {
	page = quote.ReplaceAllString(page, "")
	page = newline.ReplaceAllString(strings.ReplaceAll(page, "\n", " "), "\n")
	return html.UnescapeString(tag.ReplaceAllString(page, ""))
}
