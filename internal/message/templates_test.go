package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/message"
)

func TestAMessageReadsTheSameWhetherItsTextsWereReadBeforeOrNot(t *testing.T) {
	t.Parallel()
	written := 0
	for _, name := range definition.Templates() {
		source, is := definition.Template(name)
		require.True(t, is)
		ws, err := definition.Compile(source)
		require.NoError(t, err)
		vars := message.Vars{Now: march, Traits: map[string]any{"first_name": "Ada"}, Workspace: message.Of(ws)}
		read := vars
		read.Templates = message.ReadTemplates(ws)
		for _, program := range ws.Programs() {
			for _, a := range program.Actions {
				for _, m := range a.Messages {
					want, wrong := message.Compose(m, vars)
					got, err := message.Compose(m, read)
					require.Equal(t, wrong, err)
					require.Equal(t, want, got)
					written++
				}
			}
		}
	}
	require.Greater(t, written, 10)
}
