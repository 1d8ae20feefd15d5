package definition

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

const (
	defaultAnswerWithin = 8 * time.Hour
	defaultCallTimeout  = 5 * time.Second
	defaultCallPatience = 15 * time.Minute
	longestCall         = 30 * time.Second
	mostContacts        = 20
)

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// calls compiles the systems that conversations ask.
func (c *compiler) calls(v value) {
	seen := ids{}
	for _, item := range v.list() {
		o := item.object()
		at, url, secret, timeout := o.take("id"), o.take("url"), o.take("secret"), o.take("timeout")
		call := Call{ID: at.id(), URL: strings.TrimSpace(url.text()), Secret: strings.TrimSpace(secret.text())}
		seen.add(at, call.ID)
		call.Name = o.take("name").titled(call.ID)
		if url.need("say which address answers, such as https://shop.example/rapport/orders") && url.isText() && !writtenHost(call.URL) {
			url.problem("does not begin with a written-out address", "begin with https:// and a host")
		}
		if call.Secret != "" && !variableName.MatchString(call.Secret) {
			secret.problem(fmt.Sprintf("%q is not the name of an environment variable", call.Secret),
				"write the name of the variable that holds the key, such as SHOP_CALL_SECRET; never the key itself")
		}
		if call.Timeout = timeout.span(defaultCallTimeout); call.Timeout > longestCall {
			timeout.problem("is longer than people wait", "write at most 30s")
		}
		call.Patience = o.take("patience").span(defaultCallPatience)
		o.end()
		c.w.Calls = append(c.w.Calls, call)
		c.systems = append(c.systems, call.ID)
	}
}

// requests compiles what becomes of what people ask for.
func (c *compiler) requests(v value) {
	o := v.object()
	r := &c.w.Requests
	r.AnswerWithin = o.take("answer_within").span(defaultAnswerWithin)
	seen := ids{}
	for _, item := range o.take("canned").list() {
		k := item.object()
		at, text := k.take("id"), k.take("text")
		canned := Canned{ID: at.id()}
		seen.add(at, canned.ID)
		canned.Name = k.take("name").titled(canned.ID)
		if text.need("an answer says something") {
			canned.Text = strings.TrimSpace(text.text())
		}
		k.end()
		r.Canned = append(r.Canned, canned)
	}
	rules := ids{}
	for _, item := range o.take("rules").list() {
		r.Rules = append(r.Rules, c.requestRule(item, r.AnswerWithin, rules))
	}
	o.end()
}

func (c *compiler) requestRule(v value, within time.Duration, seen ids) RequestRule {
	o := v.object()
	at, contacts := o.take("id"), o.take("contacts")
	rule := RequestRule{ID: at.id()}
	seen.add(at, rule.ID)
	rule.Name = o.take("name").titled(rule.ID)
	rule.Words, rule.Events = o.take("words").texts(), o.take("events").texts()
	if !contacts.absent() {
		rule.Contacts = contacts.count(mostContacts)
	}
	rule.Within = o.take("within").span(7 * day)
	rule.When = c.voc.expr(o.take("when"), c.voc.person, c.voc.names)
	rule.AnswerWithin = o.take("answer_within").span(within)
	rule.Owner, rule.Say = strings.TrimSpace(o.take("owner").text()), strings.TrimSpace(o.take("say").text())
	rule.Sells = o.take("sells").flag()
	if !v.absent() && len(rule.Words)+len(rule.Events)+rule.Contacts == 0 {
		o.problem("recognises nothing", "write words, events or contacts")
	}
	o.end()
	return rule
}

// conversationTest reads a script.
func (c *compiler) conversationTest(v value) ConversationTest {
	o := v.object()
	name, script := o.take("name"), o.take("script")
	t := ConversationTest{Name: strings.TrimSpace(name.text()), Channel: "web", Script: script.text()}
	name.need("say what the test promises")
	script.need("write what is said, such as: < change my plan")
	if ch := o.take("channel"); !ch.absent() {
		t.Channel = ch.id()
	}
	t.Traits, _ = o.take("traits").plainValue().(map[string]any)
	t.Today = strings.TrimSpace(o.take("today").text())
	if _, err := time.Parse(time.DateOnly, t.Today); t.Today != "" && err != nil {
		o.values["today"].problem(fmt.Sprintf("%q is not a day", t.Today), "write it as 2026-03-01")
	}
	answers := o.take("results").object()
	for _, id := range answers.keys {
		k := answers.take(id).object()
		var a Answering
		if status := k.take("status"); !status.absent() {
			a.Status = status.count(599)
		} else if !k.take("lost").flag() {
			a.Status = 200
		}
		k.known = append(k.known, "lost")
		a.Result, _ = k.take("result").plainValue().(map[string]any)
		k.end()
		if t.Results == nil {
			t.Results = map[string]Answering{}
		}
		t.Results[id] = a
	}
	t.Decides = c.decides(o.take("decides"))
	o.end()
	return t
}

// decides reads what a test has decided, by slot.
func (c *compiler) decides(v value) map[string]string {
	var out map[string]string
	for _, e := range mapped(v) {
		action := e.value.text()
		a := c.w.ActionOf(action)
		switch {
		case !slices.Contains(c.places, e.key):
			e.value.problem(fmt.Sprintf("there is no slot %q", e.key), "use one of: "+strings.Join(c.places, ", "))
		case !e.value.isText():
		case a == nil:
			e.value.problem(fmt.Sprintf("there is no action %q", action), "write goal/action, or leave the slot out for silence")
		case !slices.ContainsFunc(a.Messages, func(m Message) bool { return m.Channel == e.key }):
			e.value.problem(fmt.Sprintf("%q has no message for the slot %q", action, e.key), "name the slot among the channels of one of its messages")
		}
		if out == nil {
			out = map[string]string{}
		}
		out[e.key] = action
	}
	return out
}

// plainValue reads whatever is at v as JSON would have it.
func (v value) plainValue() (out any) {
	if v.absent() {
		return nil
	}
	text, err := yaml.YAMLToJSON([]byte(v.node.String()))
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		v.problem("cannot be read: "+err.Error(), "write plain keys and values")
	}
	return out
}
