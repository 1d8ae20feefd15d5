package processor_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// define brings yaml into force.
func (w *world) define(yaml []byte) {
	w.t.Helper()
	_, err := processor.PutDefinitions(w.t.Context(), w.journal, yaml, w.now)
	require.NoError(w.t, err)
	w.drain()
}

func (w *world) everybody(use func(p *profile.Person, history []event.Event)) {
	w.t.Helper()
	require.NoError(w.t, w.store.EachPerson(w.t.Context(), func(p *profile.Person, each func(func(event.Event) bool) error) error {
		var history []event.Event
		err := each(func(e event.Event) bool { history = append(history, e); return true })
		use(p, history)
		return err
	}))
}

func replace(yaml []byte, pairs ...string) []byte {
	return []byte(strings.NewReplacer(pairs...).Replace(string(yaml)))
}

// crowd signs up n people who bought something: some consent, some have no
// address, some complain, some stay on a device that is known to be another's.
func (w *world) crowd(n int) {
	w.t.Helper()
	for i := range n {
		name := fmt.Sprint("n", i)
		traits := map[string]any{"first_name": "N", "consent": map[string]bool{"email": i%5 > 0}}
		if i%7 > 0 {
			traits["email"] = name + "@example.com"
		}
		w.identify(name, "device-"+fmt.Sprint(i/2), traits)
		w.order(name, 10)
	}
}

func TestPeopleInHoldoutAreNeverGrantedAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.define(replace(shop, "holdout: 0%\n    every", "holdout: 30%\n    every", "  holdout: 0%\n  caps", "  holdout: 20%\n  caps"))
	w.crowd(150)
	w.pass(15 * day)
	arms, sent := map[profile.Arm]int{}, 0
	w.everybody(func(p *profile.Person, history []event.Event) {
		arm := p.Goals["second-order"].Arm
		arms[arm]++
		for _, e := range history {
			if arm != profile.Treated {
				require.NotContains(t, []event.Kind{event.Grant, event.Choice, event.Ask, event.Receipt}, e.Kind, "%s is in %s", p.ID, arm)
			}
			if e.Kind == event.Grant {
				sent++
			}
		}
		if arm != profile.Treated {
			require.Empty(t, p.Touches)
			require.Empty(t, p.Deliveries)
		}
	})
	require.NotZero(t, sent)
	require.Greater(t, arms[profile.GlobalHoldout], 15)
	require.Greater(t, arms[profile.GoalHoldout], 15)
	require.Greater(t, arms[profile.Treated], 50)
}

func TestWhateverIsNotDoneHasARecordedReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.crowd(60)
	w.now = w.now.Add(10 * time.Hour) // in the night: letters are held
	w.drain()
	w.deliver()
	for i := range 20 {
		w.append(event.Event{Kind: event.Consented, To: idOf(fmt.Sprint("n", i)), Body: event.Pack(event.ConsentBody{Channel: "*"})})
	}
	w.pass(9 * day)
	w.live(event.Stopped)
	w.pass(9 * day)
	stated := func(r event.Reason, what string) {
		require.NotEmpty(t, r.Code, what)
		require.NotEmpty(t, r.Sentence, what)
	}
	choices, suppressions, refusals := 0, 0, 0
	w.everybody(func(p *profile.Person, history []event.Event) {
		open := map[string]string{} // delivery → what is known of it
		for _, e := range history {
			switch e.Kind {
			case event.Choice:
				choices++
				body, err := event.Unpack[event.ChoiceBody](e)
				require.NoError(t, err)
				require.NotEmpty(t, body.Reason)
				require.NotEmpty(t, body.Trigger)
				for _, c := range body.Candidates {
					require.Equal(t, c.Probability == 0, !c.Withheld.IsZero())
					if c.Probability == 0 {
						stated(c.Withheld, "a candidate")
					}
				}
				if body.Candidates[body.Chosen].Action != event.Silence {
					open["dlv-"+body.ID.String()] = "chosen"
				}
			case event.Suppressed:
				suppressions++
				body, err := event.Unpack[event.SuppressedBody](e)
				require.NoError(t, err)
				stated(body.Reason, "a suppression")
				if body.Held {
					require.Greater(t, body.Reason.Until, e.Time)
				} else {
					delete(open, body.Delivery)
				}
			case event.Refused:
				refusals++
				body, err := event.Unpack[event.RefusedBody](e)
				require.NoError(t, err)
				stated(body.Reason, body.What)
			case event.Receipt:
				body, err := event.Unpack[event.ReceiptBody](e)
				require.NoError(t, err)
				delete(open, body.Delivery)
			default: // nothing was left undone
			}
		}
		for id := range open {
			require.Contains(t, p.Deliveries, id, "%s was chosen, has no outcome, and does not wait", id)
		}
		g := p.Goals["second-order"]
		require.Equal(t, g.Chosen, g.Silent+g.Sent+g.Held+len(p.Deliveries), "each choice came to something")
	})
	require.NotZero(t, choices)
	require.NotZero(t, suppressions)
	require.NotZero(t, refusals)
	require.NoError(t, w.store.Check(t.Context()))
}

