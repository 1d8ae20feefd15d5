package definition_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

func TestEveryTemplateCompiles(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, definition.Templates())
	for _, name := range definition.Templates() {
		source, ok := definition.Template(name)
		require.True(t, ok)
		w, err := definition.Compile(source)
		require.NoError(t, err, name)
		require.NotEmpty(t, w.Goals)
	}
}
