package report

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// nameOf is the name trait, else first and last name, else the strongest
// identity.
func nameOf(p *profile.Person) string {
	if n := p.Trait("name"); n != "" {
		return n
	}
	names := strings.TrimSpace(either(p, "first_name", "firstName") + " " + either(p, "last_name", "lastName"))
	if names != "" {
		return names
	}
	if len(p.Identities) == 0 {
		return p.ID.String()
	}
	best := p.Identities[0]
	for _, i := range p.Identities {
		if rank(i.Kind) < rank(best.Kind) {
			best = i
		}
	}
	return best.Value
}

func either(p *profile.Person, a, b string) string {
	if v := p.Trait(a); v != "" {
		return v
	}
	return p.Trait(b)
}

// personSentence says who this is and how things stand.
func personSentence(ws *definition.Workspace, p *profile.Person, row *PersonRow, now event.Instant) string {
	var has []string
	for _, f := range ws.Features {
		v := p.Features.Get(f.ID)
		if f.Plain || f.Within > 0 {
			continue // a number by itself says nothing
		}
		switch {
		case f.Aggregate == definition.Count && v.Count > 0 && len(has) < 2:
			has = append(has, counted(v.Count, f.Name))
		case f.Aggregate == definition.Sum && len(v.Money) > 0 && len(has) < 3:
			if sum := sums(v.Money, ws.Currency); sum != "" {
				has = append(has, fmt.Sprintf("%s of %s", sum, lower(f.Name)))
			}
		}
	}
	s := row.Name + " has "
	if len(has) == 0 {
		s += counted(row.Events, "events")
	} else {
		s += list(has)
	}
	switch quiet := now.Sub(row.LastOwn); {
	case row.LastOwn == 0:
		s += " and has not come to us yet"
	case quiet < 24*3600*1e9:
		s += ", and last came to us today"
	default:
		s += fmt.Sprintf(", and last came to us on %s, %s ago", day(row.LastOwn, now, ws.Zone), inDays(quiet.Truncate(24*3600*1e9)))
	}
	if stage, i := ws.Map.Stage(row.Stage); i >= 0 {
		s += "; now in stage " + quoted(stage.Name)
		if p.StageSince != 0 {
			s += " since " + day(p.StageSince, now, ws.Zone)
		}
	}
	return s + "."
}

// sums writes an amount of money in each currency, first first.
func sums(money profile.Sums, first string) string {
	var out []string
	if m := money.Get(first); m != 0 {
		out = append(out, amount(m.Float(), first))
	}
	for _, m := range money {
		if m.Value != 0 && m.Key != first {
			out = append(out, amount(m.Value.Float(), m.Key))
		}
	}
	return list(out)
}

// counted writes "2 orders" for 2 and "Orders", and "1 order".
func counted(n int64, name string) string {
	name = lower(name)
	if n == 1 {
		name = strings.TrimSuffix(name, "s")
	}
	return Count(n) + " " + name
}

// lower takes the capital off a name that is put inside a sentence, unless it
// is an abbreviation.
func lower(s string) string {
	if len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:min(1, len(s))]) + s[min(1, len(s)):]
}

// eventSentence says what happened, in words. grants tells what a delivery was.
func eventSentence(ws *definition.Workspace, e event.Event, place string) string {
	at := ""
	if place != "" {
		at = " (" + place + ")"
	}
	switch e.Kind {
	case event.Identify:
		return sentence("Said who they are: " + traitNames(e))
	case event.Track:
		return sentence(fmt.Sprintf("Did %s%s%s", quoted(e.Name), worth(ws, e), at))
	case event.Page:
		return sentence(fmt.Sprintf("Looked at the page %s%s", quoted(e.Name), at))
	case event.Screen:
		return sentence(fmt.Sprintf("Opened the screen %s%s", quoted(e.Name), at))
	case event.Group:
		if e.Name == "" {
			return "Belongs to an account."
		}
		return sentence("Belongs to the account " + quoted(e.Name))
	case event.Alias:
		return "Is also known under another id."
	case event.Receipt:
		return receiptSentence(e)
	case event.Replied, event.Spoke, event.Conversed, event.Journeyed, event.Called, event.Request:
		return saidSentence(ws, e)
	default:
		return ownSentence(ws, e)
	}
}

