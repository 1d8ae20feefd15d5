// Package browser is what calls from pages of other sites have in common: what
// browsers ask before them, and how their bodies are read.
package browser

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/rapporthq/rapport/internal/fault"
)

// Preflight reports whether r is of the method that is possible here. If it is not,
// it has answered what browsers ask before a call (CORS, WHATWG Fetch section 3.2),
// or has refuse say what is possible.
func Preflight(w http.ResponseWriter, r *http.Request, method string, refuse func(w http.ResponseWriter, err error)) bool {
	h := w.Header()
	switch r.Method {
	case method:
		return true
	case http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", method+", OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
	default:
		h.Set("Allow", method+", OPTIONS")
		refuse(w, fault.New(fault.Invalid, "%s is not possible here; use %s", r.Method, method))
	}
	return false
}

// Decode reads a body of at most so many bytes of JSON into v. Its type may be
// anything: text/plain saves a browser on another site the question whether it may
// send application/json. Errors are faults.
func Decode(w http.ResponseWriter, r *http.Request, most int64, v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		if _, over := errors.AsType[*http.MaxBytesError](err); over {
			return fault.New(fault.TooLarge, "the body is over %d bytes", most)
		}
		return fault.Wrap(fault.Invalid, err, "the body could not be read")
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fault.New(fault.Invalid, "the body is not what is expected here: %v", err)
	}
	return nil
}
