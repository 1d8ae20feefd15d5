package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journey"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// What a journey has come to send is wanted until it is sent, given up, or the person
// leaves. It takes part in choices like what goals choose among, and passes the same
// gate. Firm wants, which is all that are not to be weighed, are before silence and
// before goals.

// retryAfter is how long what is held by something of unknown length rests; silentFor
// how long what was weighed against silence, and lost, does.
const (
	retryAfter = time.Hour
	silentFor  = 24 * time.Hour
)

// wants reports whether s waits for a choice at now.
func wants(s *profile.Journey, now event.Instant) bool {
	return s.Sends && s.Delivery == "" && s.Next <= now
}

// wanted are the programs of what p's journeys want to send now, each with nothing
// else to do.
func (env *Env) wanted(p *profile.Person) []*definition.Goal {
	var out []*definition.Goal
	for i := range p.Journeys {
		s := &p.Journeys[i]
		if !wants(s, env.Now) {
			continue
		}
		if program := env.Defs.Program(s.Of); program != nil {
			if a := program.Action(s.Step); a != nil {
				one := *program
				one.Actions = []definition.Action{*a}
				out = append(out, &one)
			}
		}
	}
	return out
}

// demand marks p choosing for what their journeys want.
func demand(env *Env, p *profile.Person) {
	if p.Choosing != nil {
		return // it brings us back
	}
	if want := env.wanted(p); len(want) > 0 {
		p.Choosing = &profile.Choosing{
			ID: env.nextOpportunity(1), Goal: want[0].ID, Trigger: fmt.Sprintf("%s came to %q", want[0].Name, want[0].Actions[0].Name), At: env.Now,
		}
	}
}

// give lets firm options go before all others.
func give(options []option) {
	by := slices.IndexFunc(options, func(o option) bool { return o.action.Firm && o.why.IsZero() })
	if by < 0 {
		return
	}
	for i := range options {
		switch o := &options[i]; {
		case !o.why.IsZero():
		case o.action.Firm:
			o.pinned = true
		default:
			o.why = event.Reason{Code: policy.Yields, Sentence: fmt.Sprintf("%s has come to %q, and what was authored goes first.", options[by].goal.Name, options[by].action.Name)}
		}
	}
}

// passed tells the journeys that took part in a choice how it ended for them.
func (env *Env) passed(fx *Effects, p *profile.Person, body *event.Chosen) {
	c := body.Candidate
	for _, s := range slices.Clone(p.Journeys) {
		switch {
		case !wants(&s, env.Now) || !slices.Contains(body.Competed(), s.Of):
		case c.Action != event.Silence && c.Goal == s.Of && c.Action == s.Step:
			s.Delivery = body.ID.Delivery()
			p.PutJourney(s)
		default:
			env.held(fx, p, s, env.hinder(p, &s))
		}
	}
}

// hinder says why what s wants cannot be sent now. Of several messages it is what
// passes first; the zero reason where nothing hinders one of them.
func (env *Env) hinder(p *profile.Person, s *profile.Journey) event.Reason {
	program := env.Defs.Program(s.Of)
	if program == nil || program.Action(s.Step) == nil {
		return event.Reason{Code: policy.NotEligible, Sentence: "What the step sends is no longer defined."}
	}
	a := program.Action(s.Step)
	var best event.Reason
	for i := range a.Messages {
		why := withheld(env, p, program, a, &a.Messages[i], asking{})
		if why.IsZero() {
			return why
		}
		if best.IsZero() || passes(why) && (!passes(best) || why.Until != 0 && (best.Until == 0 || why.Until < best.Until)) {
			best = why
		}
	}
	return best
}

// passes reports whether a reason may stop holding by itself, or by what people do
// about it.
func passes(why event.Reason) bool {
	switch why.Code {
	case policy.NoAddress, policy.Suppressed, policy.NoConsent, policy.GlobalHoldout, policy.GoalHoldout, policy.NotEligible, policy.RenderFailed, policy.Blocked, "failed", "unknown":
		return why.Until != 0
	default:
		return true
	}
}

// held lets s wait until it may be sent, or goes on without where it never may. The
// zero reason is that something else was chosen.
func (env *Env) held(fx *Effects, p *profile.Person, s profile.Journey, why event.Reason) {
	s.Delivery = ""
	switch {
	case !why.IsZero() && !passes(why):
		p.PutJourney(s)
		env.stride(fx, p, s.ID, journey.Input{Sent: &journey.Sent{Reason: why}})
		return
	case why.Until > env.Now:
		s.Next = why.Until
	case why.IsZero() && !env.firm(&s):
		s.Next = env.Now.Add(silentFor)
	default:
		s.Next = env.Now.Add(retryAfter)
	}
	s.Next = min(s.Next, s.Until)
	p.PutJourney(s)
}

func (env *Env) firm(s *profile.Journey) bool {
	program := env.Defs.Program(s.Of)
	return program != nil && program.Action(s.Step) != nil && program.Action(s.Step).Firm
}

// given says that what s wants is given up, if its time is over or there is nothing to
// send any more; else it is nil, and a want that nobody can see to now waits.
func (env *Env) given(p *profile.Person, s *profile.Journey) *journey.Sent {
	if s.Delivery != "" {
		if _, open := p.Deliveries[s.Delivery]; open || env.Now < s.Until {
			return nil
		}
		return &journey.Sent{Reason: event.Reason{Code: "unknown", Sentence: "It went out with another record of theirs, and what became of it did not arrive here."}}
	}
	program := env.Defs.Program(s.Of)
	gone := program == nil || program.Action(s.Step) == nil
	if !gone && env.Now < s.Until {
		return nil
	}
	why := env.hinder(p, s)
	if why.IsZero() {
		why = event.Reason{Code: policy.Yields, Sentence: "Something else was chosen for as long as it was tried."}
	}
	return &journey.Sent{Reason: why}
}

// delivered tells the journey that wanted a delivery what became of it. The zero
// reason is that it was sent.
func (env *Env) delivered(fx *Effects, p *profile.Person, delivery string, why event.Reason) {
	for _, s := range p.Journeys {
		if s.Delivery != delivery {
			continue
		}
		if !why.IsZero() && passes(why) && env.Now < s.Until {
			env.held(fx, p, s, why)
		} else {
			env.stride(fx, p, s.ID, journey.Input{Sent: &journey.Sent{Reason: why}})
		}
		return
	}
}

// undelivered is why a delivery that left the outbox was not sent, as far as is known.
func undelivered(body *event.ReceiptBody) event.Reason {
	switch body.Outcome {
	case event.Failed:
		return event.Reason{Code: "failed", Sentence: "The channel could not send it: " + body.Detail}
	case event.Unknown:
		return event.Reason{Code: "unknown", Sentence: "It is not known whether it left, so it is not sent again: " + body.Detail}
	default:
		return event.Reason{}
	}
}
