package sim_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/sim"
)

func TestPeopleTalkToTheCompanyOnEveryChannelAndWaitForAnswers(t *testing.T) {
	t.Parallel()
	c := sim.New(sim.Options{Seed: 5, People: 300, Start: monday, Spread: 30 * day})
	c.Step(monday.Add(200 * day))
	journal := &journalOf{}
	live := sim.NewLive(sim.LiveOptions{Company: c, Appender: journal, Speed: (20 * day).Seconds()})
	var mu sync.Mutex
	var answers []sim.Answer
	channels, unanswered := map[string]int{}, map[string]int{}
	talkers := sim.NewTalkers(sim.TalkOptions{
		Live: live, Seed: 5, PerDay: 5,
		Hear: func(_ context.Context, h deliver.Heard) error {
			mu.Lock()
			defer mu.Unlock()
			require.NotEmpty(t, h.From)
			channels[h.Channel]++
			key := h.Channel + h.From
			unanswered[key]++
			require.Equal(t, 1, unanswered[key], "who has no answer yet says nothing more")
			time.AfterFunc(10*time.Millisecond, func() {
				mu.Lock()
				defer mu.Unlock()
				unanswered[key] = 0
				answers = append(answers, sim.Answer{N: uint64(len(answers) + 1), Channel: h.Channel, To: h.From})
			})
			return nil
		},
		Answers: func(n uint64) []sim.Answer {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(answers[n:])
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = live.Run(ctx) })
	running.Go(func() { _ = talkers.Run(ctx) })
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(channels) == 5 && len(answers) > 40
	}, time.Minute, 20*time.Millisecond)
	stop()
	running.Wait()
	require.True(t, journal.has(func(e event.Event) bool {
		return e.Kind == event.Identify && e.UserID != "" && string(e.Traits) != "" && e.MessageID == "number-"+e.UserID
	}), "their numbers are known before they call")
}

// journalOf keeps what is appended.
type journalOf struct {
	mu     sync.Mutex
	events []event.Event
}

func (j *journalOf) Append(_ context.Context, events []event.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, events...)
	return nil
}

func (j *journalOf) has(want func(event.Event) bool) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.events, want)
}
