package inbound_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/inbound"
	"github.com/rapporthq/rapport/internal/person"
)

func TestARefComesBackAsItWentAndFitsIntoAnAddress(t *testing.T) {
	t.Parallel()
	l, err := inbound.NewLinks("https://r.example", bytes.Repeat([]byte{7}, 32), func() event.Instant { return 1 })
	require.NoError(t, err)
	other, err := inbound.NewLinks("https://r.example", bytes.Repeat([]byte{8}, 32), func() event.Instant { return 1 })
	require.NoError(t, err)
	p := person.IDOf(1, person.NewIdentity(person.UserID, "u"))
	for _, delivery := range []string{"dlv-255/99999999999/12", "dlv-0/0/0", "d", "dlv-01/2/3", "conv-12/7"} {
		ref := l.Ref(p, delivery)
		who, what, err := l.OpenRef(strings.ToUpper(ref))
		require.NoError(t, err)
		require.Equal(t, p, who)
		require.Equal(t, delivery, what)
		for i := range ref {
			forged := ref[:i] + string("ab"[b2i(ref[i] == 'a')]) + ref[i+1:]
			_, _, err := l.OpenRef(forged)
			require.Error(t, err, "letter %d", i)
		}
		_, _, err = other.OpenRef(ref)
		require.Error(t, err)
	}
	require.LessOrEqual(t, len("bounces+")+len(l.Ref(p, "dlv-255/99999999999/12")), 64)
	for _, junk := range []string{"", "a", "!!", strings.Repeat("a", 60)} {
		_, _, err := l.OpenRef(junk)
		require.Error(t, err)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
