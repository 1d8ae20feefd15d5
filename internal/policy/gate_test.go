package policy_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestScripts runs the stories of testdata under the policy of
// testdata/policy.yaml. See ask for the commands.
func TestScripts(t *testing.T) {
	t.Parallel()
	testenv.Scripts(t, *update, func(t *testing.T) func(string) string {
		t.Helper()
		yaml, err := os.ReadFile("testdata/policy.yaml")
		require.NoError(t, err)
		ws, err := definition.Compile(yaml)
		require.NoError(t, err)
		g := &gate{t: t, ws: ws, p: &profile.Person{}, settings: event.SettingsBody{Live: event.LiveToAll}, now: at(t, "2026-03-03T12:00")}
		return g.run
	})
}

type gate struct {
	t        *testing.T
	ws       *definition.Workspace
	p        *profile.Person
	settings event.SettingsBody
	now      event.Instant
}

func at(t *testing.T, s string) event.Instant {
	t.Helper()
	when, err := time.Parse("2006-01-02T15:04", s)
	require.NoError(t, err, "times are in UTC, such as 2026-03-03T12:00")
	return event.InstantOf(when)
}

func (g *gate) run(block string) string {
	var b strings.Builder
	for words := range testenv.Commands(block) {
		g.command(&b, words)
	}
	return b.String()
}

func (g *gate) command(b *strings.Builder, words []string) {
	arg := func(n int) string {
		require.Greater(g.t, len(words), n, "%s: something is missing", strings.Join(words, " "))
		return words[n]
	}
	switch words[0] {
	case "person": // person trait=value …
		g.p = &profile.Person{}
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			if name == "user" {
				g.p.Identities = append(g.p.Identities, person.NewIdentity(person.UserID, value))
				continue
			}
			if g.p.Traits == nil {
				g.p.Traits = nil
			}
			g.p.Traits.Put(name, profile.Trait{Value: fmt.Appendf(nil, "%q", value)})
		}
	case "consents", "withdraws": // consents KEY at TIME
		g.p.GiveConsent(arg(1), profile.Consent{Given: words[0] == "consents", Time: at(g.t, arg(3))})
	case "asked", "expired": // asked CHANNEL ADDRESS at TIME: to confirm the consent
		g.p.Confirming.Put(arg(1), profile.Confirmation{Move: event.ConfirmMove(words[0]), Address: arg(2), Asked: at(g.t, arg(4))})
	case "complained", "bounced": // complained ADDRESS at TIME
		g.p.Suppressed = map[string]profile.Suppressed{arg(1): {Why: event.Outcome(words[0]), Time: at(g.t, arg(3))}}
	case "arm": // arm ARM: of goal "goal"
		g.p.Goals = map[string]profile.Goal{"goal": {Arm: profile.Arm(arg(1))}}
	case "joining": // joining ANON: identities are being joined
		g.p.Settling = []person.Identity{person.NewIdentity(person.AnonymousID, arg(1))}
	case "touched": // touched ACTION by CHANNEL at TIME: delivery "d1", "d2", …
		g.p.Touches = append(g.p.Touches, profile.Touch{
			Delivery: fmt.Sprint("d", len(g.p.Touches)+1), Action: arg(1), Channel: arg(3), Time: at(g.t, arg(5)),
		})
	case "workspace": // workspace live|disarmed|stopped allowed-address …
		g.settings = event.SettingsBody{Live: event.Live(arg(1)), Allow: words[2:]}
	case "now":
		g.now = at(g.t, arg(1))
	case "ask": // ask ACTION by CHANNEL [as DELIVERY]
		g.ask(b, arg(1), arg(3), words[4:])
	default:
		g.t.Fatalf("unknown command %q", words[0])
	}
}

func (g *gate) ask(b *strings.Builder, action, channel string, as []string) {
	goal, _ := g.ws.Goal("goal")
	r := policy.Request{Defs: g.ws, Settings: g.settings, Person: g.p, Goal: goal.ID, Channel: channel, Now: g.now}
	for i := range goal.Actions {
		if goal.Actions[i].ID == action {
			r.Action = &goal.Actions[i]
		}
	}
	if len(as) == 2 {
		r.Delivery = as[1]
	}
	why := policy.Ask(r)
	if why.IsZero() {
		b.WriteString("yes\n")
		return
	}
	require.NotEmpty(g.t, why.Sentence)
	fmt.Fprintf(b, "%s: %s\n", why.Code, why.Sentence)
	if why.Until != 0 {
		fmt.Fprintf(b, "  until %s\n", why.Until.Time().Format("2006-01-02T15:04"))
	}
}

// mayTouch says by counting whether one more touch at now keeps every window of
// the cap's length within it.
func mayTouch(touches []event.Instant, c definition.Cap, now event.Instant) bool {
	n := 0
	for _, t := range touches {
		if now.Sub(t) < c.Per {
			n++
		}
	}
	return n < c.AtMost
}

func TestACapIsASlidingWindowAndSaysWhenItOpens(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5)) //nolint:gosec // a test
		c := definition.Cap{Channel: []string{"", "email"}[r.IntN(2)], AtMost: 1 + r.IntN(4), Per: time.Duration(1+r.IntN(10)) * time.Hour}
		ws := &definition.Workspace{Zone: time.UTC, Policy: definition.Policy{Consent: definition.OptOut, Caps: []definition.Cap{c}}}
		p := &profile.Person{Traits: profile.SortedOf(map[string]profile.Trait{"email": {Value: []byte(`"a@example.com"`)}})}
		var counted []event.Instant
		start := event.InstantOf(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC))
		ask := func(now event.Instant) event.Reason {
			return policy.Ask(policy.Request{Defs: ws, Settings: event.SettingsBody{Live: event.LiveToAll}, Person: p, Channel: "email", Now: now})
		}
		for hour := range 60 {
			now := start.Add(time.Duration(hour) * time.Hour)
			why := ask(now)
			require.Equal(t, mayTouch(counted, c, now), why.IsZero(), "seed %d, hour %d: %v of %v", seed, hour, c, why)
			if !why.IsZero() {
				require.Equal(t, policy.Capped, why.Code)
				require.Greater(t, why.Until, now)
				require.False(t, mayTouch(counted, c, why.Until-1), "seed %d: not before it says", seed)
				require.True(t, mayTouch(counted, c, why.Until), "seed %d: when it says", seed)
			}
			if r.IntN(2) == 0 { // some come about whatever the cap, as when it was lowered since
				channel := []string{"email", "webhook"}[r.IntN(2)]
				p.Touches = append(p.Touches, profile.Touch{Delivery: fmt.Sprint(hour), Channel: channel, Time: now})
				if c.Channel == "" || c.Channel == channel {
					counted = append(counted, now)
				}
			}
		}
	}
}

func TestEveryReasonOfTheGateIsInTheScripts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/gate.txt")
	require.NoError(t, err)
	codes := map[string]bool{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if code, _, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") {
			codes[code] = true
		}
	}
	want := []string{
		policy.Stopped, policy.GlobalHoldout, policy.GoalHoldout, policy.Settling, policy.NoAddress, policy.Disarmed,
		policy.Suppressed, policy.NoConsent, policy.Unconfirmed, policy.Capped, policy.CoolDown, policy.Quiet,
	}
	slices.Sort(want)
	require.Equal(t, want, slices.Sorted(maps.Keys(codes)))
}
