package conversation

import (
	"regexp"
	"strings"
)

// What begins the part of an e-mail that its writer did not write, as mail programs
// have it: Gmail, Apple Mail, Outlook, Thunderbird, in the languages of Europe.
var quoteStarts = regexp.MustCompile(`(?i)^(-{2,}\s*(original|forwarded|ursprüngliche|message d'origine|mensaje original|weitergeleitete).*-{2,}\s*` +
	`|_{8,}\s*` +
	`|(on|am|le|el|il|op|em)\s.{4,200}\s*(wrote|schrieb.*|a écrit|escribió|ha scritto|schreef.*|escreveu)\s*:\s*` +
	`|(from|von|de|da|van)\s*:\s.+@.+)$`)

// What begins a signature.
var signatureStarts = regexp.MustCompile(`(?i)^(--\s?` +
	`|(sent|gesendet|envoyé|enviado|inviato|verzonden) (from|von|depuis|de|da|desde|vanaf) (my|mon|mi|mijn|meinem|il mio)?\s?.{0,40}` +
	`|get outlook for .{0,20})$`)

// quoteWraps is the first half of a line of attribution that was broken in two.
var quoteWraps = regexp.MustCompile(`(?i)^(on|am|le|el|il|op|em)\s.{4,200}$`)

// Stripped returns what the writer of an e-mail wrote: without what it quotes, and
// without a signature. Where nothing is left of it the whole is returned, for some
// answer below.
func Stripped(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	var kept []string
	for i, line := range lines {
		t := strings.TrimSpace(line)
		if signatureStarts.MatchString(t) || quoteStarts.MatchString(t) || wraps(t, lines[i+1:]) {
			break
		}
		if !strings.HasPrefix(t, ">") {
			kept = append(kept, line)
		}
	}
	if own := strings.TrimSpace(strings.Join(kept, "\n")); own != "" {
		return own
	}
	return strings.TrimSpace(text)
}

// wraps reports whether t and the line below it are one attribution.
func wraps(t string, rest []string) bool {
	return len(rest) > 0 && quoteWraps.MatchString(t) && quoteStarts.MatchString(t+" "+strings.TrimSpace(rest[0]))
}
