package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fold is the least that stands between an ask and a grant: it keeps the
// outbox, grants what is asked unless told to hold it, and ends what has a
// receipt. Like the real one it ignores events that it has seen.
type fold struct {
	mu       sync.Mutex
	worker   *deliver.Worker
	rows     map[string]deliver.Change
	seen     map[string]bool
	asks     []string
	putOffs  []event.Hold
	receipts []event.ReceiptBody
	holds    map[string]time.Duration // delivery → how long its next ask is put off
	mute     map[string]bool          // deliveries whose asks are not answered
	fail     error                    // of every append
	lost     error                    // of appends that are there all the same
	at       map[string]time.Time     // of receipts
}

func newFold() *fold {
	return &fold{rows: map[string]deliver.Change{}, seen: map[string]bool{}, holds: map[string]time.Duration{}, mute: map[string]bool{}, at: map[string]time.Time{}}
}

func now() event.Instant { return event.InstantOf(time.Now()) }

func (f *fold) Append(_ context.Context, events []event.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	for _, e := range events {
		if f.seen[e.MessageID] {
			continue
		}
		f.seen[e.MessageID] = true
		if e.Kind == event.Ask {
			f.ask(e)
		} else {
			f.receipt(e)
		}
	}
	return f.lost
}

func (f *fold) ask(e event.Event) {
	body, err := event.Unpack[event.AskBody](e)
	if err != nil {
		panic(err)
	}
	c := f.rows[body.Delivery]
	if body.Hold != nil {
		f.putOffs = append(f.putOffs, *body.Hold)
		c.Delivery.After = body.Hold.Until
		f.put(c)
		return
	}
	f.asks = append(f.asks, body.Delivery)
	switch hold, held := f.holds[body.Delivery]; {
	case f.mute[body.Delivery]:
		return
	case held:
		delete(f.holds, body.Delivery)
		c.Delivery.After = now().Add(hold)
		f.put(c)
	default:
		c.Delivery.Phase, c.Delivery.Session = profile.Asked, body.Session
		f.put(c)
		c.Delivery.Phase = profile.Granted
		c.Delivery.Grant = grant(c.Delivery)
		f.put(c)
	}
}

func (f *fold) receipt(e event.Event) {
	body, err := event.Unpack[event.ReceiptBody](e)
	if err != nil {
		panic(err)
	}
	f.receipts = append(f.receipts, body)
	f.at[body.Delivery] = time.Now()
	c := f.rows[body.Delivery]
	delete(f.rows, body.Delivery)
	c.Gone = true
	f.worker.Update([]deliver.Change{c})
}

func (f *fold) put(c deliver.Change) {
	f.rows[c.Delivery.ID] = c
	if f.worker != nil {
		f.worker.Update([]deliver.Change{c, c}) // the second tells nothing new
	}
}

func grant(d profile.Delivery) []byte {
	return event.Pack(event.GrantBody{
		Delivery: d.ID, Session: d.Session, Channel: d.Channel, To: d.ID + "@example.com",
		Content: event.Content{Subject: "s", Text: "t", NextStep: event.Step{Label: "l", URL: "https://shop.example/"}},
	})
}

// queueUp puts deliveries into the outbox, due after d.
func (f *fold) queueUp(channel string, after time.Duration, ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.put(deliver.Change{
			Person:   person.IDOf(1, person.NewIdentity(person.UserID, id)),
			Delivery: profile.Delivery{ID: id, Channel: channel, Phase: profile.Queued, After: now().Add(after), Created: now()},
		})
	}
}

// outcomes gives the receipts so far as "delivery outcome".
func (f *fold) outcomes() map[string]event.Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]event.Outcome{}
	for _, r := range f.receipts {
		if _, twice := out[r.Delivery]; twice {
			panic("two receipts for " + r.Delivery)
		}
		out[r.Delivery] = r.Outcome
	}
	return out
}

// asked lists the deliveries that were asked for, in order.
func (f *fold) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asks)
}

// putOff lists what was to be put off.
func (f *fold) putOff() []event.Hold {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.putOffs)
}

// ended says when the delivery's receipt came.
func (f *fold) ended(delivery string) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at[delivery]
}

