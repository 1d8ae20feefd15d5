package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryPlaceOfTheInboxThatIsDescribedIsServed(t *testing.T) {
	r := onsiteShop(t, t.TempDir(), "")
	text, err := os.ReadFile("../../web/openapi.json")
	require.NoError(t, err)
	var spec struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(text, &spec))
	served := 0
	for path, methods := range spec.Paths {
		if !strings.HasPrefix(path, "/v1/web/") {
			continue
		}
		for method := range methods {
			status := r.call(strings.ToUpper(method), path, map[string]any{}, nil)
			require.NotContains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, status, "%s %s", method, path)
			served++
		}
	}
	require.Equal(t, 6, served)
}
