package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/simulator"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

// harness reopens the simulator with each behaviour.
type harness struct {
	t       *testing.T
	box     *simulator.Box
	channel *simulator.Channel
}

func open(t *testing.T, b simulator.Behaviour, box *simulator.Box, inbox deliver.Inbox) *simulator.Channel {
	t.Helper()
	c, err := simulator.Open(simulator.Options{ID: "sms", Behaviour: b, Box: box, Inbox: inbox, Now: now, Seed: 7})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func (h *harness) Channel() deliver.Channel { return h.channel }

func (h *harness) To() string { return "+15550100" }

func (h *harness) Behave(b delivertest.Behaviour) {
	h.channel = open(h.t, map[delivertest.Behaviour]simulator.Behaviour{
		delivertest.Refuse: {Refuse: 1}, delivertest.Defer: {Down: true}, delivertest.Down: {Down: true},
		delivertest.Hang: {Delay: time.Hour}, delivertest.HangAfter: {Break: 1}, delivertest.BreakAfter: {Break: 1},
	}[b], h.box, nil)
}

func (h *harness) Got() []delivertest.Got {
	letters := h.box.Letters("", 1000)
	out := make([]delivertest.Got, 0, len(letters))
	for i := range letters {
		l := letters[len(letters)-1-i]
		out = append(out, delivertest.Got{Delivery: l.Delivery, To: l.To, Subject: l.Subject, Text: l.Text + "\n" + l.StepURL})
	}
	return out
}

func TestTheSimulatorKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		h := &harness{t: t, box: new(simulator.Box)}
		h.channel = open(t, simulator.Behaviour{}, h.box, nil)
		return h
	})
}

// inbox hears of receipts.
type inbox struct {
	mu   sync.Mutex
	got  []deliver.Report
	fail int // so often, first
	bell chan struct{}
}

func (i *inbox) Report(_ context.Context, r deliver.Report) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail > 0 {
		i.fail--
		return errors.New("the disk is full")
	}
	i.got = append(i.got, r)
	i.bell <- struct{}{}
	return nil
}

func (i *inbox) Hear(context.Context, deliver.Heard) error { return nil }

func (i *inbox) wait(n int) []event.Outcome {
	for range n {
		<-i.bell
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []event.Outcome
	for _, r := range i.got {
		out = append(out, r.Outcome)
	}
	return out
}

func TestReceiptsComeOnceTwiceOrBackwardsAsTold(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]event.Outcome{
		"accept":    {event.Delivered},
		"bounce":    {event.Bounced},
		"duplicate": {event.Delivered, event.Opened, event.Delivered, event.Opened},
		"reorder":   {event.Opened, event.Delivered},
	} {
		b, err := simulator.ParseBehaviour(name)
		require.NoError(t, err)
		i := &inbox{bell: make(chan struct{}, 10), fail: 1}
		if name != "accept" {
			i.fail = 0
		}
		c := open(t, b, nil, i)
		l := delivertest.Letter("d", "+15550100")
		l.Ref = "ref"
		require.NoError(t, c.Send(t.Context(), l))
		require.NoError(t, c.Send(t.Context(), l), "sent again it is the same letter")
		require.Equal(t, want, i.wait(len(want)), name)
	}
}

func TestTheSameSeedDoesTheSameWhateverTheOrder(t *testing.T) {
	t.Parallel()
	b, err := simulator.ParseBehaviour("lifelike")
	require.NoError(t, err)
	b.Delay, b.Receipts = 0, false
	b.Refuse, b.Dead = 0.2, 0.2
	run := func(backwards bool) map[string]string {
		box := new(simulator.Box)
		c := open(t, b, box, nil)
		out := map[string]string{}
		for n := range 500 {
			if backwards {
				n = 499 - n
			}
			d := fmt.Sprintf("d%d", n)
			out[d] = fmt.Sprint(c.Send(t.Context(), delivertest.Letter(d, "a")))
		}
		return out
	}
	first := run(false)
	require.Equal(t, first, run(true))
	kinds := map[string]int{}
	for _, s := range first {
		kinds[s]++
	}
	require.Greater(t, len(kinds), 2)
}

func TestABehaviourThatIsNoneIsRefusedWithThoseThereAre(t *testing.T) {
	t.Parallel()
	_, err := simulator.ParseBehaviour("rude")
	require.True(t, fault.Is(err, fault.Invalid))
	require.ErrorContains(t, err, "accept")
}