func idOf(user string) person.ID { return person.IDOf(0, person.NewIdentity(person.UserID, user)) }

// known is what definitions compute of a person.
type known struct {
	Stage    string
	Features profile.Sorted[profile.Feature]
	Earned   map[string]event.Micros
	Goals    []string
	Effort   profile.Effort
}

func (w *world) known() map[person.ID]known {
	out := map[person.ID]known{}
	w.everybody(func(p *profile.Person, _ []event.Event) {
		k := known{Stage: p.Stage, Features: p.Features, Earned: p.Earned, Effort: p.Walk.Effort}
		for id := range p.Goals {
			k.Goals = append(k.Goals, id)
		}
		slices.Sort(k.Goals)
		out[p.ID] = k
	})
	return out
}

// later is the shop with another feature, another stage, and another goal.
func later() []byte {
	return replace(shop, "features:\n", "features:\n  - {id: pages, count: page}\n",
		"    - {id: lapse,", "    - {id: look, name: Look, when: pages > 0 && orders < 2}\n    - {id: lapse,",
		"from: [try]", "from: [look]", "id: second-order", "id: looks")
}

func TestANewVersionReachesEverybodyAndGivesWhatItWouldHaveGivenFromTheStart(t *testing.T) {
	t.Parallel()
	users := usersOf(9, 600)
	live := func(w *world, yaml []byte, then func()) {
		w.live(event.Disarmed) // goals are joined when it goes live: at one time in both
		w.define(yaml)
		var events []event.Event
		for i, u := range users {
			events = append(events, event.Event{Kind: event.Page, Name: "Home", UserID: u})
			if i%2 == 0 {
				events = append(events, event.Event{Kind: event.Track, Name: "Order Completed", UserID: u, Properties: []byte(`{"revenue":3}`)})
			}
		}
		w.append(events...)
		then()
		w.live(event.LiveToAll)
	}
	before := []event.Event{{Kind: event.Page, UserID: users[599]}, {Kind: event.Page, UserID: users[1]}}
	amid := make([]event.Event, 40)
	for i := range amid {
		amid[i] = event.Event{Kind: event.Page, UserID: users[i*15], Source: "test", MessageID: fmt.Sprint("amid-", i), Time: noon, ReceivedAt: noon, To: idOf(users[i*15])}
	}
	once := newWorld(t, 1)
	live(once, later(), func() {
		once.append(before...)
		once.append(amid...)
	})

	w := newWorld(t, 1)
	live(w, shop, func() {
		// The definitions and the events are appended together: users are touched
		// before the sweep comes to them, and in the middle of it, while the others
		// never come back.
		_, err := processor.PutDefinitions(w.t.Context(), w.journal, later(), w.now)
		require.NoError(t, err)
		inTheMiddle := 0
		w.proc.AfterCommit(func() error {
			part, err := w.store.Partition(9)
			if err != nil || !part.Sweeping || part.SweepAfter.IsZero() || inTheMiddle > 0 {
				return err
			}
			inTheMiddle++
			_, err = w.journal.Append(t.Context(), processor.Entries(amid))
			return err
		})
		w.append(before...)
		require.Equal(t, 1, inTheMiddle)
		w.proc.AfterCommit(nil)
	})
	require.Equal(t, once.known(), w.known())
	part, err := w.store.Partition(9)
	require.NoError(t, err)
	require.False(t, part.Sweeping)
	require.NoError(t, w.store.Check(t.Context()))
	hash := w.hash()
	w.restart(3)
	w.drain()
	require.Equal(t, hash, w.hash())
}

