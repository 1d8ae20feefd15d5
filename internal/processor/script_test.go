package processor_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestScripts runs the stories of testdata: blank lines separate blocks; a block
// is commands, "----" and what they print. Each file is a shop of its own, as
// testdata/shop.yaml defines it, that opens on a Tuesday at noon UTC.
func TestScripts(t *testing.T) {
	t.Parallel()
	testenv.Scripts(t, *update, func(t *testing.T) func(string) string {
		t.Helper()
		return (&script{world: newWorld(t, 2)}).run
	})
}

type script struct {
	*world
	told int // messages already printed
}

func (s *script) run(block string) string {
	var b strings.Builder
	for words := range testenv.Commands(block) {
		s.command(&b, words)
	}
	return b.String()
}

func (s *script) command(b *strings.Builder, words []string) {
	arg := func(n int) string {
		require.Greater(s.t, len(words), n, "%s: something is missing", strings.Join(words, " "))
		return words[n]
	}
	switch words[0] {
	case "identify": // identify WHO [ANON] trait=value … ; consent=email gives consent
		s.identifyBy(words[1:])
	case "order": // order WHO AMOUNT
		amount, err := strconv.ParseFloat(arg(2), 64)
		require.NoError(s.t, err)
		s.order(arg(1), amount)
	case "refund":
		s.append(event.Event{Kind: event.Track, Name: "Order Refunded", UserID: arg(1), Properties: json.RawMessage(`{"revenue":` + arg(2) + `}`)})
	case "page": // page ANON
		s.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: arg(1)})
	case "consent", "withdraw": // consent WHO CHANNEL
		p := s.person("user_id:" + arg(1))
		s.append(event.Event{Kind: event.Consented, To: p.ID, Body: event.Pack(event.ConsentBody{Channel: arg(2), Given: words[0] == "consent", Proof: "script"})})
	case "complain": // complain WHO: about the last message
		p := s.person("user_id:" + arg(1))
		require.NotEmpty(s.t, p.Touches, "%s has had no message", arg(1))
		last := p.Touches[len(p.Touches)-1]
		s.append(event.Event{Kind: event.Receipt, To: p.ID, Body: event.Pack(event.ReceiptBody{Delivery: last.Delivery, Channel: last.Channel, Outcome: event.Complained})})
	case "live":
		s.live(event.Live(arg(1)))
	case "pass": // pass DAYSdHOURSh
		s.pass(duration(s.t, arg(1)))
		s.mail(b)
	case "person":
		s.describe(b, arg(1))
	case "why":
		s.why(b, arg(1))
	case "track": // track WHO EVENT
		s.append(event.Event{Kind: event.Track, Name: strings.Join(words[2:], " "), UserID: arg(1)})
	case "define": // define FILE: beside this one
		yaml, err := os.ReadFile("testdata/" + arg(1))
		require.NoError(s.t, err)
		s.define(yaml)
	case "confirmed": // confirmed by double opt-in from here on: shop.yaml with it, and with a feature named NAME if one is given
		yaml := strings.Replace(string(shop), "from: \"shop@shop.example\"", "from: \"shop@shop.example\", double_opt_in: {}", 1)
		if len(words) > 1 {
			yaml = strings.Replace(yaml, "map:\n", "  - {id: "+words[1]+", count: Order Completed}\nmap:\n", 1)
		}
		s.define([]byte(yaml))
	case "confirm": // confirm WHO [ADDRESS]: presses the button of the last letter, which went to ADDRESS
		p := s.person("user_id:" + arg(1))
		to := p.Address("email")
		if len(words) > 2 {
			to = words[2]
		}
		s.append(event.Event{Kind: event.Replied, To: p.ID, Source: "email", Body: event.Pack(event.RepliedBody{
			Channel: "email", From: person.NewIdentity(person.Email, to), Address: to, Text: "Yes, write to me", Choice: event.ConfirmReply, Delivery: s.sent[len(s.sent)-1].Delivery,
		})})
	case "confirming": // confirming WHO: every move, and the consent that came of it
		s.confirming(b, s.person(arg(1)))
	case "restart":
		s.restart(2)
	case "journeys": // journeys WHO: every stride, and where they stand
		s.journeys(b, s.person(arg(1)))
	case "timeline":
		fmt.Fprintln(b, strings.Join(s.history(s.person(arg(1))), ", "))
	default:
		s.t.Fatalf("unknown command %q", words[0])
	}
}

