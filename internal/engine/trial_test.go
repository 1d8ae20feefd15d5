package engine_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// tried is rivals with experiments.
func tried(experiments string) string { return rivals + "\nexperiments:\n" + experiments }

const whichThanks = `  - id: which-thanks
    goals: [rival, second-order]
    stop: {effect: 1}
    arms: [{id: both}, {id: plain, actions: [rival/sorry, second-order/thanks]}, {id: chance, policy: uniform}, {id: always, policy: best-single rival/thanks}, {id: nothing, policy: silence}]
`

// shopper is somebody who has ordered once, and for whom a choice is due unless they
// are held out.
func (d *desk) shopper(user string) *profile.Person {
	d.t.Helper()
	d.apply(event.Event{Kind: event.Identify, UserID: user, Traits: []byte(`{"email":"` + user + `@example.com","first_name":"Ada","consent":{"email":true}}`)})
	d.apply(event.Event{Kind: event.Track, Name: "Order Completed", UserID: user, Properties: []byte(`{"revenue":30}`)})
	return d.records[idOf(user)]
}

// decisions has choices made for so many people, and hands them to fn.
func (d *desk) decisions(people int, fn func(p *profile.Person, body event.ChoiceBody)) {
	d.t.Helper()
	for i := range people {
		p := d.shopper(fmt.Sprint("user", i))
		if p.Choosing == nil {
			continue // held out
		}
		fn(p, choiceDue(d.t, d, p))
	}
}

func TestAnArmNeverDoesWhatItExcludesAndRecordsWhatItWasLikelyToDo(t *testing.T) {
	t.Parallel()
	compiled := 0
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		source := tried(randomExperiments(r))
		ws, err := definition.Compile([]byte(source))
		if err != nil {
			continue // arms that are alike
		}
		compiled++
		d := newDesk(t, source)
		known, err := engine.Untaught(d.env.Defs)
		require.NoError(t, err)
		chosen, expected, variance := 0.0, 0.0, 0.0
		d.decisions(80, func(p *profile.Person, body event.ChoiceBody) {
			require.InDelta(t, 1, sumOf(body.Candidates), 1e-9, "seed %d", seed)
			for i, c := range body.Candidates {
				for _, a := range body.Arms {
					e, _ := ws.Experiment(a.Experiment)
					if c.Action == event.Silence || c.Probability == 0 || e.Assignment == definition.ByLearner || !e.Concerns(c.Goal) {
						continue
					}
					arm := e.Arms[e.Arm(a.Arm)]
					require.True(t, arm.Allows(c.Goal, c.Action, c.Message), "seed %d: %s in %s may not do %v", seed, a.Arm, a.Experiment, c)
				}
				require.False(t, !c.Withheld.IsZero() && c.Probability > 0, "seed %d: %v", seed, c)
				if i == body.Chosen {
					require.Equal(t, c.Probability, body.Probability) //nolint:testifylint // the same number
				}
			}
			if c := body.Candidates[0]; c.Probability > 0 && c.Probability < 1 {
				expected += c.Probability
				variance += c.Probability * (1 - c.Probability)
				if body.Chosen == 0 {
					chosen++
				}
			}
			var record decide.Record
			require.NoError(t, json.Unmarshal(body.Record, &record))
			_, err := record.Again(known.Posterior)
			require.NoError(t, err, "seed %d: the restricted choice comes out the same again", seed)
		})
		require.InDelta(t, expected, chosen, 4.5*math.Sqrt(variance)+1e-9, "seed %d: silence is drawn as often as was recorded", seed)
	}
	require.Greater(t, compiled, 5)
}

// randomExperiments are one or two, of whatever sort.
func randomExperiments(r *rand.Rand) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var b strings.Builder
	for k := range 1 + r.IntN(2) {
		fmt.Fprintf(&b, "  - {id: e%d, goals: %s, stop: {effect: 1}, arms: [{id: control}", k, pick("rival", "second-order", "[rival, second-order]"))
		for i := range 1 + r.IntN(3) {
			fmt.Fprintf(&b, ", {id: a%d, weight: %d, %s}", i, 1+r.IntN(3), pick("policy: uniform", "policy: silence", "policy: best-single thanks", "actions: thanks", "messages: thanks/"+pick("mail", "thanks-mail")))
		}
		b.WriteString("]}\n")
	}
	return b.String()
}

func TestTheArmOfAPersonIsTheSameForTheLifeOfTheExperiment(t *testing.T) {
	t.Parallel()
	d := newDesk(t, tried(whichThanks))
	arms := map[string]int{}
	d.decisions(200, func(p *profile.Person, body event.ChoiceBody) {
		require.Len(t, body.Arms, 1)
		a := body.Arms[0]
		require.True(t, a.Exposed)
		require.Len(t, a.Shares, 5)
		require.InDelta(t, 0.2, a.Shares[a.Arm], 1e-12)
		arms[a.Arm]++
		switch a.Arm {
		case "chance":
			require.Equal(t, decide.Uniform, body.Policy)
		case "always":
			require.InDelta(t, 0, body.Candidates[0].Probability, 0)
			require.Equal(t, "rival/thanks", body.Candidates[body.Chosen].Goal+"/"+body.Candidates[body.Chosen].Action)
		case "nothing":
			require.Equal(t, 0, body.Chosen)
			require.Equal(t, policy.OtherArm, body.Candidates[1].Withheld.Code)
			require.Equal(t, `This person is in the arm "Nothing" of the experiment "Which thanks", which leaves this out.`, body.Candidates[1].Withheld.Sentence)
		}
		d.env.At(d.env.Offset+1, d.env.Now.Add(30*day))
		require.Equal(t, a.Arm, choiceDue(t, d, p).Arms[0].Arm)
		d.env.Now = noon
	})
	require.Len(t, arms, 5)
	for arm, n := range arms {
		require.InDelta(t, 40, n, 25, arm)
	}
}