func TestAHistoryTooLongForOneEventIsHandedOverWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	var events []event.Event
	for i := range 900 {
		events = append(events, event.Event{
			Kind: event.Track, Name: "Order Completed", AnonymousID: "anon", Time: w.now.Add(-time.Duration(900-i) * time.Second),
			Properties: fmt.Appendf(nil, `{"revenue":1,"note":%q}`, strings.Repeat("x", 1000)),
		})
	}
	w.append(events...)
	w.identify("ada", "anon", ada)
	p := w.person("user_id:ada")
	require.Empty(t, p.Settling)
	require.Equal(t, int64(901), p.Events)
	require.Equal(t, event.Micros(900_000_000), p.Features.Get("revenue").Money.Get("EUR"))
	labels := w.history(p)
	require.Equal(t, 900, strings.Count(strings.Join(labels, ","), "Order Completed"))
	require.Equal(t, 1, strings.Count(strings.Join(labels, ","), "merged"))
	require.Greater(t, len(w.journaled(event.Handover)), 3)
	var left int
	require.NoError(t, w.store.History(w.t.Context(), person.IDOf(0, person.NewIdentity(person.AnonymousID, "anon")), func(event.Event) bool { left++; return true }))
	require.Zero(t, left)
	require.NoError(t, w.store.Check(t.Context()))
}

func (w *world) journaled(kind event.Kind) (out []event.Event) {
	w.t.Helper()
	r, err := w.journal.NewReader(journal.All(), journal.Positions{})
	require.NoError(w.t, err)
	for {
		records, err := r.Poll(0)
		require.NoError(w.t, err)
		if len(records) == 0 {
			require.NoError(w.t, r.Close())
			return out
		}
		for _, rec := range records {
			e, err := event.Decode(rec.Data)
			require.NoError(w.t, err)
			if e.Kind == kind {
				out = append(out, e)
			}
		}
	}
}

func TestAMessageIsRecognisedForADayByArrivalAndAnImportForEver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		imported bool
		apart    time.Duration
		want     int64
		source   string
	}{
		{"at once", false, 0, 1, ""},
		{"over midnight", false, 13 * time.Hour, 1, ""},
		{"a day later, to the second", false, day, 1, ""},
		{"three days later", false, 3 * day, 2, ""},
		{"imported three months later", true, 90 * day, 1, ""},
		{"pulled three months later", false, 90 * day, 1, event.PullPrefix + "orders"},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %t", c.name, restart), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 1)
				e := event.Event{Kind: event.Page, UserID: "ada", MessageID: "same", Time: w.now, Imported: c.imported, Source: c.source}
				w.append(e)
				w.now = w.now.Add(c.apart)
				if restart {
					w.restart(1)
				}
				w.append(event.Event{Kind: event.Page, UserID: "other"}, e)
				require.Equal(t, c.want, w.person("user_id:ada").Events)
			})
		}
	}
}

func TestALateEventCountsWhereItBelongs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.identify("ada", "", ada)
	w.order("ada", 5)
	w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Time: w.now.Add(-40 * day), Properties: []byte(`{"revenue":7}`)})
	p := w.person("user_id:ada")
	require.Equal(t, "use", p.Stage)
	require.Equal(t, w.now, p.Features.Get("last-order").At)
	require.Equal(t, w.now.Add(-40*day), p.FirstSeen)
	require.Equal(t, "Order Completed", w.history(p)[0], "first on the timeline")
	require.Zero(t, p.Goals["second-order"].KPI, "it happened before the goal began")
	require.Equal(t, event.Micros(12_000_000), p.Earned["second-order"])
}

