package lifecycle_test

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Kalbfleisch & Prentice 1980, table 1.1, and Cox & Oakes 1984, chapter 4, give
// the estimate for the 6-MP arm of Freireich et al. 1963; the Greenwood errors
// and log-log bands are those of Stata's "sts list" on the same data.
func TestSurvivalOfFreireichsPatientsIsAsPublished(t *testing.T) {
	t.Parallel()
	var obs []lifecycle.Observation
	for _, w := range []int{6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35} {
		weeks := time.Duration(max(w, -w)) * 7 * 24 * time.Hour
		obs = append(obs, lifecycle.Observation{After: weeks, Returned: w > 0})
	}
	c := lifecycle.Survive(obs)
	for _, p := range []struct {
		weeks                int
		survival, se, lo, hi float64
		atRisk               int
	}{
		{0, 1, 0, 0.8454, 1, 21},
		{6, 0.8571, 0.0764, 0.6197, 0.9516, 21},
		{7, 0.8067, 0.0869, 0.5631, 0.9228, 17},
		{10, 0.7529, 0.0963, 0.5032, 0.8894, 15},
		{13, 0.6902, 0.1068, 0.4316, 0.8491, 12},
		{16, 0.6275, 0.1141, 0.3675, 0.8049, 11},
		{22, 0.5378, 0.1282, 0.2678, 0.7468, 7},
		{23, 0.4482, 0.1346, 0.1881, 0.6801, 6},
		{35, 0.4482, 0.1346, 0.1881, 0.6801, 1},
	} {
		got := c.At(time.Duration(p.weeks) * 7 * 24 * time.Hour)
		require.InDelta(t, p.survival, got.Survival, 5e-5, "week %d", p.weeks)
		require.InDelta(t, p.se, got.StandardError, 5e-5, "week %d", p.weeks)
		require.InDelta(t, p.lo, got.Low, 5e-5, "week %d", p.weeks)
		require.InDelta(t, p.hi, got.High, 5e-5, "week %d", p.weeks)
		require.Equal(t, p.atRisk, got.AtRisk, "week %d", p.weeks)
	}
}

// textbook is the product-limit estimate by its definition.
func textbook(obs []lifecycle.Observation, t time.Duration) (survival, spread float64) {
	times := map[time.Duration]bool{}
	for _, o := range obs {
		if o.Returned && o.After <= t {
			times[o.After] = true
		}
	}
	survival = 1
	for at := range times {
		var n, d float64
		for _, o := range obs {
			if o.After >= at {
				n++
			}
			if o.After == at && o.Returned {
				d++
			}
		}
		survival *= 1 - d/n
		spread += d / (n * (n - d))
	}
	return survival, spread
}

func TestSurvivalAgreesWithTheDefinition(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		obs := make([]lifecycle.Observation, rng.IntN(40))
		for i := range obs {
			obs[i] = lifecycle.Observation{After: time.Duration(rng.IntN(15)) * time.Hour, Returned: rng.IntN(3) > 0}
		}
		c := lifecycle.Survive(slices.Clone(obs))
		for h := range 16 {
			at := time.Duration(h) * time.Hour
			survival, spread := textbook(obs, at)
			got := c.At(at)
			require.InDelta(t, survival, got.Survival, 1e-12, "seed %d, hour %d", seed, h)
			if survival > 0 && survival < 1 {
				require.InDelta(t, survival*math.Sqrt(spread), got.StandardError, 1e-9, "seed %d, hour %d", seed, h)
			}
			require.LessOrEqual(t, got.Low, got.Survival+1e-12, "seed %d, hour %d", seed, h)
			require.GreaterOrEqual(t, got.High, got.Survival-1e-12, "seed %d, hour %d", seed, h)
		}
	}
}

