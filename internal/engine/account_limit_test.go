package engine_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

func (d *desk) crowded(id person.ID) (n int) {
	for _, e := range d.notes[id] {
		if e.Kind != event.Refused {
			continue
		}
		body, err := event.Unpack[event.RefusedBody](e)
		require.NoError(d.t, err)
		if body.Reason.Code == "too_many_accounts" {
			n++
		}
	}
	return n
}

func TestAnAccountTooManyIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	ada := idOf("ada")
	for i := range profile.MostAccounts {
		d.apply(event.Event{Kind: event.Group, Name: fmt.Sprint("acme-", i), UserID: "ada"})
	}
	require.Zero(t, d.crowded(ada))
	fx := d.apply(event.Event{Kind: event.Group, Name: "one-more", UserID: "ada"})
	require.Empty(t, fx.Emit, "the account hears nothing of it")
	require.Equal(t, 1, d.crowded(ada))
	d.apply(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Context: []byte(`{"groupId":"one-more"}`)})
	require.Equal(t, 2, d.crowded(ada), "what does not count for it says so")
	d.apply(event.Event{Kind: event.Group, Name: "acme-7", UserID: "ada", Traits: []byte(`{"role":"owner"}`)})
	require.Equal(t, 2, d.crowded(ada))
	m, ok := d.records[ada].InAccount("acme-7")
	require.True(t, ok)
	require.Equal(t, "owner", m.Role)
	_, ok = d.records[ada].InAccount("one-more")
	require.False(t, ok)
}

func TestAnAccountTooManyThatCameByAMergeIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	ada := idOf("ada")
	for i := range profile.MostAccounts - 1 {
		d.apply(event.Event{Kind: event.Group, Name: fmt.Sprint("acme-", i), UserID: "ada"})
	}
	for _, group := range []string{"fits", "too-many", "too-many"} {
		d.apply(event.Event{Kind: event.Group, Name: group, AnonymousID: "phone"})
	}
	d.settle(d.apply(event.Event{Kind: event.Identify, UserID: "ada", AnonymousID: "phone"}))
	require.True(t, d.records[person.IDOf(0, person.NewIdentity(person.AnonymousID, "phone"))].IsForward())
	require.Len(t, d.records[ada].Accounts, profile.MostAccounts)
	_, ok := d.records[ada].InAccount("fits")
	require.True(t, ok)
	require.Equal(t, 1, d.crowded(ada), "once, however often the history names it")
}
