package profile_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// An SDK sends the traits of a signed-in person with every visit. What they
// unsubscribed from must stay so.
func TestAWithdrawalIsNotUndoneByATraitThatIsSentAgain(t *testing.T) {
	t.Parallel()
	ws := &definition.Workspace{Currency: "EUR"}
	identify := func(at event.Instant, channel string, given bool) event.Event {
		return event.Event{Kind: event.Identify, UserID: "ada", Source: "web", Time: at, Traits: fmt.Appendf(nil, `{"consent":{%q:%t}}`, channel, given)}
	}
	said := func(at event.Instant, given bool) event.Event {
		return event.Event{Kind: event.Consented, Time: at, Body: event.Pack(event.ConsentBody{Channel: "email", Given: given})}
	}
	for _, c := range []struct {
		what   string
		events []event.Event
		want   bool
	}{
		{"declared", []event.Event{identify(1, "email", true)}, true},
		{"declared, then withdrawn", []event.Event{identify(1, "email", true), said(2, false)}, false},
		{"withdrawn, then declared again", []event.Event{identify(1, "email", true), said(2, false), identify(3, "email", true)}, false},
		{"withdrawn, then declared for a part", []event.Event{said(2, false), identify(3, "email/offer", true)}, false},
		{"withdrawn, then given again", []event.Event{said(2, false), identify(3, "email", true), said(4, true)}, true},
		{"given, then declared withdrawn", []event.Event{said(2, true), identify(3, "email", false)}, false},
		{"declared withdrawn, then declared given", []event.Event{identify(1, "email", false), identify(3, "email", true)}, true},
	} {
		forth, back := &profile.Person{}, &profile.Person{}
		for i := range c.events {
			forth.Replay(ws, c.events[i])
			back.Replay(ws, c.events[len(c.events)-1-i])
		}
		require.Equal(t, c.want, forth.Consents("email", "offer", definition.OptIn), c.what)
		require.Equal(t, c.want, back.Consents("email", "offer", definition.OptIn), "%s, arriving the other way round", c.what)
	}
}

func TestTheTraitsOfAGroupAreNotThoseOfItsMember(t *testing.T) {
	t.Parallel()
	ws := compile(t)
	p := observeAll(ws, []event.Event{
		{Kind: event.Identify, UserID: "ada", Time: 1, Traits: []byte(`{"email":"ada@example.test"}`)},
		{
			Kind: event.Group, Name: "Order Completed", UserID: "ada", Time: 2,
			Traits: []byte(`{"email":"office@acme.test","consent":{"email":false}}`), Context: []byte(`{"traits":{"plan":"pro"}}`),
		},
		{Kind: event.Alias, Name: "someone", UserID: "ada", Time: 3},
	})
	require.Equal(t, "ada@example.test", p.Trait("email"))
	require.Equal(t, "pro", p.Trait("plan"), "the person's own, within the context")
	require.Empty(t, p.Declared)
	require.Len(t, p.Identities, 2, "nothing was taken from the group or the former id")
	require.EqualValues(t, 3, p.Events)
	require.Empty(t, p.Features, "the name of a group is not the name of an event")
}
