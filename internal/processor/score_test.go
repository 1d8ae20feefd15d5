package processor_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Whoever has the company's own model asked reads the person in the store: they have to
// be there by then, with the choice that waits.
func TestTheModelIsAskedAboutAPersonWhoCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	var mu sync.Mutex // several groups ask at once
	asked := map[person.ID]bool{}
	w.score = func(id person.ID, choice event.Opportunity) {
		p, err := w.store.Person(id)
		mu.Lock()
		defer mu.Unlock()
		require.NoError(t, err)
		require.NotNil(t, p, "asked about somebody who is not there yet")
		require.NotNil(t, p.Choosing)
		require.Equal(t, choice, p.Choosing.ID)
		asked[id] = true
	}
	w.restart(2)
	w.define(replace(shop, "policy:", "calls: [{id: model, url: \"https://model.example/\"}]\nscorer: {call: model}\npolicy:"))
	w.crowd(30)
	w.pass(day)
	require.NotEmpty(t, asked)
	before := len(asked)
	clear(asked)
	w.restart(1)
	require.Len(t, asked, before, fmt.Sprint("who waits is asked about again after a start: ", before))
}
