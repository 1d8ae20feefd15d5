package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
)

// Redrafted is a decision as other definitions would have had it, as far as what was
// archived of it tells.
type Redrafted struct {
	Offers []decide.Offer // in the order of the record, without those that are no more
	Was    []int          // places of Offers in the record

	// Cheaper is by how much less what was done would have cost, workspace currency.
	Cheaper float64
}

// Redraft lays draft over a decision: actions, messages, channels and values of
// parameters that it leaves out are not offered, and margins and costs are its own.
// What people may have, and what was learned, is as it was.
func Redraft(r *decide.Record, draft *definition.Workspace) Redrafted {
	out := Redrafted{}
	for i := range r.Offers {
		o := r.Offers[i]
		if i == 0 { // silence
			out.Offers, out.Was = append(out.Offers, o), append(out.Was, 0)
			continue
		}
		a := draft.ActionOf(o.Action)
		if a == nil {
			continue
		}
		costs := costsOf(a)
		cost := o.Parts.Cost
		o.Parts.Margin, o.Parts.Cost, o.Ways = a.Margin, a.Cost, nil
		for w, way := range r.Offers[i].Ways {
			more, there := costs[[2]string{way.Message, way.Channel}]
			if !there {
				continue
			}
			if i == r.Drawn.Offer && w == r.Drawn.Way {
				out.Cheaper = cost - way.More - a.Cost - more
			}
			way.More = 0 - more
			o.Ways = append(o.Ways, way)
		}
		if len(o.Ways) > 0 {
			out.Offers, out.Was = append(out.Offers, o), append(out.Was, i)
		}
	}
	return out
}

// costsOf are the ways of an action by message and channel, with what each costs beyond
// the action.
func costsOf(a *definition.Action) map[[2]string]float64 {
	out := map[[2]string]float64{}
	for i := range a.Messages {
		m := &a.Messages[i]
		for _, s := range a.Settings() {
			out[[2]string{messageKey(m.ID, s), m.Channel}] = s.Cost
		}
	}
	return out
}

// redrafts are the changes that Redraft takes account of.
var redrafts = regexp.MustCompile(`^actions\[[^\]]+\](\.(cost|margin|parameters(\[.*)?|messages\[[^\]]+\](\.channels?)?))?$`)

// Uncounted names what draft changes and Redraft leaves as it was.
func Uncounted(now, draft *definition.Workspace) []string {
	out := []string{}
	for _, c := range definition.Compare(now, draft).Changes {
		flow := slices.Contains([]string{"goal", "journey", "broadcast"}, c.Kind)
		if flow && c.Verb == definition.Removed {
			continue // nothing of it is offered
		}
		if c.Verb != definition.Changed {
			out = append(out, fmt.Sprintf("%s %s is %s", c.Kind, c.ID, c.Verb))
			continue
		}
		for _, f := range c.Fields {
			if !flow || !redrafts.MatchString(f.Path) {
				out = append(out, strings.Join(strings.Fields(c.Kind+" "+c.ID+": "+f.Path), " "))
			}
		}
	}
	return append(out, untried(now, draft)...)
}

// untried names the actions of draft, of which there are ways that are none of now.
func untried(now, draft *definition.Workspace) (out []string) {
	for _, g := range draft.Programs() {
		for i := range g.Actions {
			a, known, more := &g.Actions[i], map[[2]string]float64{}, 0
			if was := now.ActionOf(ActionKey(g.ID, a.ID)); was != nil {
				known = costsOf(was)
			}
			for way := range costsOf(a) {
				if _, there := known[way]; !there {
					more++
				}
			}
			if more > 0 {
				out = append(out, fmt.Sprintf("%s/%s: %d ways of it were never tried", g.ID, a.ID, more))
			}
		}
	}
	return out
}
