package report_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/reporttest"
)

func TestEveryNumberOpensExactlyItsPeople(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		w := company(t, seed, 400)
		r := w.reports()
		opened := 0
		opens := func(what string, want int, f report.Filter) {
			t.Helper()
			ids, total := everyone(t, r, f)
			distinct := map[person.ID]bool{}
			for _, id := range ids {
				distinct[id] = true
			}
			require.Equal(t, want, total, "seed %d, %s, %+v", seed, what, f)
			require.Len(t, distinct, want, "seed %d, %s, %+v", seed, what, f)
			if want > 0 {
				opened++
			}
		}
		mapOpens(t, r, opens)
		loopOpens(t, r, opens)
		goalsOpen(t, w, r, opens)
		require.Greater(t, opened, 100, "seed %d: too little was there to open", seed)
	}
}

func mapOpens(t *testing.T, r *report.Reports, opens func(string, int, report.Filter)) {
	t.Helper()
	m, err := r.Map(context.Background(), report.Scope{})
	require.NoError(t, err)
	opens("people", m.People, report.Filter{})
	opens("initiative", m.Initiative.People, report.Filter{Touchpoint: "any"})
	opens("continued", m.Continued.People, report.Filter{Continued: "any"})
	inStages := 0
	for _, s := range m.Stages {
		opens("stage", s.People, report.Filter{Stage: s.ID})
		opens("met", s.Met, report.Filter{Touchpoint: "stage:" + s.ID})
		opens("initiative of stage", s.Initiative.People, report.Filter{Touchpoint: "stage:" + s.ID, Effort: "any"})
		inStages += s.People
	}
	require.Equal(t, m.People, inStages)
	for _, p := range m.Touchpoints {
		opens("touchpoint", p.People, report.Filter{Touchpoint: p.ID})
		opens("continuation", p.Continuation.People, report.Filter{Touchpoint: p.ID, Continued: "any"})
		opens("back", p.Back, report.Filter{Touchpoint: p.ID, Continued: "yes"})
		opens("lost", p.Lost, report.Filter{Touchpoint: p.ID, Continued: "no"})
		opens("open", p.Open, report.Filter{Touchpoint: p.ID, Continued: "open"})
	}
	for _, d := range m.DeadEnds {
		i := slices.IndexFunc(m.Touchpoints, func(p report.Touchpoint) bool { return p.ID == d.Touchpoint })
		require.NotNil(t, m.Touchpoints[i].Against)
		require.InDelta(t, d.Against, *m.Touchpoints[i].Against, 0, "a touchpoint and its dead end are compared with the same")
	}
	for _, f := range m.Flows {
		opens("flow", f.People, report.Filter{Touchpoint: f.From, Next: cmp.Or(f.To, "none")})
	}
	for _, d := range m.DeadEnds {
		opens("dead end", d.Lost, report.Filter{Touchpoint: d.Touchpoint, Continued: "no"})
	}
	for _, u := range m.Unmapped {
		opens("not on the map", u.People, report.Filter{Event: u.Event})
	}
}