func shop() *definition.Map {
	day := 24 * time.Hour
	return &definition.Map{
		VisitGap: 30 * time.Minute,
		Stages:   []definition.Stage{{ID: "try"}, {ID: "buy"}, {ID: "lapse"}},
		Touchpoints: []definition.Touchpoint{
			{ID: "site", Stage: "try", Channel: "web", Direction: definition.Inbound, Events: []string{"page"}, Window: 7 * day},
			{ID: "order", Stage: "buy", Channel: "web", Direction: definition.Inbound, Events: []string{"Order Completed"}, Window: 14 * day},
			{ID: "mail", Stage: "buy", Channel: "email", Direction: definition.Outbound, Events: []string{lifecycle.DeliverySent}, Window: 7 * day},
			{ID: "click", Stage: "lapse", Channel: "email", Direction: definition.Inbound, Events: []string{lifecycle.DeliveryClicked}, Window: 7 * day},
			{ID: "call", Stage: "lapse", Channel: "voice", Direction: definition.Inbound, Events: []string{"Called"}, Window: 3 * day},
		},
	}
}

// life makes up one person's history, in event-time order.
func life(rng *rand.Rand) []event.Event {
	var out []event.Event
	at := epoch().Add(time.Duration(rng.IntN(40*24)) * time.Hour)
	for range rng.IntN(25) {
		e := event.Event{Kind: event.Track, Time: at}
		switch rng.IntN(9) {
		case 0, 1:
			e.Kind, e.Name = event.Page, []string{"", "Home", "Pricing"}[rng.IntN(3)]
		case 2, 3:
			e.Name = "Order Completed"
		case 4:
			e.Name = []string{"Wishlist", "Rated", "Shared"}[rng.IntN(3)]
		case 5:
			e.Name = "Called"
		case 6:
			e.Kind = event.Identify
		default:
			e.Kind = event.Receipt
			e.Body = event.Pack(event.ReceiptBody{
				Channel: []string{"email", "webhook"}[rng.IntN(2)], Machine: rng.IntN(4) == 0,
				Outcome: []event.Outcome{event.Sent, event.Clicked, event.Failed}[rng.IntN(3)],
			})
		}
		if e.Kind != event.Receipt && rng.IntN(6) == 0 {
			e.Properties = []byte(`{"rapport_delivery":"d1"}`)
		}
		out = append(out, e)
		at = at.Add([]time.Duration{0, time.Minute, 29*time.Minute + 59*time.Second, 30 * time.Minute, 26 * time.Hour, 100 * time.Hour, 7 * 24 * time.Hour, 400 * time.Hour}[rng.IntN(8)])
	}
	return out
}

// told is an interaction found by the slow reference.
type told struct {
	At     int // touchpoint
	Effort lifecycle.Effort
	Visit  int64
	New    bool
	Time   event.Instant
}

// slowly finds a person's interactions by the words of the definition, looking
// at everything before each event again.
func slowly(c *lifecycle.Classifier, history []event.Event) []told {
	var out []told
	for _, e := range history {
		i := c.Touchpoint(e)
		if i < 0 {
			continue
		}
		if c.Map().Touchpoints[i].Direction == definition.Outbound {
			out = append(out, told{At: i, Effort: lifecycle.Outreach, Time: e.Time})
			continue
		}
		var own []event.Event // up to and with e
		for _, o := range history {
			if k := c.Touchpoint(o); k >= 0 && c.Map().Touchpoints[k].Direction == definition.Inbound {
				own = append(own, o)
			}
		}
		n := 0
		for _, o := range out {
			if o.Effort != lifecycle.Outreach {
				n++
			}
		}
		own = own[:n+1]
		visit, began := int64(0), 0
		for k := range own {
			if k == 0 || own[k].Time.Sub(own[k-1].Time) >= 30*time.Minute {
				visit, began = visit+1, k
			}
		}
		t := told{At: i, Effort: lifecycle.Unprompted, Visit: visit, New: began == n, Time: e.Time}
		if lifecycle.Answers(e) || lifecycle.Answers(own[began]) {
			t.Effort = lifecycle.Response
		}
		out = append(out, t)
	}
	return out
}

func TestWalkingStepByStepAgreesWithLookingAtEverything(t *testing.T) {
	t.Parallel()
	c := lifecycle.New(shop())
	total := 0
	for seed := range uint64(500) {
		history := life(rand.New(rand.NewPCG(seed, 2)))
		var w profile.Walk
		var got []told
		for _, e := range history {
			if in, ok := c.Step(&w, e); ok {
				got = append(got, told{in.Index, in.Effort, in.Visit, in.NewVisit, in.Time})
			}
		}
		total += len(got)
		require.Empty(t, gocmp.Diff(slowly(c, history), got), "seed %d", seed)
	}
	require.Greater(t, total, 2000)
}

