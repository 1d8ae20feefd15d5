package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
)

// Link is an address that a message leads to or shows, as it is written, and where.
type Link struct {
	Message, Channel, Locale, Part string

	URL string
}

// Dead is the finding that it leads nowhere, for the reason that was found.
func (l Link) Dead(why string) Finding {
	return Finding{
		Severity: Error, Code: "dead-link", Message: l.Message, Channel: l.Channel, Locale: l.Locale, Part: l.Part,
		What: fmt.Sprintf("the link %.120q leads nowhere: it %s", l.URL, why), Mend: "write where it is, or put something there",
	}
}

// Links are the addresses of m on the web, each once with the first place where it
// stands. Those that are filled in for a person are not among them but counted: what
// they lead to is that person's own.
func Links(m definition.Authored) (all []Link, personal int) {
	seen := map[string]bool{}
	for _, locale := range append([]string{""}, slices.Sorted(maps.Keys(m.Locales))...) {
		for _, channel := range append([]string{""}, m.Channels...) {
			p := m.Said(locale, channel)
			add := func(part, address string) {
				switch {
				case seen[address] || !strings.HasPrefix(address, "http"):
				case strings.Contains(address, "{{") || strings.Contains(address, "{%"):
					personal++
				default:
					all = append(all, Link{m.Key, channel, locale, part, address})
				}
				seen[address] = true
			}
			for i, s := range p.NextSteps {
				add(fmt.Sprintf("next_steps[%d].url", i), s.URL)
			}
			add("picture.url", p.Picture.URL)
			for _, found := range link.FindAllStringSubmatch(p.Body, -1) {
				add("body", found[1])
			}
		}
	}
	return all, personal
}
