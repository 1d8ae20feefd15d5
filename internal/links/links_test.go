package links_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/links"
)

func TestEachAddressIsCalledAndItsProblemSaid(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /there", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/there", http.StatusMovedPermanently)
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/no-head", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
	mux.HandleFunc("/members", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-asked:
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(asked) })
	var addresses []string
	for _, path := range []string{"/there", "/moved", "/no-head", "/members", "/gone", "/round", "/slow"} {
		addresses = append(addresses, s.URL+path)
	}
	found, left := links.Look(t.Context(), addresses, links.Options{Anywhere: true, Patience: 2 * time.Second})
	require.Zero(t, left)
	for i, want := range []string{"", "", "", "", "answers 404 Not Found", "leads on more than 5 times", "does not answer within 2s"} {
		require.Equal(t, addresses[i], found[i].URL)
		if want == "" {
			require.Empty(t, found[i].Problem, addresses[i])
		}
		require.Contains(t, found[i].Problem, want)
	}
}

func TestAddressesOfTheOwnNetworkAreNotCalled(t *testing.T) {
	t.Parallel()
	called := false
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	t.Cleanup(s.Close)
	found, _ := links.Look(t.Context(), []string{s.URL, "http://[::1]:1/", "http://169.254.169.254/latest"}, links.Options{})
	for _, f := range found {
		require.Contains(t, f.Problem, "is not a public address", f.URL)
	}
	require.False(t, called)
}

func TestNoMoreThanSomeAreLookedAt(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	many := make([]string, 503)
	for i := range many {
		many[i] = s.URL
	}
	found, left := links.Look(t.Context(), many, links.Options{Anywhere: true})
	require.Len(t, found, 500)
	require.Equal(t, 3, left)
}
