package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/sim"
)

// monday is when the stories of these tests begin.
var monday = event.InstantOf(time.Date(2025, 3, 3, 0, 0, 0, 0, time.UTC))

const day = 24 * time.Hour

func company(seed uint64, people int) *sim.Company {
	return sim.New(sim.Options{Seed: seed, People: people, Start: monday, Closed: true})
}

func TestEventsComeInOrderAndOnce(t *testing.T) {
	t.Parallel()
	c := company(1, 200)
	seen := map[string]bool{}
	last := monday
	for now := monday; now < monday.Add(60*day); {
		now = now.Add(6 * time.Hour)
		for _, e := range c.Step(now) {
			require.GreaterOrEqual(t, e.Time, last)
			require.LessOrEqual(t, e.Time, now)
			require.Equal(t, e.Time, e.ReceivedAt)
			require.Equal(t, person.IDOf(0, e.Primary()), e.To)
			require.False(t, seen[e.MessageID], "message id %s came twice", e.MessageID)
			seen[e.MessageID] = true
			for _, object := range [][]byte{e.Traits, e.Properties, e.Context} {
				require.True(t, object == nil || gjson.ValidBytes(object) && object[0] == '{', "%s", object)
			}
			last = e.Time
		}
		last = max(last, now)
	}
	require.Greater(t, len(seen), 1000)
}

func TestStoryDoesNotDependOnHowItIsStepped(t *testing.T) {
	t.Parallel()
	until := monday.Add(50 * day)
	whole := company(4, 120).Step(until)
	c := company(4, 120)
	var pieces []event.Event
	for now := monday; now < until; {
		now = min(now.Add(7*time.Hour), until)
		pieces = append(pieces, c.Step(now)...)
	}
	require.Empty(t, cmp.Diff(whole, pieces))
}

func TestOneLifeDoesNotDependOnOthers(t *testing.T) {
	t.Parallel()
	few, many := story(company(9, 60), 80), story(company(9, 240), 80)
	require.NotEmpty(t, few)
	for who, events := range few {
		require.Empty(t, cmp.Diff(events, many[who]), who)
	}
	require.Greater(t, len(many), len(few))
}

// story returns what happened within some days, by person.
func story(c *sim.Company, days int) map[string][]event.Event {
	out := map[string][]event.Event{}
	for _, e := range c.Step(monday.Add(time.Duration(days) * day)) {
		who := e.MessageID[:strings.LastIndexByte(e.MessageID, '-')]
		out[who] = append(out[who], e)
	}
	return out
}

func TestPeopleBrowseBeforeTheyAreKnown(t *testing.T) {
	t.Parallel()
	anonymous, linked, given, withdrawn, devices := 0, 0, 0, 0, map[string][]string{}
	for _, e := range company(2, 1500).Step(monday.Add(250 * day)) {
		if e.UserID == "" {
			anonymous++
		}
		if e.Kind != event.Identify {
			continue
		}
		traits := gjson.ParseBytes(e.Traits)
		if mail := traits.Get("email"); mail.Exists() {
			require.True(t, strings.HasSuffix(mail.Str, "@example.com"), mail.Str)
			_, err := time.LoadLocation(traits.Get("timezone").Str)
			require.NoError(t, err)
			require.NotEmpty(t, traits.Get("first_name").Str)
			require.NotEmpty(t, e.AnonymousID)
			linked++
			if !slices.Contains(devices[e.UserID], e.AnonymousID) {
				devices[e.UserID] = append(devices[e.UserID], e.AnonymousID)
			}
		}
		switch consent := traits.Get("consent.email"); {
		case consent.Exists() && consent.Bool():
			given++
		case consent.Exists():
			withdrawn++
		}
	}
	require.Positive(t, anonymous)
	require.Positive(t, linked)
	require.Greater(t, given, linked/4)
	require.Less(t, given, linked)
	require.Positive(t, withdrawn)
	require.Less(t, withdrawn, given/10)
	require.True(t, slices.ContainsFunc(slices.Collect(values(devices)), func(d []string) bool { return len(d) > 1 }), "nobody has two devices")
}

func values[K comparable, V any](m map[K]V) func(yield func(V) bool) {
	return func(yield func(V) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func TestTheRetailMapKnowsWhatTheCompanyDoes(t *testing.T) {
	t.Parallel()
	yaml, ok := definition.Template("retail")
	require.True(t, ok)
	ws, err := definition.Compile(yaml)
	require.NoError(t, err)
	classify := lifecycle.New(&ws.Map)
	labels := map[string]int{}
	for _, e := range company(3, 800).Step(monday.Add(200 * day)) {
		labels[lifecycle.Label(e)]++
		if classify.Touchpoint(e) < 0 {
			require.Contains(t, []string{"", "Signed Up", "Payment Info Entered"}, lifecycle.Label(e))
		}
		if e.Name == "Order Completed" || e.Name == "Order Refunded" {
			require.Equal(t, ws.Currency, gjson.GetBytes(e.Properties, "currency").Str)
			require.Positive(t, gjson.GetBytes(e.Properties, "revenue").Float())
		}
	}
	for _, want := range []string{
		"page:Home", "screen:Home", "Product Viewed", "Product Added", "Checkout Started", "Order Completed", "Order Refunded",
		"Product Reviewed", "Support Ticket Opened", "Live Chat Conversation Started", "Order Delivered", "Signed Up",
	} {
		require.Positive(t, labels[want], want)
	}
}

func TestPeopleSleepAtNight(t *testing.T) {
	t.Parallel()
	zones := map[string]*time.Location{}
	night, all := 0, 0
	for _, e := range company(6, 400).Step(monday.Add(150 * day)) {
		if z := gjson.GetBytes(e.Traits, "timezone").Str; z != "" && zones[e.UserID] == nil {
			var err error
			zones[e.UserID], err = time.LoadLocation(z)
			require.NoError(t, err)
		}
		if zone := zones[e.UserID]; zone != nil && e.Name == "Product Viewed" {
			all++
			if h := e.Time.Time().In(zone).Hour(); h >= 1 && h < 6 {
				night++
			}
		}
	}
	require.Greater(t, all, 500)
	require.Less(t, night, all/100)
}

func TestEveryHiddenStateIsLivedIn(t *testing.T) {
	t.Parallel()
	c := company(8, 300)
	c.Step(monday.Add(220 * day))
	states := c.Census()
	require.Len(t, states, 5, "%v", states)
	people := 0
	for _, n := range states {
		people += n
	}
	require.Equal(t, 300, people)
}
