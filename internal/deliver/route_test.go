package deliver_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/pacing"
	"github.com/rapporthq/rapport/internal/event"
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

// paced is a provider that may send so many letters a day.
func paced(t *testing.T, id, file string, perDay int, ch deliver.Channel) deliver.Provider {
	t.Helper()
	p, err := deliver.OpenPace(pacing.Limits{WarmUp: &pacing.WarmUp{Since: time.Now(), First: perDay, Ceiling: perDay, Days: 1}}, file)
	require.NoError(t, err)
	return deliver.Provider{ID: id, Channel: ch, Pace: p}
}

func TestWhatIsOverALimitGoesByTheNextProviderOrWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a, b := &delivertest.Recorder{Name: "email"}, &delivertest.Recorder{Name: "email"}
		r := deliver.NewRoute("email", time.Now, paced(t, "new", filepath.Join(dir, "new"), 2, a), paced(t, "newer", filepath.Join(dir, "newer"), 1, b))
		require.True(t, r.Paced())
		for n, want := range []string{"new", "new", "newer"} {
			turn := r.Turn("ada@example.com")
			require.Equal(t, deliver.Turn{Via: want}, turn)
			require.NoError(t, r.Send(t.Context(), deliver.Letter{Delivery: fmt.Sprint(n), To: "ada@example.com", Via: turn.Via}))
		}
		turn := r.Turn("ada@example.com")
		require.Equal(t, time.Now().UTC().Truncate(24*time.Hour).Add(24*time.Hour), turn.At.Time().UTC())
		require.Contains(t, turn.Why, "warms up")
		require.Len(t, a.Letters(), 2)
		require.Len(t, b.Letters(), 1)
		err := r.Send(t.Context(), deliver.Letter{Delivery: "x", To: "ada@example.com"})
		require.True(t, fault.Is(err, fault.Transient), "without a turn nothing goes over the limit: %v", err)

		r = deliver.NewRoute("email", time.Now, paced(t, "new", filepath.Join(dir, "new"), 2, a))
		require.Greater(t, r.Turn("ada@example.com").At, event.InstantOf(time.Now()), "a restart does not begin the day anew")
	})
}
