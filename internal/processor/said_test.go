package processor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/testenv"
)

// What people said of themselves, what they agreed to, and how much they were sent
// is held against a slow and obvious reference: one list of what was said and
// sent, to which record, and one map from records to the people that they are part
// of by now. Whether the map is right is asked in identity_test.go.
//
// It is promised that, in whatever order, late or twice, things arrive, and
// however records were joined, joined from both ends at once, and taken apart
// again, each person has the traits and the consent that were said last to any
// record that is theirs, and that all letters to their records count against the
// caps: TestWhatWasSaidAndSentIsOfWhoeverTheRecordsAre.

// told is something that was said, to a record.
type told struct {
	at     person.ID
	when   event.Instant
	traits map[string]any  // without consent
	agreed map[string]bool // by channel, or channel/topic
	own    bool            // the person's word, and not what a system declares
}

// letter is something that was sent, by a record.
type letter struct {
	at              person.ID
	when            event.Instant
	id, channel, to string
}

// talk is a world of which all that was said and sent is also written down.
type talk struct {
	*world
	r       *rand.Rand
	hint    string
	told    []told
	letters []letter
	again   []event.Event // that were sent, to be sent twice
	records []person.ID   // that something was said to
	ws      *definition.Workspace
	whose   map[person.ID]person.ID // people by their records, as of the last check
	had     map[person.ID][]string  // the addresses that whoever a record is part of has had
}

// talkative is a shop with much to say, on two channels, and caps on it.
func talkative(caps string) []byte {
	return replace(shop,
		"from: [try]", "from: [discover]", "every: 7d", "every: 1d",
		"{id: thanks-mail, channel: email,", `{id: thanks-text, channel: sms, appeal: logos, topic: news, subject: Hello, body: "Hello", next_step: {label: More, url: "https://shop.example/"}}
          - {id: thanks-mail, channel: email,`,
		"caps: [{channel: email, at_most: 1, per: 3d}]", "caps: "+caps,
		`quiet_hours: {from: "21:00", to: "08:00"}`, `quiet_hours: {from: "00:00", to: "00:00"}`,
		"channels:\n", "topics: [{id: news}, {id: offers}]\nchannels:\n  - {id: sms, from: \"+4930123\"}\n",
		"{{ first_name }}", "you", "features:\n", "features:\n  - {id: pages, count: page}\n")
}

const (
	tight = "[{channel: email, at_most: 2, per: 3d}, {at_most: 3, per: 5d}]"
	loose = "[{channel: sms, at_most: 1, per: 2d}, {at_most: 5, per: 5d}]"
)

func (k *talk) bring(yaml []byte) {
	k.t.Helper()
	k.define(yaml)
	var err error
	k.ws, err = definition.Compile(yaml)
	require.NoError(k.t, err)
}

// anybody names somebody.
func (k *talk) anybody() mentions {
	m := draw(k.r, k.r.IntN(4))
	for n, i := range m { // somebody else's device or address
		if n > 0 && k.r.IntN(6) == 0 {
			m[n] = person.NewIdentity(i.Kind, draw(k.r, k.r.IntN(4))[0].Value+"@shared.example")
		}
	}
	return m
}

// say makes an event in which m says something.
func (k *talk) say(m mentions) event.Event {
	k.n++
	e := m.event(k.n)
	back := time.Duration(k.r.Int64N(int64(2 * time.Hour)))
	switch k.r.IntN(6) {
	case 0, 1: // late
		back = time.Duration(k.r.Int64N(int64(20 * day)))
	case 2: // the sender's clock runs ahead
		back = -time.Duration(k.r.Int64N(int64(time.Hour)))
	}
	e.Time = k.now.Add(-back)/1_000_000*1_000_000 + event.Instant(k.n%1_000_000) // no two at once
	t := told{at: person.IDOf(0, e.Primary()), when: e.Time, traits: map[string]any{}, agreed: map[string]bool{}}
	require.NoError(k.t, json.Unmarshal(e.Traits, &t.traits))
	for _, key := range []string{"plan", "city", "seats"} {
		if k.r.IntN(3) == 0 {
			t.traits[key] = fmt.Sprint(key, k.n)
		}
	}
	for _, key := range []string{"*", "email", "sms", "email/news", "sms/news", "email/information"} {
		if k.r.IntN(9) == 0 {
			t.agreed[key] = k.r.IntN(4) > 0
		}
	}
	all := maps.Clone(t.traits)
	if len(t.agreed) > 0 {
		all["consent"] = t.agreed
	}
	e.Traits, _ = json.Marshal(all)
	if k.r.IntN(5) == 0 && len(e.Context) == 0 { // many libraries send traits with everything
		e.Kind, e.Name, e.Context, e.Traits = event.Page, "Home", fmt.Appendf(nil, `{"traits":%s}`, e.Traits), nil
	}
	k.told, k.records = append(k.told, t), append(k.records, t.at)
	return e
}

