package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/experiment"
)

// trialAnswer is the verdict in words.
func (d *digest) trialAnswer(t *trialDigest, out *Trial, v experiment.Verdict, pairs []experiment.Pair) string {
	switch {
	case out.Status == "planned":
		return sentence(fmt.Sprintf("It begins on %s. %s", day(t.def.Begin, t.now, d.ws.Zone), out.Forecast.Sentence))
	case len(t.members) == 0 && t.def.Over(t.now):
		return "It is over, and nobody came under it."
	case len(t.members) == 0:
		if t.def.Split != (definition.SplitOf{}) {
			return "Nobody has come under it yet: nobody has come to the split."
		}
		return "Nobody has come under it yet: no decision was made that the arms would have made differently."
	case !out.Ratio.OK:
		return "Do not trust it: people did not fall into the arms by the shares that they should have."
	}
	s := d.verdictWords(t, v, pairs)
	switch {
	case out.Winner != "":
		s += fmt.Sprintf(" %s was declared the winner on %s.", quoted(armName(t.def, out.Winner)), day(out.Ended, t.now, d.ws.Zone))
	case out.Status == "ended":
		s += fmt.Sprintf(" It was ended on %s.", day(out.Ended, t.now, d.ws.Zone))
	case out.Stop:
		s += " The experiment may stop."
	case v.Outcome == experiment.Waiting && out.Status == "over":
		s = "It is over without an answer. " + d.widest(t, out)
	case v.Outcome == experiment.Waiting:
		s = "Not enough evidence yet" + waitWords(out.Forecast) + ". " + d.widest(t, out)
	}
	return strings.TrimSpace(s)
}

func waitWords(f TrialForecast) string {
	switch {
	case !f.Known:
		return ""
	case f.Weeks <= 1:
		return ": about a week more"
	default:
		return fmt.Sprintf(": about %d more weeks", f.Weeks)
	}
}

