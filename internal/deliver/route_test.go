package deliver_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/fault"
)

// answering is a provider's channel that gives err to every letter.
func answering(err error) *delivertest.Recorder {
	return &delivertest.Recorder{Name: "sms", Answer: func(deliver.Letter, int) error { return err }}
}

func TestWhatAProviderPutsOffGoesToTheNext(t *testing.T) {
	t.Parallel()
	down, second := answering(fault.New(fault.Transient, "down")), &delivertest.Recorder{Name: "sms"}
	r := deliver.NewRoute("sms", time.Now, deliver.Provider{ID: "main", Channel: down}, deliver.Provider{ID: "spare", Channel: second})
	by, err := r.SendNamed(t.Context(), deliver.Letter{Delivery: "a", To: "+15550100"})
	require.NoError(t, err)
	require.Equal(t, "spare", by)
	require.Len(t, second.Letters(), 1)
}

func TestWhatMayHaveBeenSentAndWhatWasRefusedGoesToNobodyElse(t *testing.T) {
	t.Parallel()
	for _, answer := range []error{
		&deliver.UnknownOutcome{Err: errors.New("broken")},
		&deliver.DeadAddress{Err: fault.New(fault.Invalid, "no such number")},
		fault.New(fault.Invalid, "too long"),
		&deliver.UnknownOutcome{Err: fault.New(fault.Transient, "a gateway timed out")},
	} {
		spare := &delivertest.Recorder{Name: "sms"}
		r := deliver.NewRoute("sms", time.Now, deliver.Provider{ID: "main", Channel: answering(answer)}, deliver.Provider{ID: "spare", Channel: spare})
		require.ErrorIs(t, r.Send(t.Context(), deliver.Letter{Delivery: "a"}), answer)
		require.Empty(t, spare.Letters(), "%v", answer)
	}
}

func TestAProviderThatFailsAgainAndAgainRestsAndIsTriedWithOneLetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		main, spare := answering(fault.New(fault.Transient, "down")), &delivertest.Recorder{Name: "sms"}
		r := deliver.NewRoute("sms", time.Now, deliver.Provider{ID: "main", Channel: main}, deliver.Provider{ID: "spare", Channel: spare})
		send := func(n int) {
			for range n {
				require.NoError(t, r.Send(t.Context(), deliver.Letter{Delivery: "a"}))
			}
		}
		send(100)
		require.Equal(t, 5, main.Tries("a"), "the breaker opened")
		time.Sleep(31 * time.Second)
		send(100)
		require.Equal(t, 6, main.Tries("a"), "one letter tried")
		time.Sleep(31 * time.Second)
		send(1)
		require.Equal(t, 6, main.Tries("a"), "it rests for longer")
		time.Sleep(31 * time.Second)
		main.Answer = nil
		send(10)
		require.Equal(t, 16, main.Tries("a"), "it is back")
		require.Len(t, main.Letters(), 10)
	})
}

func TestWhenAllProvidersRestTheLetterIsPutOffAndSaysUntilWhen(t *testing.T) {
	t.Parallel()
	r := deliver.NewRoute("sms", time.Now, deliver.Provider{ID: "main", Channel: answering(fault.New(fault.Transient, "down"))})
	for range 5 {
		require.Error(t, r.Send(t.Context(), deliver.Letter{}))
	}
	err := r.Send(t.Context(), deliver.Letter{})
	require.True(t, fault.Is(err, fault.Transient))
	require.ErrorContains(t, err, "rests until")
}

func TestAProviderIsPaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		main := &delivertest.Recorder{Name: "sms"}
		r := deliver.NewRoute("sms", time.Now, deliver.Provider{ID: "main", Channel: main, PerSecond: 10})
		began := time.Now()
		done := make(chan error, 100)
		for range 100 {
			go func() { done <- r.Send(t.Context(), deliver.Letter{}) }()
		}
		for range 100 {
			require.NoError(t, <-done)
		}
		require.Equal(t, 9900*time.Millisecond, time.Since(began))
	})
}

func TestALetterThatWouldWaitTooLongForItsTurnIsPutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := deliver.NewRoute("sms", time.Now, deliver.Provider{ID: "main", Channel: &delivertest.Recorder{Name: "sms"}, PerSecond: 0.01})
		require.NoError(t, r.Send(t.Context(), deliver.Letter{}))
		require.True(t, fault.Is(r.Send(t.Context(), deliver.Letter{}), fault.Transient))
	})
}

func TestAProviderIsAskedOnlyForAddressesThatItTakes(t *testing.T) {
	t.Parallel()
	apple, google := &delivertest.Recorder{Name: "push"}, &delivertest.Recorder{Name: "push"}
	r := deliver.NewRoute("push", time.Now,
		deliver.Provider{ID: "apple", Channel: apple, Takes: func(to string) bool { return strings.HasPrefix(to, "a:") }},
		deliver.Provider{ID: "google", Channel: google, Takes: func(to string) bool { return strings.HasPrefix(to, "g:") }})
	require.NoError(t, r.Send(t.Context(), deliver.Letter{To: "g:1"}))
	require.Empty(t, apple.Letters())
	require.Len(t, google.Letters(), 1)
	require.ErrorContains(t, r.Send(t.Context(), deliver.Letter{To: "x"}), "no provider of push takes")
}