// agree is somebody giving or withdrawing consent on a page of ours.
func (k *talk) agree() event.Event {
	k.n++
	at := k.records[k.r.IntN(len(k.records))]
	if k.r.IntN(4) == 0 { // of whom nothing may be known yet
		at = person.IDOf(0, k.anybody()[0])
		k.records = append(k.records, at)
	}
	channel, topic := []string{"*", "email", "sms"}[k.r.IntN(3)], ""
	if channel != "*" && k.r.IntN(3) == 0 {
		topic = []string{"news", "information"}[k.r.IntN(2)]
	}
	given := k.r.IntN(5) > 0
	when := k.now.Add(-time.Duration(k.r.Int64N(int64(3*day))))/1_000_000*1_000_000 + event.Instant(k.n%1_000_000)
	k.told = append(k.told, told{at: at, when: when, own: true, agreed: map[string]bool{profile.ConsentKey(channel, topic): given}})
	return event.Event{Kind: event.Consented, To: at, Time: when, MessageID: fmt.Sprint("c", k.n), Body: event.Pack(event.ConsentBody{Channel: channel, Topic: topic, Given: given, Proof: "page"})}
}

// join is somebody in charge who says that two are one: that a, or somebody, and
// somebody else are.
func (k *talk) join(a *profile.Person) []event.Event {
	b := k.whoever()
	if a == nil {
		a = k.whoever()
	}
	if a == nil || b == nil || a.ID == b.ID {
		return nil
	}
	merge := func(one, other person.ID) event.Event {
		return event.Event{Kind: event.Merge, To: one, Body: event.Pack(event.MergeBody{Person: other, By: "test"})}
	}
	out := []event.Event{merge(a.ID, b.ID)}
	if k.r.IntN(2) == 0 { // from both ends at once
		out = append(out, merge(b.ID, a.ID))
	}
	return out
}

// part is somebody in charge who says that two are not one.
func (k *talk) part() (whom *profile.Person, out person.ID) {
	p := k.whoever()
	if p == nil || len(p.Merges) == 0 {
		return nil, person.ID{}
	}
	return p, p.Merges[k.r.IntN(len(p.Merges))].Record
}

// torn is a record that is taken out of somebody who is joined with somebody else in
// the same instant, while devices of the record have something to say.
func (k *talk) torn() []event.Event {
	p, record := k.part()
	if p == nil {
		return nil
	}
	out := append(k.join(p), partOf(p, record))
	part := p.Part(record)
	for n, i := range p.Identities {
		if i.Kind == person.AnonymousID && slices.Contains(part, p.Met[n].Of) {
			out = append(out, k.say(mentions{i}))
		}
	}
	return out
}

func partOf(p *profile.Person, record person.ID) event.Event {
	return event.Event{Kind: event.Unmerge, To: p.ID, Body: event.Pack(event.UnmergeBody{Record: record, By: "test"})}
}

func (k *talk) whoever() *profile.Person {
	if len(k.records) == 0 {
		return nil
	}
	return k.who(k.records[k.r.IntN(len(k.records))])
}