func (f *fold) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// start runs a worker against f until the returned function is called.
func (f *fold) start(t *testing.T, o deliver.Options) (stop func()) {
	t.Helper()
	o.Ledger, o.Now = f, now
	if o.Session == "" {
		o.Session = "this"
	}
	w, err := deliver.New(o)
	require.NoError(t, err)
	f.set(func() {
		f.worker = w
		for _, c := range f.rows {
			w.Update([]deliver.Change{c})
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

func TestWhatIsGrantedIsSentOnceAndReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email", Delay: 20 * time.Millisecond}
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}, From: func(string) deliver.Sender { return deliver.Sender{Name: "Shop"} }})
		for i := range 200 {
			f.queueUp("email", 0, fmt.Sprintf("d%d", i))
		}
		time.Sleep(5 * time.Second)
		require.Len(t, mail.Letters(), 200)
		require.Len(t, f.outcomes(), 200)
		require.Len(t, f.asked(), 200)
		l := mail.Letters()[0]
		require.Equal(t, 1, mail.Tries(l.Delivery))
		require.Equal(t, l.Delivery+"@example.com", l.To)
		require.Equal(t, "Shop", l.From.Name)
		require.Equal(t, "https://shop.example/", l.Links.Step)
		stop()
	})
}

func TestNothingIsSentWithoutAGrant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		f.mute["a"], f.mute["b"] = true, true
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}, Concurrency: 1})
		f.queueUp("email", 0, "a")
		time.Sleep(time.Millisecond)
		f.queueUp("email", 0, "b")
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"a"}, f.asked(), "an unanswered ask holds its place")
		time.Sleep(5 * time.Minute)
		require.Equal(t, []string{"a", "b"}, f.asked(), "not for ever, but it is not asked again")
		require.Empty(t, mail.Letters())
		stop()
		require.Empty(t, f.receipts)
	})
}

func TestWhatWasAskedForCountsUntilItsGrantIsDurable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFold()
		f.mute["d1"] = true
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{&delivertest.Recorder{Name: "email"}}, Concurrency: 1})
		defer stop()
		f.queueUp("email", 0, "d1")
		synctest.Wait()
		f.set(func() { // the ask was folded, and its grant is on its way to the journal
			c := f.rows["d1"]
			c.Delivery.Phase, c.Delivery.Session = profile.Asked, "this"
			f.put(c)
		})
		f.queueUp("email", 0, "d2")
		synctest.Wait()
		require.Equal(t, []string{"d1"}, f.asked())
		f.set(func() {
			c := f.rows["d1"]
			c.Delivery.Phase, c.Delivery.Grant = profile.Granted, grant(c.Delivery)
			f.put(c)
		})
		synctest.Wait()
		require.Equal(t, map[string]event.Outcome{"d1": event.Sent, "d2": event.Sent}, f.outcomes())
	})
}

func TestHeldDeliveriesWaitAndAreAskedAgainWhenDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		f.holds["quiet"] = 8 * time.Hour
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}})
		f.queueUp("email", 0, "quiet")
		f.queueUp("email", time.Hour, "later")
		time.Sleep(59 * time.Minute)
		require.Equal(t, []string{"quiet"}, f.asked())
		time.Sleep(9 * time.Hour)
		require.Equal(t, []string{"quiet", "later", "quiet"}, f.asked())
		require.WithinDuration(t, began.Add(time.Hour), f.ended("later"), 2*time.Second)
		require.WithinDuration(t, began.Add(8*time.Hour), f.ended("quiet"), 2*time.Second)
		stop()
	})
}

func TestGrantsOfAnotherSessionBecomeUnknownAndAreNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		d := profile.Delivery{ID: "old", Channel: "email", Phase: profile.Granted, Session: "before"}
		d.Grant = grant(d)
		f.put(deliver.Change{Person: person.ID{1}, Delivery: d})
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}})
		time.Sleep(time.Second)
		stop()
		require.Empty(t, mail.Letters())
		require.Equal(t, map[string]event.Outcome{"old": event.Unknown}, f.outcomes())
	})
}

func TestOutcomesAreWhatTheChannelSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		passing := fault.New(fault.Transient, "not now")
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		mail.Answer = func(l deliver.Letter, n int) error {
			switch l.Delivery {
			case "refused":
				return fault.New(fault.Invalid, "no such address")
			case "flaky":
				if n < 3 {
					return passing
				}
			case "down":
				return passing
			case "broken":
				return &deliver.UnknownOutcome{Err: errors.New("connection reset")}
			case "panics":
				panic("channel bug")
			}
			return nil
		}
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}, Attempts: 4})
		f.queueUp("email", 0, "fine", "refused", "flaky", "down", "broken", "panics")
		f.queueUp("pigeon", 0, "no-channel")
		time.Sleep(time.Hour)
		require.Equal(t, map[string]event.Outcome{
			"fine": event.Sent, "refused": event.Failed, "flaky": event.Sent, "down": event.Failed,
			"broken": event.Unknown, "panics": event.Unknown, "no-channel": event.Failed,
		}, f.outcomes())
		require.Equal(t, 4, mail.Tries("down"))
		require.Equal(t, 1, mail.Tries("broken"))
		require.GreaterOrEqual(t, f.ended("down").Sub(f.ended("fine")), 7*time.Second, "1 + 2 + 4 seconds of backing off")
		stop()
	})
}

func TestASlowChannelDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFold()
		slow := &delivertest.Recorder{Name: "slow", Delay: 50 * time.Second}
		quick := &delivertest.Recorder{Name: "quick", Delay: 10 * time.Millisecond}
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{slow, quick}, Concurrency: 4, Drain: time.Minute})
		for i := range 20 {
			f.queueUp("slow", 0, fmt.Sprintf("s%d", i))
			f.queueUp("quick", 0, fmt.Sprintf("q%d", i))
		}
		time.Sleep(time.Second)
		require.Len(t, quick.Letters(), 20)
		require.Empty(t, slow.Letters())
		require.Len(t, f.asked(), 24, "no more are asked for than can be sent")
		time.Sleep(50 * time.Second)
		require.Len(t, slow.Letters(), 4)
		stop()
		require.Len(t, slow.Letters(), 8, "those under way at the stop were finished")
		require.Len(t, f.outcomes(), 28)
	})
}

func TestRatePacesTheAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}, Rate: 50})
		for i := range 1000 {
			f.queueUp("email", 0, fmt.Sprintf("d%d", i))
		}
		time.Sleep(10 * time.Second)
		require.InDelta(t, 500, len(mail.Letters()), 10)
		stop()
	})
}

func TestTheLedgerMayFailForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		f.fail = errors.New("disk full")
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}})
		f.queueUp("email", 0, "a", "b")
		time.Sleep(20 * time.Second)
		require.Empty(t, mail.Letters())
		f.set(func() { f.fail, f.lost = nil, errors.New("answer lost") })
		time.Sleep(20 * time.Second)
		f.set(func() { f.lost = nil })
		time.Sleep(20 * time.Second)
		require.Len(t, mail.Letters(), 2, "an append that was there all the same changes nothing")
		require.Len(t, f.outcomes(), 2)
		stop()
	})
}

func TestAReceiptThatCannotBeWrittenIsUnknownInTheNextRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email", Delay: time.Second}
		stop := f.start(t, deliver.Options{Session: "one", Channels: []deliver.Channel{mail}})
		f.queueUp("email", 0, "a")
		time.Sleep(500 * time.Millisecond)
		f.set(func() { f.fail = errors.New("disk full") })
		time.Sleep(5 * time.Second)
		require.Len(t, mail.Letters(), 1)
		began := time.Now()
		stop()
		require.LessOrEqual(t, time.Since(began), 11*time.Second, "it gives up at the deadline")
		require.Empty(t, f.receipts)

		f.fail = nil
		stop = f.start(t, deliver.Options{Session: "two", Channels: []deliver.Channel{mail}})
		time.Sleep(time.Minute)
		stop()
		require.Len(t, mail.Letters(), 1, "it is not sent again")
		require.Equal(t, map[string]event.Outcome{"a": event.Unknown}, f.outcomes())
	})
}

func TestAStopLeavesNothingHalfDone(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, time.Millisecond, 7 * time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			f, mail := newFold(), &delivertest.Recorder{Name: "email", Delay: 10 * time.Millisecond}
			for i := range 300 {
				f.queueUp("email", 0, fmt.Sprintf("d%d", i))
			}
			for session := 0; len(f.outcomes()) < 300; session++ {
				require.Less(t, session, 1000)
				stop := f.start(t, deliver.Options{Session: fmt.Sprint(session), Channels: []deliver.Channel{mail}})
				time.Sleep(after + time.Microsecond)
				stop()
				for _, r := range f.receipts {
					require.Equal(t, event.Sent, r.Outcome, "a graceful stop leaves nothing unknown: %s %s", r.Delivery, r.Detail)
				}
			}
			require.Len(t, mail.Letters(), 300)
		})
	}
}

func TestAStopBetweenAttemptsSaysThatNothingWasSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		mail.Answer = func(deliver.Letter, int) error { return fault.New(fault.Transient, "not now") }
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}, Backoff: time.Hour})
		f.queueUp("email", 0, "a")
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		require.Less(t, time.Since(began), time.Second)
		require.Equal(t, map[string]event.Outcome{"a": event.Failed}, f.outcomes())
		require.Contains(t, f.receipts[0].Detail, "not sent")
	})
}

func TestALateReportOfASettledDeliveryStartsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}})
		f.queueUp("email", 0, "a")
		time.Sleep(time.Second)
		d := profile.Delivery{ID: "a", Channel: "email", Phase: profile.Granted, Session: "this"}
		d.Grant = grant(d)
		f.worker.Update([]deliver.Change{{Person: person.IDOf(1, person.NewIdentity(person.UserID, "a")), Delivery: d}})
		time.Sleep(time.Second)
		stop()
		require.Len(t, mail.Letters(), 1)
		require.Len(t, f.receipts, 1)
	})
}

func TestWhatIsWantedOnceMoreUnderItsKeyIsSentByTheSameRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, hook := newFold(), &delivertest.Recorder{Name: "webhook"}
		hook.Answer = func(_ deliver.Letter, n int) error {
			if n == 1 {
				return &deliver.UnknownOutcome{Err: errors.New("no answer came")}
			}
			return nil
		}
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{hook}})
		f.queueUp("webhook", 0, "a")
		again := func(tries int) {
			time.Sleep(time.Second)
			f.set(func() {
				f.put(deliver.Change{
					Person:   person.IDOf(1, person.NewIdentity(person.UserID, "a")),
					Delivery: profile.Delivery{ID: "a", Channel: "webhook", Phase: profile.Queued, After: now(), Created: now(), Tries: tries},
				})
			})
		}
		again(1)
		again(1) // by hand, after it was sent
		time.Sleep(time.Second)
		stop()
		require.Equal(t, 3, hook.Tries("a"))
		outcomes := make([]event.Outcome, len(f.receipts))
		for i, r := range f.receipts {
			outcomes[i] = r.Outcome
		}
		require.Equal(t, []event.Outcome{event.Unknown, event.Sent, event.Sent}, outcomes, "each time has its own receipt")
	})
}

func TestOptionsSayEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := deliver.New(deliver.Options{Rate: -1, Channels: []deliver.Channel{&delivertest.Recorder{Name: "x"}, &delivertest.Recorder{Name: "x"}}})
	for _, part := range []string{"Session", "Ledger", "Now", "Rate", "x is there twice"} {
		require.ErrorContains(t, err, part)
	}
}

func TestAWorkerRunsOnce(t *testing.T) {
	t.Parallel()
	w, err := deliver.New(deliver.Options{Session: "s", Ledger: newFold(), Now: now})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, w.Run(ctx))
	require.Error(t, w.Run(ctx))
}

func TestALetterToADeadAddressFailsAndTellsOfTheAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		mail.Answer = func(deliver.Letter, int) error {
			return &deliver.DeadAddress{Err: fault.New(fault.Invalid, "no such mailbox")}
		}
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}})
		f.queueUp("email", 0, "a")
		time.Sleep(time.Second)
		stop()
		require.Len(t, f.receipts, 2)
		require.Equal(t, event.Failed, f.receipts[0].Outcome)
		require.Equal(t, event.Bounced, f.receipts[1].Outcome, "which suppresses the address")
		require.Equal(t, 1, mail.Tries("a"))
	})
}

func TestAReceiptSaysWhichProviderTookTheLetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		r := deliver.NewRoute("email", time.Now, deliver.Provider{ID: "main", Channel: mail})
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{r}})
		f.queueUp("email", 0, "a")
		time.Sleep(time.Second)
		stop()
		require.Equal(t, "main", f.receipts[0].Detail)
	})
}

func TestWhatHasNoTurnYetIsPutOffWithTheReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, mail := newFold(), &delivertest.Recorder{Name: "email"}
		begun := now()
		turns := map[string]deliver.Turn{
			"soon":  {At: begun.Add(5 * time.Second), Via: "first", Why: "Others come first."},
			"later": {At: begun.Add(5 * time.Hour), Via: "second", Why: "The account warms up."},
		}
		asked := map[string]int{}
		stop := f.start(t, deliver.Options{Channels: []deliver.Channel{mail}, Turn: func(_ person.ID, d profile.Delivery) deliver.Turn {
			asked[d.ID]++
			return turns[d.ID]
		}})
		f.queueUp("email", 0, "later", "soon", "now")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, map[string]event.Outcome{"now": event.Sent, "soon": event.Sent}, f.outcomes())
		require.GreaterOrEqual(t, f.ended("soon").Sub(begun.Time()), 5*time.Second)
		require.Equal(t, []event.Hold{{Until: turns["later"].At, Why: "The account warms up."}}, f.putOff())
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		require.Equal(t, event.Sent, f.outcomes()["later"])
		stop()
		require.Equal(t, map[string]int{"now": 1, "soon": 1, "later": 1}, asked, "a turn that was taken is kept")
		via := map[string]string{}
		for _, l := range mail.Letters() {
			via[l.Delivery] = l.Via
		}
		require.Equal(t, map[string]string{"now": "", "soon": "first", "later": "second"}, via)
	})
}
