package report_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
)

// scopes are what the tests look at: of each the period, and whom it is about.
func scopes(w *world) map[string]struct {
	of       report.Scope
	from, to event.Instant
} {
	now := w.now
	day := func(n int) string { return now.Time().AddDate(0, 0, -n).Format(time.DateOnly) }
	midnight := func(n int) event.Instant { return event.InstantOf(now.Time().AddDate(0, 0, -n).Truncate(dayLong)) }
	type one = struct {
		of       report.Scope
		from, to event.Instant
	}
	return map[string]one{
		"a week":            {report.Scope{Days: 7}, now + 1 - 7*24*3600e6, now + 1},
		"30 days of some":   {report.Scope{Days: 30, Segment: "regulars"}, now + 1 - 30*24*3600e6, now + 1},
		"90 days of others": {report.Scope{Days: 90, State: "none"}, now + 1 - 90*24*3600e6, now + 1},
		"long ago":          {report.Scope{From: day(120), To: day(60)}, midnight(120), midnight(59)},
		"since then":        {report.Scope{From: day(100)}, midnight(100), now + 1},
	}
}

// doors are the filters of a scope.
func doors(of report.Scope, f report.Filter) report.Filter {
	f.Days, f.From, f.To = of.Days, of.From, of.To
	f.Segment = of.Segment
	if f.State == "" {
		f.State = of.State
	}
	return f
}

// TestEveryNumberOfAScopeIsWhatASlowReadingSaysAndOpensItsPeople counts each person
// by hand, for each of several periods and groups of people.
func TestEveryNumberOfAScopeIsWhatASlowReadingSaysAndOpensItsPeople(t *testing.T) {
	t.Parallel()
	w, _, lives := believing(t, 21, 400)
	for i := range lives {
		if i%3 == 0 {
			lives[i].p.Segments = []profile.Membership{{Segment: "regulars"}}
			w.store.Put(lives[i].p, lives[i].history...)
		}
	}
	r := w.reports()
	for name, s := range scopes(w) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opened := 0
			opens := func(what string, want map[person.ID]bool, n int, f report.Filter) {
				t.Helper()
				require.Len(t, want, n, what)
				ids, total := everyone(t, r, doors(s.of, f))
				require.Equal(t, n, total, what)
				for _, id := range ids {
					require.True(t, want[id], "%s: %s", what, id)
				}
				opened += n
			}
			var who []life
			for _, l := range lives {
				if (s.of.Segment == "" || len(l.p.Segments) > 0) && (s.of.State == "" || l.p.Belief == nil) {
					who = append(who, l)
				}
			}
			m, err := r.Map(context.Background(), s.of)
			require.NoError(t, err)
			slowMap(t, w, who, m, s.from, s.to, opens)
			l, err := r.Loop(context.Background(), s.of)
			require.NoError(t, err)
			require.Equal(t, len(who), l.People)
			slowLoop(t, w, who, l, s.from, s.to, opens)
			require.Greater(t, opened, 50, "too little was there to open")
		})
	}
}

// slowMap counts the touchpoints of a map person by person.
func slowMap(t *testing.T, w *world, who []life, m report.Map, from, to event.Instant, opens func(string, map[person.ID]bool, int, report.Filter)) {
	t.Helper()
	here := map[person.ID]bool{}
	at, back, lost, unmet := map[string]map[person.ID]bool{}, map[string]map[person.ID]bool{}, map[string]map[person.ID]bool{}, map[string]map[person.ID]bool{}
	times := map[string]int{}
	put := func(sets map[string]map[person.ID]bool, key string, id person.ID) {
		if sets[key] == nil {
			sets[key] = map[person.ID]bool{}
		}
		sets[key][id] = true
	}
	c := lifecycle.New(&w.ws.Map)
	for _, l := range who {
		var walk []lifecycle.Interaction
		var state profile.Walk
		for _, e := range l.history {
			in, ok := c.Step(&state, e)
			switch {
			case ok:
				walk = append(walk, in)
			case e.Kind.Own() || e.Time < from || e.Time >= to:
				continue
			case lifecycle.Label(e) != "":
				put(unmet, lifecycle.Label(e), l.p.ID)
			}
			here[l.p.ID] = here[l.p.ID] || e.Time >= from && e.Time < to
		}
		met := map[string]bool{}
		for i, in := range walk {
			if in.Time < from || in.Time >= to {
				continue
			}
			times[in.Touchpoint]++
			if met[in.Touchpoint] {
				continue
			}
			met[in.Touchpoint] = true
			put(at, in.Touchpoint, l.p.ID)
			window := w.ws.Map.Touchpoints[in.Index].Window
			next := slices.IndexFunc(walk[i+1:], func(o lifecycle.Interaction) bool { return o.NewVisit && o.Effort == lifecycle.Unprompted })
			switch {
			case next >= 0 && walk[i+1+next].Time.Sub(in.Time) <= window:
				put(back, in.Touchpoint, l.p.ID)
			case w.now.Sub(in.Time) >= window:
				put(lost, in.Touchpoint, l.p.ID)
			}
		}
	}
	for id, ok := range here {
		if !ok {
			delete(here, id)
		}
	}
	opens("people", here, m.People, report.Filter{})
	for _, p := range m.Touchpoints {
		opens("at "+p.ID, orNobody(at[p.ID]), p.People, report.Filter{Touchpoint: p.ID})
		opens("back after "+p.ID, orNobody(back[p.ID]), p.Back, report.Filter{Touchpoint: p.ID, Continued: "yes"})
		opens("lost after "+p.ID, orNobody(lost[p.ID]), p.Lost, report.Filter{Touchpoint: p.ID, Continued: "no"})
		require.Equal(t, times[p.ID], p.Interactions, p.ID)
	}
	require.Len(t, m.Unmapped, len(unmet))
	for _, u := range m.Unmapped {
		opens("not on the map: "+u.Event, unmet[u.Event], u.People, report.Filter{Event: u.Event})
	}
}

