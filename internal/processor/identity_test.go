package processor_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/testenv"
)

// What identities lead to is held against a slow and obvious reference: one map
// and one list. Two things are promised, and tested apart.
//
// Where nobody's identities conflict (no two user ids are connected, but for
// alias; no limit is reached; nothing was undone), the people are the connected
// identities, whatever the order, delay or repetition of events, and however
// partitions move: TestConnectedIdentitiesAreOnePersonInWhateverOrder.
//
// Where they conflict, who comes first decides. What holds in any order, with
// merges undone in between, is that each event counts once, on the timeline of the
// person that its record leads to; that each identity leads to one person, who
// alone lists it; that two user ids are never in one; and that the journal gives
// the same state again: TestConflictsKeepEveryEventAndNeverJoinTwoCustomers.

// mentions are the identities that an event names, strongest first.
type mentions []person.Identity

func (m mentions) event(n int) event.Event {
	e := event.Event{Kind: event.Identify, MessageID: fmt.Sprint("i", n), Time: noon - 1_000_000_000 + event.Instant(n)*1000}
	traits := ""
	for _, i := range m {
		switch i.Kind {
		case person.UserID:
			e.UserID = i.Value
		case person.AnonymousID:
			e.AnonymousID = i.Value
		case person.DeviceToken:
			e.Context = fmt.Appendf(nil, `{"device":{"token":%q}}`, i.Value)
		case person.Email, person.Phone:
			if traits != "" {
				traits += ","
			}
			traits += fmt.Sprintf("%q:%q", i.Kind, i.Value)
		default:
			e.Context = fmt.Appendf(nil, `{"externalIds":[{"id":%q,"type":"crm","collection":"users","encoding":"none"}]}`, i.Value)
		}
	}
	e.Traits = []byte("{" + traits + "}")
	return e
}

// draw names who is who: an address or anonymous id of one of n people.
func draw(r *rand.Rand, who int) mentions {
	pick := func(k person.Kind, format string) person.Identity {
		return person.NewIdentity(k, fmt.Sprintf(format, who, r.IntN(2)))
	}
	var m mentions
	if r.IntN(2) == 0 {
		m = append(m, person.NewIdentity(person.UserID, fmt.Sprint("user", who)))
	}
	if len(m) == 0 || r.IntN(2) == 0 {
		m = append(m, pick(person.AnonymousID, "anon%d-%d"))
	}
	for k, name := range []string{"ada%d-%d@example.com", "+4930%05d%d", "token%d-%d", "crm%d-%d"} {
		kind := []person.Kind{person.Email, person.Phone, person.DeviceToken, person.External + "crm"}[k]
		if r.IntN(3) == 0 && (kind != person.DeviceToken || r.IntN(2) == 0) {
			if kind == person.External+"crm" && slices.ContainsFunc(m, func(i person.Identity) bool { return i.Kind == person.DeviceToken }) {
				continue // both are in the context
			}
			m = append(m, pick(kind, name))
		}
	}
	return m
}

// sets is the reference of connected identities.
type sets map[person.Identity]person.Identity

func (s sets) find(i person.Identity) person.Identity {
	for s[i] != i {
		if _, ok := s[i]; !ok {
			s[i] = i
		}
		i = s[i]
	}
	return i
}

// leads returns the person whom i leads to.
func (w *world) leads(i person.Identity) *profile.Person {
	w.t.Helper()
	p, err := w.store.Person(person.IDOf(0, i))
	require.NoError(w.t, err)
	return p
}

// checkIdentities checks what holds in any order.
func (w *world) checkIdentities(hint string, sent int) {
	w.t.Helper()
	total := int64(0)
	w.everybody(func(p *profile.Person, history []event.Event) {
		require.Empty(w.t, p.Settling, "%s: %s never settled", hint, p.ID)
		total += p.Events
		own := int64(0)
		for i := range history {
			if !history[i].Kind.Own() {
				own++
				require.True(w.t, p.Consists(history[i].Home()) || slices.ContainsFunc(p.Identities, func(o person.Identity) bool {
					return person.IDOf(0, o) == history[i].Home()
				}), "%s: a foreign event", hint)
			}
		}
		require.Equal(w.t, own, p.Events, hint)
		for _, i := range p.Identities {
			at := w.leads(i)
			require.NotNil(w.t, at, "%s: %s is listed and leads to nobody", hint, i)
			require.Equal(w.t, p.ID, at.ID, "%s: %s is listed by another than who has it", hint, i)
		}
		require.Len(w.t, p.Met, len(p.Identities), hint)
	})
	require.Equal(w.t, int64(sent), total, "%s: each event counts once", hint)
	require.NoError(w.t, w.store.Check(w.t.Context()), hint)
}

