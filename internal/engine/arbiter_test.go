package engine_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// rivals is the shop with a second goal that concerns the same people.
var rivals = strings.Replace(shop, "policy:", `  - id: rival
    name: A rival
    from: [try]
    to: [use]
    kpi: {events: Order Completed}
    horizon: 30d
    holdout: 0%
    every: 14d
    actions:
      - {id: thanks, name: Thanks too, kind: offer, cost: 2, messages: [{id: mail, channel: email, appeal: logos, subject: Hello, body: "Take {{ parameters.discount }} %", next_step: {label: Go, url: "https://shop.example/"}}], parameters: [{id: discount, values: [5, 10], cost: 0.1}]}
      - {id: sorry, name: Sorry, kind: repair, messages: [{id: mail, channel: email, appeal: ethos, subject: Hello, body: Hello, next_step: {label: Go, url: "https://shop.example/"}}]}
policy:`, 1)

func choiceDue(t *testing.T, d *desk, p *profile.Person) event.ChoiceBody {
	t.Helper()
	e, ok := engine.Choose(d.env, p)
	require.True(t, ok)
	body, err := event.Unpack[event.ChoiceBody](e)
	require.NoError(t, err)
	return body
}

func sumOf(cs []event.Candidate) (sum float64) {
	for _, c := range cs {
		sum += c.Probability
	}
	return sum
}

func TestAllGoalsThatConcernAPersonCompeteInOneFairChoice(t *testing.T) {
	t.Parallel()
	d := newDesk(t, rivals)
	body := choiceDue(t, d, d.buyer())
	require.Equal(t, []string{"second-order", "rival"}, body.Goals)
	require.Equal(t, decide.Fair, body.Policy)
	require.Len(t, body.Candidates, 5)
	shares := map[string]float64{}
	for _, c := range body.Candidates {
		shares[c.Goal+"/"+c.Action] += c.Probability
		require.NotNil(t, c.Worth)
	}
	for what, share := range shares {
		require.InDelta(t, 0.25, share, 1e-9, what)
	}
	require.InDelta(t, 1, sumOf(body.Candidates), 1e-9)
	require.InDelta(t, 3, body.Candidates[3].Worth.Cost, 1e-9, "a discount of 10 costs 1 beside the 2 of the touch")
}

func TestTheChoiceMadeAgainFromItsRecordIsTheSameToTheBit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, rivals)
	body := choiceDue(t, d, d.buyer())
	var record decide.Record
	require.NoError(t, json.Unmarshal(body.Record, &record))
	known, err := engine.Untaught(d.env.Defs)
	require.NoError(t, err)
	again, err := record.Again(known.Posterior)
	require.NoError(t, err)
	require.Equal(t, record.Drawn, again)
	d.choose(d.records[idOf("ada")], "thanks")
	for _, e := range d.notes[idOf("ada")] {
		if e.Kind == event.Choice {
			require.NotContains(t, string(e.Body), `"record"`, "timelines keep it without")
		}
	}
}

func TestTheGoalThatLosesIsCountedAndWaitsAsLongAsItSays(t *testing.T) {
	t.Parallel()
	d := newDesk(t, rivals)
	p := d.buyer()
	d.choose(p, "sorry")
	p = d.records[p.ID]
	require.Equal(t, 1, p.Goals["second-order"].Chosen)
	require.Equal(t, 1, p.Goals["second-order"].Yielded)
	require.Zero(t, p.Goals["second-order"].Silent)
	require.Zero(t, p.Goals["rival"].Yielded)
	require.Equal(t, noon.Add(7*day), p.Goals["second-order"].Next)
	require.Equal(t, noon.Add(14*day), p.Goals["rival"].Next)
	require.Len(t, p.Deliveries, 1)
}

