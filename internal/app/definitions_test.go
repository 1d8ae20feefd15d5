package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/app"
)

func TestAMessageThatCannotBeReadIsFoundBeforeItIsInForce(t *testing.T) {
	t.Parallel()
	_, err := app.CheckDefinitions([]byte(everyday))
	require.NoError(t, err)
	for _, broken := range []string{"{{ first_name", "{% if first_name %}", "{{ first_name | nofilter }}"} {
		_, err := app.CheckDefinitions([]byte(strings.Replace(everyday, "Thank you, {{ first_name }}", broken, 1)))
		require.ErrorContains(t, err, "goal again, action a, message a, headline", broken)
	}
}

func TestAFolderOfDefinitionsThatIsNotThereIsSaidSo(t *testing.T) {
	t.Parallel()
	_, _, err := app.ReadDefinitions(t.TempDir() + "/nothing")
	require.ErrorContains(t, err, "rapport init")
}
