// Package bot tells robots from people by what a browser says of itself: the user
// agent, and the brands of its client hints.
//
// The list is that of crawler-user-agents, kept by many (MIT licence), in
// agents.txt. Programs that only fetch, such as curl, are left out of it: the user
// agent of an event is that of the browser in which something happened, and where a
// server names its own library there, the event is of a person all the same. To
// bring the list up to date, take the patterns of the JSON file of the npm package
// of that name, but for those tagged http-library, and say its version.
//
// A robot that says it is a browser is not recognised; a list cannot.
package bot

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/tidwall/gjson"
)

//go:embed agents.txt
var agents string

const (
	mostAgent  = 1024 // bytes of a user agent that are looked at
	remembered = 4096 // user agents, twice
)

// List recognises robots. A nil List recognises none. It is safe for concurrent
// use.
type List struct {
	literals map[[3]byte][]string // patterns that are plain text, by how they begin
	others   []*regexp.Regexp     // the others

	known struct {
		sync.RWMutex

		young, old map[string]bool // what was asked lately
	}
}

// New returns the list. It panics if the list, which is part of the build, is
// broken.
func New() *List {
	l := &List{literals: map[[3]byte][]string{}}
	l.known.young = map[string]bool{}
	for line := range strings.Lines(agents) {
		pattern := strings.TrimRight(line, "\n")
		if pattern == "" || pattern[0] == '#' {
			continue
		}
		if text, ok := literal(pattern); ok {
			begin := [3]byte([]byte(text))
			l.literals[begin] = append(l.literals[begin], text)
		} else {
			l.others = append(l.others, regexp.MustCompile(pattern))
		}
	}
	return l
}

// literal returns the text that a pattern is, where it is no more than that.
func literal(pattern string) (string, bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(fmt.Sprintf("bot: pattern %q: %v", pattern, err))
	}
	re = re.Simplify()
	text := string(re.Rune)
	return text, re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0 && len(text) >= len([3]byte{})
}

// Is reports whether a user agent is a robot's. The empty one is nobody's.
func (l *List) Is(agent string) bool {
	if l == nil || agent == "" {
		return false
	}
	agent = agent[:min(len(agent), mostAgent)]
	l.known.RLock()
	is, found := l.known.young[agent]
	l.known.RUnlock()
	if found {
		return is
	}
	is = l.matches(agent)
	l.known.Lock()
	defer l.known.Unlock()
	if len(l.known.young) >= remembered {
		l.known.old, l.known.young = l.known.young, make(map[string]bool, remembered)
	}
	l.known.young[strings.Clone(agent)] = is
	return is
}

func (l *List) matches(agent string) bool {
	l.known.RLock()
	is, found := l.known.old[agent]
	l.known.RUnlock()
	if found {
		return is
	}
	for i := 0; i+3 <= len(agent); i++ {
		for _, text := range l.literals[[3]byte([]byte(agent[i:i+3]))] {
			if strings.HasPrefix(agent[i:], text) {
				return true
			}
		}
	}
	return slices.ContainsFunc(l.others, func(re *regexp.Regexp) bool { return re.MatchString(agent) })
}

// Sent reports whether an event with this context, a JSON object, is a robot's: by
// userAgent, or by the brands of userAgentData, where browsers' client hints go
// (https://wicg.github.io/ua-client-hints).
func (l *List) Sent(context []byte) bool {
	if l == nil || l.clearly(context) {
		return false
	}
	if l.Is(gjson.GetBytes(context, "userAgent").Str) {
		return true
	}
	is := false
	for _, list := range [...]string{"userAgentData.brands", "userAgentData.fullVersionList"} {
		gjson.GetBytes(context, list).ForEach(func(_, b gjson.Result) bool {
			is = is || l.Is(b.Get("brand").Str)
			return !is
		})
	}
	return is
}

// clearly reports whether a context is nobody's or a person's, as nearly all are,
// without reading all of it: there is one member userAgent, wherever it is, whose
// text is written plainly and is known to be no robot's, and no other that begins so.
func (l *List) clearly(context []byte) bool {
	member := []byte(`"userAgent`)
	_, rest, found := bytes.Cut(context, member)
	if !found {
		return !bytes.Contains(context, []byte(`\`)) // unless it is written with escapes
	}
	rest, plain := bytes.CutPrefix(rest, []byte(`":"`))
	end := bytes.IndexByte(rest, '"')
	if !plain || end < 0 || bytes.IndexByte(rest[:end], '\\') >= 0 || bytes.Contains(rest[end:], member) {
		return false
	}
	l.known.RLock()
	defer l.known.RUnlock()
	is, known := l.known.young[string(rest[:end])]
	return known && !is
}
