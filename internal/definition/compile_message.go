package definition

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
)

const defaultLocale = "en"

const localePattern = `^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`

// locale is the common part of BCP 47.
var locale = regexp.MustCompile(localePattern)

func (v value) locales() []string {
	if v.absent() {
		return []string{defaultLocale}
	}
	out := v.texts()
	for _, item := range v.list() {
		item.locale(item.text())
	}
	return out
}

func (v value) locale(s string) {
	if !locale.MatchString(strings.TrimSpace(s)) {
		v.problem(fmt.Sprintf("%q is not a language", s), "write its code, such as fr or pt-BR")
	}
}

// DraftMessage reads the source of one message, as it would stand under messages.
// Its error is Problems.
func (w *Workspace) DraftMessage(source []byte) (Message, error) {
	root, src := parse(source)
	c := &compiler{w: &Workspace{Locales: w.Locales}}
	for _, ch := range w.Channels {
		c.reach = append(c.reach, ch.ID)
	}
	for _, t := range w.Topics {
		c.subjects = append(c.subjects, t.ID)
	}
	for _, s := range w.Slots {
		c.places = append(c.places, s.ID)
	}
	var m Message
	if len(src.problems) == 0 {
		m = c.message(root, ids{})
	}
	src.problems.locate(source)
	return m, src.problems.err()
}

func (c *compiler) messages(v value) {
	seen := ids{}
	for _, item := range v.list() {
		c.w.Messages = append(c.w.Messages, c.message(item, seen))
	}
}

// said reads the messages of an action, its own and those that it shares, once for
// each channel. They are about topic where they say no other.
func (c *compiler) said(own, shared value, topic string) (out []Message, uses []string) {
	if shared.absent() {
		own.needSome("an action says something: add a message, or say which of messages it uses")
	}
	var all []Message
	taken := ids{}
	for _, item := range own.list() {
		all = append(all, c.message(item, taken))
	}
	known := make([]string, len(c.w.Messages))
	for i, m := range c.w.Messages {
		known[i] = m.ID
	}
	for _, item := range shared.list() {
		id := item.oneKnown("message", known)
		taken.add(item, id)
		if m, ok := c.w.Message(id); ok {
			all, uses = append(all, m), append(uses, id)
		}
	}
	for _, m := range all {
		if m.Topic == "" {
			m.Topic = topic
		}
		for _, channel := range m.Channels {
			out = append(out, m.By(channel))
		}
	}
	return out, uses
}

func (c *compiler) message(v value, seen ids) Message {
	o := v.object()
	at := o.take("id")
	m := Message{ID: at.id()}
	seen.add(at, m.ID)
	m.Channels = c.ways(o.take("channel"), o.take("channels"))
	m.Topic = c.topic(o.take("topic"))
	m.Appeal = o.take("appeal").oneOf(false, "ethos", "logos", "pathos")
	on, locales := o.take("on"), o.take("locales")
	m.Parts = c.parts(o, true)
	m.On = c.byChannel(on)
	for _, e := range mapped(locales) {
		e.value.locale(e.key)
		l := e.value.object()
		on := l.take("on")
		variant := Variant{Parts: c.parts(l, false), On: c.byChannel(on)}
		l.end()
		if m.Locales == nil {
			m.Locales = map[string]Variant{}
		}
		m.Locales[e.key] = variant
	}
	o.end()
	return m
}

