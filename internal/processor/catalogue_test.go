package processor_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/catalogue"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/processor"
)

func TestALetterSaysWhatTheCatalogueSaidWhenItWasGranted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	price := event.Micros(12_500_000)
	var none *catalogue.Catalogue
	c, err := none.Change([]catalogue.Item{{ID: "tea", Name: "Green tea", Price: &price, Currency: "EUR"}}, nil)
	require.NoError(t, err)
	require.NoError(t, processor.PutCatalogue(t.Context(), w.journal, c, "test", w.now))
	letter := bytes.Replace(shop, []byte(`"Thank you, {{ first_name }}"`),
		[]byte(`'{% assign p = traits.likes | item %}{{ p.name | default: "Nothing" }} for {{ p.price }}{{ "no such" | item }}'`), 1)
	require.NotEqual(t, shop, letter)
	_, err = processor.PutDefinitions(t.Context(), w.journal, letter, w.now)
	require.NoError(t, err)
	w.drain()

	for _, who := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		w.identify(who, "", map[string]any{"email": who + "@example.com", "likes": "tea", "consent": map[string]bool{"email": true}})
		w.order(who, 3)
	}
	w.pass(30 * day)
	require.NotEmpty(t, w.sent)
	require.Equal(t, "Green tea for 12.5", w.sent[0].Content.Subject)

	c, err = c.Change(nil, []string{"tea"})
	require.NoError(t, err)
	require.NoError(t, processor.PutCatalogue(t.Context(), w.journal, c, "test", w.now))
	w.drain()
	hash := w.hash()
	w.restart(3)
	require.Equal(t, hash, w.hash(), "what was granted is a fact, whatever is in the catalogue now")
	var granted bool
	for _, who := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		p := w.person("user_id:" + who)
		require.NoError(t, w.store.History(t.Context(), p.ID, func(e event.Event) bool {
			var g event.GrantBody
			if e.Kind == event.Grant && json.Unmarshal(e.Body, &g) == nil {
				granted = granted || g.Content.Subject == "Green tea for 12.5"
			}
			return true
		}))
	}
	require.True(t, granted)
}
