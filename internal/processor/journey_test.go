package processor_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

func journeys(t *testing.T, changes ...string) []byte {
	t.Helper()
	yaml, err := os.ReadFile("testdata/broadcast.yaml")
	require.NoError(t, err)
	return replace(yaml, changes...)
}

// TestEverybodyOnAJourneyIsAccountedFor lets a crowd in which some cannot be written to,
// some do what is waited for and some leave go through journeys and a broadcast,
// while the processor is restarted, and then folds everything again.
func TestEverybodyOnAJourneyIsAccountedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.define(journeys(t))
	w.crowd(60)
	for i := range 60 {
		w.append(event.Event{Kind: event.Track, Name: "Signed Up", UserID: fmt.Sprint("n", i)})
	}
	for days := range 40 {
		w.pass(day)
		if days%7 == 0 {
			w.restart(1 + days%3)
		}
		for i := days; i < 60; i += 9 {
			w.append(event.Event{Kind: event.Track, Name: []string{"Product Viewed", "Order Completed"}[days%2], UserID: fmt.Sprint("n", i), Properties: []byte(`{"revenue":5}`)})
		}
	}
	began, over, sent, left := 0, 0, 0, 0
	w.everybody(func(p *profile.Person, history []event.Event) {
		open, granted := map[string]event.JourneyedBody{}, map[string]int{}
		for _, e := range history {
			switch e.Kind {
			case event.Grant:
				g, err := event.Unpack[event.GrantBody](e)
				require.NoError(t, err)
				granted[g.Goal+"/"+g.Action]++
			case event.Journeyed:
				m, err := event.Unpack[event.JourneyedBody](e)
				require.NoError(t, err)
				last, inside := open[m.Run]
				require.Equal(t, m.Stride == event.Entered || m.Stride == event.HeldOut, !inside, "a run begins once: %+v after %+v", m, last)
				open[m.Run] = m
				switch m.Stride {
				case event.Entered:
					began++
				case event.SentIt:
					sent++
					granted[m.Journey+"/"+m.Step]--
				case event.NotSent, event.Quit:
					require.NotEmpty(t, m.Reason.Sentence, "nothing is left out without a reason")
					left++
					delete(granted, m.Journey+"/"+m.Step)
				case event.Ran:
					over++
				case event.Arrived, event.HeldOut:
				}
				if m.Stride == event.Ran || m.Stride == event.Quit {
					open[m.Run] = event.JourneyedBody{Run: "over"}
				}
			default:
			}
		}
		for key, n := range granted {
			if key != "second-order/thanks" {
				require.Zero(t, n, "%s of %s: what was granted is what was sent", key, p.ID)
			}
		}
		inside := 0
		for _, m := range open {
			if m.Run != "over" && m.Stride != event.HeldOut {
				inside++
			}
		}
		require.Len(t, p.Journeys, inside, "whoever is not through is inside")
	})
	require.Greater(t, began, 60)
	require.Greater(t, over, 30)
	require.Greater(t, sent, 30)
	require.Greater(t, left, 5)
	hash := w.hash()
	w.restart(3)
	require.Equal(t, hash, w.hash(), "the same journal gives the same journeys")
}

func TestWhoIsKeptOutOfAJourneyIsNeverInsideIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.define(journeys(t, "    name: Welcome\n", "    name: Welcome\n    holdout: 40%\n    kpi: {events: Order Completed}\n"))
	for i := range 80 {
		w.identify(fmt.Sprint("n", i), "", map[string]any{"email": fmt.Sprintf("n%d@example.com", i), "consent": map[string]bool{"email": true}})
		w.append(event.Event{Kind: event.Track, Name: "Signed Up", UserID: fmt.Sprint("n", i)})
	}
	w.pass(2 * day)
	for i := range 80 {
		w.order(fmt.Sprint("n", i), 10)
	}
	arms := map[profile.Arm]int{}
	w.everybody(func(p *profile.Person, history []event.Event) {
		g := p.Goals["welcome"]
		arms[g.Arm]++
		require.Equal(t, "10.00", g.KPI.String(), "both sides are measured")
		if g.Arm == profile.Treated {
			return
		}
		require.Empty(t, p.Journeys)
		for _, e := range history {
			require.NotEqual(t, event.Grant, e.Kind)
		}
	})
	require.InDelta(t, 32, arms[profile.GoalHoldout], 15)
	require.Greater(t, arms[profile.Treated], 30)
}