// ownSentence is eventSentence for Rapport's own kinds.
func ownSentence(ws *definition.Workspace, e event.Event) string {
	switch e.Kind {
	case event.Choice:
		return choiceSentence(ws, e)
	case event.Grant:
		b, _ := event.UnpackGrant(&e)
		if b.Goal == "" { // of a conversation, or of somebody who answers
			return sentence(grantWords(b))
		}
		return sentence(fmt.Sprintf("Allowed to send %s by %s to %s", actionName(ws, b.Goal, b.Action), b.Channel, b.To))
	case event.Suppressed:
		b, _ := event.Unpack[event.SuppressedBody](e)
		verb := "Did not send"
		if b.Held {
			verb = "Held back"
		}
		return sentence(fmt.Sprintf("%s %s by %s: %s", verb, actionName(ws, b.Goal, b.Action), b.Channel, b.Reason.Sentence))
	case event.StageMoved:
		b, _ := event.Unpack[event.StageBody](e)
		if b.From == "" {
			return sentence("Arrived in stage " + stageName(ws, b.To))
		}
		return sentence(fmt.Sprintf("Moved from %s to %s", stageName(ws, b.From), stageName(ws, b.To)))
	case event.StateMoved:
		b, _ := event.Unpack[event.StateBody](e)
		how := "Believed to be"
		if b.Sweep {
			how = "By another model, believed to be"
		}
		if b.From == "" {
			return sentence(fmt.Sprintf("%s in the state %s", how, quoted(b.To)))
		}
		return sentence(fmt.Sprintf("%s in the state %s, no longer in %s", how, quoted(b.To), quoted(b.From)))
	case event.Consented:
		b, _ := event.Unpack[event.ConsentBody](e)
		return sentence(consentWords(b))
	case event.Confirmed:
		b, _ := event.Unpack[event.ConfirmBody](e)
		return sentence(confirmWords(b))
	case event.Resend:
		b, _ := event.Unpack[event.ResendBody](e)
		return sentence(fmt.Sprintf("To be sent once more by %s, because %s wants it: %s", b.Channel, b.By, actionName(ws, b.Goal, b.Action)))
	case event.GoalJoined:
		b, _ := event.Unpack[event.GoalBody](e)
		return sentence(fmt.Sprintf("Came under the goal %s: %s", quoted(goalName(ws, b.Goal)), armWords(profile.Arm(b.Arm))))
	case event.SegmentEntered, event.SegmentLeft:
		b, _ := event.Unpack[event.SegmentBody](e)
		return segmentSentence(ws, e.Kind, b)
	case event.Served:
		b, _ := event.Unpack[event.ServedBody](e)
		return sentence(servedWords(b))
	case event.Outcomes:
		b, _ := event.Unpack[event.OutcomeBody](e)
		return sentence(fmt.Sprintf("Brought %s in the %d days after %s was chosen", amount(b.Margin, ws.Currency), b.Window, actionName(ws, b.Goal, b.Action)))
	case event.Refused:
		b, _ := event.Unpack[event.RefusedBody](e)
		return sentence(fmt.Sprintf("Not done: %s. %s", b.What, b.Reason.Sentence))
	case event.Merged:
		b, _ := event.Unpack[event.LinkBody](e)
		return sentence(fmt.Sprintf("Found to be the same person as %s", b.Identity))
	case event.Link, event.Handover, event.Ask:
		return sentence(strings.ReplaceAll(e.Kind.String(), "_", " ") + " between our own parts")
	default:
		return sentence(strings.ReplaceAll(e.Kind.String(), "_", " "))
	}
}

func choiceSentence(ws *definition.Workspace, e event.Event) string {
	b, err := event.Unpack[event.ChoiceBody](e)
	if err != nil || b.Chosen < 0 || b.Chosen >= len(b.Candidates) {
		return "Made a choice that cannot be read."
	}
	c := b.Candidates[b.Chosen]
	s := "Chose " + actionName(ws, b.Goal, c.Action)
	if b.Slot != "" {
		s += " for the place " + slotName(ws, b.Slot)
	} else if c.Channel != "" {
		s += " by " + c.Channel
	}
	if b.Slot != "" && len(b.Goals) == 0 {
		return sentence(s + ": " + strings.TrimPrefix(b.Reason, "Nothing: "))
	}
	possible := 0
	for _, x := range b.Candidates {
		if x.Withheld.IsZero() {
			possible++
		}
	}
	if possible < 2 {
		s += ", since nothing else was possible"
	} else {
		s += fmt.Sprintf(", one of %d that were possible, with probability %.2f", possible, b.Probability)
	}
	if b.Unscored != "" {
		s += "; your own model had no say: " + b.Unscored
	}
	return sentence(s)
}

func servedWords(b event.ServedBody) string {
	switch {
	case b.Served:
		return "Saw what was chosen for the place that asked"
	case b.ID == event.Opportunity{}:
		return "Saw what is there anyway: nothing was chosen in the time that the page waited"
	case b.Why == "":
		return "Did not see what was chosen for the place that asked"
	default:
		return "Did not see what was chosen for the place that asked: " + b.Why
	}
}