func TestWhatIsLearnedMovesTheOddsAwayFromWhatHarms(t *testing.T) {
	t.Parallel()
	d := newDesk(t, rivals)
	p := d.buyer()
	l, err := engine.LayoutOf(d.env.Defs)
	require.NoError(t, err)
	s := l.NewStatistics()
	seen := choiceDue(t, d, p).Expected.Context
	for i := range 400 {
		wobble := math.Sin(float64(i))
		for action, reward := range map[string]float64{"silence": 0, "second-order/thanks": 3, "rival/thanks": -3, "rival/sorry": -1} {
			at := decide.Place{}
			if action != "silence" {
				message := map[string]string{"second-order/thanks": "thanks-mail", "rival/thanks": "mail?discount=5", "rival/sorry": "mail"}[action]
				at, err = l.Place(action, message, "email", i%decide.Hours)
				require.NoError(t, err)
			}
			require.NoError(t, l.Observe(s, action, at, seen, reward+wobble, 1))
		}
	}
	d.env.Learned, err = engine.Teach(d.env.Defs, s, decide.PriorOf(5), engine.Terms{Trust: 0.5}, "v1")
	require.NoError(t, err)
	body := choiceDue(t, d, p)
	require.Equal(t, decide.Thompson, body.Policy)
	require.Greater(t, body.Candidates[1].Probability, 0.9)
	require.Less(t, body.Candidates[2].Probability+body.Candidates[3].Probability, 0.05)
	require.Contains(t, body.Reason, "worth")

	d.env.Settings.Levers = []event.Lever{{ID: "l1", Kind: event.Block, On: event.OnAction, Goal: "second-order", Action: "thanks", Why: "it is sold out"}}
	blocked := choiceDue(t, d, p)
	require.Equal(t, policy.Blocked, blocked.Candidates[1].Withheld.Code)
	require.Equal(t, "Somebody has blocked it: it is sold out.", blocked.Candidates[1].Withheld.Sentence)
	require.Equal(t, []string{"l1"}, blocked.Levers)
	require.InDelta(t, 3, blocked.Forgone, 0.6, "what the lever costs is measured")

	d.env.Settings.Levers = []event.Lever{{ID: "l2", Kind: event.Pin, On: event.OnGoal, Goal: "rival"}}
	pinned := choiceDue(t, d, p)
	require.Equal(t, policy.Pinned, pinned.Candidates[1].Withheld.Code)
	require.Zero(t, pinned.Candidates[0].Probability, "not even silence")
	require.Greater(t, pinned.Forgone, 2.5)
}

func TestABoostMultipliesOddsAndAPauseEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, rivals)
	p := d.buyer()
	d.env.Settings.Levers = []event.Lever{{ID: "b", Kind: event.Boost, On: event.OnAction, Goal: "rival", Action: "sorry", Factor: 3}}
	require.InDelta(t, 0.5, choiceDue(t, d, p).Candidates[4].Probability, 1e-9, "three times as likely as each of the three others")
	d.env.Settings.Levers = []event.Lever{{ID: "p", Kind: event.Pause, On: event.OnEverything, Until: d.env.Now.Add(time.Hour)}}
	body := choiceDue(t, d, p)
	require.InDelta(t, 1, body.Candidates[0].Probability, 0)
	require.Equal(t, policy.Paused, body.Candidates[1].Withheld.Code)
	d.env.At(d.env.Offset+1, d.env.Now.Add(2*time.Hour))
	require.Empty(t, choiceDue(t, d, p).Candidates[1].Withheld)
}

func TestALeverStopsWhatWaitsToBeSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, rivals)
	p := d.buyer()
	d.choose(p, "sorry")
	d.env.Settings.Levers = []event.Lever{{ID: "b", Kind: event.Block, On: event.OnChannel, Channel: "email"}}
	for id := range d.records[p.ID].Deliveries {
		d.apply(event.Event{Kind: event.Ask, To: p.ID, Body: event.Pack(event.AskBody{Delivery: id, Session: "s"})})
	}
	require.Equal(t, []string{policy.Blocked}, codes(d.suppressions(p.ID)))
}