// TestWhatWasAuthoredGoesBeforeWhatGoalsChoose reads the recorded choice: the goal's
// candidate gives way with a reason, and silence is no candidate to be drawn.
func TestWhatWasAuthoredGoesBeforeWhatGoalsChoose(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.define(journeys(t))
	w.identify("ada", "", map[string]any{"email": "ada@example.com", "consent": map[string]bool{"email": true}})
	w.append(
		event.Event{Kind: event.Track, Name: "Signed Up", UserID: "ada"},
		event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Properties: []byte(`{"revenue":5}`)},
	)
	w.pass(time.Hour)
	choices := w.journaled(event.Choice)
	require.NotEmpty(t, choices)
	first, err := event.Unpack[event.ChoiceBody](choices[0])
	require.NoError(t, err)
	require.Equal(t, "welcome", first.Goal)
	require.Zero(t, first.Candidates[0].Probability, "silence is not drawn")
	seen := map[string]string{}
	for _, c := range first.Candidates[1:] {
		seen[c.Goal+"/"+c.Action] = c.Withheld.Code
	}
	require.Empty(t, seen["welcome/hello"])
	if code, competed := seen["second-order/thanks"]; competed {
		require.Equal(t, policy.Yields, code)
	}
}

// TestWhatIsToBeWeighedMayLoseToSilence is the other way to author a step.
func TestWhatIsToBeWeighedMayLoseToSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.define(journeys(t, "send: {kind: information, try: 2d,", "send: {kind: information, weigh: true, try: 1h,"))
	for i := range 40 {
		w.identify(fmt.Sprint("n", i), "", map[string]any{"email": fmt.Sprintf("n%d@example.com", i), "consent": map[string]bool{"email": true}})
		w.append(event.Event{Kind: event.Track, Name: "Signed Up", UserID: fmt.Sprint("n", i)})
	}
	w.pass(3 * time.Hour)
	sent, silent := 0, 0
	w.everybody(func(_ *profile.Person, history []event.Event) {
		for _, e := range history {
			if e.Kind == event.Journeyed {
				m, err := event.Unpack[event.JourneyedBody](e)
				require.NoError(t, err)
				switch m.Stride {
				case event.SentIt:
					sent++
				case event.NotSent:
					require.Equal(t, policy.Yields, m.Reason.Code)
					silent++
				default:
				}
			}
		}
	})
	require.Equal(t, 40, sent+silent)
	require.Greater(t, sent, 5)
	require.Greater(t, silent, 5)
}

// TestWhoIsInsideFinishesTheStepsTheyBeganUnder changes a journey under somebody's
// feet, once so that they finish and once so that they move.
func TestWhoIsInsideFinishesTheStepsTheyBeganUnder(t *testing.T) {
	t.Parallel()
	for inside, heard := range map[string]bool{"finish": true, "move": false} {
		w := newWorld(t, 1)
		w.define(journeys(t, "    name: Welcome\n", "    name: Welcome\n    inside: "+inside+"\n"))
		w.identify("ada", "", map[string]any{"email": "ada@example.com", "first_name": "Ada", "consent": map[string]bool{"email": true}})
		w.append(event.Event{Kind: event.Track, Name: "Signed Up", UserID: "ada"})
		w.pass(day)
		w.define(journeys(t, "    name: Welcome\n", "    name: Welcome\n    inside: "+inside+"\n", "at_most: 3d}, otherwise: nudge}", "at_most: 3d}, otherwise: seen}"))
		w.pass(8 * day)
		nudged := false
		for _, g := range w.sent {
			nudged = nudged || g.Content.Subject == "Seen these?"
		}
		require.Equal(t, heard, nudged, inside)
	}
}