func (s *script) identifyBy(words []string) {
	traits, consent, anon := map[string]any{}, map[string]bool{}, ""
	for _, w := range words[1:] {
		name, value, ok := strings.Cut(w, "=")
		switch {
		case !ok:
			anon = w
		case name == "consent":
			consent[value] = true
		default:
			traits[name] = value
		}
	}
	if len(consent) > 0 {
		traits["consent"] = consent
	}
	s.identify(words[0], anon, traits)
}

func (s *script) mail(b *strings.Builder) {
	for ; s.told < len(s.sent); s.told++ {
		g := s.sent[s.told]
		fmt.Fprintf(b, "%s to %s: %s\n", g.Channel, g.To, g.Content.Subject)
	}
}

func (s *script) confirming(b *strings.Builder, p *profile.Person) {
	require.NoError(s.t, s.store.History(s.t.Context(), p.ID, func(e event.Event) bool {
		when := e.Time.Time().Format("2 Jan 15:04")
		if m, err := event.Unpack[event.ConfirmBody](e); err == nil && e.Kind == event.Confirmed {
			fmt.Fprintf(b, "%s %s %s\n", when, m.Move, m.Address)
		}
		if e.Kind == event.Consented {
			c, err := event.Unpack[event.ConsentBody](e)
			require.NoError(s.t, err)
			fmt.Fprintf(b, "%s %s: %t, %s\n", when, profile.ConsentKey(c.Channel, c.Topic), c.Given, c.Proof)
		}
		return true
	}))
	for _, t := range p.Timers {
		if t.Kind == profile.ConfirmTimer {
			fmt.Fprintf(b, "next look %s\n", t.Due.Time().Format("2 Jan 15:04"))
		}
	}
}

func (s *script) journeys(b *strings.Builder, p *profile.Person) {
	require.NoError(s.t, s.store.History(s.t.Context(), p.ID, func(e event.Event) bool {
		if e.Kind == event.Journeyed {
			m, err := event.Unpack[event.JourneyedBody](e)
			require.NoError(s.t, err)
			line := fmt.Sprintf("%s %s: %s %s %s %s %s", e.Time.Time().Format("2 Jan 15:04"), m.Journey, m.Stride, m.Step, m.Arm, m.Outcome, m.Reason.Sentence)
			fmt.Fprintln(b, strings.Join(strings.Fields(line), " "))
		}
		return true
	}))
	for _, j := range p.Journeys {
		fmt.Fprintf(b, "inside %s at %s\n", j.Of, j.Step)
	}
	for _, r := range p.Requests {
		fmt.Fprintf(b, "request of %s: %s\n", r.Owner, r.Subject)
	}
}

func (s *script) describe(b *strings.Builder, who string) {
	p := s.person(who)
	fmt.Fprintf(b, "stage %s, %d events, revenue %s\n", p.Stage, p.Events, p.Features.Get("revenue").Money.Get("EUR"))
	for _, id := range slices.Sorted(maps.Keys(p.Goals)) {
		g := p.Goals[id]
		fmt.Fprintf(b, "goal %s: %s, chosen %d, silent %d, sent %d, held back %d, earned %s", id, g.Arm, g.Chosen, g.Silent, g.Sent, g.Held, g.KPI)
		if g.Reached != 0 {
			b.WriteString(", reached")
		}
		b.WriteString("\n")
	}
}

func (s *script) why(b *strings.Builder, who string) {
	p := s.person(who)
	part, err := s.store.Partition(p.ID.Home())
	require.NoError(s.t, err)
	env, err := s.proc.Env(s.t.Context(), p.ID.Home(), part, s.now)
	require.NoError(s.t, err)
	for _, v := range engine.Explain(env, p) {
		fmt.Fprintf(b, "%s: %s\n", v.Goal, v.Sentence)
		for _, c := range v.Candidates {
			name := c.Action
			if c.Channel != "" {
				name += " by " + c.Channel
			}
			if c.Withheld.IsZero() {
				fmt.Fprintf(b, "  %s: probability %.2f\n", name, c.Probability)
			} else {
				fmt.Fprintf(b, "  %s: %s\n", name, c.Withheld.Sentence)
			}
		}
	}
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		days, rest = "0", s
	}
	n, err := strconv.Atoi(days)
	require.NoError(t, err)
	d := time.Duration(n) * day
	if rest != "" {
		more, err := time.ParseDuration(rest)
		require.NoError(t, err)
		d += more
	}
	return d
}
