package delivertest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
)

// Behaviour is what the other side of a channel is told to do.
type Behaviour int

// The behaviours.
const (
	Accept     Behaviour = iota
	Refuse               // for good
	Defer                // not now
	Hang                 // take the connection and then say nothing, before any content
	HangAfter            // take all of the content and then say nothing
	BreakAfter           // take all of the content and then break the connection
	Down                 // refuse connections
)

// Got is what the other side received.
type Got struct {
	Delivery, To, Subject, Text string
}

// Harness is a channel with an other side that obeys.
type Harness interface {
	Channel() deliver.Channel
	To() string // an address that works
	Behave(b Behaviour)
	Got() []Got
}

// Short is a Harness whose channel has a limit to what a letter may hold: its form
// cuts headlines and texts, or the channel refuses them.
type Short interface {
	Longest() int // characters of text that fit in any case
}

// Letter returns a letter such as a worker sends.
func Letter(delivery, to string) deliver.Letter {
	return deliver.Letter{
		Delivery: delivery, To: to, From: deliver.Sender{Name: "Corner Shop", Address: "shop@example.com"},
		Content: event.Content{
			Subject: "Hello " + delivery, Text: "Hello there.", HTML: "<p>Hello there.</p>\n",
			NextStep: event.Step{Label: "Go on", URL: "https://shop.example/go"},
		},
		Links: message.Links{Step: "https://r.example/m/c/T", Unsubscribe: "https://r.example/m/u/T"},
		Goal:  "g", Action: "a", Message: "m",
	}
}

// Run holds the channel that open makes to the contract of deliver.Channel. Each
// part gets a harness of its own.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for name, part := range map[string]func(t *testing.T, h Harness){
		"accepts":                                                     accepts,
		"reports a refusal for good":                                  refusal,
		"reports a deferral as transient":                             deferral,
		"reports nobody there as transient":                           down,
		"returns when its context ends":                               slow,
		"does not know after the content went out and no answer came": hangAfter,
		"does not know after the connection broke":                    breakAfter,
		"recovers after a broken connection":                          recovers,
		"carries any script and emoji":                                unicode,
		"carries a big letter":                                        big,
		"sends concurrently":                                          concurrent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part(t, open(t))
		})
	}
}

func ctx(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return c
}

func send(t *testing.T, h Harness, l deliver.Letter) error {
	t.Helper()
	return h.Channel().Send(ctx(t, 20*time.Second), l)
}

func accepts(t *testing.T, h Harness) {
	require.NotEmpty(t, h.Channel().ID())
	for i := range 3 {
		require.NoError(t, send(t, h, Letter(fmt.Sprintf("d%d", i), h.To())))
	}
	got := h.Got()
	require.Len(t, got, 3)
	require.Equal(t, "d1", got[1].Delivery)
	require.Equal(t, h.To(), got[1].To)
	require.Equal(t, "Hello d1", got[1].Subject)
	require.Contains(t, got[1].Text, "Hello there.")
	require.Contains(t, got[1].Text, "https://r.example/m/c/T")
}

func refusal(t *testing.T, h Harness) {
	h.Behave(Refuse)
	err := send(t, h, Letter("d", h.To()))
	require.Error(t, err)
	require.False(t, fault.Is(err, fault.Transient), "%v", err)
	require.False(t, deliver.IsUnknown(err), "%v", err)
	require.Empty(t, h.Got())
	h.Behave(Accept)
	require.NoError(t, send(t, h, Letter("d2", h.To())), "one refusal does not spoil the next letter")
}

func deferral(t *testing.T, h Harness) {
	h.Behave(Defer)
	err := send(t, h, Letter("d", h.To()))
	require.True(t, fault.Is(err, fault.Transient), "%v", err)
	require.False(t, deliver.IsUnknown(err))
	h.Behave(Accept)
	require.NoError(t, send(t, h, Letter("d", h.To())))
	require.Len(t, h.Got(), 1)
}

func down(t *testing.T, h Harness) {
	h.Behave(Down)
	err := send(t, h, Letter("d", h.To()))
	require.True(t, fault.Is(err, fault.Transient), "%v", err)
	require.False(t, deliver.IsUnknown(err))
}