func TestWhileAComplaintIsOpenOnlyRepairIsOffered(t *testing.T) {
	t.Parallel()
	d := newDesk(t, rivals+"\ncomplaints: {events: Complaint Raised, until: Complaint Answered}\n")
	p := d.buyer()
	d.apply(event.Event{Kind: event.Track, Name: "Complaint Raised", UserID: "ada", Time: noon + 2})
	body := choiceDue(t, d, d.records[p.ID])
	for _, c := range body.Candidates {
		switch c.Action {
		case event.Silence, "sorry":
			require.InDelta(t, 0.5, c.Probability, 1e-9)
		default:
			require.Equal(t, policy.OpenRequest, c.Withheld.Code)
		}
	}
	d.apply(event.Event{Kind: event.Track, Name: "Complaint Answered", UserID: "ada", Time: noon + 3})
	require.Empty(t, choiceDue(t, d, d.records[p.ID]).Candidates[1].Withheld)
	d.apply(event.Event{Kind: event.Track, Name: "Complaint Raised", UserID: "ada", Time: noon + 1})
	require.False(t, d.records[p.ID].Complaint.Open(), "one that was raised before it was answered and arrives late is answered")
}

func TestTheHourIsChosenWithinTheActionsTimeAndOutsideOfQuietHours(t *testing.T) {
	t.Parallel()
	d := newDesk(t, strings.Replace(shop, "kind: information", "kind: information\n        within: 36h\n        hours: {from: \"09:00\", to: \"19:00\"}", 1))
	p := d.buyer()
	zone := d.env.Defs.Zone
	hours := map[int]bool{}
	for range 200 {
		d.env.At(d.env.Offset+1, d.env.Now)
		p.Choosing.ID.N++
		body := choiceDue(t, d, p)
		if body.Chosen == 0 {
			continue
		}
		at := body.At.Time().In(zone)
		require.GreaterOrEqual(t, body.At, d.env.Now)
		require.LessOrEqual(t, body.At, d.env.Now.Add(36*time.Hour))
		require.True(t, at.Hour() >= 9 && at.Hour() < 19, "%s", at)
		require.Equal(t, (int(at.Weekday())+6)%7*6+at.Hour()/4, body.Expected.Hour)
		hours[body.Expected.Hour] = true
	}
	require.GreaterOrEqual(t, len(hours), 4, "each of them is tried")
}

func TestAStateModelMovesTheScore(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	d.env.States = func(*profile.Person) engine.States { return twoStates{} }
	body := choiceDue(t, d, d.buyer())
	// Half of those who are cold (worth 0) become warm (worth 100); she is cold with
	// probability 0.4; half of that is trusted.
	require.InDelta(t, 0.5*0.4*0.5*100, body.Candidates[1].Worth.Movement, 1e-4)
	require.NotNil(t, body.Expected.Value)
	require.InDelta(t, 60, *body.Expected.Value, 1e-9)
}

type twoStates struct{}

func (twoStates) Nodes() []decide.Node {
	return []decide.Node{{Weight: 1, Belief: []float64{0.4, 0.6}, Value: []float64{0, 100}}}
}

func (twoStates) Jump(class string, _ float64) [][]float64 {
	if class != "thanks" {
		return nil
	}
	return [][]float64{{0.5, 0.5}, {0, 1}}
}
func (twoStates) Fatigue() float64 { return 0 }
func (twoStates) Value() float64   { return 60 }

func TestEveryTemplateCanBeLaidOut(t *testing.T) {
	t.Parallel()
	for _, name := range definition.Templates() {
		yaml, ok := definition.Template(name)
		require.True(t, ok)
		ws, err := definition.Compile(yaml)
		require.NoError(t, err)
		_, err = engine.Untaught(ws)
		require.NoError(t, err)
	}
}
