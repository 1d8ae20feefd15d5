package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

func TestPeopleAreReachedByTheTokenThatWasMetLastAndStillWorks(t *testing.T) {
	t.Parallel()
	p := &profile.Person{
		Identities: []person.Identity{{Kind: person.DeviceToken, Value: "new"}, {Kind: person.DeviceToken, Value: "old"}, {Kind: person.UserID, Value: "u1"}},
		Met:        []profile.Met{{First: 20}, {First: 10}, {First: 5}},
	}
	require.Equal(t, "new", p.Address("push"))
	p.Suppress("new", profile.Suppressed{Why: event.Bounced, Time: 30})
	require.Equal(t, "old", p.Address("push"))
	p.Suppress("old", profile.Suppressed{Why: event.Bounced, Time: 31})
	require.NotEmpty(t, p.Address("push"), "the gate says why it is not used")
	require.Equal(t, "u1", p.Address("web"))
	require.Empty(t, p.Address("sms"))
}

func TestOneNumberServesAllThatATelephoneDoes(t *testing.T) {
	t.Parallel()
	p := &profile.Person{Identities: []person.Identity{person.NewIdentity(person.Phone, "+1 555 0100 12")}}
	for _, channel := range []string{"sms", "whatsapp", "voice"} {
		require.Equal(t, "+1555010012", p.Address(channel))
	}
}