// who is the person that a record is part of.
func (k *talk) who(record person.ID) *profile.Person {
	k.t.Helper()
	for range 100 {
		p, err := k.store.Person(record)
		require.NoError(k.t, err)
		if p == nil || p.Forward.IsZero() {
			return p
		}
		record = p.Forward
	}
	k.t.Fatal("a circle of forwards")
	return nil
}

// ask finds out whose the records are.
func (k *talk) ask() {
	k.whose = map[person.ID]person.ID{}
	for _, record := range k.records {
		p := k.who(record)
		k.whose[record] = p.ID
		for _, i := range p.Identities {
			if !slices.Contains(k.had[record], i.Value) {
				k.had[record] = append(k.had[record], i.Value)
			}
		}
	}
	for _, l := range k.letters {
		k.whose[l.at] = k.who(l.at).ID
	}
}

// step is some of all that at once, in any order.
func (k *talk) step() {
	var events []event.Event
	if len(k.records) > 0 && k.r.IntN(2) == 0 {
		events = append(events, k.agree())
	}
	for range 1 + k.r.IntN(6) {
		events = append(events, k.say(k.anybody()))
	}
	switch k.r.IntN(4) {
	case 0:
		events = append(events, k.join(nil)...)
	case 1:
		if p, record := k.part(); p != nil {
			events = append(events, partOf(p, record))
		}
	case 2:
		events = append(events, k.torn()...)
	}
	if len(k.again) > 0 {
		events = append(events, k.again[k.r.IntN(len(k.again))])
	}
	for id, c := range k.outbox { // one is asked for while that goes on
		if c.Delivery.Phase == profile.Queued && c.Delivery.After <= k.now {
			events = append(events, event.Event{Kind: event.Ask, To: c.Person, Body: event.Pack(event.AskBody{Delivery: id, Session: "s"})})
			break
		}
	}
	k.r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	k.append(events...)
	for _, e := range events {
		if e.Kind == event.Identify || e.Kind == event.Page || e.Kind == event.Consented {
			e.Source = "test"
			k.again = append(k.again, e)
		}
	}
	k.again = k.again[max(0, len(k.again)-20):]
	k.write()
	switch k.r.IntN(8) {
	case 0:
		k.bring([]([]byte){talkative(tight), talkative(loose), replace(talkative(tight), "count: page", "count: [page, screen]")}[k.r.IntN(3)])
	case 1, 2:
		k.now = k.now.Add(time.Duration(k.r.Int64N(int64(30 * time.Hour))))
		k.again = nil
		require.NoError(k.t, k.proc.Tick(k.t.Context(), k.now))
		k.drain()
	}
	k.deliver()
}

// deliver sends what is due, one at a time, each only where the reference allows it.
func (k *talk) deliver() {
	k.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(k.outbox)) {
		c, ok := k.outbox[id]
		if ok && c.Delivery.Phase == profile.Queued && c.Delivery.After <= k.now {
			k.ask()
			p := k.who(c.Person)
			required, _ := k.capped(p, c.Delivery.Channel)
			k.append(event.Event{Kind: event.Ask, To: c.Person, Body: event.Pack(event.AskBody{Delivery: id, Session: "s"})})
			require.False(k.t, required && k.outbox[id].Delivery.Phase == profile.Granted, "%s: %s had enough", k.hint, p.ID)
		}
	}
	k.write()
}

// write writes down what may go out by now, and says what became of it.
func (k *talk) write() {
	k.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(k.outbox)) {
		c := k.outbox[id]
		if c.Delivery.Phase != profile.Granted {
			continue
		}
		var g event.GrantBody
		require.NoError(k.t, json.Unmarshal(c.Delivery.Grant, &g))
		k.letters = append(k.letters, letter{at: c.Person, when: k.now, id: id, channel: g.Channel, to: g.To})
		k.append(event.Event{Kind: event.Receipt, To: c.Person, Body: event.Pack(event.ReceiptBody{Delivery: id, Channel: g.Channel, Outcome: event.Sent})})
	}
}

// traits are those of whoever the records are that lead to p.
func (k *talk) traits(p *profile.Person) map[string]any {
	out, when := map[string]any{}, map[string]event.Instant{}
	for _, t := range k.told {
		if k.whose[t.at] != p.ID {
			continue
		}
		for key, v := range t.traits {
			if t.when > when[key] {
				out[key], when[key] = v, t.when
			}
		}
	}
	return out
}

