// Package policy is the one gate. Journeys, goals and the API all ask it, twice:
// when a delivery is chosen and again when it is about to be sent. It is pure,
// and every no has a reason that a person can read.
package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Reason codes, in the order in which the gate asks.
const (
	Stopped       = "stopped"        // everything is stopped
	GlobalHoldout = "global_holdout" // kept out for good, to measure against
	GoalHoldout   = "goal_holdout"   // kept out of this goal
	Settling      = "settling"       // identities are being joined
	NoAddress     = "no_address"
	Disarmed      = "disarmed" // the workspace is not live and the address not on the allow-list
	Suppressed    = "suppressed"
	NoConsent     = "no_consent"
	Capped        = "capped"
	Unconfirmed   = "unconfirmed" // they agreed, and have yet to confirm it
	CoolDown      = "cool_down"
	Quiet         = "quiet_hours"
	Paced         = "paced"         // the account that carries the channel has no turn for it yet
	NotEligible   = "not_eligible"  // the action's own rule
	RenderFailed  = "render_failed" // the message could not be written for this person
	OpenRequest   = "open_request"  // a complaint or request waits for an answer
	Blocked       = "blocked"       // somebody has blocked it
	Paused        = "paused"        // somebody has paused it
	Yields        = "yields"        // a journey or broadcast has come to something, and goes first
	Pinned        = "pinned"        // somebody has pinned something else
	Budget        = "budget"        // what the goal may spend is spent
	OutOfStock    = "out_of_stock"  // the action has been taken as often as it can be
	Guardrail     = "guardrail"     // the goal does harm
	OtherArm      = "other_arm"     // the person's arm of an experiment goes without it
	Excluded      = "excluded"      // another slot of the same page shows what excludes it
)

// Request is what wants to be sent, to whom, and when.
type Request struct {
	Defs     *definition.Workspace
	Settings event.SettingsBody
	Person   *profile.Person
	Goal     string
	Action   *definition.Action // nil: only the channel's rules
	Channel  string
	Owed     bool          // transactional
	Topic    string        // what it is about; empty: the action's kind
	Delivery string        // its own id, so that it does not count against itself
	Now      event.Instant // partition time
}

// Ask returns why the request may not be sent now; the zero reason when it may.
// A reason with Until set stops holding by itself at that time.
func Ask(r Request) event.Reason {
	if r.Owed {
		return first(r, stopped, settling, address)
	}
	return first(r, stopped, holdout, settling, address, consent, caps, coolDown, quiet)
}

// AskToShow is Ask for what is shown to a person who is there already, on a page or
// by somebody who speaks with them: it needs no address, disturbs nobody's sleep,
// uses up no cap of what is sent, and is no message that consent is asked for.
func AskToShow(r Request) event.Reason {
	if why := AskToKeep(r); !why.IsZero() {
		return why
	}
	return coolDown(r)
}

// AskToKeep is AskToShow for what is shown already.
func AskToKeep(r Request) event.Reason { return first(r, stopped, holdout, unknown, settling) }

// first is the first reason that rules give.
func first(r Request, rules ...func(Request) event.Reason) event.Reason {
	for _, rule := range rules {
		if why := rule(r); !why.IsZero() {
			return why
		}
	}
	return event.Reason{}
}

func because(code, format string, args ...any) event.Reason {
	return event.Reason{Code: code, Sentence: fmt.Sprintf(format, args...)}
}

func stopped(r Request) event.Reason {
	if r.Settings.Live == event.Stopped {
		return because(Stopped, "Everything is stopped: nothing is sent to anybody until someone goes live again.")
	}
	return event.Reason{}
}

func holdout(r Request) event.Reason {
	switch r.Person.Goals[r.Goal].Arm {
	case profile.GlobalHoldout:
		return because(GlobalHoldout, "In the global holdout: no goal ever contacts this person, so that the others can be compared with them.")
	case profile.GoalHoldout:
		return because(GoalHoldout, "In this goal's holdout: kept out so that the goal's effect can be measured.")
	case profile.Treated:
	}
	return event.Reason{}
}

func settling(r Request) event.Reason {
	if len(r.Person.Settling) > 0 {
		return because(Settling, "Two identities of this person are being joined; until that is done they are met with silence.")
	}
	return event.Reason{}
}

func address(r Request) event.Reason {
	a := r.Person.Address(r.Channel)
	if a == "" {
		return because(NoAddress, "No address is known for %s.", r.Channel)
	}
	if !Armed(r.Settings, a) {
		return because(Disarmed, "The workspace is disarmed, and %s is not on the allow-list.", a)
	}
	if s, ok := r.Person.SuppressedOn(r.Channel, a); ok {
		return because(Suppressed, "%s %s on %s and is not used again.", a, s.Why, s.Time.Time().Format("2 January 2006"))
	}
	return event.Reason{}
}

// Armed reports whether settings let anything go to address at all.
func Armed(s event.SettingsBody, address string) bool {
	if s.Live == event.LiveToAll || s.Live == event.Stopped {
		return s.Live == event.LiveToAll
	}
	return slices.ContainsFunc(s.Allow, func(allowed string) bool { return matches(allowed, address) })
}

// Known reports whether settings let anything be shown to p at all.
func Known(s event.SettingsBody, p *profile.Person) bool {
	return slices.ContainsFunc(p.Identities, func(i person.Identity) bool { return Armed(s, i.Value) }) || s.Live == event.LiveToAll
}

func unknown(r Request) event.Reason {
	if Known(r.Settings, r.Person) {
		return event.Reason{}
	}
	return because(Disarmed, "The workspace is disarmed, and nothing that this person is known by is on the allow-list.")
}

