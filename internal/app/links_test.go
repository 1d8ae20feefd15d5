package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/links"
)

func TestLinksOfMessagesAreLookedAtWhenSomebodyAsks(t *testing.T) {
	t.Parallel()
	shop := http.NewServeMux()
	shop.HandleFunc("/plans", func(http.ResponseWriter, *http.Request) {})
	s := httptest.NewServer(shop)
	t.Cleanup(s.Close)
	source := strings.ReplaceAll(speaking, "https://shop.example/plans", s.URL+"/plans")
	source = strings.Replace(source, "body: Your plan is {{ plan }}.", "body: 'Your plan is {{ plan }}. [More]("+s.URL+"/more), [yours]("+s.URL+"/of/{{ plan }}).'", 1)
	ws, err := definition.Compile([]byte(source))
	require.NoError(t, err)

	r := app.CheckLinks(t.Context(), ws, links.Options{Anywhere: true})
	require.Equal(t, 2, r.Looked)
	require.Equal(t, 1, r.Personal)
	require.Len(t, r.Findings, 1)
	require.Equal(t, `error: hello, body: the link "`+s.URL+`/more" leads nowhere: it answers 404 Not Found; write where it is, or put something there`, r.Findings[0].String())

	// The server itself calls nothing of its own network.
	served := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, source)})
	var out api.LinkReport
	served.ok(http.MethodPost, "/api/v1/messages/links", nil, &out)
	require.Equal(t, 2, out.Looked)
	require.Len(t, out.Findings, 2)
	require.Contains(t, out.Findings[0].What, "is not a public address")
}