func goalsOpen(t *testing.T, w *world, r *report.Reports, opens func(string, int, report.Filter)) {
	t.Helper()
	rows, err := r.Goals(context.Background())
	require.NoError(t, err)
	require.Len(t, rows, len(w.ws.Goals))
	for _, row := range rows {
		g, err := r.Goal(context.Background(), row.ID)
		require.NoError(t, err)
		f := report.Filter{Goal: g.ID}
		with := func(set func(*report.Filter)) report.Filter {
			c := f
			set(&c)
			return c
		}
		outcome := func(o string) report.Filter { return with(func(f *report.Filter) { f.Outcome = o }) }
		opens("joined", row.Joined, f)
		require.Equal(t, row.Joined, g.Counts.Joined)
		opens("under way", g.Gap.UnderWay, outcome("under_way"))
		if b := g.Gap.Before; b != nil {
			opens("under way before", b.UnderWay, outcome("was_under_way"))
			opens("arrived since", b.Arrived, outcome("arrived_since"))
		}
		for o, n := range map[string]int{
			"chosen": g.Counts.ChosenPeople, "silent": g.Counts.SilentPeople, "sent": g.Counts.SentPeople,
			"held": g.Counts.HeldPeople, "failed": g.Counts.FailedPeople, "unknown": g.Counts.UnknownPeople,
		} {
			opens(o, n, outcome(o))
		}
		for _, a := range g.Arms {
			arm := func(o string) report.Filter {
				return with(func(f *report.Filter) { f.Arm, f.Outcome = a.Arm, o })
			}
			opens("arm", a.People, arm(""))
			opens("mature", a.Mature, arm("mature"))
			opens("measured", a.Measured, arm("measured"))
			opens("reached", a.Reached, arm("reached"))
		}
		for _, x := range g.Withheld {
			opens("withheld", x.People, with(func(f *report.Filter) { f.Withheld = x.Code }))
		}
		for _, a := range g.Actions {
			action := func(o string) report.Filter {
				return with(func(f *report.Filter) { f.Action, f.Outcome = a.ID, o })
			}
			opens("chosen action", a.ChosenPeople, action("chosen"))
			opens("sent action", a.SentPeople, action(""))
			opens("responded", a.Responded, action("responded"))
		}
		for _, s := range g.Stages {
			opens("treated in stage", s.Treated, with(func(f *report.Filter) { f.Stage, f.Arm = s.Stage, "treated" }))
			opens("holdout in stage", s.Holdout, with(func(f *report.Filter) { f.Stage, f.Arm = s.Stage, "holdout" }))
		}
	}
}

func TestEverythingIsJSON(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, w := range []*world{company(t, 1, 100), newWorld(t, retail(t), epoch()), newWorld(t, nil, 0)} {
		r := w.reports()
		m, err := r.Map(ctx, report.Scope{})
		require.NoError(t, err)
		ws, err := r.Workspace(ctx)
		require.NoError(t, err)
		goals, err := r.Goals(ctx)
		require.NoError(t, err)
		loop, err := r.Loop(ctx, report.Scope{})
		require.NoError(t, err)
		views := []any{m, ws, goals, loop}
		for _, g := range goals {
			view, err := r.Goal(ctx, g.ID)
			require.NoError(t, err)
			views = append(views, view)
		}
		list, err := r.People(ctx, report.Filter{})
		require.NoError(t, err)
		views = append(views, list)
		for _, p := range list.People {
			page, err := r.Person(ctx, p.ID)
			require.NoError(t, err)
			require.Equal(t, p.Effort, page.Effort, "the list and the page agree")
			timeline, err := r.Timeline(ctx, p.ID, 0, "")
			require.NoError(t, err)
			views = append(views, page, timeline)
		}
		for _, v := range views {
			raw, err := json.Marshal(v)
			require.NoError(t, err)
			require.NotContains(t, string(raw), `:null,"next_cursor`, "lists are never null")
		}
		require.NotEmpty(t, m.Answer)
	}
}

// study is a company with one goal in which treatment is worth effect a person.
func study(t *testing.T, size int, effect float64, arm func(i int) profile.Arm) *world {
	t.Helper()
	ws := retail(t)
	ws.Goals = ws.Goals[:1]
	w := newWorld(t, ws, epoch().Add(400*dayLong))
	rng := rand.New(rand.NewPCG(9, 9))
	for i := range size {
		g := profile.Goal{
			Joined: epoch().Add(time.Duration(i) * (300 * dayLong / time.Duration(size))), Arm: arm(i), Reachable: true,
			Before: event.MicrosOf(rng.ExpFloat64() * 20),
		}
		g.KPI = g.Before + event.MicrosOf(rng.ExpFloat64()*10)
		if g.Arm == profile.Treated {
			g.KPI += event.MicrosOf(effect)
		}
		if rng.IntN(2) == 0 {
			g.Reached = g.Joined.Add(dayLong)
		}
		w.add(fmt.Sprint(i), map[string]profile.Goal{ws.Goals[0].ID: g}, track(g.Joined, "Order Completed", `{"revenue":10}`))
	}
	return w
}

