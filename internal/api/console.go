package api

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Rapport</title>
<h1>The console is not built into this binary.</h1>
<p>Run <code>make web</code> and then <code>make build</code>. The API works without it: see <a href="/openapi.json">its description</a>.</p>
</html>
`

// console serves the built console. Addresses that are no file are the
// console's own and get its page.
type console struct {
	files fs.FS
	page  []byte // index.html; nil when the console is not built
}

func newConsole(files fs.FS) http.Handler {
	c := console{files: files}
	if files != nil {
		page, err := fs.ReadFile(files, "index.html")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			panic("api: console: " + err.Error()) // files are embedded
		}
		c.page = page
	}
	return c
}

// ServeHTTP implements http.Handler.
func (c console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Only to be read.", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	switch {
	case name == "" || name == "index.html":
		c.index(w)
	case c.isFile(name):
		w.Header().Set("Cache-Control", cacheFor(name))
		http.ServeFileFS(w, r, c.files, name)
	case path.Ext(name) != "":
		http.NotFound(w, r)
	default:
		c.index(w)
	}
}

func (c console) index(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	page := c.page
	if page == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		page = []byte(notBuilt)
	}
	_, _ = w.Write(page) // the client left; nothing to do
}

func (c console) isFile(name string) bool {
	if c.page == nil {
		return false
	}
	info, err := fs.Stat(c.files, name)
	return err == nil && info.Mode().IsRegular() && !strings.HasPrefix(path.Base(name), ".")
}

// cacheFor: Vite puts a hash of the content into the names under assets.
func cacheFor(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "public, max-age=3600"
}
