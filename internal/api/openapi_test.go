package api_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
)

// golden is what the console's types are generated from.
const golden = "../../web/openapi.json"

var update = flag.Bool("update", false, "write the description anew")

func TestDescriptionOfTheAPIIsTheOneTheConsoleWasGeneratedFrom(t *testing.T) {
	t.Parallel()
	got, err := api.OpenAPI()
	require.NoError(t, err)
	again, err := api.OpenAPI()
	require.NoError(t, err)
	require.Equal(t, string(got), string(again), "the description must be the same each time")
	if *update {
		require.NoError(t, os.WriteFile(golden, got, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run: make generate")
}

func TestDescriptionSaysWhatIsNullAndWhatIsRequired(t *testing.T) {
	t.Parallel()
	text, err := api.OpenAPI()
	require.NoError(t, err)
	var spec struct {
		OpenAPI    string `json:"openapi"`
		Components struct {
			Schemas map[string]struct {
				Required   []string `json:"required"`
				Properties map[string]struct {
					Type   any    `json:"type"`
					Format string `json:"format"`
					Enum   []any  `json:"enum"`
				} `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal(text, &spec))
	require.Equal(t, "3.1.0", spec.OpenAPI)
	schemas := spec.Components.Schemas

	row := schemas["PersonRow"].Properties
	require.Equal(t, "string", row["id"].Type)
	require.Equal(t, []any{"string", "null"}, row["first_seen"].Type, "an instant may be never")
	require.Equal(t, "date-time", row["first_seen"].Format)
	require.Equal(t, "integer", row["value"].Type, "amounts are whole millionths")
	require.Equal(t, "int64", row["value"].Format)
	require.Contains(t, schemas["PersonRow"].Required, "last_own", "null is said, not left out")
	require.NotContains(t, schemas["PersonRow"].Required, "email")
	require.Len(t, schemas["Workspace"].Properties["live"].Enum, 3)
	require.Contains(t, schemas["Person"].Properties, "stage", "a person's page holds what their row holds")
	require.Contains(t, schemas["Week"].Properties, "unprompted")
	require.Contains(t, schemas["Problem"].Required, "detail")

	for name, schema := range schemas {
		for property, p := range schema.Properties {
			if types, ok := p.Type.([]any); ok {
				require.NotContains(t, types, "array", "%s.%s: arrays are never null", name, property)
			}
		}
	}
}