// split gives arms their intended shares in turn, so that the size of an arm is
// never a matter of luck.
func split(ws func() (global, own float64)) func(i int) profile.Arm {
	return func(i int) profile.Arm {
		global, own := ws()
		switch x := float64(i%200) / 200; {
		case x < global:
			return profile.GlobalHoldout
		case x < global+(1-global)*own:
			return profile.GoalHoldout
		default:
			return profile.Treated
		}
	}
}

func shares(t *testing.T) func() (float64, float64) {
	t.Helper()
	ws := retail(t)
	return func() (float64, float64) { return ws.Policy.Holdout, ws.Goals[0].Holdout }
}

func TestAGoalThatEarnsSaysSoAndItsIntervalNarrowed(t *testing.T) {
	t.Parallel()
	w := study(t, 3000, 5, split(shares(t)))
	g, err := w.reports().Goal(context.Background(), w.ws.Goals[0].ID)
	require.NoError(t, err)
	require.Empty(t, g.Warning)
	require.True(t, g.Lift.Difference.Enough, g.Lift.Difference.Note)
	require.Greater(t, g.Lift.Difference.Low, 0.0)
	require.InDelta(t, 5, g.Lift.Difference.Value, 1.5)
	require.Contains(t, g.Answer, "Yes: it earns")
	require.Contains(t, g.Lift.Method, "CUPED")
	require.LessOrEqual(t, g.Reached.Difference.Low, 0.0)
	require.Contains(t, g.Reached.Sentence, "which may be chance")

	first, last := g.Narrowing[0], g.Narrowing[len(g.Narrowing)-1]
	require.Equal(t, g.Lift.Difference, last.Difference, "the last point is the present")
	width := func(p report.LiftPoint) float64 { return p.Difference.High - p.Difference.Low }
	require.Less(t, width(last), width(first)/2)
	for _, p := range g.Narrowing {
		require.Less(t, p.Difference.Low, 5.0, "the truth was inside at every look")
		require.Greater(t, p.Difference.High, 5.0, "the truth was inside at every look")
	}
}

func TestAGoalWithoutEnoughEvidenceSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := study(t, 60, 5, split(shares(t)))
	g, err := w.reports().Goal(context.Background(), w.ws.Goals[0].ID)
	require.NoError(t, err)
	require.False(t, g.Lift.Difference.Enough)
	require.Contains(t, g.Answer, "Not enough evidence yet: ")
	require.Contains(t, g.Answer, "of the 100 people needed in the holdout have a result so far; a result is complete 60 days after joining")
	require.Empty(t, g.Narrowing)
}

func TestAGoalSaysWhenThereWillBeEnoughEvidence(t *testing.T) {
	t.Parallel()
	half := func(i int) profile.Arm { return []profile.Arm{profile.Treated, profile.GoalHoldout}[i%2] }
	for _, test := range []struct {
		people, day int
		want        string
		wantDay     int
	}{
		{300, 150, "that will be on ", 259},                                      // the hundredth of either side joined on day 199
		{160, 400, "at the pace at which people join, that will be about ", 560}, // 80 a side in 400 days: twenty more in 100, and their 60 days
	} {
		w := study(t, test.people, 5, half)
		w.now = epoch().Add(time.Duration(test.day) * dayLong)
		w.settings(event.SettingsBody{})
		g, err := w.reports().Goal(context.Background(), w.ws.Goals[0].ID)
		require.NoError(t, err)
		require.False(t, g.Lift.Difference.Enough)
		require.Contains(t, g.Answer, test.want+epoch().Add(time.Duration(test.wantDay)*dayLong).Time().Format("2 January")+".")
	}
}