func orNobody(s map[person.ID]bool) map[person.ID]bool {
	if s == nil {
		return map[person.ID]bool{}
	}
	return s
}

// slowLoop counts the loop's figures person by person.
func slowLoop(t *testing.T, w *world, who []life, l report.Loop, from, to event.Instant, opens func(string, map[person.ID]bool, int, report.Filter)) {
	t.Helper()
	window := time.Duration(l.WindowDays * float64(dayLong))
	length := to.Sub(from)
	end := min(to, w.now.Add(-window))
	begin := end.Add(-min(window, length))
	came, back, sent, silent := map[person.ID]bool{}, map[person.ID]bool{}, map[person.ID]bool{}, map[person.ID]bool{}
	efforts := map[lifecycle.Effort]map[person.ID]bool{lifecycle.Outreach: {}, lifecycle.Response: {}, lifecycle.Unprompted: {}}
	var effort report.Effort
	value := event.Micros(0)
	c := lifecycle.New(&w.ws.Map)
	kpi := w.ws.Goals[0].KPI
	for _, l := range who {
		var walk []lifecycle.Interaction
		var state profile.Walk
		for _, e := range l.history {
			in, ok := c.Step(&state, e)
			if ok {
				walk = append(walk, in)
			}
			if e.Time < from || e.Time >= to {
				continue
			}
			if ok {
				efforts[in.Effort][l.p.ID] = true
				switch in.Effort {
				case lifecycle.Outreach:
					effort.Outreach++
				case lifecycle.Response:
					effort.Response++
				default:
					effort.Unprompted++
				}
			}
			if m, ok := profile.MoneyOf(&e, kpi, w.ws.Currency); ok && m.Currency == w.ws.Currency {
				value += m.Amount
			}
			if e.Kind == event.Receipt {
				if b, err := event.Unpack[event.ReceiptBody](e); err == nil && b.Outcome == event.Sent {
					sent[l.p.ID] = true
				}
			}
			if e.Kind == event.Choice {
				if b, err := event.Unpack[event.ChoiceBody](e); err == nil && b.Candidates[b.Chosen].Action == event.Silence {
					silent[l.p.ID] = true
				}
			}
		}
		for i, in := range walk {
			if in.Effort == lifecycle.Outreach || in.Time < begin || in.Time >= end {
				continue
			}
			came[l.p.ID] = true
			next := slices.IndexFunc(walk[i+1:], func(o lifecycle.Interaction) bool { return o.NewVisit && o.Effort == lifecycle.Unprompted })
			if next >= 0 && walk[i+1+next].Time.Sub(in.Time) <= window {
				back[l.p.ID] = true
			}
			break
		}
	}
	opens("came", came, l.Came, report.Filter{Lately: "came"})
	opens("back", back, l.Back, report.Filter{Lately: "back"})
	opens("sent", sent, l.Acting.Sent, report.Filter{Lately: "sent"})
	opens("silent", silent, l.Acting.Silent, report.Filter{Lately: "silent"})
	opens("reached out to", efforts[lifecycle.Outreach], l.EffortPeople.Outreach, report.Filter{Lately: "outreach"})
	opens("unprompted", efforts[lifecycle.Unprompted], l.EffortPeople.Unprompted, report.Filter{Lately: "unprompted"})
	require.Equal(t, effort, l.Effort)
	require.Equal(t, value, l.Value)
	steps := report.Effort{}
	for _, s := range l.Steps {
		steps.Outreach += s.Outreach
		steps.Response += s.Response
		steps.Unprompted += s.Unprompted
	}
	require.Equal(t, effort, steps, "the steps come to the period")
	for _, s := range l.Stages {
		then := map[person.ID]bool{}
		for _, one := range who {
			if one.p.FirstSeen <= to && one.p.Stage == s.ID {
				then[one.p.ID] = true // nobody of this company moves between stages
			}
		}
		opens("in "+s.ID, then, s.People, report.Filter{StageThen: s.ID})
	}
}

func TestAPeriodThatCannotBeIsSaidSo(t *testing.T) {
	t.Parallel()
	r := company(t, 3, 20).reports()
	for want, of := range map[string]report.Scope{
		"say either days, or from and to": {Days: 7, From: "2026-01-01"},
		"write a day as 2026-03-01":       {From: "yesterday"},
		"the period ends before":          {From: "2026-03-01", To: "2026-02-01"},
		"use 1 to 3660":                   {Days: 99999},
		"no such segment":                 {Segment: "nobody"},
		"nobody is or was in it":          {State: "nowhere"},
	} {
		_, err := r.Map(context.Background(), of)
		require.ErrorContains(t, err, want, fmt.Sprint(of))
		_, err = r.Loop(context.Background(), of)
		require.ErrorContains(t, err, want, fmt.Sprint(of))
	}
}