// word is something that was said about consent.
type word struct {
	given, own bool
	when       event.Instant
}

// lately is the last that was said to records of p about key: by them, or by
// anybody. A system's yes is nothing to somebody whose own last word was no.
func (k *talk) lately(p *profile.Person, key string) (last word) {
	var theirs word
	for _, t := range k.told {
		given, about := t.agreed[key]
		if !about || k.whose[t.at] != p.ID {
			continue
		}
		if t.when > last.when {
			last = word{given, t.own, t.when}
		}
		if t.own && t.when > theirs.when {
			theirs = word{given, true, t.when}
		}
	}
	if last.given && !last.own && theirs.when > 0 && !theirs.given {
		return theirs
	}
	return last
}

// agrees is whether p may be written to on channel about topic: the most
// particular word counts, but for each yes against which a no to more stands that
// is not older, or that is their own where the yes is not.
func (k *talk) agrees(p *profile.Person, channel, topic string) (agreed bool) {
	var nos []word
	for _, key := range []string{"*", channel, profile.ConsentKey(channel, topic)} {
		w := k.lately(p, key)
		switch {
		case w.when == 0 || w.given && slices.ContainsFunc(nos, func(no word) bool { return no.when >= w.when || no.own && !w.own }):
		case w.given:
			agreed = true
		default:
			agreed, nos = false, append(nos, w)
		}
	}
	return agreed
}

// sent are the letters that count for p: for certain, and at most. What was
// sent to an address that went to another when they were taken apart counts there
// too.
func (k *talk) sent(p *profile.Person) (certain, most []letter) {
	for _, l := range k.letters {
		switch {
		case k.whose[l.at] == p.ID:
			certain, most = append(certain, l), append(most, l)
		case slices.ContainsFunc(k.records, func(r person.ID) bool { return k.whose[r] == p.ID && slices.Contains(k.had[r], l.to) }):
			most = append(most, l)
		}
	}
	return certain, most
}

// capped is whether p has had as much as there may be on channel: whether that is
// certain, and whether it may be.
func (k *talk) capped(p *profile.Person, channel string) (certain, possible bool) {
	sure, most := k.sent(p)
	for _, c := range k.ws.Policy.Caps {
		if c.Channel != "" && c.Channel != channel {
			continue
		}
		count := func(letters []letter) (n int) {
			for _, l := range letters {
				if (c.Channel == "" || l.channel == c.Channel) && l.when > k.now.Add(-c.Per) {
					n++
				}
			}
			return n
		}
		certain, possible = certain || count(sure) >= c.AtMost, possible || count(most) >= c.AtMost
	}
	return certain, possible
}

// check compares everybody with the reference, and counts what it saw.
func (k *talk) check(seen map[string]int) {
	k.t.Helper()
	met := map[person.ID]bool{}
	k.ask()
	for _, record := range k.records {
		p := k.who(record)
		require.NotNil(k.t, p, "%s: what was said to %s is nobody's", k.hint, record)
		if met[p.ID] {
			continue
		}
		met[p.ID] = true
		require.Equal(k.t, k.traits(p), nonNil(p.TraitValues()), "%s: traits of %s", k.hint, p.ID)
		for _, channel := range []string{"email", "sms"} {
			for _, topic := range []string{"information", "news", "offers"} {
				want := k.agrees(p, channel, topic)
				require.Equal(k.t, want, p.Consents(channel, topic, definition.OptIn), "%s: consent of %s to %s about %s", k.hint, p.ID, channel, topic)
				seen[fmt.Sprint("consent ", want)]++
			}
			k.checkCaps(p, channel, seen)
		}
	}
	require.NoError(k.t, k.store.Check(k.t.Context()), k.hint)
}

