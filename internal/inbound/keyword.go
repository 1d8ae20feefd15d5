package inbound

import "strings"

// Keyword is what a text message says to whoever carries it, and not to us: the
// words that carriers in North America and their providers demand to be known.
type Keyword string

// The keywords. NoKeyword is anything else.
const (
	NoKeyword Keyword = ""
	Stop      Keyword = "stop"
	Start     Keyword = "start"
	Help      Keyword = "help"
)

// Speaks reports whether k says something of consent.
func (k Keyword) Speaks() bool { return k == Stop || k == Start }

// ReadKeyword reads a text that is one word and nothing else, in any case: what
// says more is for people to read.
func ReadKeyword(text string) Keyword {
	switch strings.ToUpper(strings.Trim(strings.TrimSpace(text), ".!\"'")) {
	case "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT-OUT", "ARRET", "ARRÊT":
		return Stop
	case "START", "UNSTOP", "SUBSCRIBE", "OPTIN", "OPT-IN":
		return Start
	case "HELP", "INFO", "AIDE":
		return Help
	default:
		return NoKeyword
	}
}