// ways reads on which channels a message may go.
func (c *compiler) ways(one, several value) []string {
	reach := slices.Concat(c.reach, c.places)
	if !several.absent() {
		if !one.absent() {
			one.problem("is here beside channels", "keep channels")
		}
		var out []string
		for _, item := range several.list() {
			if id := item.oneKnown("channel", reach); !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
		several.needSome("say on which channels, of: " + strings.Join(reach, ", "))
		return out
	}
	if !one.need("say on which channel, one of: " + strings.Join(reach, ", ")) {
		return nil
	}
	return []string{one.oneKnown("channel", reach)}
}

func (c *compiler) byChannel(v value) map[string]Parts {
	reach := slices.Concat(c.reach, c.places)
	var out map[string]Parts
	for _, e := range mapped(v) {
		if !slices.Contains(reach, e.key) {
			e.value.problem(fmt.Sprintf("%q is no channel", e.key), "use one of: "+strings.Join(reach, ", "))
		}
		o := e.value.object()
		template := o.take("template")
		p := c.parts(o, false)
		p.Template = c.approved(template)
		o.end()
		if out == nil {
			out = map[string]Parts{}
		}
		out[e.key] = p
	}
	return out
}

// entry is one key of a map whose keys are the author's.
type entry struct {
	key   string
	value value
}

func mapped(v value) []entry {
	o := v.object()
	out := make([]entry, len(o.keys))
	for i, key := range o.keys {
		out[i] = entry{key, o.take(key)}
	}
	return out
}

// parts reads what a message says: all of it, or what a variant says otherwise.
func (c *compiler) parts(o *object, whole bool) Parts {
	headline, subject, body := o.take("headline"), o.take("subject"), o.take("body")
	if headline.absent() {
		headline = subject // as it was called while there was only e-mail
	} else if !subject.absent() {
		subject.problem("is here beside headline", "keep headline")
	}
	p := Parts{Preheader: strings.TrimSpace(o.take("preheader").text())}
	if whole {
		headline.need("say in a few words what it is about")
		if body.need("a message says something") && strings.TrimSpace(body.text()) == "" && body.isText() {
			body.problem("is empty", "a message says something")
		}
	}
	p.Headline, p.Body = strings.TrimSpace(headline.text()), body.text()
	for _, item := range o.take("facts").list() {
		f := item.object()
		label, value := f.take("label"), f.take("value")
		label.need("say what it is, such as label: Plan")
		value.need("say how it is, such as value: \"{{ traits.plan }}\"")
		p.Facts = append(p.Facts, event.Fact{Label: strings.TrimSpace(label.text()), Value: strings.TrimSpace(value.text())})
		f.end()
	}
	p.Picture = picture(o.take("picture"), whole)
	p.NextSteps = nextSteps(o.take("next_step"), o.take("next_steps"), whole)
	return p
}

func picture(v value, whole bool) event.Picture {
	if v.absent() {
		return event.Picture{}
	}
	o := v.object()
	url, alt := o.take("url"), o.take("alt")
	if whole {
		url.need("say where the picture is, beginning with https://")
	}
	p := event.Picture{URL: strings.TrimSpace(url.text()), Alt: strings.TrimSpace(alt.text())}
	url.checkHost(p.URL)
	o.end()
	return p
}

func (c *compiler) approved(v value) event.Template {
	if v.absent() {
		return event.Template{}
	}
	o := v.object()
	name, language := o.take("name"), o.take("language")
	name.need("write the name under which the provider has approved it")
	t := event.Template{Name: strings.TrimSpace(name.text()), Language: strings.TrimSpace(language.text()), Parameters: o.take("parameters").texts(), Buttons: o.take("buttons").flag()}
	if links := o.take("links"); !links.absent() {
		t.Links = strings.TrimSpace(links.text())
		if u, err := url.Parse(t.Links); err != nil || u.Scheme != "https" || u.Host == "" {
			links.problem(fmt.Sprintf("%q is not how an address begins", t.Links), "write what the approved button's address begins with, before {{1}}, such as https://rapport.shop.example/m/c/")
		}
	}
	if t.Language == "" {
		t.Language = c.w.Locales[0]
	}
	o.end()
	return t
}

// nextSteps enforces the rule behind every message: an interaction is engaging
// when it leads to another that the customer wants.
func nextSteps(one, several value, whole bool) []event.Step {
	const rule = "every message must offer the next conversation: write next_step: {label, url}"
	if several.absent() {
		if whole && !one.need(rule) || one.absent() {
			return nil
		}
		return []event.Step{nextStep(one, whole, rule)}
	}
	if !one.absent() {
		one.problem("is here beside next_steps", "keep next_steps")
	}
	several.needSome(rule)
	var out []event.Step
	for _, item := range several.list() {
		out = append(out, nextStep(item, whole, rule))
	}
	return out
}

func nextStep(v value, whole bool, rule string) event.Step {
	o := v.object()
	label, url, begins, reply := o.take("label"), o.take("url"), o.take("conversation"), o.take("reply")
	s := event.Step{Label: strings.TrimSpace(label.text()), URL: strings.TrimSpace(url.text())}
	if whole {
		label.need(rule)
		if begins.absent() && reply.absent() {
			url.need(rule + ", or say which conversation it begins, or the id of a reply")
		}
	}
	if !begins.absent() {
		s.Conversation = begins.id()
	}
	if !reply.absent() {
		s.Reply = reply.id()
	}
	if !begins.absent() && !reply.absent() {
		reply.problem("is here beside conversation", "a step does one thing: keep one of them")
	}
	s.Keyword = strings.ToUpper(strings.TrimSpace(o.take("keyword").text()))
	s.Say = o.take("say").texts()
	url.checkHost(s.URL)
	o.end()
	return s
}

func (v value) checkHost(url string) {
	if url != "" && v.isText() && !writtenHost(url) {
		v.problem("does not begin with a written-out address",
			"begin with https:// and a host, so that nobody's data can lead people elsewhere; Liquid may follow")
	}
}

// writtenHost reports whether the scheme and host of a URL are the author's own
// words rather than Liquid.
func writtenHost(url string) bool {
	rest, ok := strings.CutPrefix(url, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(url, "http://")
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	return ok && host != "" && !strings.ContainsAny(host, "{}%@\\ \t")
}
