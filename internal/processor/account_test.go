package processor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
)

// book is what the slow reference makes of all events at once: for each account
// its traits and the roles of its members.
type book map[string]page

type page struct {
	Traits  map[string]string
	Members map[string]string // role by user id
	Views   int64             // reports viewed by the members
	Spent   event.Micros
	Last    event.Instant // report viewed
}

// company is the shop with features of accounts, and a segment that speaks of
// them.
var company = append(bytes.Clone(shop), []byte(`
accounts:
  features:
    - {id: views, count: Report Viewed}
    - {id: spent, sum: Report Viewed, of: cost}
    - {id: last-view, last: Report Viewed}
segments:
  - {id: busy, when: 'account.role == "admin" && account.features.views >= 3 && account.traits.plan == "pro"'}
`)...)

// bookOf reads events in order of their time, which all differ.
func bookOf(events []event.Event) book {
	type word struct {
		role string
		left bool
	}
	words := map[string]map[string]word{}
	traits := map[string]map[string]string{}
	events = slices.SortedFunc(slices.Values(events), func(a, b event.Event) int { return int(a.Time - b.Time) })
	for _, e := range events {
		var group, role string
		var about struct {
			GroupID string `json:"groupId"`
			Role    string `json:"role"`
		}
		switch {
		case e.Kind == event.Group:
			var all map[string]any
			if json.Unmarshal(e.Traits, &all) == nil {
				role, _ = all["role"].(string)
				for k, v := range all {
					if k != "role" {
						if traits[e.Name] == nil {
							traits[e.Name] = map[string]string{}
						}
						traits[e.Name][k] = fmt.Sprint(v)
					}
				}
			}
			group = e.Name
		case json.Unmarshal(e.Context, &about) == nil && about.GroupID != "":
			group = about.GroupID
		default:
			continue
		}
		if words[group] == nil {
			words[group] = map[string]word{}
		}
		w := words[group][e.UserID]
		w.left = e.Name == "Account Removed User"
		if role != "" {
			w.role = role
		}
		words[group][e.UserID] = w
	}
	out := book{}
	for group, members := range words {
		p := page{Traits: traits[group], Members: map[string]string{}}
		for who, w := range members {
			if w.left {
				continue
			}
			p.Members[who] = w.role
			only := 0
			for _, others := range words {
				if _, ever := others[who]; ever {
					only++
				}
			}
			for _, e := range events {
				var about struct {
					GroupID string  `json:"groupId"`
					Cost    float64 `json:"cost"`
				}
				_ = json.Unmarshal(e.Context, &about)
				_ = json.Unmarshal(e.Properties, &about)
				mine := e.UserID == who && e.Name == "Report Viewed" && e.Kind == event.Track
				if mine && (about.GroupID == group || about.GroupID == "" && only == 1) {
					p.Views++
					p.Spent += event.Micros(about.Cost * 1e6)
					p.Last = max(p.Last, e.Time)
				}
			}
		}
		out[group] = p
	}
	return out
}

// book reads the same out of the state store.
func (w *world) book() book {
	w.t.Helper()
	out := book{}
	ws, err := definition.Compile(company)
	require.NoError(w.t, err)
	for part := range person.Partitions {
		require.NoError(w.t, w.store.EachAccount(person.Partition(part), func(a *profile.Account) bool {
			p := page{
				Members: map[string]string{}, Views: a.Totals[ws.AccountFeatures[0].Key].Count,
				Spent: a.Totals[ws.AccountFeatures[1].Key].Money["EUR"], Last: a.Totals[ws.AccountFeatures[2].Key].Last,
			}
			for name, t := range a.Traits {
				if p.Traits == nil {
					p.Traits = map[string]string{}
				}
				var v any
				require.NoError(w.t, json.Unmarshal(t.Value, &v))
				p.Traits[name] = fmt.Sprint(v)
			}
			require.NoError(w.t, w.store.Members(a.ID, func(m profile.Member) bool {
				who, err := w.store.Person(m.Person)
				require.NoError(w.t, err)
				for _, i := range who.Identities {
					if i.Kind == person.UserID {
						p.Members[i.Value] = m.Role
					}
				}
				return true
			}))
			require.EqualValues(w.t, len(p.Members), a.Members, "members of %s", a.Group)
			out[a.Group] = p
			return true
		}))
	}
	return out
}

func companyEvents(r *rand.Rand, n int) []event.Event {
	events := make([]event.Event, n)
	for i := range events {
		e := event.Event{
			Kind: event.Track, UserID: fmt.Sprint("u", r.IntN(6)), Name: "Report Viewed",
			MessageID: fmt.Sprint("c", i), Time: noon.Add(time.Duration(i+1) * time.Minute), ReceivedAt: noon.Add(24 * time.Hour),
		}
		group := fmt.Sprint("g", r.IntN(3))
		if r.IntN(3) > 0 { // most people have one account
			group = fmt.Sprint("g", int(e.UserID[1])%3)
		}
		e.Properties = fmt.Appendf(nil, `{"cost":%d}`, r.IntN(9))
		switch r.IntN(6) {
		case 4, 5: // names no account
		case 0:
			e.Kind, e.Name = event.Group, group
			e.Traits = fmt.Appendf(nil, `{"plan":"p%d","seats":%d}`, r.IntN(3), r.IntN(9))
		case 1:
			e.Kind, e.Name = event.Group, group
			e.Traits = fmt.Appendf(nil, `{"role":"r%d"}`, r.IntN(3))
		case 2:
			e.Name = "Account Removed User"
			e.Context = fmt.Appendf(nil, `{"groupId":%q}`, group)
		default:
			e.Context = fmt.Appendf(nil, `{"groupId":%q}`, group)
		}
		events[i] = e
	}
	return events
}