func TestOrderOfArrivalNeverChangesTotalsNorMovesTheLastActBack(t *testing.T) {
	t.Parallel()
	c := lifecycle.New(shop())
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		history := life(rng)
		var sorted, shuffled profile.Walk
		for _, e := range history {
			c.Step(&sorted, e)
		}
		rng.Shuffle(len(history), func(i, j int) { history[i], history[j] = history[j], history[i] })
		for _, e := range history {
			before := shuffled.LastOwn
			c.Step(&shuffled, e)
			require.GreaterOrEqual(t, shuffled.LastOwn, before, "seed %d", seed)
		}
		require.Equal(t, sorted.LastOwn, shuffled.LastOwn, "seed %d", seed)
		require.Equal(t, sorted.Effort.Outreach, shuffled.Effort.Outreach, "seed %d", seed)
		require.Equal(t, sorted.Effort.Response+sorted.Effort.Unprompted, shuffled.Effort.Response+shuffled.Effort.Unprompted, "seed %d", seed)
		require.LessOrEqual(t, shuffled.Visits, int64(len(history)), "seed %d", seed)
	}
}

// company is an atlas of made-up people and what it was made from.
type company struct {
	c     *lifecycle.Classifier
	a     *lifecycle.Atlas
	lives [][]event.Event
	now   event.Instant
}

func found(seed uint64, people int) company {
	rng := rand.New(rand.NewPCG(seed, 4))
	w := company{c: lifecycle.New(shop()), now: epoch().Add(90 * 24 * time.Hour)}
	w.a = lifecycle.NewAtlas(w.c)
	for i := range people {
		history := life(rng)
		history = slices.DeleteFunc(history, func(e event.Event) bool { return e.Time > w.now })
		w.lives = append(w.lives, history)
		var id person.ID
		binary.BigEndian.PutUint32(id[:], uint32(i)) //nolint:gosec // few
		w.a.Add(id, w.c.Map().Stages[rng.IntN(3)].ID, slices.Values(history))
	}
	return w
}

func TestEveryNumberOfTheMapOpensExactlyItsPeople(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		w := found(seed, 150)
		r := w.a.Result(w.now)
		opens := func(want int, f lifecycle.Filter) {
			t.Helper()
			match, err := w.a.Who(f, w.now)
			require.NoError(t, err)
			got := 0
			for i := range w.a.Len() {
				if match(i) {
					got++
				}
			}
			require.Equal(t, want, got, "seed %d, filter %+v", seed, f)
		}
		opens(r.People, lifecycle.Filter{})
		opens(r.Initiative.People, lifecycle.Filter{Effort: lifecycle.Any})
		opens(r.Continued.People, lifecycle.Filter{Continued: lifecycle.Any})
		for _, s := range r.Stages {
			opens(s.People, lifecycle.Filter{Stage: s.ID})
			opens(s.At, lifecycle.Filter{At: s.ID})
			opens(s.Initiative.People, lifecycle.Filter{At: s.ID, Effort: lifecycle.Any})
		}
		for _, p := range r.Touchpoints {
			opens(p.People, lifecycle.Filter{Touchpoint: p.ID})
			opens(p.Continuation.People, lifecycle.Filter{Touchpoint: p.ID, Continued: lifecycle.Any})
			for how, n := range p.By {
				opens(n, lifecycle.Filter{Touchpoint: p.ID, Continued: how.String()})
			}
		}
		require.NotEmpty(t, r.Flows)
		for _, f := range r.Flows {
			opens(f.People, lifecycle.Filter{Touchpoint: f.From, Next: cmp.Or(f.To, lifecycle.None)})
		}
		for _, d := range r.DeadEnds {
			opens(d.Lost, lifecycle.Filter{Touchpoint: d.Touchpoint, Continued: "no"})
		}
		require.NotEmpty(t, r.Unmapped)
		for _, u := range r.Unmapped {
			opens(u.People, lifecycle.Filter{Event: u.Label})
		}
	}
}