// widest says how far the arms may be apart, as far as it is known.
func (d *digest) widest(t *trialDigest, out *Trial) string {
	var parts []string
	for _, o := range out.Sides {
		if o.Versus != nil && o.Versus.Enough {
			parts = append(parts, fmt.Sprintf("%s %s to %s", quoted(o.Name), signed(o.Versus.Low, d.ws.Currency), signed(o.Versus.High, d.ws.Currency)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("The difference to %s a %s so far: %s.", quoted(t.def.Arms[0].Name), t.unit(), strings.Join(parts, "; "))
}

func (d *digest) verdictWords(t *trialDigest, v experiment.Verdict, pairs []experiment.Pair) string {
	var names []string
	for _, i := range v.Best {
		names = append(names, quoted(t.def.Arms[i].Name))
	}
	within := amount(t.def.Stop.Effect, d.ws.Currency)
	switch v.Outcome {
	case experiment.Better:
		return fmt.Sprintf("%s is better%s.", names[0], d.betterWords(t, v.Best[0], pairs))
	case experiment.Alike:
		return fmt.Sprintf("No difference larger than %s a %s.", within, t.unit())
	case experiment.Among:
		return fmt.Sprintf("%s are better than the rest, and differ by no more than %s a %s.", strings.Join(names, " and "), within, t.unit())
	default:
		return ""
	}
}

// betterWords says by how much an arm is better than the first; of the first, than the
// one that comes nearest.
func (d *digest) betterWords(t *trialDigest, best int, pairs []experiment.Pair) string {
	var e experiment.Difference
	other := -1
	for _, p := range pairs {
		is, against := p.Difference, p.B
		switch {
		case best == p.A && (p.B == 0 || best == 0):
		case best == p.B && best == 0:
			is.Value, is.Low, is.High, against = -p.Value, -p.High, -p.Low, p.A
		default:
			continue
		}
		if other < 0 || is.Value < e.Value {
			e, other = is, against
		}
	}
	if other < 0 {
		return ""
	}
	than := "than " + quoted(t.def.Arms[other].Name)
	if len(t.def.Arms) > 2 {
		than = "than all others; than " + quoted(t.def.Arms[other].Name)
	}
	return fmt.Sprintf(" %s by %s a %s (%s to %s)", than, amount(e.Value, d.ws.Currency), t.unit(), amount(e.Low, d.ws.Currency), amount(e.High, d.ws.Currency))
}

// versusWords says how an arm differs from the first.
func (d *digest) versusWords(t *trialDigest, e Estimate) string {
	if !e.Enough {
		return sentence("Not enough evidence yet: " + e.Note)
	}
	verdict := "which may be chance"
	if e.Low > 0 || e.High < 0 {
		verdict = "which is more than chance"
	}
	return fmt.Sprintf("A difference to %s of %s a %s (%s to %s), %s.", quoted(t.def.Arms[0].Name), signed(e.Value, d.ws.Currency), t.unit(),
		signed(e.Low, d.ws.Currency), signed(e.High, d.ws.Currency), verdict)
}

func (t *trialDigest) method() string {
	k := len(t.def.Arms)
	every := ""
	if n := k * (k - 1) / 2; n > 1 {
		every = fmt.Sprintf(", and for all %d pairs of arms at once (Bonferroni)", n)
	}
	holds := fmt.Sprintf("Intervals are %s confidence sequences (Waudby-Smith et al. 2021): they hold however often one looks%s.", percent(1-t.def.Stop.Alpha), every)
	if t.drawn() {
		return fmt.Sprintf("Each decision counts in which the learner drew one of several arms, with the %s after it, weighted by the inverse of the probability with which it was drawn; errors are by person. %s", inDays(t.def.Within), holds)
	}
	return fmt.Sprintf("Each person counts once, in the arm in which they met the first decision that the arms would have made differently, with the %s after it, adjusted for what they had earned before (CUPED). %s", inDays(t.def.Within), holds)
}

func armName(def *definition.Experiment, id string) string {
	if i := def.Arm(id); i >= 0 {
		return def.Arms[i].Name
	}
	return id
}

// armWhat says what differs in an arm.
func (d *digest) armWhat(e *definition.Experiment, a *definition.Arm) string {
	if j, ok := d.ws.Journey(e.Split.Journey); ok {
		return d.wayWords(j, j.Step(e.Split.Step), a.ID)
	}
	action := func(key string) string {
		if x := d.ws.ActionOf(key); x != nil {
			return quoted(x.Name)
		}
		return quoted(key)
	}
	var parts []string
	switch a.Policy {
	case definition.UniformPolicy:
		parts = append(parts, "chance alone decides")
	case definition.SilencePolicy:
		return "Nothing is done."
	case definition.BestSingle:
		parts = append(parts, "always "+action(a.Best)+", whenever it is possible")
	case definition.LearnedPolicy:
	}
	if a.Actions != nil {
		var names []string
		for _, key := range a.Actions {
			names = append(names, action(key))
		}
		parts = append(parts, "of the actions only "+strings.Join(names, ", "))
	}
	for _, key := range slices.Sorted(maps.Keys(a.Messages)) {
		var names []string
		for _, m := range a.Messages[key] {
			names = append(names, quoted(m))
		}
		parts = append(parts, fmt.Sprintf("of the messages of %s only %s", action(key), strings.Join(names, ", ")))
	}
	if len(parts) == 0 {
		return "As without an experiment: the learner decides among everything."
	}
	return sentence(strings.Join(parts, "; "))
}

// wayWords says where an arm of a split goes on.
func (d *digest) wayWords(j *definition.Journey, split *definition.JourneyStep, arm string) string {
	for _, s := range split.Shares {
		if s.Arm != arm {
			continue
		}
		if to := j.Step(s.Go); to != nil {
			return sentence("goes on with " + quoted(to.Name))
		}
	}
	return "Goes on with what follows."
}
