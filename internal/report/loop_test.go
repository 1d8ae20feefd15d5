package report_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
)

func loopOpens(t *testing.T, r *report.Reports, opens func(string, int, report.Filter)) {
	t.Helper()
	l, err := r.Loop(context.Background(), report.Scope{})
	require.NoError(t, err)
	require.Equal(t, l.Came, l.Back+l.Away)
	require.Equal(t, l.Came, l.Continued.People)
	for what, n := range map[string]int{
		"came": l.Came, "back": l.Back, "away": l.Away,
		"outreach": l.EffortPeople.Outreach, "response": l.EffortPeople.Response, "unprompted": l.EffortPeople.Unprompted,
		"sent": l.Acting.Sent, "silent": l.Acting.Silent, "held": l.Acting.Held,
	} {
		opens("lately "+what, n, report.Filter{Lately: what})
	}
	for i, s := range l.Stages {
		opens("stage of the loop", s.People, report.Filter{Stage: s.ID})
		require.Equal(t, s.People, l.Steps[len(l.Steps)-1].Stages[i], "the last week ends now")
	}
	var weeks report.Effort
	for _, w := range l.Steps {
		weeks.Outreach += w.Outreach
		weeks.Response += w.Response
		weeks.Unprompted += w.Unprompted
	}
	require.Equal(t, l.Effort, weeks, "the weeks come to the quarter")
	for _, a := range l.Attention {
		switch a.Kind {
		case "dead_end":
			opens(a.Sentence, a.People, report.Filter{Touchpoint: a.ID, Continued: "no", Days: 91})
		case "unmapped":
			opens(a.Sentence, a.People, report.Filter{Event: a.ID, Days: 91})
		}
	}
}

// TestWhereEverybodyWasIsWhatTheirMovesSay compares the stages of each week with
// following everybody's moves forward, one by one.
func TestWhereEverybodyWasIsWhatTheirMovesSay(t *testing.T) {
	t.Parallel()
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 2))
	ws := retail(t)
	now := epoch().Add(300 * dayLong)
	w := newWorld(t, ws, now)
	type move struct {
		at event.Instant
		to string
	}
	lives := map[person.ID][]move{}
	for i := range 300 {
		user := fmt.Sprintf("user%04d", i)
		id := person.IDOf(0, person.NewIdentity(person.UserID, user))
		var history []event.Event
		at, from := now.Add(-time.Duration(1+rng.IntN(200*24))*time.Hour), ""
		first := at
		for at < now {
			to := ws.Map.Stages[rng.IntN(len(ws.Map.Stages))].ID
			history = append(history, own(event.StageMoved, at, event.StageBody{From: from, To: to}))
			lives[id] = append(lives[id], move{at, to})
			from, at = to, at.Add(time.Duration(1+rng.IntN(40*24))*time.Hour)
		}
		w.store.Put(profile.Person{ID: id, Stage: from, FirstSeen: first, LastSeen: now}, history...)
	}
	l, err := w.reports().Loop(context.Background(), report.Scope{})
	require.NoError(t, err)
	at := func(end event.Instant) map[string]int {
		out := map[string]int{}
		for _, moves := range lives {
			stage := ""
			for _, m := range moves {
				if m.at <= end {
					stage = m.to
				}
			}
			if stage != "" {
				out[stage]++
			}
		}
		return out
	}
	require.Len(t, l.Steps, 13)
	for _, week := range l.Steps {
		want := at(week.End)
		for i, s := range l.Stages {
			require.Equal(t, want[s.ID], week.Stages[i], "seed %d, %s at the end of %s", seed, s.ID, week.End.Time())
		}
	}
	before := at(now.Add(-91 * dayLong))
	for _, s := range l.Stages {
		require.Equal(t, before[s.ID], s.Before, "seed %d, %s a quarter ago", seed, s.ID)
	}
}

// TestTheLoopSaysWhetherEngagementGrows has people who come once a quarter ago and
// once lately, and of whom so many come back.
func TestTheLoopSaysWhetherEngagementGrows(t *testing.T) {
	t.Parallel()
	const people = 200
	answer := func(backBefore, backNow int) report.Loop {
		now := epoch().Add(400 * dayLong)
		w := newWorld(t, retail(t), now)
		empty, err := w.reports().Loop(context.Background(), report.Scope{})
		require.NoError(t, err)
		window := time.Duration(empty.WindowDays * float64(dayLong))
		visit := func(at event.Instant) event.Event { return event.Event{Kind: event.Page, Name: "Home", Time: at} }
		for i := range people {
			var history []event.Event
			for k, back := range []int{backNow, backBefore} {
				came := now.Add(-window - time.Duration(k)*91*dayLong - dayLong)
				history = append(history, visit(came))
				if i < back {
					history = append(history, visit(came.Add(dayLong+time.Hour)))
				}
			}
			w.add(fmt.Sprintf("user%04d", i), nil, history...)
		}
		l, err := w.reports().Loop(context.Background(), report.Scope{})
		require.NoError(t, err)
		require.Equal(t, people, l.Came)
		require.Equal(t, backNow, l.Back)
		require.InDelta(t, float64(backBefore)/people, l.ContinuedBefore.Value, 1e-9)
		require.InDelta(t, float64(backNow-backBefore)/people, l.ContinuedChange.Value, 1e-9)
		require.Less(t, l.ContinuedChange.Low, l.ContinuedChange.High)
		return l
	}
	require.Regexp(t, `^Yes: 60 % \(53 to 67 %\) of those who came were back .* up from 40 % a quarter before`, answer(80, 120).Answer)
	require.Regexp(t, `^No, it shrinks: 40 % .* down from 60 %`, answer(120, 80).Answer)
	require.Regexp(t, `^It holds: 41 % .* against 40 % a quarter before, which is no more than chance`, answer(80, 82).Answer)
}

func TestTheLoopOfNobodySaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for w, want := range map[*world]string{newWorld(t, nil, 0): "no map", newWorld(t, retail(t), epoch()): "Nobody is here yet"} {
		l, err := w.reports().Loop(context.Background(), report.Scope{})
		require.NoError(t, err)
		require.Contains(t, l.Answer, want)
		require.False(t, l.Continued.Enough)
		require.Empty(t, l.Attention)
	}
}
