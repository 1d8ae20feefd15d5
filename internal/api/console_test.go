package api_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
)

func built() http.Handler {
	w := newWorld()
	return api.New(api.Options{Reports: w, Control: w, Token: token, Console: fstest.MapFS{
		"index.html":               {Data: []byte("<!doctype html><title>console</title>")},
		"icon.svg":                 {Data: []byte("<svg/>")},
		".keep":                    {},
		"assets/index-a1b2c3.js":   {Data: []byte(strings.Repeat("let a = 1;\n", 500))},
		"assets/index-a1b2c3.css":  {Data: []byte("a{}")},
		"assets/inner/font.woff2":  {Data: []byte("font")},
		"assets/.hidden":           {Data: []byte("secret")},
		"assets/other/deep/x.json": {Data: []byte("{}")},
	}})
}

func TestConsoleIsServedWithItsOwnAddresses(t *testing.T) {
	t.Parallel()
	const immutable = "public, max-age=31536000, immutable"
	tests := []struct {
		target, kind, cache string
		status              int
		body                string
	}{
		{"/", "text/html; charset=utf-8", "no-cache", 200, "console"},
		{"/index.html", "text/html; charset=utf-8", "no-cache", 200, "console"},
		{"/people/prs_1?stage=return", "text/html; charset=utf-8", "no-cache", 200, "console"},
		{"/goals/second-order", "text/html; charset=utf-8", "no-cache", 200, "console"},
		{"/assets/index-a1b2c3.js", "text/javascript; charset=utf-8", immutable, 200, "let a"},
		{"/assets/index-a1b2c3.css", "text/css; charset=utf-8", immutable, 200, "a{}"},
		{"/icon.svg", "image/svg+xml", "public, max-age=3600", 200, "<svg/>"},
		{"/assets/index-old.js", "text/plain; charset=utf-8", "", 404, "not found"},
		{"/assets/.hidden", "text/plain; charset=utf-8", "", 404, "not found"},
		{"/.keep", "text/plain; charset=utf-8", "", 404, "not found"},
		{"/assets", "text/html; charset=utf-8", "no-cache", 200, "console"},
	}
	for _, test := range tests {
		t.Run(test.target, func(t *testing.T) {
			t.Parallel()
			got := ask(t, built(), "GET", test.target, "", "Authorization", "")
			require.Equal(t, test.status, got.Code)
			require.Equal(t, test.kind, got.Header().Get("Content-Type"))
			require.Equal(t, test.cache, got.Header().Get("Cache-Control"))
			require.Contains(t, got.Body.String(), test.body)
			policy := got.Header().Get("Content-Security-Policy")
			require.Contains(t, policy, "default-src 'self'")
			require.Contains(t, policy, "frame-ancestors 'none'")
			require.NotContains(t, policy, "unsafe")
			require.Equal(t, "nosniff", got.Header().Get("X-Content-Type-Options"))
		})
	}
}

func TestAssetsAreCompressed(t *testing.T) {
	t.Parallel()
	got := ask(t, built(), "GET", "/assets/index-a1b2c3.js", "", "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", got.Header().Get("Content-Encoding"))
	require.Less(t, got.Body.Len(), 1000)
}

func TestConsoleThatIsNotBuiltSaysHowToBuildIt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for name, h := range map[string]http.Handler{
		"no files":     serve(w),
		"nothing made": api.New(api.Options{Reports: w, Control: w, Token: token, Console: fstest.MapFS{".keep": {}}}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, h, "GET", "/people", "", "Authorization", "")
			require.Equal(t, 503, got.Code)
			require.Contains(t, got.Body.String(), "make web")
		})
	}
}

func TestConsoleOnlyReads(t *testing.T) {
	t.Parallel()
	require.Equal(t, 405, ask(t, built(), "POST", "/people", "{}").Code)
	require.Equal(t, 200, ask(t, built(), "HEAD", "/", "").Code)
}
