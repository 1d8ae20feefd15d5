package inbound_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/inbound"
)

func TestKeywordsAreSingleWordsInAnyCase(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]inbound.Keyword{
		"STOP": inbound.Stop, " stop ": inbound.Stop, "Stop.": inbound.Stop, "arrêt": inbound.Stop, "stopall": inbound.Stop,
		"start": inbound.Start, "UNSTOP": inbound.Start, "help": inbound.Help, "info": inbound.Help,
		"please stop by": inbound.NoKeyword, "stop it": inbound.NoKeyword, "yes": inbound.NoKeyword, "": inbound.NoKeyword,
	} {
		require.Equal(t, want, inbound.ReadKeyword(text), "%q", text)
	}
}