func receiptSentence(e event.Event) string {
	b, err := event.Unpack[event.ReceiptBody](e)
	if err != nil {
		return "Received a receipt that cannot be read."
	}
	who := "They"
	if b.Machine {
		who = "A robot, not they,"
	}
	detail := ""
	if b.Detail != "" {
		detail = ": " + b.Detail
	}
	switch b.Outcome {
	case event.Sent:
		return sentence("Sent by " + b.Channel + detail)
	case event.Failed:
		return sentence("Could not be sent by " + b.Channel + detail)
	case event.Unknown:
		return sentence("May or may not have been sent by " + b.Channel + detail)
	case event.Bounced:
		return sentence("Came back from " + b.Channel + " as undeliverable" + detail)
	case event.Delivered:
		return sentence("Arrived by " + b.Channel)
	case event.Lost:
		return sentence("Was taken by " + b.Channel + " and did not arrive" + detail)
	case event.Opened:
		return sentence(who + " opened our message on " + b.Channel)
	case event.Clicked:
		return sentence(who + " followed the next step of our message on " + b.Channel)
	case event.Complained:
		return sentence("They marked our message on " + b.Channel + " as spam")
	default:
		return sentence("Receipt from " + b.Channel + ": " + string(b.Outcome))
	}
}

func consentWords(b event.ConsentBody) string {
	verb, on := "Withdrew consent", "every channel"
	if b.Given {
		verb = "Gave consent"
	}
	if b.Channel != "*" {
		on = b.Channel
	}
	s := verb + " for " + on
	if b.Topic != "" {
		s += " about " + b.Topic
	}
	if b.Proof != "" {
		s += ": " + b.Proof
	}
	return s
}

// confirmWords say what became of a yes that counts once it is confirmed.
func confirmWords(b event.ConfirmBody) string {
	switch b.Move {
	case event.ConfirmAsked:
		return fmt.Sprintf("%s was asked to confirm the consent for %s; nothing else is sent until then", b.Address, b.Channel)
	case event.ConfirmReminded:
		return fmt.Sprintf("%s was asked again to confirm the consent for %s", b.Address, b.Channel)
	case event.ConfirmGiven:
		return fmt.Sprintf("%s confirmed the consent for %s", b.Address, b.Channel)
	case event.ConfirmExpired:
		return fmt.Sprintf("%s did not confirm the consent for %s in time: it does not count", b.Address, b.Channel)
	default:
		return fmt.Sprintf("The consent for %s is not to be confirmed at %s any more", b.Channel, b.Address)
	}
}

func armWords(a profile.Arm) string {
	switch a {
	case profile.Treated:
		return "may be treated"
	case profile.GoalHoldout:
		return "kept out of it, to measure against"
	case profile.GlobalHoldout:
		return "kept out of everything, to measure against"
	default:
		return string(a)
	}
}

func slotName(ws *definition.Workspace, id string) string {
	if s, ok := ws.Slot(id); ok {
		return quoted(s.Name)
	}
	return quoted(id)
}

func goalName(ws *definition.Workspace, id string) string {
	if g := ws.Program(id); g != nil && g.Name != "" {
		return g.Name
	}
	return id
}

func stageName(ws *definition.Workspace, id string) string {
	if s, i := ws.Map.Stage(id); i >= 0 && s.Name != "" {
		return quoted(s.Name)
	}
	return quoted(id)
}

func segmentName(ws *definition.Workspace, id string) string {
	if s, ok := ws.Segment(id); ok && s.Name != "" {
		return quoted(s.Name)
	}
	return quoted(id)
}

func segmentSentence(ws *definition.Workspace, kind event.Kind, b event.SegmentBody) string {
	s := "Left the segment " + segmentName(ws, b.Segment)
	if kind == event.SegmentEntered {
		s = "Entered the segment " + segmentName(ws, b.Segment)
	}
	switch {
	case b.Version == "":
		s += ", which is no longer defined"
	case b.Sweep:
		s += " when the definitions or settings changed"
	}
	return sentence(s)
}

func traitNames(e event.Event) string {
	var names []string
	gjson.ParseBytes(e.Traits).ForEach(func(k, _ gjson.Result) bool {
		names = append(names, k.String())
		return len(names) < 6
	})
	if len(names) == 0 {
		return "no traits given"
	}
	return list(names)
}

// worth says how much money an event brought or took, by the first feature or
// KPI that counts it.
func worth(ws *definition.Workspace, e event.Event) string {
	var kpis []definition.KPI
	for _, f := range ws.Features {
		if f.Aggregate == definition.Sum && !f.Plain {
			kpis = append(kpis, definition.KPI{Events: f.Events, Property: f.Property, Less: f.Less, LessOf: f.LessOf})
		}
	}
	for _, g := range ws.Programs() {
		kpis = append(kpis, g.KPI)
	}
	for _, k := range kpis {
		if m, ok := profile.MoneyOf(&e, k, ws.Currency); ok {
			return ": " + amount(m.Amount.Float(), m.Currency)
		}
	}
	return ""
}