func TestTwoGoalsThatWantOnePersonTakeTurnsAndKeepTheCaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	goal := shop[bytes.Index(shop, []byte("  - id: second-order")):bytes.Index(shop, []byte("policy:"))]
	both := bytes.Replace(shop, []byte("policy:"), append(replace(goal, "id: second-order", "id: rival", "name: A second order", "name: Rival"), "policy:"...), 1)
	w.define(both)
	for i := range 20 {
		name := fmt.Sprint("n", i)
		w.identify(name, "", map[string]any{"email": name + "@example.com", "first_name": "N", "consent": map[string]bool{"email": true}})
		w.order(name, 5)
	}
	w.pass(21 * day)
	sent := map[string]int{}
	w.everybody(func(p *profile.Person, history []event.Event) {
		for _, id := range []string{"second-order", "rival"} {
			g := p.Goals[id]
			require.GreaterOrEqual(t, g.Chosen, 2, "%s had its turn", id)
			sent[id] += g.Sent
		}
		var grants []event.Instant
		for _, e := range history {
			if e.Kind == event.Grant {
				for _, earlier := range grants {
					require.GreaterOrEqual(t, e.Time.Sub(earlier), 3*day, "one letter in three days, whichever goal sends it")
				}
				grants = append(grants, e.Time)
			}
		}
	})
	require.NotZero(t, sent["second-order"])
	require.NotZero(t, sent["rival"])
}

func TestAWorkspaceCanBeLookedAtAsOfAnotherTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.live(event.Disarmed)
	then := event.InstantOf(time.Date(1997, 5, 1, 0, 0, 0, 0, time.UTC))
	w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "old", Imported: true, Time: then, Properties: []byte(`{"revenue":5}`)})
	stage := func(asOf event.Instant) string {
		require.NoError(t, processor.PutSettings(w.t.Context(), w.journal, event.SettingsBody{Live: event.Disarmed, AsOf: asOf}, w.now))
		w.drain()
		return w.person("user_id:old").Stage
	}
	require.Equal(t, "lapse", stage(0))
	require.Equal(t, "try", stage(then.Add(30*day)))
	require.Empty(t, w.person("user_id:old").Timers, "as of a time, time stands still")
	require.Equal(t, "lapse", stage(then.Add(60*day)))
	require.Equal(t, "lapse", stage(0))
}

func TestOppositeLinksOfManyPeopleSettle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	var events []event.Event
	for i := range 12 { // everybody claims everybody's device, all at once
		for j := range 12 {
			events = append(events, event.Event{Kind: event.Page, UserID: fmt.Sprint("u", i), AnonymousID: fmt.Sprint("d", (i+j)%12)})
		}
	}
	w.append(events...)
	owners := map[string]int{}
	w.everybody(func(p *profile.Person, _ []event.Event) {
		require.Empty(t, p.Settling)
		for _, i := range p.Identities {
			if i.Kind == person.AnonymousID {
				owners[i.Value]++
			}
		}
	})
	require.Len(t, owners, 12)
	for device, n := range owners {
		require.Equal(t, 1, n, "%s has one owner", device)
	}
	require.NoError(t, w.store.Check(t.Context()))
}

func TestAReplayFromHalfwayGivesTheSameState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.crowd(10)
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	half := w.journal.End()
	w.pass(8 * day)
	require.NoError(t, processor.Replay(t.Context(), w.journal, s, half, processor.Options{Groups: 3}, nil))
	require.NotEqual(t, w.hash(), hashOf(t, s))
	require.NoError(t, processor.Replay(t.Context(), w.journal, s, w.journal.End(), processor.Options{Groups: 1}, nil))
	require.Equal(t, w.hash(), hashOf(t, s))
	require.NoError(t, s.Close())
}

func hashOf(t *testing.T, s *statestore.Store) string {
	t.Helper()
	h, err := s.Hash(t.Context())
	require.NoError(t, err)
	return h
}