// TestFiguresAgreeWithCountingByHand recomputes the figures from each person's
// interactions by the words of the definitions.
func TestFiguresAgreeWithCountingByHand(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		w := found(seed, 200)
		r := w.a.Result(w.now)
		flows, people := map[string]int{}, map[int]int{}
		watched := map[int][]lifecycle.Observation{}
		stands := map[int]map[lifecycle.Continued]int{}
		var unprompted, outreach float64
		for _, history := range w.lives {
			walk := slowly(w.c, history)
			met := map[int]bool{}
			for i, in := range walk {
				switch in.Effort {
				case lifecycle.Unprompted:
					unprompted++
				case lifecycle.Outreach:
					outreach++
				case lifecycle.Response:
				}
				if met[in.At] {
					continue
				}
				met[in.At] = true
				people[in.At]++
				o := comesBack(walk[i:], w.now)
				watched[in.At] = append(watched[in.At], o)
				if stands[in.At] == nil {
					stands[in.At] = map[lifecycle.Continued]int{}
				}
				stands[in.At][judge(o, w.c.Map().Touchpoints[in.At].Window)]++
				if to, known := goes(w.c, walk[i:], w.now); known {
					flows[fmt.Sprintf("%d to %s", in.At, to)]++
				}
			}
		}
		require.InDelta(t, unprompted/(unprompted+outreach), r.Initiative.Value, 1e-12, "seed %d", seed)
		got := map[string]int{}
		for _, f := range r.Flows {
			from := slices.IndexFunc(r.Touchpoints, func(p lifecycle.TouchpointResult) bool { return p.ID == f.From })
			got[fmt.Sprintf("%d to %s", from, f.To)] = f.People
		}
		require.Empty(t, gocmp.Diff(flows, got), "seed %d", seed)
		for i, p := range r.Touchpoints {
			require.Equal(t, people[i], p.People, "seed %d", seed)
			require.Empty(t, gocmp.Diff(stands[i], p.By), "seed %d", seed)
			survival, _ := textbook(watched[i], w.c.Map().Touchpoints[i].Window)
			require.InDelta(t, 1-survival, p.Continuation.Value, 1e-12, "seed %d, touchpoint %s", seed, p.ID)
		}
	}
}

// comesBack watches from the first of walk until an unprompted later visit.
func comesBack(walk []told, now event.Instant) lifecycle.Observation {
	for _, in := range walk[1:] {
		if in.New && in.Effort == lifecycle.Unprompted {
			return lifecycle.Observation{After: in.Time.Sub(walk[0].Time), Returned: true}
		}
	}
	return lifecycle.Observation{After: now.Sub(walk[0].Time)}
}

func judge(o lifecycle.Observation, window time.Duration) lifecycle.Continued {
	switch {
	case o.Returned && o.After <= window:
		return lifecycle.Yes
	case o.After >= window:
		return lifecycle.No
	default:
		return lifecycle.Open
	}
}

func goes(c *lifecycle.Classifier, walk []told, now event.Instant) (to string, known bool) {
	window := c.Map().Touchpoints[walk[0].At].Window
	for _, in := range walk[1:] {
		if in.Effort == lifecycle.Outreach || in.At == walk[0].At && in.Visit == walk[0].Visit {
			continue
		}
		if in.Time.Sub(walk[0].Time) <= window {
			return c.Map().Touchpoints[in.At].ID, true
		}
		break
	}
	return lifecycle.Nowhere, now.Sub(walk[0].Time) >= window
}

func TestADeadEndIsFoundWhereFewerComeBackAndOnlyThere(t *testing.T) {
	t.Parallel()
	const seed = 5
	rng := rand.New(rand.NewPCG(seed, 5))
	c := lifecycle.New(shop())
	a := lifecycle.NewAtlas(c)
	for i := range 600 {
		name, back := "Order Completed", 0.6
		if i%3 == 0 {
			name, back = "Called", 0.1
		}
		history := []event.Event{{Kind: event.Track, Name: name, Time: epoch()}}
		if rng.Float64() < back {
			history = append(history, event.Event{Kind: event.Track, Name: name, Time: epoch().Add(48 * time.Hour)})
		}
		a.Add(person.ID{byte(i), byte(i >> 8)}, "buy", slices.Values(history))
	}
	r := a.Result(epoch().Add(60 * 24 * time.Hour))
	require.Len(t, r.DeadEnds, 1, "seed %d", seed)
	require.Equal(t, "call", r.DeadEnds[0].Touchpoint)
	require.Less(t, r.DeadEnds[0].Continuation.High, r.DeadEnds[0].Against)
	require.Equal(t, r.Touchpoints[4].By[lifecycle.No], r.DeadEnds[0].Lost)

	early := a.Result(epoch().Add(50 * time.Hour))
	require.Empty(t, early.DeadEnds, "nobody's window has passed")
	require.Equal(t, "0 of the 30 people needed have had their 3 days", early.Touchpoints[4].Continuation.Missing)
}

