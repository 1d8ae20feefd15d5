package profile_test

import (
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const shop = `
workspace: {name: Shop, currency: EUR, time_zone: UTC, seed: s}
features:
  - {id: orders, count: [Order Completed, Subscribed]}
  - {id: revenue, sum: Order Completed, less: Order Refunded}
  - {id: first, first: Order Completed}
  - {id: last, last: Order Completed}
  - {id: dear, count: Order Completed, where: properties.revenue != "" && event.name == "Order Completed", within: 1h}
  - {id: lately, sum: [Order Completed], less: Order Refunded, within: 2h}
  - {id: numbers, sum: Subscribed, of: revenue, as: number}
  - {id: first-seat, first: [Order Completed, Subscribed], of: revenue}
  - {id: last-seat, last: Order Refunded, of: currency}
  - {id: pace, rate: page, per: day}
  - {id: paces, rate: page, per: day, within: 10d}
  - {id: amounts, distinct: [Order Completed, Subscribed], of: revenue}
  - {id: amounts-1h, distinct: [Order Completed, Subscribed], of: revenue, within: 1h}
segments:
  - {id: asks, when: 'did("Whatever", 3) && did(dear, days(1))'}
map:
  stages: [{id: look, name: Look}]
`

func compile(t *testing.T) *definition.Workspace {
	t.Helper()
	ws, err := definition.Compile([]byte(shop))
	require.NoError(t, err)
	return ws
}

func observeAll(ws *definition.Workspace, events []event.Event) *profile.Person {
	p := &profile.Person{}
	for _, e := range events {
		p.Replay(ws, e)
	}
	return p
}

// randomEvents gives n events of one person, no two at one instant.
func randomEvents(r *rand.Rand, n int) []event.Event {
	events := make([]event.Event, n)
	for i := range events {
		e := event.Event{Kind: event.Track, UserID: "ada", Source: "s", MessageID: fmt.Sprint(i), Time: event.Instant(1 + i*1000_000_000 + r.IntN(1000_000_000))}
		e.ReceivedAt = e.Time + event.Instant(r.IntN(3)-1)*1000_000_000 // late, at once, or from a clock that runs ahead
		switch r.IntN(6) {
		case 0:
			e.Kind = event.Identify
			e.Traits = fmt.Appendf(nil, `{"email":"a%d@example.com","phone":"+4%d","plan":%d,"consent":{"email":%t,"email/offers":%t}}`,
				r.IntN(3), r.IntN(3), r.IntN(9), r.IntN(2) == 0, r.IntN(2) == 0)
		case 1:
			e.Kind = event.Consented
			e.Body = event.Pack(event.ConsentBody{Channel: "email", Topic: []string{"", "offers"}[r.IntN(2)], Given: r.IntN(2) == 0, Proof: "form"})
		case 2:
			e.Name = "Order Refunded"
			e.Properties = fmt.Appendf(nil, `{"revenue":%d.5,"currency":%q}`, r.IntN(50), []string{"EUR", "USD"}[r.IntN(2)])
		case 3:
			e.Kind, e.AnonymousID = event.Page, fmt.Sprint("anon-", r.IntN(3))
			e.Context = fmt.Appendf(nil, `{"traits":{"seat":%d}}`, r.IntN(9))
		default:
			e.Name = []string{"Order Completed", "Subscribed", "Whatever"}[r.IntN(3)]
			e.Properties = fmt.Appendf(nil, `{"revenue":"%d.%02d"}`, r.IntN(50), r.IntN(100))
		}
		events[i] = e
	}
	return events
}

func TestWhatIsKnownDoesNotDependOnTheOrderOfEvents(t *testing.T) {
	t.Parallel()
	ws := compile(t)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // a test
		events := randomEvents(r, 1+r.IntN(40))
		want := observeAll(ws, events)
		for range 3 {
			shuffled := slices.Clone(events)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			got := observeAll(ws, shuffled)
			require.Empty(t, cmp.Diff(want, got), "seed %d: go test ./internal/profile -run %s", seed, t.Name())
		}
		refolded := profile.Refold(ws, want, slices.Values(events))
		require.Empty(t, cmp.Diff(want, refolded), "seed %d: a refold is what the increments gave", seed)
	}
}