// What the gate says of one person may hold their address or where they live.
func TestAReasonOfManyPeopleTellsNothingOfOne(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, code := range []string{
		policy.Stopped, policy.GlobalHoldout, policy.GoalHoldout, policy.Settling, policy.NoAddress, policy.Disarmed, policy.Suppressed,
		policy.NoConsent, policy.Capped, policy.CoolDown, policy.Quiet, policy.NotEligible, policy.RenderFailed, "some_new_code",
	} {
		w := newWorld(t, retail(t), epoch().Add(dayLong))
		w.add("ada", map[string]profile.Goal{"win-back": {Arm: profile.Treated, Joined: epoch()}}, event.Event{
			Kind: event.Suppressed, Time: epoch(), Body: event.Pack(event.SuppressedBody{
				Goal: "win-back", Reason: event.Reason{Code: code, Sentence: "ada@example.org rests until 08:00 in Europe/Rome."},
			}),
		})
		g, err := w.reports().Goal(context.Background(), "win-back")
		require.NoError(t, err)
		require.Len(t, g.Withheld, 1)
		sentence := g.Withheld[0].Sentence
		require.Empty(t, seen[sentence], "%s and %s read the same", code, seen[sentence])
		seen[sentence] = code
		require.NotContains(t, sentence, "ada@")
		require.NotContains(t, sentence, "Rome")
		if code != "some_new_code" {
			require.Greater(t, len(strings.Fields(sentence)), 4, "%s has no words of its own: %s", code, sentence)
		}
	}
	require.Equal(t, "some_new_code", seen["Some new code."])
}

func TestArmsOfTheWrongSizeAreWarnedOf(t *testing.T) {
	t.Parallel()
	w := study(t, 1000, 0, func(i int) profile.Arm {
		if i%2 == 0 {
			return profile.GoalHoldout
		}
		return profile.Treated
	})
	g, err := w.reports().Goal(context.Background(), w.ws.Goals[0].ID)
	require.NoError(t, err)
	require.Contains(t, g.Warning, "do not trust the lift")
}

func TestPeopleWhoseHorizonHasNotPassedDoNotCountYet(t *testing.T) {
	t.Parallel()
	w := study(t, 2000, 5, split(shares(t)))
	w.now = epoch().Add(200 * dayLong) // those who joined in the first 140 days have had their 60
	w.settings(event.SettingsBody{})
	g, err := w.reports().Goal(context.Background(), w.ws.Goals[0].ID)
	require.NoError(t, err)
	mature := 0
	for _, a := range g.Arms {
		mature += a.Mature
	}
	require.InDelta(t, 2000*140/300, mature, 10)
	require.Equal(t, mature, g.Lift.Difference.People)
}

func TestTheWorkspaceCanBeLookedAtAsOfThePast(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, retail(t), epoch().Add(2000*dayLong))
	old := w.add("old", nil, track(epoch(), "Order Completed", `{"revenue":10}`), track(epoch().Add(5*dayLong), "Order Completed", `{"revenue":7}`))
	young := w.add("young", nil, track(epoch().Add(40*dayLong), "Order Completed", `{"revenue":3}`))
	r := w.reports()

	now, err := r.Person(ctx, old)
	require.NoError(t, err)
	require.Equal(t, "lapse", now.Stage)
	m, err := r.Map(ctx, report.Scope{})
	require.NoError(t, err)
	require.Equal(t, 2, m.People)

	w.settings(event.SettingsBody{AsOf: epoch().Add(4 * dayLong)})
	require.NoError(t, r.Refresh(ctx))
	then, err := r.Person(ctx, old)
	require.NoError(t, err)
	require.Equal(t, "try", then.Stage)
	require.Equal(t, event.MicrosOf(10), then.Value)
	m, err = r.Map(ctx, report.Scope{})
	require.NoError(t, err)
	require.Equal(t, 1, m.People, "the other was not here yet")
	require.Equal(t, epoch().Add(4*dayLong), m.Now)
	timeline, err := r.Timeline(ctx, old, 10, "")
	require.NoError(t, err)
	require.Len(t, timeline.Events, 1)
	timeline, err = r.Timeline(ctx, young, 10, "")
	require.NoError(t, err)
	require.Empty(t, timeline.Events)
}

