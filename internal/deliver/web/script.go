package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // the worker
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// scriptAge is how long browsers keep the script: an hour, and a day more while they
// look whether there is another.
const scriptAge = "public, max-age=3600, stale-while-revalidate=86400"

// script is what pages load, ready to be sent.
type script struct {
	plain, packed []byte
	tag           string
}

func pack(plain []byte) script {
	if len(plain) == 0 {
		return script{}
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a level that there is
	_, _ = z.Write(plain)                                 // to memory
	_ = z.Close()
	sum := sha256.Sum256(plain)
	return script{plain, b.Bytes(), `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// pushWorker is what shows notifications, for the service worker of a company's site.
//
//go:embed push.js
var pushWorker []byte

// serveScript answers GET /v1/web/rapport.js and push.js.
func (d *Desk) serveScript(is script) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { d.sendScript(w, r, is) }
}

func (d *Desk) sendScript(w http.ResponseWriter, r *http.Request, is script) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*") // so that pages can check its integrity
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		d.opts.Refuse(w, fault.New(fault.Invalid, "%s is not possible here; use GET", r.Method))
		return
	}
	if is.tag == "" {
		d.opts.Refuse(w, fault.New(fault.NotFound, "this binary was built without the script; build it with Node 20 at hand (make build)"))
		return
	}
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", scriptAge)
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", is.tag)
	if strings.Contains(r.Header.Get("If-None-Match"), is.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := is.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = is.packed
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a caller who has gone away is not our error
	}
}