func slow(t *testing.T, h Harness) {
	h.Behave(Hang)
	began := time.Now()
	err := h.Channel().Send(ctx(t, 300*time.Millisecond), Letter("d", h.To()))
	require.Error(t, err)
	require.Less(t, time.Since(began), 10*time.Second)
	require.Empty(t, h.Got())
}

func hangAfter(t *testing.T, h Harness) {
	h.Behave(HangAfter)
	began := time.Now()
	err := h.Channel().Send(ctx(t, 500*time.Millisecond), Letter("d", h.To()))
	require.True(t, deliver.IsUnknown(err), "%v", err)
	require.False(t, fault.Is(err, fault.Transient), "what may have been sent must not be tried again")
	require.Less(t, time.Since(began), 10*time.Second)
}

func breakAfter(t *testing.T, h Harness) {
	h.Behave(BreakAfter)
	err := send(t, h, Letter("d", h.To()))
	require.True(t, deliver.IsUnknown(err), "%v", err)
	require.False(t, fault.Is(err, fault.Transient), "what may have been sent must not be tried again")
}

func recovers(t *testing.T, h Harness) {
	require.NoError(t, send(t, h, Letter("d1", h.To())))
	h.Behave(BreakAfter)
	require.Error(t, send(t, h, Letter("d2", h.To())))
	h.Behave(Accept)
	require.NoError(t, send(t, h, Letter("d3", h.To())))
}

func unicode(t *testing.T, h Harness) {
	l := Letter("d", h.To())
	l.Content.Subject = "Grüße, 你好, שלום, 🌻 and a subject that is long enough to be folded over more than one line of a header"
	l.Content.Text = "Žluťoučký kůň\n.\n..dots at the start\nملاحظة 🌻 = \t equals, trailing space \nFrom here"
	l.Content.HTML = "<p>Žluťoučký kůň 🌻</p>\n"
	require.NoError(t, send(t, h, l))
	got := h.Got()
	require.Len(t, got, 1)
	if _, short := h.(Short); short {
		require.True(t, strings.HasPrefix(l.Content.Subject, strings.TrimSuffix(got[0].Subject, "…")), got[0].Subject)
	} else {
		require.Equal(t, l.Content.Subject, got[0].Subject)
	}
	require.Contains(t, got[0].Text, l.Content.Text)
}

func big(t *testing.T, h Harness) {
	l := Letter("d", h.To())
	l.Content.Text = strings.Repeat("A line of the letter that is no wider than most. ", 4000) + "\n" + strings.Repeat("x", 5000)
	l.Content.HTML = "<p>" + l.Content.Text + "</p>"
	if short, ok := h.(Short); ok {
		err := send(t, h, l)
		require.True(t, err == nil || fault.Is(err, fault.Invalid), "what does not fit is cut or refused: %v", err)
		l.Delivery, l.Content.Text = "d2", l.Content.Text[:short.Longest()]
	}
	require.NoError(t, send(t, h, l))
	got := h.Got()
	require.Contains(t, got[len(got)-1].Text, strings.TrimSpace(l.Content.Text))
}

func concurrent(t *testing.T, h Harness) {
	const n = 40
	var wg sync.WaitGroup
	errs := make([]error, n)
	c := ctx(t, 30*time.Second)
	for i := range n {
		wg.Go(func() { errs[i] = h.Channel().Send(c, Letter(fmt.Sprintf("d%d", i), h.To())) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	seen := map[string]bool{}
	for _, g := range h.Got() {
		seen[g.Delivery] = true
		require.Equal(t, "Hello "+g.Delivery, g.Subject)
	}
	require.Len(t, seen, n)
	require.Len(t, h.Got(), n)
}

// KindOf says in a word what an error of a channel means: taken, retry, unknown,
// dead or refused.
func KindOf(err error) string {
	switch {
	case err == nil:
		return "taken"
	case deliver.IsUnknown(err):
		return "unknown"
	case deliver.IsDead(err):
		return "dead"
	case fault.Is(err, fault.Transient):
		return "retry"
	default:
		return "refused"
	}
}
