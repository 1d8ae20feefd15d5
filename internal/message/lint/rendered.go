package lint

import (
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/message/render"
)

// What people and channels take.
const (
	subjectSeen  = 60      // characters of a subject that phones show
	gmailClips   = 102_000 // bytes of HTML after which Gmail hides the rest, the unsubscribe link with it
	fewSegments  = 3       // of a text message: beyond, a letter is cheaper
	mostSegments = 10      // that carriers join reliably
	pushSeen     = 178     // characters of a body that a locked iPhone shows, about
	wordsAMinute = 150     // of speech
	longestCall  = 60      // seconds before the first choice
	cutMark      = "…"
)

// Rendered looks at a message in the form of its channel. Its findings name the
// channel, and no message.
func Rendered(r render.Rendering) []Finding {
	l := &looked{channel: r.Channel}
	switch {
	case r.Email != nil:
		if n := len([]rune(r.Email.Subject)); n > subjectSeen {
			l.add(Advice, "too-long", "headline", fmt.Sprintf("the subject has %d characters; phones show about %d", n, subjectSeen), "say first what matters, or shorten it")
		}
		if n := len(r.Email.HTML); n > gmailClips {
			l.add(Error, "too-long", "body", fmt.Sprintf("the letter has %d KB; Gmail hides what is beyond %d", n/1000, gmailClips/1000), "shorten the body")
		}
	case r.SMS != nil:
		l.sms(*r.SMS)
	case r.WhatsApp != nil:
		if strings.Contains(r.WhatsApp.Text, cutMark+"\n") || strings.HasSuffix(r.WhatsApp.Text, cutMark) {
			l.add(Warning, "too-long", "body", "it is longer than WhatsApp takes, and is cut", "write a shorter body under on: whatsapp")
		}
		for _, n := range r.WhatsApp.Buttons {
			l.button(n)
		}
	case r.Push != nil:
		if n := len([]rune(r.Push.Body)); n > pushSeen {
			l.add(Warning, "too-long", "body", fmt.Sprintf("it has %d characters; a locked phone shows about %d", n, pushSeen), "write a shorter body under on: "+r.Channel)
		}
		if strings.HasSuffix(r.Push.Title, cutMark) {
			l.add(Warning, "too-long", "headline", "the title is longer than a locked phone shows, and is cut", "write a shorter headline under on: "+r.Channel)
		}
	case r.Voice != nil:
		words := len(strings.Fields(r.Voice.Text))
		if s := words * 60 / wordsAMinute; s > longestCall {
			l.add(Warning, "too-long", "body", fmt.Sprintf("it takes about %d seconds to say; people hang up after %d", s, longestCall), "write a shorter body under on: voice")
		}
	}
	return l.out
}

type looked struct {
	channel string
	out     []Finding
}

func (l *looked) add(s Severity, code, part, what, mend string) {
	l.out = append(l.out, Finding{Severity: s, Code: code, Channel: l.channel, Part: part, What: what, Mend: mend})
}

func (l *looked) sms(m render.SMS) {
	if m.Segments > mostSegments {
		l.add(Error, "too-long", "body", fmt.Sprintf("it takes %d segments; carriers join %d", m.Segments, mostSegments), "write a shorter body under on: sms")
	} else if m.Segments > fewSegments {
		l.add(Warning, "too-long", "body", fmt.Sprintf("it takes %d segments, each of which is paid for", m.Segments), "write a shorter body under on: sms")
	}
	if m.Saves == 0 {
		return
	}
	var list []string
	for _, s := range m.Advice {
		if s.To != "" {
			list = append(list, fmt.Sprintf("%s by %s", s.From, s.To))
		}
	}
	l.add(Advice, "alphabet", "body", fmt.Sprintf("characters outside of the 7-bit alphabet make it %d segments longer", m.Saves), "replace "+strings.Join(list, ", "))
}

func (l *looked) button(n render.Next) {
	if strings.HasSuffix(n.Label, cutMark) {
		l.add(Warning, "too-long", "next_steps", fmt.Sprintf("the button %q is cut: WhatsApp takes 20 characters", n.Label), "write a shorter label under on: whatsapp")
	}
}

// Missing are findings of what came out empty for one person.
func Missing(all []message.Missing) []Finding {
	var out []Finding
	for _, m := range all {
		out = append(out, Finding{
			Severity: Warning, Code: "unknown-fact", Part: m.Part, What: fmt.Sprintf("{{ %s }} is not known of this person, and is left out", m.Expression),
			Mend: `say what stands there then: | default: "friend"`,
		})
	}
	return out
}

// Unwritten is the finding that a message cannot be written for one person.
func Unwritten(channel, part string, err error) Finding {
	return Finding{
		Severity: Error, Code: "unwritten", Channel: channel, Part: part, What: "it cannot be written for this person: " + err.Error(),
		Mend: "give what is missing a default, or do not send it to them",
	}
}
