package definition

import (
	"fmt"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// DoubleOptIn is how a yes to a channel is confirmed.
type DoubleOptIn struct {
	Sources   []string        // whose yes must be confirmed; empty: everybody's
	Message   Message         // what asks, on the channel
	Reminders []time.Duration // after the question, in their order
	Expires   time.Duration   // after it
}

// Asks reports whether a yes that a source sent must be confirmed.
func (d *DoubleOptIn) Asks(source string) bool {
	return len(d.Sources) == 0 || slices.Contains(d.Sources, source)
}

// confirming is a channel whose question is not known yet.
type confirming struct {
	of      *DoubleOptIn
	channel string
	at      value
	message value
}

const (
	mostReminders      = 3
	defaultExpires     = 7 * day
	defaultConfirmText = "double-opt-in" // id of our own message
)

func (c *compiler) doubleOptIn(v value, channel string) *DoubleOptIn {
	o := v.object()
	out := &DoubleOptIn{Sources: o.take("sources").texts(), Expires: o.take("expires").span(defaultExpires)}
	c.confirm = append(c.confirm, confirming{out, channel, v, o.take("message")})
	reminders := o.take("reminders")
	if reminders.absent() {
		out.Reminders = slices.DeleteFunc([]time.Duration{day, 3 * day}, func(d time.Duration) bool { return d >= out.Expires })
	}
	for _, item := range reminders.list() {
		d := item.span(0)
		switch {
		case d >= out.Expires:
			item.problem("comes when asking is over", "write a time that is shorter than expires")
		case len(out.Reminders) > 0 && d <= out.Reminders[len(out.Reminders)-1]:
			item.problem("is not later than the reminder before it", "write the times from the question on, in order, such as [1d, 3d]")
		case len(out.Reminders) == mostReminders:
			item.problem(fmt.Sprintf("is more than %d reminders", mostReminders), "who did not answer so many times does not want to")
		}
		out.Reminders = append(out.Reminders, d)
	}
	if channel == "webhook" {
		v.problem("nobody can answer a webhook", "declare it on a channel that reaches people")
	}
	o.end()
	return out
}

// confirmations gives each channel of double opt-in what it asks with.
func (c *compiler) confirmations() {
	known := make([]string, len(c.w.Messages))
	for i, m := range c.w.Messages {
		known[i] = m.ID
	}
	for _, x := range c.confirm {
		if c.w.Policy.Consent == OptOut {
			x.at.problem("where silence is a yes there is nothing to confirm", "write consent: opt_in under policy, or leave double_opt_in out")
		}
		if x.message.absent() {
			x.of.Message = c.w.ourConfirmation().By(x.channel)
			continue
		}
		m, ok := c.w.Message(x.message.oneKnown("message", known))
		if !ok {
			continue
		}
		x.of.Message = m.By(x.channel)
		if steps := m.Said("", x.channel).NextSteps; len(steps) == 0 || steps[0].Reply != event.ConfirmReply {
			x.message.problem(fmt.Sprintf("the first next step of %q does not confirm", m.ID), "write reply: "+event.ConfirmReply+" in it, such as next_step: {label: Yes please, reply: "+event.ConfirmReply+"}")
		}
	}
}

// ourConfirmation is what asks where no message was authored: in the first of the
// workspace's locales, else English, with the other locales that we speak as variants.
func (w *Workspace) ourConfirmation() Message {
	texts := confirmTexts()
	home := "en"
	if len(w.Locales) > 0 {
		home = w.Locales[0]
	}
	base, ok := texts[Language(home)]
	if !ok {
		base = texts["en"]
	}
	m := Message{ID: defaultConfirmText, Parts: base.parts()}
	for _, locale := range w.Locales {
		t, ok := texts[Language(locale)]
		if !ok || Language(locale) == Language(home) {
			continue
		}
		if m.Locales == nil {
			m.Locales = map[string]Variant{}
		}
		m.Locales[locale] = Variant{Parts: t.parts()}
	}
	return m
}

type confirmText struct{ headline, body, label, keyword string }

func (t confirmText) parts() Parts {
	return Parts{Headline: t.headline, Body: t.body, NextSteps: []event.Step{{Label: t.label, Reply: event.ConfirmReply, Keyword: t.keyword}}}
}

// confirmTexts are what we ask with, by language.
func confirmTexts() map[string]confirmText {
	return map[string]confirmText{
		"en": {"Please confirm: may {{ workspace.name }} write to you?", "Somebody gave us this address, so that we may write to it. If it was you, please confirm it. If not, do nothing: we will send you nothing.", "Yes, write to me", "YES"},
		"de": {"Bitte bestätigen: Darf {{ workspace.name }} Ihnen schreiben?", "Jemand hat uns diese Adresse gegeben, damit wir Ihnen schreiben. Waren Sie es, dann bestätigen Sie es bitte. Wenn nicht, tun Sie nichts: Sie bekommen nichts von uns.", "Ja, schreiben Sie mir", "JA"},
		"fr": {"Merci de confirmer : {{ workspace.name }} peut-il vous écrire ?", "Quelqu'un nous a donné cette adresse pour que nous y écrivions. Si c'est vous, merci de le confirmer. Sinon, ne faites rien : vous ne recevrez rien.", "Oui, écrivez-moi", "OUI"},
		"es": {"Confirme, por favor: ¿puede escribirle {{ workspace.name }}?", "Alguien nos dio esta dirección para que le escribamos. Si fue usted, confírmelo, por favor. Si no, no haga nada: no le enviaremos nada.", "Sí, escríbanme", "SI"},
		"it": {"Confermi, per favore: {{ workspace.name }} può scriverle?", "Qualcuno ci ha dato questo indirizzo perché le scriviamo. Se è stato lei, lo confermi. Altrimenti non faccia nulla: non riceverà nulla.", "Sì, scrivetemi", "SI"},
		"nl": {"Bevestig alstublieft: mag {{ workspace.name }} u schrijven?", "Iemand vroeg ons u hier te schrijven. Was u dat, bevestig het dan. Zo niet, doe niets: u krijgt niets van ons.", "Ja, schrijf mij", "JA"},
		"pt": {"Confirme, por favor: {{ workspace.name }} pode escrever-lhe?", "Alguém nos deu este endereço para lhe escrevermos. Se foi o senhor ou a senhora, confirme. Se não, não faça nada: não lhe enviaremos nada.", "Sim, escrevam-me", "SIM"},
	}
}
