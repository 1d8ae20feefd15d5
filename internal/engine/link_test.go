package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

var anon = person.IDOf(0, person.NewIdentity(person.AnonymousID, "anon"))

// visitor is somebody without a user id who has bought something, whose address
// is known, and for whom a letter has been chosen.
func (d *desk) visitor() (delivery string) {
	d.t.Helper()
	d.apply(event.Event{Kind: event.Identify, AnonymousID: "anon", Traits: []byte(`{"email":"ada@example.com","first_name":"Ada","consent":{"email":true}}`)})
	d.apply(event.Event{Kind: event.Track, Name: "Order Completed", AnonymousID: "anon", Properties: []byte(`{"revenue":30}`)})
	d.choose(d.records[anon], "thanks")
	require.Len(d.t, d.records[anon].Deliveries, 1)
	for id := range d.records[anon].Deliveries {
		delivery = id
	}
	return delivery
}

// signIn tells that the visitor is Ada, all the way.
func (d *desk) signIn() *profile.Person {
	d.t.Helper()
	d.settle(d.apply(event.Event{Kind: event.Identify, UserID: "ada", AnonymousID: "anon", Traits: []byte(`{}`)}))
	ada := d.records[idOf("ada")]
	require.Empty(d.t, ada.Settling)
	require.Equal(d.t, "try", ada.Stage)
	require.Equal(d.t, ada.ID, d.records[anon].Forward)
	return ada
}

func (d *desk) ask(to person.ID, delivery string) engine.Effects {
	d.t.Helper()
	return d.apply(event.Event{Kind: event.Ask, To: to, Body: event.Pack(event.AskBody{Delivery: delivery, Session: "s"})})
}

func receipt(to person.ID, delivery string, o event.Outcome) event.Event {
	return event.Event{Kind: event.Receipt, To: to, Body: event.Pack(event.ReceiptBody{Delivery: delivery, Channel: "email", Outcome: o})}
}

func (d *desk) labels(id person.ID) (out []string) {
	for _, e := range d.notes[id] {
		out = append(out, e.Label())
	}
	return out
}

func TestALetterThatWaitedForAVisitorIsGivenUpWithAReasonWhenTheyAreKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	delivery := d.visitor()
	d.signIn()
	require.Equal(t, []string{policy.Settling}, codes(d.suppressions(idOf("ada"))))
	require.Empty(t, d.records[anon].Deliveries)
	require.Empty(t, d.ask(anon, delivery).Emit, "an ask that was under way grants nothing")
	require.NotContains(t, d.labels(idOf("ada")), "ask")
}

func TestALetterOnItsWayToAVisitorIsFollowedThroughWhenTheyAreKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	delivery := d.visitor()
	asked := d.ask(anon, delivery)
	require.Len(t, asked.Emit, 1)
	d.signIn()
	d.settle(asked) // the grant is read after the sign-in
	require.Equal(t, profile.Granted, d.records[anon].Deliveries[delivery].Phase, "it was let pass before: the deliverer may send it")
	require.Empty(t, d.records[idOf("ada")].Deliveries, "and only from where it was")

	d.settle(d.apply(receipt(anon, delivery, event.Sent)))
	d.settle(d.apply(receipt(anon, delivery, event.Sent)))
	require.Empty(t, d.records[anon].Deliveries)
	labels := d.labels(idOf("ada"))
	require.Equal(t, []string{"grant", "receipt"}, labels[len(labels)-2:], "what became of it is on the person's timeline, once")
	require.NotContains(t, d.labels(anon), "receipt")

	// The letter counts against Ada's caps, and a complaint about it is hers.
	ada := d.records[idOf("ada")]
	d.env.Now = d.env.Now.Add(time.Hour)
	why := policy.Ask(policy.Request{Defs: d.env.Defs, Settings: d.env.Settings, Person: ada, Channel: "email", Now: d.env.Now})
	require.Equal(t, policy.Capped, why.Code)
	d.settle(d.apply(receipt(anon, delivery, event.Complained)))
	require.Contains(t, d.records[idOf("ada")].Suppressed, "ada@example.com")
}

func TestAComplaintOfAVisitorIsNotForgottenWhenTheyAreKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	delivery := d.visitor()
	d.settle(d.ask(anon, delivery))
	d.apply(receipt(anon, delivery, event.Sent))
	d.apply(receipt(anon, delivery, event.Complained))
	ada := d.signIn()
	require.Equal(t, event.Complained, ada.Suppressed["ada@example.com"].Why)
}

func TestAComplaintAboutAnOldLetterStillCounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	p := d.buyer()
	d.apply(receipt(p.ID, "dlv-long-ago", event.Complained))
	require.Contains(t, d.records[p.ID].Suppressed, "ada@example.com")
}

func TestAnImportThatJoinsIdentitiesStartsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	past := d.env.Now.Add(-30 * day)
	d.apply(event.Event{Kind: event.Track, Name: "Order Completed", AnonymousID: "anon", Imported: true, Time: past, Properties: []byte(`{"revenue":30}`)})
	d.settle(d.apply(event.Event{
		Kind: event.Identify, UserID: "ada", AnonymousID: "anon", Imported: true, Time: past,
		Traits: []byte(`{"email":"ada@example.com","consent":{"email":true}}`),
	}))
	ada := d.records[idOf("ada")]
	require.Equal(t, "try", ada.Stage)
	require.Empty(t, ada.Settling)
	require.Empty(t, ada.Goals)
	require.Nil(t, ada.Choosing)
}

func TestAnIdentityThatBelongsToAnotherIsNotTakenAndNotAskedForAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	for range 2 {
		for _, user := range []string{"ada", "bob"} {
			d.settle(d.apply(event.Event{Kind: event.Page, UserID: user, AnonymousID: "shared"}))
		}
	}
	shared := person.NewIdentity(person.AnonymousID, "shared")
	require.Contains(t, d.records[idOf("ada")].Identities, shared)
	require.NotContains(t, d.records[idOf("bob")].Identities, shared)
	require.Empty(t, d.records[idOf("bob")].Settling)
	refused := 0
	for _, l := range d.labels(idOf("bob")) {
		if l == "refused" {
			refused++
		}
	}
	require.Equal(t, 1, refused)
}

func TestTwoPeopleWhoClaimOneDeviceAtOnceDoNotBothGetIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	d.apply(event.Event{Kind: event.Page, AnonymousID: "anon"})
	// Both ask before either is answered.
	first := d.apply(event.Event{Kind: event.Page, UserID: "ada", AnonymousID: "anon"})
	second := d.apply(event.Event{Kind: event.Page, UserID: "bob", AnonymousID: "anon"})
	d.settle(second)
	d.settle(first)
	require.Equal(t, idOf("bob"), d.records[anon].Forward, "whose link was read first")
	for _, user := range []string{"ada", "bob"} {
		require.Empty(t, d.records[idOf(user)].Settling, user)
	}
	require.Equal(t, int64(1), d.records[idOf("ada")].Events)
	require.Equal(t, int64(2), d.records[idOf("bob")].Events)
}
