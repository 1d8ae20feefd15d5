package report_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
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

func TestWhateverIsTypedFindsThoseWhoseTextContainsItAndNobodyElse(t *testing.T) {
	t.Parallel()
	store, rng := &reporttest.Store{}, rand.New(rand.NewPCG(7, 7))
	store.SetState(report.State{Definitions: retail(t), Now: 1000})
	letters := func(n int) string {
		out := make([]byte, n)
		for i := range out {
			out[i] = "abc "[rng.IntN(4)]
		}
		return string(out)
	}
	type one struct{ name, trait string }
	everybody := map[person.ID]one{}
	for i := range 300 {
		user := fmt.Sprintf("%04d", i)
		p := one{"b" + strings.TrimSpace(letters(rng.IntN(5))), letters(rng.IntN(5))}
		everybody[id(user)] = p
		store.Put(profile.Person{ID: id(user), Traits: profile.SortedOf(map[string]profile.Trait{
			"name": {Value: fmt.Appendf(nil, "%q", p.name)}, "town": {Value: fmt.Appendf(nil, "%q", p.trait)},
		})}, event.Event{Kind: event.Page, To: id(user), Time: event.Instant(1 + rng.IntN(900))})
	}
	r := report.New(store, report.Options{})
	for range 200 {
		typed := strings.TrimSpace(letters(1 + rng.IntN(4)))
		var want []person.ID
		for id, p := range everybody {
			if typed == "" || strings.Contains(p.name, typed) || strings.Contains(p.trait, typed) {
				want = append(want, id)
			}
		}
		var got []person.ID
		f := report.Filter{Query: typed, Limit: 1 + rng.IntN(40)}
		for {
			page, err := r.People(t.Context(), f)
			require.NoError(t, err)
			require.Equal(t, len(want), page.Total, "looking for %q", typed)
			for _, p := range page.People {
				got = append(got, p.ID)
			}
			if f.Cursor = page.NextCursor; f.Cursor == "" {
				break
			}
		}
		require.ElementsMatch(t, want, got, "looking for %q, page by page", typed)
	}
}
