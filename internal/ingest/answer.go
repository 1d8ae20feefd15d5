package ingest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
)

// Rejection says which event of a batch was not taken, and how to mend it.
type Rejection struct {
	Index   int    `json:"index"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`

	kind fault.Kind
	raw  []byte // what was sent, within the request's body
}

// Raw is what was sent. It points into the body of the request.
func (r Rejection) Raw() []byte { return r.raw }

type batchAnswer struct {
	Success  bool        `json:"success"`
	Accepted int         `json:"accepted"`
	Rejected []Rejection `json:"rejected"`
}

// refuse answers with err's safe message. Causes that are ours go to the log.
func (a *API) refuse(w http.ResponseWriter, err error) {
	writeFault(w, err, a.opts.RetryAfter)
	if status := statusOf(fault.KindOf(err)); status >= 500 {
		a.opts.Log.Error("ingest", "status", status, "error", err.Error())
	}
}

// writeFault is the error boundary of this package. A 401 goes out without
// WWW-Authenticate on purpose: with it, a shop that embeds the script with a
// wrong key would show its visitors a password box.
func writeFault(w http.ResponseWriter, err error, retry time.Duration) {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		f = fault.New(fault.Internal, "something went wrong on this server; its log says what")
	}
	status := statusOf(f.Kind)
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int((retry+time.Second-1)/time.Second))))
	}
	reply(w, status, problem(f))
}

func problem(f *fault.Error) any {
	type body struct {
		Message string `json:"message"`
		Field   string `json:"field,omitempty"`
		Kind    string `json:"kind"`
	}
	return map[string]body{"error": {Message: f.Message, Field: f.Field, Kind: kindName(f.Kind)}}
}

// succeed answers a request of which nothing was rejected.
func succeed(w http.ResponseWriter, answer string) {
	w.Header()["Content-Type"] = []string{contentTypeJSON}
	_, _ = io.WriteString(w, answer+"\n") // a caller who has gone away is not our error
}

// reply writes v. A caller who has gone away is not our error.
func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", contentTypeJSON)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) //nolint:errchkjson // the status is out; there is nobody left to tell
}

// statusOf gives the statuses by which client libraries of the Segment spec know
// whether to send again: not those of the admin API.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid, fault.Unsupported:
		return http.StatusBadRequest
	case fault.Unauthorized:
		return http.StatusUnauthorized
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Busy:
		return http.StatusTooManyRequests
	case fault.Transient:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

func kindName(k fault.Kind) string {
	switch k {
	case fault.Invalid:
		return "invalid"
	case fault.Unauthorized:
		return "unauthorized"
	case fault.NotFound:
		return "not_found"
	case fault.Conflict:
		return "conflict"
	case fault.TooLarge:
		return "too_large"
	case fault.Busy:
		return "busy"
	case fault.Transient:
		return "unavailable"
	case fault.Unsupported:
		return "unsupported"
	default:
		return "internal"
	}
}