func (k *talk) checkCaps(p *profile.Person, channel string, seen map[string]int) {
	k.t.Helper()
	why := policy.Ask(policy.Request{
		Defs: k.ws, Settings: event.SettingsBody{Live: event.LiveToAll}, Person: p, Goal: "second-order", Channel: channel, Topic: "information", Now: k.now,
	})
	switch certain, possible := k.capped(p, channel); why.Code {
	case policy.Capped:
		require.True(k.t, possible, "%s: %s had not that much by %s: %s", k.hint, p.ID, channel, why.Sentence)
		seen["capped"]++
	case "":
		require.False(k.t, certain, "%s: %s had enough by %s", k.hint, p.ID, channel)
		seen["free"]++
	default: // no consent or no address: said above
	}
	certain, most := k.sent(p)
	ids := func(letters []letter) (out []string) {
		for _, l := range letters {
			if l.when > k.now.Add(-5*day) {
				out = append(out, l.id)
			}
		}
		return out
	}
	var touches []string
	for _, t := range p.Touches {
		touches = append(touches, t.Delivery)
	}
	require.Subset(k.t, touches, ids(certain), "%s: letters of %s", k.hint, p.ID)
	for _, t := range p.Touches {
		require.True(k.t, slices.ContainsFunc(most, func(l letter) bool { return l.id == t.Delivery }), "%s: a letter of somebody else counts for %s", k.hint, p.ID)
	}
}

func nonNil(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

func TestWhatWasSaidAndSentIsOfWhoeverTheRecordsAre(t *testing.T) {
	t.Parallel()
	var capped atomic.Int64
	seeds := testenv.Seeds(t, 8)
	if len(seeds) > 1 {
		t.Cleanup(func() { require.NotZero(t, capped.Load(), "without anybody capped the test shows nothing") })
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			k := &talk{world: newWorld(t, 1+int(seed%3)), r: rand.New(rand.NewPCG(seed, 71)), had: map[person.ID][]string{}} //nolint:gosec // a test
			k.hint = fmt.Sprintf("RAPPORT_SEED=%d go test ./internal/processor -run TestWhatWasSaidAndSentIsOfWhoeverTheRecordsAre", seed)
			k.bring(talkative(tight))
			seen := map[string]int{}
			for range 50 {
				k.step()
				k.check(seen)
			}
			seen["merged"], seen["undone"] = len(k.journaled(event.Handover)), len(k.journaled(event.Unmerge))
			capped.Add(int64(seen["capped"]))
			for _, what := range []string{"consent true", "consent false", "free", "merged", "undone"} {
				require.NotZero(t, seen[what], "without any %s the test shows nothing: %v", what, seen)
			}
			hash := k.hash()
			for _, groups := range []int{1, 3} {
				k.restart(groups)
				k.drain()
				require.Equal(t, hash, k.hash(), k.hint)
			}
		})
	}
}

func TestWhatADeviceSaysIsOfItsRecordWhenThatIsTakenOutOfSomebodyWhoBecomesAnother(t *testing.T) {
	t.Parallel()
	for _, groups := range []int{1, 3} {
		w := newWorld(t, groups)
		w.define(shop)
		for n := range 40 {
			var users []person.ID // each is joined into the one before
			for k := range 3 {
				user := fmt.Sprintf("user%d-%d", n, k)
				w.identify(user, "", nil)
				users = append(users, person.IDOf(0, person.NewIdentity(person.UserID, user)))
			}
			slices.SortFunc(users, func(a, b person.ID) int { return bytes.Compare(a[:], b[:]) })
			record, err := w.store.Person(users[2])
			require.NoError(t, err)
			user, device := record.Identities[0].Value, fmt.Sprint("device", n)
			w.identify(user, device, nil)
			merge := func(one, other person.ID) event.Event {
				return event.Event{Kind: event.Merge, To: one, Body: event.Pack(event.MergeBody{Person: other, By: "test"})}
			}
			w.append(merge(users[1], users[2]))
			w.append(
				event.Event{Kind: event.Unmerge, To: users[1], Body: event.Pack(event.UnmergeBody{Record: users[2], By: "test"})},
				merge(users[0], users[1]),
				event.Event{Kind: event.Page, AnonymousID: device, Name: "Home", MessageID: fmt.Sprint("page", n), Time: w.now},
			)
			w.checkIdentities(device, 5*n+5)
			require.Equal(t, int64(3), w.person("user_id:"+user).Events, "what %s was told by itself and by its device", user)
			require.Equal(t, users[2], w.person("anonymous_id:"+device).ID)
		}
	}
}

