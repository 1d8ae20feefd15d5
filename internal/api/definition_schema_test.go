package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

func TestTheSchemaOfDefinitionsIsServedToEditors(t *testing.T) {
	t.Parallel()
	got := ask(t, serve(newWorld()), "GET", "/api/v1/definitions/schema", "")
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, "application/schema+json", got.Header().Get("Content-Type"))
	require.Equal(t, string(definition.Schema()), got.Body.String())

	got = ask(t, serve(newWorld()), "GET", "/api/v1/definitions/schema", "", "Authorization", "")
	require.Equal(t, http.StatusUnauthorized, got.Code)
}
