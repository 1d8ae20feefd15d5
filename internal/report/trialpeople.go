package report

import (
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// inTrial returns the test that the experiment's part of f is of people.
func (d *digest) inTrial(f Filter) (func(int) bool, error) {
	t, err := d.trial(f.Experiment)
	if err != nil {
		return nil, fault.New(fault.Invalid, "experiment %q: the definitions in force have no such experiment", f.Experiment).At("experiment")
	}
	if f.Goal != "" {
		return nil, fault.New(fault.Invalid, "goal %q: ask for a goal or for an experiment, not for both", f.Goal).At("goal")
	}
	arm := -1
	if f.Arm != "" {
		if arm = t.def.Arm(f.Arm); arm < 0 {
			return nil, fault.New(fault.Invalid, "arm %q: the experiment %q has no such arm", f.Arm, f.Experiment).At("arm")
		}
	}
	tests := map[string]func(*trialMember) bool{
		"":         func(*trialMember) bool { return true },
		"measured": func(m *trialMember) bool { return m.mature },
		"earned":   func(m *trialMember) bool { return m.mature && m.kpi() != 0 },
	}
	test, ok := tests[f.Outcome]
	if !ok {
		return nil, fault.New(fault.Invalid, "outcome %q: of an experiment, use measured or earned", f.Outcome).At("outcome")
	}
	in := map[int32]bool{}
	for i := range t.members {
		if m := &t.members[i]; (arm < 0 || int(m.arm) == arm) && test(m) {
			in[m.place] = true
		}
	}
	return func(i int) bool { return in[int32(i)] }, nil //nolint:gosec // fewer than 2^31 people
}

func (d *digest) trialWords(f Filter, add func(string, ...any)) {
	if f.Experiment == "" {
		return
	}
	t, err := d.trial(f.Experiment)
	if err != nil {
		return
	}
	if f.Arm == "" {
		add("in the experiment %s", quoted(t.def.Name))
	} else {
		add("in the arm %s of the experiment %s", quoted(armName(t.def, f.Arm)), quoted(t.def.Name))
	}
	switch f.Outcome {
	case "measured":
		add("their result is complete")
	case "earned":
		add("their result is complete, and is not 0")
	}
}

// whyInTrial says since when, and where, somebody is in an experiment, and what they
// earned.
func (d *digest) whyInTrial(experiment string, place int32) string {
	t, err := d.trial(experiment)
	if err != nil {
		return ""
	}
	var parts []string
	for _, m := range t.of(place) {
		is := fmt.Sprintf("in the arm %s since %s", quoted(t.def.Arms[m.arm].Name), day(m.at, d.now, d.ws.Zone))
		switch {
		case m.mature:
			is += fmt.Sprintf(", earned %s in the %s after", amount(m.kpi(), d.ws.Currency), inDays(t.def.Within))
		default:
			is += fmt.Sprintf(", earned %s so far; complete on %s", amount(m.kpi(), d.ws.Currency), day(m.at.Add(t.def.Within), d.now, d.ws.Zone))
		}
		if parts = append(parts, is); len(parts) == 3 {
			break
		}
	}
	return sentence(strings.Join(parts, "; then "))
}
