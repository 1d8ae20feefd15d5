package child_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/child"
)

func TestAProcessIsToldNothingAndHeardFromTheBeginning(t *testing.T) {
	t.Setenv("RAPPORT_SECRET", "hush")
	cmd, said := child.Command(t.Context(), []string{"/bin/sh", "-c", `printf 'secret <%s> zone <%s> ' "$RAPPORT_SECRET" "$TZ" >&2; head -c 100000 /dev/zero | tr '\0' x >&2`})
	require.NoError(t, cmd.Run())
	require.Len(t, said.String(), 4096)
	require.True(t, strings.HasPrefix(said.String(), "secret <> zone <UTC> xxx"), said.String()[:40])
}