func TestALookUpByIdentityDoesNotWaitForTheDigest(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, retail(t), epoch())
	r := report.New(unreadable{w.store}, report.Options{})
	find := func() report.People {
		list, err := r.People(ctx, report.Filter{Identity: "user_id:ada"})
		require.NoError(t, err)
		return list
	}
	require.Empty(t, find().People)
	require.NotNil(t, find().People)
	id := w.add("ada", nil, track(epoch(), "Order Completed", `{}`))
	list := find()
	require.Len(t, list.People, 1)
	require.Equal(t, id, list.People[0].ID)

	_, err := r.People(ctx, report.Filter{})
	require.ErrorContains(t, err, "out of order")
}

func TestAForwardIsShownAsThePersonItLeadsTo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, retail(t), epoch())
	id := w.add("ada", nil, track(epoch(), "Order Completed", `{}`))
	anonymous := person.NewIdentity(person.AnonymousID, "a1")
	w.store.Put(profile.Person{ID: person.IDOf(0, anonymous), Forward: id, Identities: []person.Identity{anonymous}})
	r := w.reports()
	list, err := r.People(ctx, report.Filter{Identity: "anonymous_id:a1"})
	require.NoError(t, err)
	require.Len(t, list.People, 1)
	require.Equal(t, id, list.People[0].ID)
	p, err := r.Person(ctx, person.IDOf(0, anonymous))
	require.NoError(t, err)
	require.Equal(t, id, p.ID)
	m, err := r.Map(ctx, report.Scope{})
	require.NoError(t, err)
	require.Equal(t, 1, m.People)
}

func TestWhatIsNotThereIsNotFoundAndWhatMakesNoSenseIsInvalid(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := company(t, 1, 10).reports()
	_, err := r.Person(ctx, person.ID{1})
	require.True(t, fault.Is(err, fault.NotFound), err)
	_, err = r.Timeline(ctx, person.ID{1}, 5, "")
	require.True(t, fault.Is(err, fault.NotFound), err)
	_, err = r.Goal(ctx, "nonsense")
	require.True(t, fault.Is(err, fault.NotFound), err)
	for _, f := range []report.Filter{
		{Stage: "x"},
		{Touchpoint: "x"},
		{Touchpoint: "stage:x"},
		{Effort: "x"},
		{Next: "order"},
		{Touchpoint: "order", Next: "x"},
		{Continued: "x"},
		{Goal: "x"},
		{Arm: "treated"},
		{Goal: "second-order", Arm: "x"},
		{Goal: "second-order", Outcome: "x"},
		{Goal: "second-order", Action: "x"},
		{Identity: "x"},
		{Cursor: "x"},
	} {
		_, err := r.People(ctx, f)
		require.True(t, fault.Is(err, fault.Invalid), "%+v: %v", f, err)
	}
}

func TestTimelinePagesHoldEveryEventOnceNewestFirst(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, retail(t), epoch())
	var history []event.Event
	for i := range 23 {
		history = append(history, track(epoch().Add(time.Duration(i)*time.Hour), "Order Completed", `{"revenue":1}`))
	}
	id := w.add("ada", nil, history...)
	r := w.reports()
	var got []report.TimelineEvent
	for cursor, pages := "", 0; ; pages++ {
		page, err := r.Timeline(ctx, id, 5, cursor)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Events), 5)
		got = append(got, page.Events...)
		if cursor = page.NextCursor; cursor == "" {
			require.Equal(t, 4, pages)
			break
		}
	}
	require.Len(t, got, 23)
	for i, e := range got {
		require.Equal(t, fmt.Sprintf("ada-%d", 22-i), e.MessageID)
		require.Equal(t, 23-i, e.Visit, "an hour apart is a new visit")
		require.Equal(t, "order", e.Touchpoint)
		require.Equal(t, "unprompted", e.Effort)
	}
}

