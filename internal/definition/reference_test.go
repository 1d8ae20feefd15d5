package definition_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

func TestTheReferenceNamesEveryKeyOfTheSchema(t *testing.T) {
	t.Parallel()
	var schema struct {
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(definition.Schema(), &schema))
	text := string(definition.Reference())
	require.Greater(t, len(schema.Defs), 20)
	for path, def := range schema.Defs {
		_, section, found := strings.Cut(text, "# "+path+"\n")
		require.True(t, found, "the reference has no section %s", path)
		section, _, _ = strings.Cut(section, "\n#")
		for key := range def.Properties {
			require.Contains(t, section, "| `"+key+"` |", path)
		}
	}
}
