package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// TalkOptions say how people of a live company talk to it.
type TalkOptions struct {
	// Live is whose people they are. Required.
	Live *Live

	// Hear takes what somebody says. Required.
	Hear func(ctx context.Context, h deliver.Heard) error

	// Answers returns what the company said to anybody beyond number n, oldest
	// first. Required.
	Answers func(n uint64) []Answer

	// PerDay is how many begin to talk in a virtual day. Defaults to 3.
	PerDay float64

	Seed   uint64
	Logger *slog.Logger // defaults to silence
}

// Answer is something that the company said on a channel.
type Answer struct {
	N       uint64
	Channel string
	To      string
}

// Talkers are people of a company who want something of it: they write, call and
// chat, misunderstand, lose patience, and go on on another channel. They answer
// questions of the retail template. Make them with NewTalkers.
type Talkers struct {
	opts  TalkOptions
	rand  *rand.Rand
	heard uint64 // number of the last answer seen
	talks []*talk
	known map[string]bool // who has told their number
}

// talk is one that goes on.
type talk struct {
	who   caller
	turns []utterance // to come
	waits string      // for an answer on that channel; empty: it is their turn
	since time.Time   // of the wall clock
}

// utterance is one turn of a person, who presses the option where there are buttons.
type utterance struct {
	channel, words, option string
}

// caller is somebody whom the company knows.
type caller struct{ user, email, phone string }

// mostTalks bounds those that go on at once, and giveUp how long an answer is waited
// for, on the wall clock.
const (
	mostTalks = 24
	giveUp    = 20 * time.Second
)

// NewTalkers returns talkers who have not begun.
func NewTalkers(o TalkOptions) *Talkers {
	if o.PerDay == 0 {
		o.PerDay = 3
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Talkers{opts: o, rand: rand.New(rand.NewPCG(o.Seed, 7)), known: map[string]bool{}}
}

// Run lets them talk until ctx ends. It returns nil then.
func (t *Talkers) Run(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	last := t.opts.Live.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := t.opts.Live.Now()
		if want := t.opts.PerDay * now.Sub(last).Hours() / 24; len(t.talks) < mostTalks && chance(t.rand, want) {
			t.begin(ctx)
		}
		last = now
		t.listen()
		t.talks = slices.DeleteFunc(t.talks, func(k *talk) bool { return !t.goOn(ctx, k) })
	}
}

// begin has somebody begin to talk.
func (t *Talkers) begin(ctx context.Context) {
	who, ok := t.opts.Live.somebody(t.rand)
	if !ok || slices.ContainsFunc(t.talks, func(k *talk) bool { return k.who == who }) {
		return
	}
	if !t.known[who.user] {
		if err := t.opts.Live.tellNumber(ctx, who); err != nil {
			t.opts.Logger.WarnContext(ctx, "somebody of the simulated company could not tell their number", "error", err)
			return
		}
		t.known[who.user] = true
	}
	t.talks = append(t.talks, &talk{who: who, turns: t.plan(), since: time.Now().Add(2 * time.Second)}) // when the number is known
}

// plan is what somebody is going to say, and where.
func (t *Talkers) plan() []utterance {
	r := t.rand
	number := fmt.Sprint(10_000 + r.IntN(90_000))
	task := [][]utterance{
		{{words: "Where is my order?"}, {words: number}},
		{{words: "I want to send something back"}, {words: number}, pick(r, []utterance{{words: "It is broken", option: "broken"}, {words: "It does not fit", option: "size"}, {words: "I changed my mind", option: "mind"}}), pick(r, []utterance{{words: "yes", option: "yes"}, {words: "no", option: "no"}})},
		{{words: "I have a complaint"}, {words: "An order", option: "order"}, {words: pick(r, []string{"It came with a scratch.", "One of the two things is missing.", "The parcel lay in the rain."})}},
		{{words: pick(r, []string{"Do you have gift cards?", "Can I pick it up in the store?", "Is the blue one coming back?"})}},
	}[weighted(r, 45, 25, 15, 15)]
	channel := t.channel()
	var out []utterance
	if channel == "voice" {
		out = append(out, utterance{channel: channel}) // they call, and are greeted
	}
	for n, u := range task {
		if n > 0 && chance(r, 0.1) {
			out = append(out, utterance{channel: channel, words: "Hm, let me think"}) // which is no answer
		}
		if n > 0 && chance(r, 0.08) {
			return out // they have had enough
		}
		if other := t.channel(); n > 0 && other != channel && chance(r, 0.2) {
			channel = other
			again := "Hello, it is me again"
			if channel == "voice" {
				again = ""
			}
			out = append(out, utterance{channel: channel, words: again}, utterance{channel: channel, words: "yes", option: "yes"})
		}
		u.channel = channel
		out = append(out, u)
	}
	return out
}

func (t *Talkers) channel() string {
	return []string{"web", "sms", "whatsapp", "email", "voice"}[weighted(t.rand, 30, 20, 20, 18, 12)]
}

// weighted draws an index by weight.
func weighted(r *rand.Rand, weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	at := r.IntN(sum)
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return len(weights) - 1
}

// listen gives answers to those who wait for them.
func (t *Talkers) listen() {
	for _, a := range t.opts.Answers(t.heard) {
		t.heard = max(t.heard, a.N)
		for _, k := range t.talks {
			if k.waits == a.Channel && k.who.address(a.Channel) == a.To {
				k.waits, k.since = "", time.Now()
			}
		}
	}
}

// goOn has somebody say what is next, when it is their turn. It reports whether they
// still want something.
func (t *Talkers) goOn(ctx context.Context, k *talk) bool {
	switch {
	case k.waits != "":
		return time.Since(k.since) < giveUp
	case time.Now().Before(k.since):
		return true
	case len(k.turns) == 0:
		return false
	}
	u := k.turns[0]
	k.turns = k.turns[1:]
	h := deliver.Heard{Channel: u.channel, From: k.who.address(u.channel), Text: u.words}
	if (u.channel == "web" || u.channel == "whatsapp") && chance(t.rand, 0.8) {
		h.Payload = u.option
	}
	if err := t.opts.Hear(ctx, h); err != nil {
		t.opts.Logger.WarnContext(ctx, "somebody of the simulated company was not heard", "error", err)
		return false
	}
	k.waits, k.since = u.channel, time.Now()
	return true
}

// address is where somebody is reached on a channel.
func (c caller) address(channel string) string {
	switch channel {
	case "email":
		return c.email
	case "web":
		return c.user
	default:
		return c.phone
	}
}

// somebody draws one of those who have an account.
func (l *Live) somebody(r *rand.Rand) (caller, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	people := l.mu.company.people
	for range 20 {
		if p := people[r.IntN(len(people))]; p != nil && p.account && p.orders > 0 {
			return caller{p.user, p.email, fmt.Sprintf("+1555%07d", 1_000_000+p.number)}, true
		}
	}
	return caller{}, false
}

// tellNumber makes the telephone number of a customer known.
func (l *Live) tellNumber(ctx context.Context, who caller) error {
	now := l.Now()
	e := event.Event{
		Kind: event.Identify, UserID: who.user, Source: l.mu.company.opts.Source, MessageID: "number-" + who.user, Time: now, ReceivedAt: now,
		Traits: new(object).text("phone", who.phone).done(),
	}
	e.To = person.IDOf(l.mu.company.opts.Workspace, e.Primary())
	return l.opts.Appender.Append(ctx, []event.Event{e})
}
