package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/person"
)

func TestAMergeIsShownUndoneAndMadeAgain(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	r.track(`{"anonymousId":"tablet","event":"Product Viewed","messageId":"m1"}`)
	tablet := r.person("anonymous_id:tablet")
	r.track(`{"userId":"42","anonymousId":"tablet","event":"Order Completed","messageId":"m2"}`)
	var who api.PersonIdentities
	get := func(id string) int {
		who = api.PersonIdentities{}
		return r.call(http.MethodGet, "/api/v1/people/"+id+"/identities", nil, &who)
	}
	id := r.person("user_id:42")
	require.Eventually(t, func() bool { return get(id) == http.StatusOK && len(who.Merges) == 1 }, time.Minute, 5*time.Millisecond)
	require.Equal(t, tablet, who.Merges[0].Record.String())
	require.Equal(t, person.NewIdentity(person.AnonymousID, "tablet"), who.Merges[0].Identity)
	require.Equal(t, 1, who.Merges[0].Events)
	require.Len(t, who.Identities, 2)
	require.Equal(t, person.UserID, who.Identities[0].Kind)
	require.NotZero(t, who.Identities[1].LastSeen)
	require.Equal(t, id, r.person("anonymous_id:tablet"))

	merges := "/api/v1/people/" + id + "/merges"
	require.Equal(t, http.StatusNotFound, r.call(http.MethodPost, merges+"/"+id+"/undo", map[string]any{}, nil))
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, merges+"/"+tablet+"/undo", map[string]any{"reason": "the family's"}, nil))
	require.Eventually(t, func() bool { return get(tablet) == http.StatusOK && who.Person.String() == tablet }, time.Minute, 5*time.Millisecond)
	require.Equal(t, http.StatusOK, get(id))
	require.Empty(t, who.Merges)
	require.Len(t, who.Apart, 1)
	require.Equal(t, "kept_apart", who.Refused[0].Code)
	require.Contains(t, r.timeline(tablet), "Product Viewed m1")
	require.NotContains(t, r.timeline(id), "Product Viewed m1")

	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodPost, merges, map[string]any{"person": id}, nil))
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, merges, map[string]any{"person": tablet, "reason": "hers after all"}, nil))
	require.Eventually(t, func() bool {
		return get(tablet) == http.StatusOK && who.Person.String() == id && len(who.Settling) == 0
	}, time.Minute, 5*time.Millisecond)
	require.Empty(t, who.Apart)
	require.Equal(t, "operator", string(who.Merges[0].Force))
	require.Contains(t, r.timeline(id), "Product Viewed m1")
}