func TestAccountsAreWhatASlowReadingOfAllEventsMakesOfThem(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			t.Logf("again: go test ./internal/processor -run '%s'", t.Name())
			r := rand.New(rand.NewPCG(seed, 7))
			events := companyEvents(r, 60)
			want := bookOf(events)

			late := slices.Clone(events)
			late = append(late, events[:20]...) // sent again
			r.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
			w := newWorld(t, 2)
			half := len(late) / 2
			if seed%3 == 0 { // the features are declared when half has happened
				w.append(late[:half]...)
			}
			_, err := processor.PutDefinitions(t.Context(), w.journal, company, w.now)
			require.NoError(t, err)
			w.drain()
			w.append(late...)
			w.now = noon.Add(25 * time.Hour)
			w.pass(3 * time.Hour)
			require.Empty(t, cmp.Diff(want, w.book()))

			hash := w.hash()
			for _, groups := range []int{1, 7} {
				w.restart(groups)
				require.Equal(t, hash, w.hash(), "folded again by %d groups", groups)
			}
		})
	}
}

func TestMembersKnowTheirAccountWithinAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.append(
		event.Event{Kind: event.Group, UserID: "ada", Name: "acme", Traits: json.RawMessage(`{"name":"Acme","plan":"pro","role":"admin"}`)},
		event.Event{Kind: event.Group, UserID: "bo", Name: "acme"},
	)
	w.pass(2 * time.Minute)
	for _, who := range []string{"ada", "bo"} {
		v, ok := w.person("user_id:" + who).View("acme")
		require.True(t, ok, "%s does not know the account", who)
		require.JSONEq(t, `{"name":"Acme","plan":"pro"}`, string(v.Traits))
		require.EqualValues(t, 2, v.Members)
	}
	m, _ := w.person("user_id:ada").InAccount("acme")
	require.Equal(t, "admin", m.Role)

	before := w.journal.End()
	w.append(event.Event{Kind: event.Group, UserID: "ada", Name: "acme", Traits: json.RawMessage(`{"name":"Acme","plan":"pro","role":"admin"}`)})
	w.pass(2 * time.Minute)
	grown := 0
	for p, end := range w.journal.End() {
		grown += int(end - before[p])
	}
	require.Equal(t, 1, grown, "a call that says nothing new costs more than itself")
}

func TestASegmentMaySpeakOfTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	_, err := processor.PutDefinitions(t.Context(), w.journal, company, w.now)
	require.NoError(t, err)
	w.append(event.Event{Kind: event.Group, UserID: "ada", Name: "acme", Traits: json.RawMessage(`{"plan":"pro","role":"admin"}`)})
	w.append(event.Event{Kind: event.Group, UserID: "bo", Name: "acme", Traits: json.RawMessage(`{"role":"guest"}`)})
	for range 3 {
		require.False(t, w.person("user_id:ada").In("busy"))
		w.append(event.Event{Kind: event.Track, UserID: "bo", Name: "Report Viewed"})
	}
	w.pass(2 * time.Minute)
	require.True(t, w.person("user_id:ada").In("busy"), "her colleague has viewed three reports")
	require.False(t, w.person("user_id:bo").In("busy"))

	w.append(event.Event{Kind: event.Track, UserID: "bo", Name: "Account Removed User", Context: json.RawMessage(`{"groupId":"acme"}`)})
	w.pass(2 * time.Minute)
	require.False(t, w.person("user_id:ada").In("busy"), "who has left takes what they did along")
}

func TestWhoBecomesKnownIsOneMemberAndNotTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.append(event.Event{Kind: event.Group, AnonymousID: "browser", Name: "acme", Traits: json.RawMessage(`{"plan":"pro"}`)})
	w.identify("ada", "browser", map[string]any{"email": "ada@example.com"})
	w.pass(2 * time.Minute)
	a, err := w.store.Account(person.AccountIDOf(0, "acme"))
	require.NoError(t, err)
	require.EqualValues(t, 1, a.Members)
	require.Equal(t, book{"acme": {Traits: map[string]string{"plan": "pro"}, Members: map[string]string{"ada": ""}}}, w.book())
}

func TestGroupTraitsAreNotThePersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.append(event.Event{Kind: event.Group, UserID: "ada", Name: "acme", Traits: json.RawMessage(`{"email":"office@acme.example","plan":"pro"}`)})
	p := w.person("user_id:ada")
	require.Empty(t, p.Traits)
	require.False(t, slices.ContainsFunc(p.Identities, func(i person.Identity) bool { return strings.HasPrefix(i.String(), "email") }))
}

func TestImportedAccountsStartNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.append(event.Event{Kind: event.Group, UserID: "ada", Name: "acme", Imported: true, Traits: json.RawMessage(`{"plan":"pro"}`)})
	before := w.history(w.person("user_id:ada"))
	w.pass(2 * time.Minute)
	v, ok := w.person("user_id:ada").View("acme")
	require.True(t, ok)
	require.JSONEq(t, `{"plan":"pro"}`, string(v.Traits))
	require.Equal(t, before, w.history(w.person("user_id:ada")))
}
