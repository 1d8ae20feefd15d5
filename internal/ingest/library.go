package ingest

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// LibraryFile is the browser library within [Options.Library].
const LibraryFile = "analytics.min.js"

// How long browsers may keep what they fetch.
const (
	settingsAge = "private, max-age=60" // they name the address that was asked
	libraryAge  = "public, max-age=3600"
)

// LibraryPaths are the patterns of [http.ServeMux] for what browser libraries
// fetch outside /v1/ before they send anything.
func LibraryPaths() []string {
	return []string{"/analytics.js/v1/", "/analytics-next/bundles/", "/sourceConfig", "/sourceConfig/"}
}

// libraryRoute returns what answers a path that browser libraries fetch, or nil.
func (a *API) libraryRoute(r *http.Request) func(http.ResponseWriter, *http.Request) error {
	p := r.URL.Path
	if p == "/sourceConfig" || p == "/sourceConfig/" {
		return a.sourceConfig
	}
	if key, ok := between(p, "/v1/projects/", "/settings"); ok {
		return func(w http.ResponseWriter, r *http.Request) error { return a.settings(w, r, key) }
	}
	if _, ok := between(p, "/analytics.js/v1/", "/"+LibraryFile); ok {
		return func(w http.ResponseWriter, r *http.Request) error { return a.libraryFile(w, r, LibraryFile) }
	}
	if name, ok := strings.CutPrefix(p, "/analytics-next/bundles/"); ok && fs.ValidPath(name) {
		return func(w http.ResponseWriter, r *http.Request) error {
			return a.libraryFile(w, r, path.Join("bundles", name))
		}
	}
	return nil
}

// between returns the one element of path that stands between the two.
func between(path, before, after string) (element string, ok bool) {
	rest, begins := strings.CutPrefix(path, before)
	element, ends := strings.CutSuffix(rest, after)
	return element, begins && ends && element != "" && !strings.Contains(element, "/")
}

func (a *API) serveLibrary(w http.ResponseWriter, r *http.Request, get func(http.ResponseWriter, *http.Request) error) {
	h := w.Header()
	switch r.Method {
	case http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		h.Set("Access-Control-Allow-Headers", corsHeaders)
		h.Set("Access-Control-Max-Age", corsAge)
		w.WriteHeader(http.StatusNoContent)
	case http.MethodGet, http.MethodHead:
		if err := get(w, r); err != nil {
			a.refuse(w, err)
		}
	default:
		h.Set("Allow", "GET, HEAD, OPTIONS")
		reply(w, http.StatusMethodNotAllowed, problem(fault.New(fault.Invalid, "%s is not possible here; use GET", r.Method)))
	}
}

// settings answers analytics-next, which sends to where they say. Without the
// member Segment.io it would crash, and without a rate of zero it would tell
// Segment how it is used.
func (a *API) settings(w http.ResponseWriter, r *http.Request, key string) error {
	if _, err := a.source(key); err != nil {
		return err
	}
	protocol, host := a.address(r)
	type destination struct {
		APIKey   string `json:"apiKey"`
		APIHost  string `json:"apiHost"`
		Protocol string `json:"protocol"`
	}
	w.Header().Set("Cache-Control", settingsAge)
	reply(w, http.StatusOK, map[string]any{
		"integrations": map[string]destination{"Segment.io": {APIKey: key, APIHost: host + "/v1", Protocol: protocol}},
		"metrics":      map[string]int{"sampleRate": 0},
	})
	return nil
}

// address is how the browser reaches this server.
func (a *API) address(r *http.Request) (protocol, host string) {
	if protocol, host, ok := strings.Cut(a.opts.PublicURL, "://"); ok {
		return protocol, strings.TrimSuffix(host, "/")
	}
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return "https", r.Host
	}
	return "http", r.Host
}

// sourceConfig answers RudderStack's browser library, which asks before it sends
// to the address that the page gave it: no destinations of its own, no reports
// about itself.
func (a *API) sourceConfig(w http.ResponseWriter, r *http.Request) error {
	key, named, err := basicKey(r)
	if err != nil {
		return err
	}
	if !named {
		key = r.URL.Query().Get("writeKey")
	}
	source, err := a.source(key)
	if err != nil {
		return err
	}
	type enabled struct {
		Enabled bool `json:"enabled"`
	}
	w.Header().Set("Cache-Control", settingsAge)
	reply(w, http.StatusOK, map[string]any{
		"source": map[string]any{
			"id": source, "name": source, "writeKey": key, "enabled": true, "workspaceId": "rapport",
			"config":      map[string]any{"statsCollection": map[string]enabled{"errors": {}, "metrics": {}}},
			"connections": []any{}, "destinations": []any{}, "dataplanes": struct{}{},
		},
		"updatedAt": "2026-01-01T00:00:00.000Z",
	})
	return nil
}

// libraryFile answers with a script of the browser library.
func (a *API) libraryFile(w http.ResponseWriter, r *http.Request, name string) error {
	script, err := fs.ReadFile(a.opts.Library, name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == LibraryFile:
		return fault.New(fault.NotFound, "this binary was built without the browser library; build it with Node 20 at hand (make build), or load @segment/analytics-next from npm with this server as its cdnURL")
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "no such part of the browser library")
	case err != nil:
		return fault.Wrap(fault.Internal, err, "the browser library cannot be read")
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", libraryAge)
	if r.Method != http.MethodHead {
		_, _ = w.Write(script) // a caller who has gone away is not our error
	}
	return nil
}