func TestRefreshingTakesAtMostItsShareOfTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := company(t, 1, 10)
		slow := &slowStore{Store: w.store, each: 100 * time.Millisecond}
		r := report.New(slow, report.Options{Share: 0.2, Used: slow.used})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		started := time.Now()
		require.NoError(t, r.Run(ctx))
		require.InDelta(t, 0.2, slow.spent.Seconds()/time.Since(started).Seconds(), 0.03)
	})
}

func TestRunRefreshesWhenSomethingChangedAndOnlyThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := company(t, 1, 10)
		counted := &slowStore{Store: w.store, still: true}
		r := report.New(counted, report.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		time.Sleep(time.Minute)
		require.Equal(t, 1, counted.passes)
		w.add("newcomer", nil, track(epoch(), "Order Completed", `{}`))
		time.Sleep(time.Second)
		require.Equal(t, 2, counted.passes)
		m, err := r.Map(ctx, report.Scope{})
		require.NoError(t, err)
		require.Equal(t, 11, m.People)
		cancel()
		require.NoError(t, <-done)
	})
}

func TestRefreshingWaitsForAFoldThatIsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := company(t, 1, 10)
		busy := &slowStore{Store: w.store, lag: 100_000}
		r := report.New(busy, report.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		require.NoError(t, r.Run(ctx))
		require.Equal(t, 4, busy.passes, "at the start, and every three minutes")
	})
}

func TestRefreshingWaitsWhileMuchIsToBeSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &slowStore{Store: company(t, 1, 10).store}
		var hurry atomic.Bool
		hurry.Store(true)
		r := report.New(store, report.Options{Hurry: hurry.Load})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		time.Sleep(time.Minute)
		require.Equal(t, 1, store.passes, "at the start")
		hurry.Store(false)
		time.Sleep(time.Second)
		require.Greater(t, store.passes, 1, "and as soon as there is time")
		cancel()
		require.NoError(t, <-done)
	})
}

func TestWhatOnlyHeldARefreshBackDoesNotMakeItRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := company(t, 1, 10)
		slow := &slowStore{Store: w.store, each: 100 * time.Millisecond, others: 900 * time.Millisecond}
		r := report.New(slow, report.Options{Share: 0.2, Used: slow.used})
		ctx, cancel := context.WithTimeout(t.Context(), 69*time.Second)
		defer cancel()
		require.NoError(t, r.Run(ctx))
		require.Equal(t, 5, slow.passes, "ten seconds, of which one is work, and then four of rest")
	})
}

// slowStore takes its time over everybody, and unless it is still has changed
// whenever it is asked.
type slowStore struct {
	*reporttest.Store

	each    time.Duration // of work with each person
	others  time.Duration // that others work meanwhile
	still   bool
	lag     int64
	spent   time.Duration
	passes  int
	version uint64
}

// used is the work alone.
func (s *slowStore) used(f func() error) (time.Duration, error) {
	before := s.spent
	err := f()
	return s.spent - before, err
}

func (s *slowStore) State(ctx context.Context) (report.State, error) {
	state, err := s.Store.State(ctx)
	state.Lag = s.lag
	return state, err
}

func (s *slowStore) Version() uint64 {
	if s.still {
		return s.Store.Version()
	}
	s.version++
	return s.version
}

func (s *slowStore) EachPerson(ctx context.Context, fn func(profile.Person, report.History) error) error {
	s.passes++
	return s.Store.EachPerson(ctx, func(p profile.Person, h report.History) error {
		time.Sleep(s.each + s.others)
		s.spent += s.each
		return fn(p, h)
	})
}

// unreadable cannot go through everybody.
type unreadable struct{ *reporttest.Store }

func (unreadable) EachPerson(context.Context, func(profile.Person, report.History) error) error {
	return fault.New(fault.Busy, "out of order")
}