// Those who order are watched for fourteen days, those who call for three: each is
// compared with everybody within their own window.
func TestATouchpointIsComparedWithinItsOwnWindow(t *testing.T) {
	t.Parallel()
	c := lifecycle.New(shop())
	a := lifecycle.NewAtlas(c)
	for i := range 200 {
		name, back := "Order Completed", 10*24*time.Hour
		if i%2 == 0 {
			name, back = "Called", 24*time.Hour
		}
		history := []event.Event{{Kind: event.Track, Name: name, Time: epoch()}}
		if i%4 < 2 {
			history = append(history, event.Event{Kind: event.Track, Name: name, Time: epoch().Add(back)})
		}
		a.Add(person.ID{byte(i)}, "buy", slices.Values(history))
	}
	r := a.Result(epoch().Add(60 * 24 * time.Hour))
	of := func(id string) lifecycle.TouchpointResult {
		i := slices.IndexFunc(r.Touchpoints, func(t lifecycle.TouchpointResult) bool { return t.ID == id })
		require.GreaterOrEqual(t, i, 0)
		return r.Touchpoints[i]
	}
	require.True(t, of("call").Compared)
	require.InDelta(t, 0.25, of("call").Against, 1e-9, "half of those who called, and of the others nobody yet")
	require.InDelta(t, 0.5, of("order").Against, 1e-9, "half of everybody")
	require.Empty(t, r.DeadEnds)
}

func TestWhereNobodyWasAnywhereElseThereIsNothingToCompareWith(t *testing.T) {
	t.Parallel()
	a := lifecycle.NewAtlas(lifecycle.New(shop()))
	for i := range 100 {
		a.Add(person.ID{byte(i)}, "buy", slices.Values([]event.Event{{Kind: event.Track, Name: "Called", Time: epoch()}}))
	}
	for _, got := range a.Result(epoch().Add(60 * 24 * time.Hour)).Touchpoints {
		require.Equal(t, got.ID != "call", got.Compared, got.ID)
	}
}

// A person with very many interactions must not make the interval narrow.
func TestOneBusyPersonIsOnePerson(t *testing.T) {
	t.Parallel()
	c := lifecycle.New(shop())
	a := lifecycle.NewAtlas(c)
	sent := event.Event{Kind: event.Receipt, Time: epoch(), Body: event.Pack(event.ReceiptBody{Channel: "email", Outcome: event.Sent})}
	page := event.Event{Kind: event.Page, Time: epoch()}
	for i := range 40 {
		history := []event.Event{sent}
		if i == 0 {
			history = slices.Repeat([]event.Event{page}, 1000)
		}
		a.Add(person.ID{byte(i)}, "buy", slices.Values(history))
	}
	s := a.Result(epoch()).Initiative
	require.InDelta(t, 1000.0/1039, s.Value, 1e-12)
	require.Greater(t, s.High-s.Low, 0.07, "forty people, all but one against: %+v", s)
}

func BenchmarkAtlas(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	lives, events := make([][]event.Event, 4000), 0
	for i := range lives {
		for len(lives[i]) < 135 { // as in Online Retail: 541,909 lines of 4,372 customers
			lives[i] = append(lives[i], life(rng)...)
		}
		slices.SortFunc(lives[i], func(x, y event.Event) int { return cmp.Compare(x.Time, y.Time) })
		events += len(lives[i])
	}
	c := lifecycle.New(shop())
	for b.Loop() {
		a := lifecycle.NewAtlas(c)
		for i, l := range lives {
			a.Add(person.ID{byte(i), byte(i >> 8)}, "buy", slices.Values(l))
		}
		a.Result(epoch().Add(90 * 24 * time.Hour))
	}
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