func TestConnectedIdentitiesAreOnePersonInWhateverOrder(t *testing.T) {
	t.Parallel()
	for _, seed := range testenv.Seeds(t, 12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			hint := fmt.Sprintf("RAPPORT_SEED=%d go test ./internal/processor -run %s", seed, "TestConnectedIdentitiesAreOnePersonInWhateverOrder")
			r := rand.New(rand.NewPCG(seed, 43)) //nolint:gosec // a test
			ref, count := sets{}, map[person.Identity]int64{}
			var all []mentions
			var events []event.Event
			for n := range 120 {
				m := draw(r, r.IntN(6))
				all = append(all, m)
				for _, i := range m {
					ref[ref.find(i)] = ref.find(m[0])
				}
				events = append(events, m.event(n))
			}
			// Two of the customers turn out to be one, twice over and from both ends.
			for n, x := range [][2]string{{"user0", "user1"}, {"user1", "user0"}} {
				e := event.Event{Kind: event.Alias, UserID: x[0], Name: x[1], MessageID: fmt.Sprint("a", n), Time: noon}
				events = append(events, e)
				a, b := person.NewIdentity(person.UserID, x[0]), person.NewIdentity(person.UserID, x[1])
				ref[ref.find(a)] = ref.find(b)
				all = append(all, mentions{a})
			}
			for _, m := range all {
				count[ref.find(m[0])]++
			}
			hashes := map[string]bool{}
			for _, groups := range []int{1, 2, 3} {
				w := newWorld(t, groups)
				w.define(replace(shop, "policy:", "identity:\n  limits: {anonymous_id: 20, email: 20, phone: 20, device_token: 20, external: 20}\npolicy:"))
				shuffled := slices.Clone(events)
				r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
				for len(shuffled) > 0 {
					n := min(1+r.IntN(30), len(shuffled))
					w.append(append(slices.Clone(shuffled[:n]), shuffled[0])...) // the first comes twice
					shuffled = shuffled[n:]
				}
				w.checkIdentities(hint, len(events))
				people := map[person.ID]bool{}
				for i := range ref {
					p := w.leads(i)
					if count[ref.find(i)] == 0 {
						continue
					}
					require.NotNil(t, p, "%s: %s", hint, i)
					other := w.leads(ref.find(i))
					require.Equal(t, other.ID, p.ID, "%s: %s and %s are connected", hint, i, ref.find(i))
					require.Equal(t, count[ref.find(i)], p.Events, "%s: %s", hint, i)
					people[p.ID] = true
				}
				roots := map[person.Identity]bool{}
				for i := range ref {
					roots[ref.find(i)] = true
				}
				require.Len(t, people, len(roots), "%s: those who are not connected are not one", hint)
				ids := ""
				for _, id := range slices.SortedFunc(maps.Keys(people), func(a, b person.ID) int { return slices.Compare(a[:], b[:]) }) {
					ids += id.String()
				}
				hashes[ids] = true
				hash := w.hash()
				w.restart(1 + r.IntN(4))
				w.drain()
				require.Equal(t, hash, w.hash(), hint)
			}
			require.Len(t, hashes, 1, "%s: the same records survive in any order", hint)
		})
	}
}

func TestConflictsKeepEveryEventAndNeverJoinTwoCustomers(t *testing.T) {
	t.Parallel()
	for _, seed := range testenv.Seeds(t, 12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			hint := fmt.Sprintf("RAPPORT_SEED=%d go test ./internal/processor -run %s", seed, "TestConflictsKeepEveryEventAndNeverJoinTwoCustomers")
			r := rand.New(rand.NewPCG(seed, 44)) //nolint:gosec // a test
			w := newWorld(t, 1+int(seed%3))
			sent := 0
			for round := range 12 {
				var events []event.Event
				for range 1 + r.IntN(20) {
					m := draw(r, r.IntN(4))
					for n, i := range m { // somebody else's device or address
						if n > 0 && r.IntN(3) == 0 {
							m[n] = person.NewIdentity(i.Kind, draw(r, r.IntN(4))[0].Value+"@shared.example")
						}
					}
					sent++
					events = append(events, m.event(1000*round+sent))
				}
				w.append(events...)
				w.checkIdentities(hint, sent)
				w.everybody(func(p *profile.Person, _ []event.Event) {
					users := 0
					for _, i := range p.Identities {
						if i.Kind == person.UserID {
							users++
						}
					}
					require.LessOrEqual(t, users, 1, "%s: nobody said that two customers are one", hint)
				})
				w.undoSomething(r, hint)
				w.checkIdentities(hint, sent)
			}
			hash := w.hash()
			for _, groups := range []int{1, 3} {
				w.restart(groups)
				w.drain()
				require.Equal(t, hash, w.hash(), hint)
			}
		})
	}
}

// undoSomething takes a record out of somebody, if anybody is made of several,
// while more is happening, and sees that both are apart.
func (w *world) undoSomething(r *rand.Rand, hint string) {
	w.t.Helper()
	var who []person.ID
	merges := map[person.ID][]profile.Merge{}
	w.everybody(func(p *profile.Person, _ []event.Event) {
		if len(p.Merges) > 0 {
			who, merges[p.ID] = append(who, p.ID), p.Merges
		}
	})
	if len(who) == 0 {
		return
	}
	id := who[r.IntN(len(who))]
	m := merges[id][r.IntN(len(merges[id]))]
	body := event.Pack(event.UnmergeBody{Record: m.Record, By: "test"})
	w.append(
		event.Event{Kind: event.Unmerge, To: id, Body: body},
		event.Event{Kind: event.Unmerge, To: id, Body: body}, // a double click
	)
	one, err := w.store.Person(id)
	require.NoError(w.t, err)
	two, err := w.store.Person(m.Record)
	require.NoError(w.t, err)
	require.NotNil(w.t, two, hint)
	require.NotEqual(w.t, one.ID, two.ID, "%s: %s was taken out of %s", hint, m.Record, id)
}
