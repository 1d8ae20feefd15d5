package engine

import (
	"time"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// option is one thing that could be done: a message of an action, set in one way.
type option struct {
	goal    *definition.Goal
	action  *definition.Action
	setting definition.Setting
	message *definition.Message
	why     event.Reason // it cannot be done
	favour  float64      // see decide.Way
	levers  []string     // that make a difference to it
	pinned  bool
}

// options lists everything that goals could do for p now, in the order of the
// definitions, each with the reason why not. Quiet hours do not withhold what is
// sent: they hold it.
func (env *Env) options(p *profile.Person, goals []*definition.Goal, ask asking, levers []event.Lever) []option {
	var out []option
	for _, g := range goals {
		for i := range g.Actions {
			a := &g.Actions[i]
			for j := range a.Messages {
				m := &a.Messages[j]
				if slot, is := env.Defs.Slot(m.Channel); is != (ask.slot != "") || is && slot.ID != ask.slot {
					continue
				}
				why := withheld(env, p, g, a, m, ask)
				for _, s := range a.Settings() {
					o := option{goal: g, action: a, setting: s, message: m, why: why}
					if unfit, is := ask.unfit[o.key()]; is && why.IsZero() {
						o.why = unfit
					}
					out = append(out, o)
				}
			}
		}
	}
	restrict(out, ask.trials)
	pull(out, levers, env.Now)
	give(out)
	return out
}

// key names an option among those of a choice.
func (o *option) key() string {
	return ActionKey(o.goal.ID, o.action.ID) + "/" + messageKey(o.message.ID, o.setting)
}

// withheld says why p cannot have m now.
func withheld(env *Env, p *profile.Person, g *definition.Goal, a *definition.Action, m *definition.Message, ask asking) event.Reason {
	for _, ask := range []func() event.Reason{
		func() event.Reason { return repairFirst(p, g, a) },
		func() event.Reason { return eligible(env, p, a) },
		func() event.Reason { return env.learned().Terms.closed(g.ID, a.ID, env.Now) },
	} {
		if why := ask(); !why.IsZero() {
			return why
		}
	}
	r := env.request(p, g, a, m, "")
	if ask.slot != "" {
		if why := outOfHours(env, p, a); !why.IsZero() {
			return why
		}
		if why := excluded(env, g, a, ask.beside); !why.IsZero() {
			return why
		}
		return policy.AskToShow(r)
	}
	if why := policy.Ask(r); why.Code != policy.Quiet {
		return why
	}
	return event.Reason{}
}

// repairFirst withholds all but repairs from people who wait for an answer.
func repairFirst(p *profile.Person, g *definition.Goal, a *definition.Action) event.Reason {
	if a.Kind == "repair" || g.Transactional || !p.Complaint.Open() && !p.OpenRequest() {
		return event.Reason{}
	}
	return event.Reason{Code: policy.OpenRequest, Sentence: "A complaint or request of this person is open: until it is answered nothing is sold to them, and repair comes first."}
}

// pull lets levers have their effect on options. Those that make no difference
// leave no trace.
func pull(options []option, levers []event.Lever, now event.Instant) {
	var pins []string
	for _, l := range levers {
		if !l.Holds(now) {
			continue
		}
		for i := range options {
			o := &options[i]
			if !o.why.IsZero() || !l.Touches(o.goal.ID, o.action.ID, o.message.ID, o.message.Channel) {
				continue
			}
			o.levers = append(o.levers, l.ID)
			switch l.Kind {
			case event.Block, event.Pause:
				o.why = leverReason(l)
			case event.Boost:
				o.favour = (1+o.favour)*l.Factor - 1
			case event.Pin:
				o.pinned, pins = true, append(pins, l.ID)
			}
		}
	}
	for i := range options {
		o := &options[i]
		if len(pins) > 0 && o.why.IsZero() && !o.pinned {
			o.why = event.Reason{Code: policy.Pinned, Sentence: "Somebody has pinned something else, which this person may have."}
			o.levers = append(o.levers, pins...)
		}
	}
}

func leverReason(l event.Lever) event.Reason {
	code, sentence := policy.Blocked, "Somebody has blocked it"
	if l.Kind == event.Pause {
		code, sentence = policy.Paused, "Somebody has paused it"
	}
	if l.Why != "" {
		sentence += ": " + l.Why
	}
	return event.Reason{Code: code, Sentence: sentence + ".", Until: l.Until}
}

// moment is when something could go out, and the hour of the week that it is then.
type moment struct {
	at   event.Instant
	hour int
}

const binHours = 24 * 7 / decide.Hours

// moments are when a could go out, in the person's own hours: now, or as soon as it
// may, and the beginning of each stretch of the week until the action's time is
// up.
func (env *Env) moments(p *profile.Person, g *definition.Goal, a *definition.Action) []moment {
	zone := policy.Zone(p, env.Defs)
	if g.Transactional {
		return []moment{{env.Now, hourOfWeek(env.Now, zone)}}
	}
	first := env.free(a, env.Now, zone)
	out := []moment{{first, hourOfWeek(first, zone)}}
	seen := map[int]bool{out[0].hour: true}
	for t := nextBin(first, zone); t <= env.Now.Add(a.Within); t = nextBin(t, zone) {
		hour, at := hourOfWeek(t, zone), env.free(a, t, zone)
		if !seen[hour] && hourOfWeek(at, zone) == hour && at < nextBin(t, zone) {
			seen[hour] = true
			out = append(out, moment{at, hour})
		}
	}
	return out
}

// free is the first instant from t on that is neither quiet nor outside of the
// hours of a.
func (env *Env) free(a *definition.Action, t event.Instant, zone *time.Location) event.Instant {
	for range 8 { // each hour of a day is left at most twice; what never ends is asked again then
		until, quiet := policy.QuietUntil(env.Defs.Policy.QuietHours, t, zone)
		if !quiet {
			if until, quiet = outsideHours(a, t, zone); !quiet {
				return t
			}
		}
		t = until
	}
	return t
}

// outsideHours returns when the hours of a begin, if t is outside of them.
func outsideHours(a *definition.Action, t event.Instant, zone *time.Location) (event.Instant, bool) {
	return policy.QuietUntil(definition.QuietHours{From: a.Hours.To, To: a.Hours.From}, t, zone)
}

// hourOfWeek is the bin of the week that t is in, from Monday 00:00.
func hourOfWeek(t event.Instant, zone *time.Location) int {
	local := t.Time().In(zone)
	return (int(local.Weekday())+6)%7*(24/binHours) + local.Hour()/binHours
}

// nextBin is when the bin after that of t begins.
func nextBin(t event.Instant, zone *time.Location) event.Instant {
	local := t.Time().In(zone)
	next := event.InstantOf(time.Date(local.Year(), local.Month(), local.Day(), (local.Hour()/binHours+1)*binHours, 0, 0, 0, zone))
	if next <= t { // clocks went back
		next = t.Add(binHours * time.Hour)
	}
	return next
}