// matches reports whether an entry of the allow-list means address: *@DOMAIN means
// every name at that domain, any other entry itself.
func matches(allowed, address string) bool {
	if domain, star := strings.CutPrefix(allowed, "*@"); star {
		return strings.HasSuffix(address, "@"+domain)
	}
	return allowed == address
}

func consent(r Request) event.Reason {
	topic, on := Topic(r.Action, r.Topic), r.Channel
	if r.Topic != "" {
		on = fmt.Sprintf("%s about %s", r.Channel, topicName(r.Defs, topic))
	}
	if r.Person.Consents(r.Channel, topic, r.Defs.Policy.Consent) {
		return event.Reason{}
	}
	c, ok := r.Person.ConsentOn(r.Channel, topic)
	if ok && c.Given {
		return unconfirmed(r.Person.Confirming.Get(r.Channel), on)
	}
	if ok {
		return because(NoConsent, "Consent for %s was withdrawn on %s.", on, c.Time.Time().Format("2 January 2006"))
	}
	return because(NoConsent, "No consent for %s is on record.", on)
}

// unconfirmed says why a yes does not count.
func unconfirmed(c profile.Confirmation, on string) event.Reason {
	if !c.Waits() {
		return because(NoConsent, "Consent for %s was not confirmed: %s was asked on %s, and did not answer in time.", on, c.Address, c.Asked.Time().Format("2 January 2006"))
	}
	return because(Unconfirmed, "Consent for %s is not confirmed yet: %s was asked on %s.", on, c.Address, c.Asked.Time().Format("2 January 2006"))
}

// Topic is what consent is asked for: the topic that a message names, else the
// kind of its action.
func Topic(a *definition.Action, named string) string {
	if named == "" && a != nil {
		return a.Kind
	}
	return named
}

func topicName(ws *definition.Workspace, id string) string {
	for _, t := range ws.Topics {
		if t.ID == id {
			return t.Name
		}
	}
	return id
}

func caps(r Request) event.Reason {
	for _, c := range r.Defs.Policy.Caps {
		if c.Channel != "" && c.Channel != r.Channel {
			continue
		}
		var times []event.Instant
		for n, t := range r.Person.Touches {
			if !r.Person.Repeats(n) && !t.Shown && !t.Owed && t.Delivery != r.Delivery && (c.Channel == "" || t.Channel == c.Channel) && t.Time > r.Now.Add(-c.Per) {
				times = append(times, t.Time)
			}
		}
		if len(times) < c.AtMost {
			continue
		}
		slices.Sort(times)
		on := "all channels together"
		if c.Channel != "" {
			on = c.Channel
		}
		why := because(Capped, "Already %d in %s on %s, and %d is the cap.", len(times), span(c.Per), on, c.AtMost)
		why.Until = times[len(times)-c.AtMost].Add(c.Per)
		return why
	}
	return event.Reason{}
}

func coolDown(r Request) event.Reason {
	if r.Action == nil || r.Action.CoolDown == 0 {
		return event.Reason{}
	}
	for _, t := range slices.Backward(r.Person.Touches) {
		if t.Action != r.Action.ID || t.Delivery == r.Delivery {
			continue
		}
		if free := t.Time.Add(r.Action.CoolDown); free > r.Now {
			why := because(CoolDown, "%q was sent on %s and rests for %s.", r.Action.Name, t.Time.Time().Format("2 January 2006"), span(r.Action.CoolDown))
			why.Until = free
			return why
		}
	}
	return event.Reason{}
}

func quiet(r Request) event.Reason {
	zone := Zone(r.Person, r.Defs)
	until, ok := QuietUntil(r.Defs.Policy.QuietHours, r.Now, zone)
	if !ok {
		return event.Reason{}
	}
	why := because(Quiet, "Held until %s in their time zone (%s): quiet hours.", until.Time().In(zone).Format("15:04"), zone)
	why.Until = until
	return why
}

// Zone is the person's time zone: the trait "timezone" when it names one, else
// the company's.
func Zone(p *profile.Person, ws *definition.Workspace) *time.Location {
	if name := p.Trait("timezone"); name != "" {
		if z, err := ws.ZoneOf(name); err == nil {
			return z
		}
	}
	return ws.Zone
}

// QuietUntil returns when the quiet hours that now lies in end, as the wall
// clock of zone has it; ok is false outside of them. Where clocks change, quiet
// ends as soon as the wall clock is out of it, whichever way it got there.
func QuietUntil(q definition.QuietHours, now event.Instant, zone *time.Location) (until event.Instant, ok bool) {
	const day = 24 * time.Hour
	switch {
	case q.From == q.To:
		return 0, false
	case q.From == 0 && q.To == day: // always: asked again tomorrow
		return now.Add(day), true
	}
	at := now.Time().In(zone)
	for clock := wallClock(at); isQuiet(q, clock); clock = wallClock(at) {
		next := at.Add((q.To - clock + day) % day)
		// Only until a change does the wall clock run evenly. In leap years ZoneBounds
		// gives the 31st of December as a change where there is none, on that day too.
		if _, change := at.ZoneBounds(); change.After(at) && change.Before(next) {
			next = change
		}
		at, ok = next, true
	}
	return event.InstantOf(at), ok
}

func wallClock(t time.Time) time.Duration {
	h, m, s := t.Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(t.Nanosecond())
}

func isQuiet(q definition.QuietHours, clock time.Duration) bool {
	if q.From < q.To {
		return q.From <= clock && clock < q.To
	}
	return clock >= q.From || clock < q.To
}

func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == day:
		return "1 day"
	case d >= day && d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	default:
		return d.String()
	}
}
