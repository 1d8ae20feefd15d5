package sim

import (
	"context"
	"maps"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// said takes in what an event says of consent and time zone.
func (k *Checker) said(id person.ID, e event.Event) error {
	p := k.person(id)
	switch e.Kind {
	case event.Consented:
		c, err := event.Unpack[event.ConsentBody](e)
		if err != nil {
			return err
		}
		p.consented(profile.ConsentKey(c.Channel, c.Topic), c.Given, e.Time)
	case event.Identify:
		traits := gjson.ParseBytes(e.Traits)
		traits.Get("consent").ForEach(func(key, given gjson.Result) bool {
			p.consented(key.String(), given.Bool(), e.Time)
			return true
		})
		if z := traits.Get("timezone"); z.Exists() && e.Time >= p.zone.at {
			p.zone = dated{at: e.Time, text: z.String()}
		}
	default:
	}
	return nil
}

func (p *checkedPerson) consented(key string, given bool, at event.Instant) {
	if at >= p.consent[key].at {
		p.consent[key] = dated{at: at, given: given}
	}
}

func (k *Checker) handover(e event.Event) error {
	body, err := event.Unpack[event.HandoverBody](e)
	for rest := body.Events; err == nil && len(rest) > 0; {
		var past event.Event
		if past, rest, err = event.DecodeNext(rest); err == nil {
			err = k.said(e.To, past)
		}
	}
	return err
}

// People checks those whom the records since the last call were about, against
// the state at the end of those records. Its error is Violations, or a failure
// to read.
func (k *Checker) People(ctx context.Context, s *statestore.Store) error {
	ids := slices.SortedFunc(maps.Keys(k.dirty), func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
	clear(k.dirty)
	for _, id := range ids {
		p, err := s.Record(id)
		if err != nil {
			return err
		}
		if p == nil || p.IsForward() {
			continue
		}
		n, err := recount(ctx, s, k.parts[id.Home()].ws, p)
		if err != nil {
			return err
		}
		k.compare(p, n)
		if err := k.again(ctx, s, p); err != nil {
			return err
		}
	}
	return k.verdict()
}

// counted is what a timeline shows.
type counted struct {
	goals map[string]profile.Goal    // the counts only
	final map[string][]event.Outcome // by delivery
	held  map[string]int             // suppressions by reason
	told  map[event.Outcome]int      // receipts by outcome, machines left out
}

// recount counts from a person's timeline what their record claims.
func recount(ctx context.Context, s *statestore.Store, ws *definition.Workspace, p *profile.Person) (counted, error) {
	n := counted{goals: map[string]profile.Goal{}, final: map[string][]event.Outcome{}, held: map[string]int{}, told: map[event.Outcome]int{}}
	granted := map[string]string{} // goal by delivery
	var failed error
	err := s.History(ctx, p.ID, func(e event.Event) bool {
		failed = n.count(ws, p, granted, e)
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	return n, err
}

func (n *counted) count(ws *definition.Workspace, p *profile.Person, granted map[string]string, e event.Event) error {
	if !e.Kind.Own() {
		n.earned(ws, p, e)
		return nil
	}
	if e.To != p.ID && !p.Consists(e.To) {
		return nil // of a record that is no part of this person any more
	}
	switch e.Kind {
	case event.Choice:
		c, err := event.Unpack[event.ChoiceBody](e)
		if err != nil {
			return err
		}
		won := c.Candidates[c.Chosen]
		for _, id := range c.Competed() {
			g := n.goals[id]
			g.Chosen++
			if won.Action == event.Silence {
				g.Silent++
			} else if won.Goal != id {
				g.Yielded++
			}
			n.goals[id] = g
		}
		return nil
	case event.Grant:
		b, err := event.Unpack[event.GrantBody](e)
		granted[b.Delivery] = b.Goal
		return err
	case event.Suppressed:
		b, err := event.Unpack[event.SuppressedBody](e)
		n.held[b.Reason.Code]++
		if g := n.goals[b.Goal]; !b.Held {
			g.Held++
			n.goals[b.Goal] = g
		}
		return err
	case event.Receipt:
		b, err := event.Unpack[event.ReceiptBody](e)
		if !b.Machine {
			n.told[b.Outcome]++
		}
		if b.Outcome == event.Sent || b.Outcome == event.Failed || b.Outcome == event.Unknown {
			n.final[b.Delivery] = append(n.final[b.Delivery], b.Outcome)
		}
		if g := n.goals[granted[b.Delivery]]; b.Outcome == event.Sent {
			g.Sent++
			n.goals[granted[b.Delivery]] = g
		}
		return err
	default:
		return nil
	}
}

func (n *counted) earned(ws *definition.Workspace, p *profile.Person, e event.Event) {
	for _, def := range ws.Programs() {
		joined, ok := p.Goals[def.ID]
		if !ok || e.Time <= joined.Joined || e.Time >= joined.Joined.Add(def.Horizon) {
			continue
		}
		if m, ok := profile.MoneyOf(&e, def.KPI, ws.Currency); ok && m.Currency == ws.Currency {
			g := n.goals[def.ID]
			g.KPI += m.Amount
			n.goals[def.ID] = g
		}
	}
}

func (k *Checker) compare(p *profile.Person, n counted) {
	for id, g := range p.Goals {
		if id == "" {
			k.wrong("%s is under a goal without a name", p.ID)
		}
		if p.Basis == "" {
			g.KPI = n.goals[id].KPI // what a merge brought is counted again before they are spoken to
		}
		got := profile.Goal{KPI: g.KPI, Chosen: g.Chosen, Silent: g.Silent, Sent: g.Sent, Held: g.Held, Yielded: g.Yielded}
		if want := n.goals[id]; got != want {
			k.wrong("%s counts %s for goal %s; the timeline shows %s", p.ID, counts(got), id, counts(want))
		}
	}
	for id := range n.goals {
		if _, ok := p.Goals[id]; !ok {
			k.wrong("%s is not under goal %q; the timeline shows %s", p.ID, id, counts(n.goals[id]))
		}
	}
	for delivery, outcomes := range n.final {
		if len(outcomes) > 1 {
			k.wrong("delivery %s has the outcomes %v", delivery, outcomes)
		}
	}
}
