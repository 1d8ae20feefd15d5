package policy

import (
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Reply is an answer to somebody who wants one: what a conversation says that they
// began, what it asks of the company's systems for them, or what somebody writes who
// sees to their request.
type Reply struct {
	Defs     *definition.Workspace
	Settings event.SettingsBody
	Person   *profile.Person
	Channel  string        // of a system: that of the conversation
	To       string        // address on it
	Since    event.Instant // when it was to be said
}

// AskReply returns why the reply may not be sent now. It is transactional: caps,
// quiet hours, holdouts and the consent to marketing do not concern it. That they
// want to hear nothing at all does: who has stopped a phone's channel is not texted
// until they start it again, and who stopped another after what is answered, not
// there.
func AskReply(r Reply) event.Reason {
	if why := stopped(Request{Settings: r.Settings}); !why.IsZero() {
		return why
	}
	if !Armed(r.Settings, r.To) && !slices.ContainsFunc(r.Person.Identities, func(i person.Identity) bool { return Armed(r.Settings, i.Value) }) {
		return because(Disarmed, "The workspace is disarmed, and no address of this person is on the allow-list.")
	}
	if s, ok := r.Person.SuppressedOn(r.Channel, r.To); ok && s.Why == event.Bounced {
		return because(Suppressed, "%s %s on %s and is not used again.", r.To, s.Why, s.Time.Time().Format("2 January 2006"))
	}
	for _, key := range []string{"*", r.Channel} {
		said, own, ok := r.Person.Said(key)
		if !ok || !own || said.Given || said.Time < r.Since && !texted(r.Channel) {
			continue
		}
		return because(NoConsent, "They said on %s that they want to hear nothing more on %s.", said.Time.Time().Format("2 January 2006"), r.Channel)
	}
	return event.Reason{}
}

// AskConfirmation returns why somebody may not be asked now whether their address may be
// written to. Like a reply it is no marketing; unlike one nobody waits for it, so an
// address at which it was called spam is left alone.
func AskConfirmation(r Reply) event.Reason {
	if why := stopped(Request{Settings: r.Settings}); !why.IsZero() {
		return why
	}
	if !Armed(r.Settings, r.To) {
		return because(Disarmed, "The workspace is disarmed, and %s is not on the allow-list.", r.To)
	}
	if s, ok := r.Person.SuppressedOn(r.Channel, r.To); ok {
		return because(Suppressed, "%s %s on %s and is not used again.", r.To, s.Why, s.Time.Time().Format("2 January 2006"))
	}
	return event.Reason{}
}

// texted reports whether stopping a channel lasts until it is started again,
// whatever they write meanwhile: so carriers ask of it.
func texted(channel string) bool { return channel == "sms" || channel == "whatsapp" }
