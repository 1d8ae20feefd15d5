package deliver

import "strings"

// Plain is the letter as one text, for channels that have nothing else: the
// headline, the body, and where the next step leads.
func (l Letter) Plain() string {
	var b strings.Builder
	part := func(s string) {
		if s = strings.TrimSpace(s); s == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		b.WriteString(s)
	}
	part(l.Content.Subject)
	part(l.Content.Text)
	if l.Links.Step != "" && l.Content.NextStep.Label != "" {
		part(l.Content.NextStep.Label + ": " + l.Links.Step)
	} else {
		part(l.Links.Step)
	}
	return b.String()
}
