package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/reporttest"
)

func TestPeopleAreFoundByNameAndTraitAsByIdentity(t *testing.T) {
	t.Parallel()
	store := &reporttest.Store{}
	store.SetState(report.State{Definitions: retail(t), Now: 10})
	for user, traits := range map[string]map[string]profile.Trait{
		"42": {"first_name": {Value: []byte(`"Ada"`)}, "last_name": {Value: []byte(`"Lovelace"`)}, "country": {Value: []byte(`"United Kingdom"`)}},
		"43": {"name": {Value: []byte(`"Blaise Pascal"`)}, "age": {Value: []byte(`42`)}},
	} {
		store.Put(profile.Person{ID: id(user), Identities: []person.Identity{person.NewIdentity(person.UserID, user)}, Traits: profile.SortedOf(traits)},
			event.Event{Kind: event.Page, To: id(user), UserID: user, Time: 5})
	}
	r := report.New(store, report.Options{})
	for typed, want := range map[string]string{"lovel": "Ada Lovelace", "UNITED k": "Ada Lovelace", "42": "Ada Lovelace", "pascal": "Blaise Pascal", "curie": ""} {
		found, err := r.People(t.Context(), report.Filter{Query: typed})
		require.NoError(t, err)
		var names string
		for _, p := range found.People {
			names += p.Name
		}
		require.Equal(t, want, names, "looking for %q", typed)
		require.Equal(t, len(found.People), found.Total)
	}
}