func TestALetterCountsForWhoHasItsAddressWhenTwoAreTakenApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	yaml := replace(shop, "at_most: 1, per: 3d", "at_most: 2, per: 3d", `quiet_hours: {from: "21:00", to: "08:00"}`, `quiet_hours: {from: "00:00", to: "00:00"}`)
	ws, err := definition.Compile(yaml)
	require.NoError(t, err)
	w.define(yaml)
	w.identify("ada", "", ada)
	w.identify("bob", "", map[string]any{"email": "bob@example.com", "first_name": "Bob", "consent": map[string]bool{"email": true}})
	one, other := w.person("user_id:ada").ID, w.person("user_id:bob").ID
	w.append(event.Event{Kind: event.Merge, To: one, Body: event.Pack(event.MergeBody{Person: other, By: "test"})})
	p := w.person("user_id:ada")
	require.Len(t, p.Merges, 1)
	apart := p.Merges[0].Record
	stays := p.ID
	w.order("ada", 10)
	for range 60 { // until the draw is no silence
		if w.pass(day); len(w.sent) > 0 {
			break
		}
	}
	w.append(event.Event{Kind: event.Unmerge, To: p.ID, Body: event.Pack(event.UnmergeBody{Record: apart, By: "test"})})
	for _, id := range []person.ID{stays, apart} {
		p, err := w.store.Person(id)
		require.NoError(t, err)
		require.Len(t, p.Touches, 1, "of one it was sent by, the other has read it")
		require.Equal(t, w.sent[0].Delivery, p.Touches[0].Delivery)
	}
	w.append(event.Event{Kind: event.Merge, To: one, Body: event.Pack(event.MergeBody{Person: other, By: "test"})})
	caps := policy.Ask(policy.Request{Defs: ws, Person: w.person("user_id:ada"), Channel: "email", Owed: false, Settings: event.SettingsBody{Live: event.LiveToAll}, Now: w.now})
	require.Empty(t, caps.Code, "and is one letter still: %s", caps.Sentence)
}

func TestAYesOrNoToARecordOfWhomNothingIsKnownHoldsForWhoeverItTurnsOutToBe(t *testing.T) {
	t.Parallel()
	no := func(at person.ID) event.Event {
		return event.Event{Kind: event.Consented, To: at, Source: "inbound", Body: event.Pack(event.ConsentBody{Channel: "email", Proof: "unsubscribe page"})}
	}
	w := newWorld(t, 2)
	w.define(shop)
	id := person.IDOf(0, person.NewIdentity(person.UserID, "ada"))
	w.append(no(id))
	p, err := w.store.Person(id)
	require.NoError(t, err)
	require.NotNil(t, p, "whoever says no is somebody")
	require.Contains(t, w.history(p), "consented")
	w.identify("ada", "phone", ada) // which declares that she agrees
	p = w.person("user_id:ada")
	require.Equal(t, id, p.ID)
	require.False(t, p.Consents("email", "news", definition.OptOut), "her own no stands")

	w.now = w.now.Add(time.Minute)
	late := no(id)
	late.ReceivedAt = w.now
	w.append(event.Event{Kind: event.Erase, To: id, Body: event.Pack(event.EraseBody{At: w.now.Add(time.Second)})}, late)
	p, err = w.store.Person(id)
	require.NoError(t, err)
	require.Nil(t, p, "what was on its way when she was erased is not taken")
	w.now = w.now.Add(time.Hour)
	w.append(no(id)) // by the link in a letter of before
	p, err = w.store.Person(id)
	require.NoError(t, err)
	require.False(t, p.Consents("email", "news", definition.OptOut), "what she says afterwards holds")
	hash := w.hash()
	w.restart(3)
	w.drain()
	require.Equal(t, hash, w.hash())
}