// slowly says what is known of a person from one list of their events, oldest
// first, by looking everything up at the end.
func slowly(events []event.Event) (count int64, money map[string]event.Micros, first, last event.Instant) {
	for _, e := range events {
		if e.Name == "Order Completed" || e.Name == "Subscribed" {
			count++
		}
		if e.Name == "Order Completed" {
			if first == 0 {
				first = e.Time
			}
			last = e.Time
		}
		sign := map[string]event.Micros{"Order Completed": 1, "Order Refunded": -1}[e.Name]
		if sign == 0 {
			continue
		}
		var amount, currency string
		text := strings.NewReplacer(`"`, "", "{", "", "}", "").Replace(string(e.Properties))
		currency = "EUR"
		for part := range strings.SplitSeq(text, ",") {
			if v, ok := strings.CutPrefix(part, "revenue:"); ok {
				amount = v
			}
			if v, ok := strings.CutPrefix(part, "currency:"); ok {
				currency = v
			}
		}
		m, err := event.ParseMicros(amount)
		if err != nil {
			panic(err)
		}
		if money == nil {
			money = map[string]event.Micros{}
		}
		money[currency] += sign * m
	}
	return count, money, first, last
}

func TestFeaturesAreWhatASlowLookAtTheWholeListGives(t *testing.T) {
	t.Parallel()
	ws := compile(t)
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // a test
		events := randomEvents(r, 60)
		count, money, first, last := slowly(events)
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		p := observeAll(ws, events)
		require.Equal(t, count, p.Features.Get("orders").Count, "seed %d", seed)
		require.Equal(t, profile.SortedOf(money), append(profile.Sums{}, p.Features.Get("revenue").Money...), "seed %d", seed)
		require.Equal(t, first, p.Features.Get("first").At, "seed %d", seed)
		require.Equal(t, last, p.Features.Get("last").At, "seed %d", seed)
	}
}

func TestAnOlderAddressThatArrivesLateIsStillTheirs(t *testing.T) {
	t.Parallel()
	ws := compile(t)
	p := observeAll(ws, []event.Event{
		{Kind: event.Identify, UserID: "ada", Time: 20, Traits: []byte(`{"email":"new@example.com"}`)},
		{Kind: event.Identify, UserID: "ada", Time: 10, Traits: []byte(`{"email":"old@example.com"}`)},
	})
	require.Contains(t, p.Identities, person.NewIdentity(person.Email, "old@example.com"))
	require.Equal(t, "new@example.com", p.Address("email"))
}

func TestAnIdentityThatIsSomebodyElsesDoesNotComeBack(t *testing.T) {
	t.Parallel()
	ws := compile(t)
	shared := person.NewIdentity(person.AnonymousID, "shared")
	e := event.Event{Kind: event.Page, UserID: "bob", AnonymousID: "shared", Time: 10}
	p := observeAll(ws, []event.Event{e})
	require.Contains(t, p.Identities, shared)
	p.Refuse(profile.Refusal{Identity: shared, Code: profile.BelongsToOne})
	p.Replay(ws, e)
	require.NotContains(t, p.Identities, shared, "a later event names both")
	require.NotContains(t, profile.Refold(ws, p, slices.Values([]event.Event{e})).Identities, shared)
}