func TestWhoMeetsNothingThatDiffersIsNotExposed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, tried("  - {id: e, goals: rival, stop: {effect: 1}, arms: [{id: a}, {id: b, actions: [sorry]}]}\n"))
	p := d.buyer()
	require.True(t, choiceDue(t, d, p).Arms[0].Exposed)
	d.env.Settings.Levers = []event.Lever{{ID: "l", Kind: event.Block, On: event.OnAction, Goal: "rival", Action: "thanks"}}
	body := choiceDue(t, d, p)
	require.False(t, body.Arms[0].Exposed, "what the arms differ in is blocked for everybody")
	require.Empty(t, body.Arms[0].Shares)
	d.env.Settings.Levers = nil
	p.Consent.Put("email", profile.Consent{Given: false, Time: noon})
	require.False(t, choiceDue(t, d, p).Arms[0].Exposed, "nothing may reach them in either arm")
}

func TestAnExperimentBindsWhileItRunsAndItsWinnerAfterwards(t *testing.T) {
	t.Parallel()
	arms := "arms: [{id: a}, {id: b, policy: silence}]"
	for _, c := range []struct {
		when             string
		running, silence bool
	}{
		{"begin: 2026-03-04", false, false},
		{"begin: 2026-03-01", true, false},
		{"begin: 2026-03-01, ended: 2026-03-02", false, false},
		{"begin: 2026-03-01, ended: 2026-03-02, winner: b", false, true},
		{"begin: 2026-03-01, ended: 2026-03-02, winner: a", false, false},
	} {
		d := newDesk(t, tried("  - {id: e, goals: [rival, second-order], stop: {effect: 1}, "+c.when+", "+arms+"}\n"))
		body := choiceDue(t, d, d.buyer())
		require.Equal(t, c.running, len(body.Arms) == 1, c.when)
		if !c.running {
			require.Equal(t, c.silence, body.Candidates[0].Probability == 1, c.when)
		}
	}
	d := newDesk(t, tried("  - {id: e, goals: rival, stop: {effect: 1, end: 2026-03-03}, "+arms+"}\n"))
	require.Empty(t, choiceDue(t, d, d.buyer()).Arms, "its latest end has come")
}

func TestWhereTheLearnerDecidesTheArmIsThatOfWhatItChose(t *testing.T) {
	t.Parallel()
	d := newDesk(t, tried("  - {id: e, goals: rival, assignment: adaptive, stop: {effect: 1}, arms: [{id: thanks, actions: thanks}, {id: sorry, actions: sorry}]}\n"))
	met := map[string]int{}
	d.decisions(120, func(_ *profile.Person, body event.ChoiceBody) {
		c := body.Candidates[body.Chosen]
		if c.Goal != "rival" {
			require.Empty(t, body.Arms, "what was chosen is in neither arm")
			return
		}
		a := body.Arms[0]
		require.True(t, a.Exposed)
		require.Equal(t, c.Action, a.Arm)
		thanks, sorry := 0.0, 0.0
		for _, c := range body.Candidates {
			switch c.Goal + "/" + c.Action {
			case "rival/thanks":
				thanks += c.Probability
			case "rival/sorry":
				sorry += c.Probability
			}
		}
		require.InDelta(t, thanks/(thanks+sorry), a.Shares["thanks"], 1e-12)
		require.InDelta(t, 1, a.Shares["thanks"]+a.Shares["sorry"], 1e-12)
		met[a.Arm]++
	})
	require.Greater(t, met["thanks"], 10)
	require.Greater(t, met["sorry"], 10)
}

func TestWhatWasChosenBeforeAnArmWonIsNotSentAfterwards(t *testing.T) {
	t.Parallel()
	d := newDesk(t, rivals)
	d.choose(d.buyer(), "thanks")
	p := d.records[idOf("ada")]
	require.Len(t, p.Deliveries, 1)
	id := ""
	for k := range p.Deliveries {
		id = k
	}
	d.define(tried("  - {id: e, goals: second-order, stop: {effect: 1}, ended: 2026-03-01, winner: b, arms: [{id: a}, {id: b, policy: silence}]}\n"))
	d.settle(d.apply(event.Event{Kind: event.Ask, To: p.ID, Body: event.Pack(event.AskBody{Delivery: id, Session: "s"})}))
	require.Equal(t, []string{policy.OtherArm}, codes(d.suppressions(p.ID)))
}
