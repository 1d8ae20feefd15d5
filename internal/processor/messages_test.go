package processor

// An internal test: how often the filter is wrong cannot be seen from outside.

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statestore"
)

func TestTheFilterOfMessagesNeverForgetsAndIsSeldomWrong(t *testing.T) {
	t.Parallel()
	const n = 200_000
	m := messages{days: map[statestore.Day]*sieve{}}
	for i := range n {
		m.add(7, statestore.KeyOf("s", strconv.Itoa(i)))
	}
	wrong := 0
	for i := range n {
		require.True(t, m.mayHold(7, statestore.KeyOf("s", strconv.Itoa(i))))
		require.True(t, m.mayHold(8, statestore.KeyOf("s", strconv.Itoa(i))), "the day after")
		if m.mayHold(7, statestore.KeyOf("s", strconv.Itoa(n+i))) {
			wrong++
		}
	}
	require.Less(t, wrong, n/500)
	require.False(t, m.mayHold(9, statestore.KeyOf("s", "1")))
	m.forget(8)
	require.False(t, m.mayHold(8, statestore.KeyOf("s", "1")))
}