func TestMoneyOfAnEvent(t *testing.T) {
	t.Parallel()
	kpi := definition.KPI{Events: []string{"Order"}, Property: "total", Less: []string{"Refund"}, LessOf: "refund.amount"}
	for _, c := range []struct {
		name, event, properties string
		want                    string // empty: none
	}{
		{"an order adds", "Order", `{"total":12.5}`, "EUR 12.50"},
		{"a number may come as text", "Order", `{"total":"12.5"}`, "EUR 12.50"},
		{"a refund takes off, from its own property", "Refund", `{"total":1,"refund":{"amount":3}}`, "EUR -3.00"},
		{"a currency is kept apart", "Order", `{"total":1,"currency":"USD"}`, "USD 1.00"},
		{"a currency is read as ISO 4217 writes it", "Order", `{"total":1,"currency":" eur "}`, "EUR 1.00"},
		{"an empty currency is the company's", "Order", `{"total":1,"currency":""}`, "EUR 1.00"},
		{"a currency that is no text is the company's", "Order", `{"total":1,"currency":7}`, "EUR 1.00"},
		{"no amount", "Order", `{}`, ""},
		{"nothing at all", "Order", ``, ""},
		{"null is no amount", "Order", `{"total":null}`, ""},
		{"nor is yes", "Order", `{"total":true}`, ""},
		{"nor a list", "Order", `{"total":[1]}`, ""},
		{"another event", "Page", `{"total":1}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, ok := profile.MoneyOf(&event.Event{Kind: event.Track, Name: c.event, Properties: []byte(c.properties)}, kpi, "EUR")
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, c.want, m.Currency+" "+m.Amount.String())
			}
		})
	}
}

func TestTheMostSpecificWordOnConsentCountsUnlessAWithdrawalCoversIt(t *testing.T) {
	t.Parallel()
	// Words are key=yes|no@time; the question is about offers by email.
	for _, c := range []struct{ said, want string }{
		{"", "as the policy has it"},
		{"email=yes@1", "yes"},
		{"email=no@1", "no"},
		{"*=yes@1", "yes"},
		{"*=no@1", "no"},
		{"email/offers=yes@1", "yes"},
		{"email/offers=no@1", "no"},
		{"email/news=no@1", "as the policy has it"},
		{"sms=no@1", "as the policy has it"},
		{"email=yes@1 email/offers=no@2", "no"},
		{"email/offers=no@1 email=yes@2", "no"},
		{"email=no@1 email/offers=yes@2", "yes"},
		{"email/offers=yes@1 email=no@2", "no"},
		{"email/offers=yes@2 email=no@2", "no"},
		{"*=no@1 email=yes@2", "yes"},
		{"email=yes@1 *=no@2", "no"},
		{"*=no@1 email/offers=yes@2", "yes"},
		{"email/offers=yes@1 *=no@2", "no"},
		{"email/offers=yes@1 *=no@2 email=yes@3", "yes"},
		{"email=no@1 *=yes@2", "no"},
		{"email/offers=yes@3 email=no@2 *=yes@1", "yes"},
	} {
		t.Run(c.said, func(t *testing.T) {
			t.Parallel()
			p := &profile.Person{}
			for word := range strings.FieldsSeq(c.said) {
				key, rest, _ := strings.Cut(word, "=")
				answer, at, _ := strings.Cut(rest, "@")
				p.GiveConsent(key, profile.Consent{Given: answer == "yes", Time: event.Instant(at[0] - '0')})
			}
			in, out := p.Consents("email", "offers", definition.OptIn), p.Consents("email", "offers", definition.OptOut)
			switch c.want {
			case "yes":
				require.True(t, in && out)
			case "no":
				require.False(t, in || out)
			default:
				require.True(t, !in && out)
			}
		})
	}
}

func TestTimersAreSortedAndOneOfAKind(t *testing.T) {
	t.Parallel()
	p := &profile.Person{}
	p.SetTimer(profile.Timer{Due: 30, Kind: profile.DecideTimer, Ref: "b"})
	p.SetTimer(profile.Timer{Due: 20, Kind: profile.StageTimer})
	p.SetTimer(profile.Timer{Due: 30, Kind: profile.DecideTimer, Ref: "a"})
	p.SetTimer(profile.Timer{Due: 10, Kind: profile.DecideTimer, Ref: "b"})
	want := []profile.Timer{{Due: 10, Kind: profile.DecideTimer, Ref: "b"}, {Due: 20, Kind: profile.StageTimer}, {Due: 30, Kind: profile.DecideTimer, Ref: "a"}}
	require.Equal(t, want, p.Timers)
	require.Equal(t, want[:2], p.DueTimers(20))
	require.Empty(t, p.DueTimers(9))
	p.ClearTimer(profile.StageTimer, "")
	p.ClearTimer(profile.StageTimer, "")
	require.Equal(t, []profile.Timer{want[0], want[2]}, p.Timers)
}

func TestTouchesOutsideOfMemoryAreForgotten(t *testing.T) {
	t.Parallel()
	p := &profile.Person{}
	at := func(d int) event.Instant { return event.Instant(1).Add(time.Duration(d) * time.Hour) }
	for i := range 10 {
		p.Touched(profile.Touch{Delivery: fmt.Sprint(i), Time: at(i)}, 3*time.Hour, 0)
	}
	require.Len(t, p.Touches, 4, "what is exactly as old as memory is still known")
	_, known := p.Touch("6")
	require.True(t, known)
	_, known = p.Touch("5")
	require.False(t, known)
}

func full() *profile.Person {
	ada := person.IDOf(0, person.NewIdentity(person.UserID, "ada"))
	return &profile.Person{
		ID: ada, FirstSeen: 1, LastSeen: 9, Events: 4,
		Identities: []person.Identity{{Kind: person.Email, Value: "ada@example.com"}, {Kind: person.UserID, Value: "ada"}},
		Traits:     profile.SortedOf(map[string]profile.Trait{"plan": {Value: []byte(`"pro"`), Time: 3}}),
		Features:   profile.SortedOf(map[string]profile.Feature{"n": {Count: 2}, "r": {Money: profile.SortedOf(map[string]event.Micros{"EUR": 5, "USD": -6})}, "l": {At: 8}}),
		Consent:    profile.SortedOf(map[string]profile.Consent{"email": {Given: true, Time: 3, Proof: "form"}}),
		Suppressed: map[string]profile.Suppressed{"ada@example.com": {Why: event.Bounced, Time: 4}},
		Stage:      "use", StageSince: 5, Definition: "d0",
		Goals:      map[string]profile.Goal{"g": {Joined: 1, Arm: profile.Treated, Before: 2, KPI: 3, Reached: 4, Chosen: 5, Silent: 1, Sent: 2, Held: 2, Reachable: true, Next: 6}},
		Choosing:   &profile.Choosing{ID: event.Opportunity{Partition: 1, Offset: 2, N: 3}, Goal: "g", Trigger: "t", At: 7},
		Deliveries: map[string]profile.Delivery{"d": {ID: "d", Goal: "g", Action: "a", Message: "m", Channel: "email", Phase: profile.Granted, After: 1, Session: "s", Grant: []byte("{}"), Created: 2}},
		Touches:    []profile.Touch{{Delivery: "d", Action: "a", Channel: "email", Time: 3, Goal: "g", Address: "ada@example.com"}},
		Timers:     []profile.Timer{{Due: 4, Kind: profile.DecideTimer, Ref: "g"}},
		Settling:   []person.Identity{{Kind: person.AnonymousID, Value: "a"}},
		Linked:     []person.Identity{{Kind: person.AnonymousID, Value: "a"}},
		Foreign:    []person.Identity{{Kind: person.AnonymousID, Value: "b"}},
		Walk:       profile.Walk{Visits: 1, VisitStart: 2, LastOwn: 3, Response: true, Effort: profile.Effort{Outreach: 1, Response: 2, Unprompted: 3}, Touchpoint: "t"},
		Earned:     map[string]event.Micros{"g": 12},
	}
}

func TestAStoredPersonIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	c := profile.NewCodec()
	for _, p := range []*profile.Person{{}, {ID: full().ID, Forward: person.IDOf(0, person.NewIdentity(person.UserID, "b"))}, full()} {
		b, err := c.Encode(p)
		require.NoError(t, err)
		got, err := c.Decode(b)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(p, got))
		again, err := c.Encode(got)
		require.NoError(t, err)
		require.Equal(t, b, again)
	}
	for _, bad := range []string{"", "\x00", "\x02\xa0", "\x01", "\x01\xff", "\x01\xa1\x01"} {
		_, err := c.Decode([]byte(bad))
		require.ErrorIs(t, err, profile.ErrFormat, "%x", bad)
	}
}

// The golden is a person as format 1 was first written: new fields may be added
// to Person, but these bytes must mean the same for ever. It is not in -update's
// reach while it exists.
func TestAPersonOfFormat1StillReads(t *testing.T) {
	t.Parallel()
	const golden = "testdata/person-format-1.hex"
	c := profile.NewCodec()
	if _, err := os.Stat(golden); *update && os.IsNotExist(err) {
		b, err := c.Encode(full())
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(golden, []byte(hex.EncodeToString(b)+"\n"), 0o600))
	}
	text, err := os.ReadFile(golden)
	require.NoError(t, err)
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	p, err := c.Decode(b)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(full(), p))
}

func TestALargeCapIsStillCounted(t *testing.T) {
	t.Parallel()
	p := &profile.Person{}
	for i := range 300 {
		p.Touched(profile.Touch{Delivery: fmt.Sprint(i), Time: 1}, time.Hour, 200)
	}
	require.Len(t, p.Touches, 200)
	_, newest := p.Touch("299")
	require.True(t, newest)
}
