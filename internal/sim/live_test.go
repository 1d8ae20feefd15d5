package sim_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/sim"
)

// paper is an appender that keeps everything, or refuses to for a while.
type paper struct {
	mu     sync.Mutex
	events []event.Event
	refuse int
}

var errPaper = errors.New("the journal is out of paper")

func (p *paper) Append(_ context.Context, events []event.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse > 0 {
		p.refuse--
		return errPaper
	}
	p.events = append(p.events, events...)
	return nil
}

// livingFor lets a company live for some wall-clock time, in a bubble.
func livingFor(t *testing.T, d time.Duration, o sim.LiveOptions, during func(l *sim.Live)) *sim.Live {
	t.Helper()
	l := sim.NewLive(o)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	time.Sleep(d / 2)
	if during != nil {
		during(l)
	}
	time.Sleep(d / 2)
	stop()
	require.NoError(t, <-done)
	return l
}

func TestADayPassesInASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &paper{}
		l := livingFor(t, 30*time.Second, sim.LiveOptions{Company: company(1, 200), Appender: p}, nil)
		require.InDelta(t, 30, l.Now().Sub(monday).Hours()/24, 0.2)
		require.Empty(t, diffEvents(company(1, 200).Step(l.Now()), p.events))
	})
}

func TestTheWorldWaitsForASlowMachine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := livingFor(t, 10*time.Second, sim.LiveOptions{
			Company: company(1, 20), Appender: &paper{}, Every: time.Second, MaxStep: time.Hour,
		}, nil)
		require.InDelta(t, 10, l.Now().Sub(monday).Hours(), 1.5)
	})
}

func TestTheWorldWaitsForTheFold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := livingFor(t, 10*time.Second, sim.LiveOptions{
			Company: company(1, 20), Appender: &paper{}, Lag: func() uint64 { return 100 }, MaxLag: 100,
		}, nil)
		require.Equal(t, monday, l.Now())
	})
}

func TestNothingIsLostWhenTheJournalRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &paper{refuse: 5}
		l := livingFor(t, 30*time.Second, sim.LiveOptions{Company: company(1, 200), Appender: p}, nil)
		require.Zero(t, p.refuse)
		require.Empty(t, diffEvents(company(1, 200).Step(l.Now()), p.events))
	})
}

func TestPeopleAnswerLettersThatTheServerSends(t *testing.T) {
	t.Parallel()
	yaml, _ := definition.Template("retail")
	ws, err := definition.Compile(yaml)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		p := &paper{}
		o := sim.LiveOptions{Company: company(1, 300), Appender: p, Definitions: func(context.Context) (*definition.Workspace, error) { return ws, nil }}
		sent := 0
		livingFor(t, 60*time.Second, o, func(l *sim.Live) {
			box := l.Channel("email")
			require.Equal(t, "email", box.ID())
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, e := range p.events {
				if mail := gjson.GetBytes(e.Traits, "email").Str; mail != "" {
					sent++
					require.NoError(t, box.Send(t.Context(), deliver.Letter{
						Delivery: "dlv-" + e.MessageID, To: mail, Goal: "second-order", Action: "thank-you", Message: "thank-you-email",
					}))
				}
			}
			err := box.Send(t.Context(), deliver.Letter{To: "someone@else.example"})
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
		})
		clicked := 0
		for _, e := range p.events {
			if e.Kind == event.Receipt {
				r, err := event.Unpack[event.ReceiptBody](e)
				require.NoError(t, err)
				require.Equal(t, "email", r.Channel)
				if r.Outcome == event.Clicked {
					clicked++
				}
			}
		}
		require.Greater(t, sent, 30)
		require.Positive(t, clicked)
	})
}

// diffEvents compares by message id, which is enough: bodies follow from them.
func diffEvents(want, got []event.Event) string {
	if len(want) != len(got) {
		return "another number of events"
	}
	for i := range want {
		if want[i].MessageID != got[i].MessageID || want[i].Time != got[i].Time {
			return want[i].MessageID + " is " + got[i].MessageID
		}
	}
	return ""
}
