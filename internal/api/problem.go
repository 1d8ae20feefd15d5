package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/fault"
)

const problemType = "application/problem+json"

// Problem is every error of the API, in the form of RFC 9457.
type Problem struct {
	Title    string `json:"title" doc:"the status in words"`
	Status   int    `json:"status"`
	Detail   string `json:"detail" doc:"what happened and how to mend it, in a sentence that may be shown"`
	Field    string `json:"field,omitempty" doc:"the offending field or parameter"`
	Instance string `json:"instance,omitempty" doc:"of a fault on our side: the request's name in the log"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	switch p.Status {
	case http.StatusUnauthorized:
		return http.Header{"Www-Authenticate": {"Bearer"}}
	case http.StatusTooManyRequests:
		return http.Header{"Retry-After": {"1"}}
	default:
		return http.Header{}
	}
}

func newProblem(status int, detail, field string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail, Field: field}
}

// statusOf is the one place of the admin API where a kind of fault becomes a
// status. The tracking API answers as client libraries of the Segment spec expect,
// in package ingest.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
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
		return http.StatusBadGateway
	case fault.Unsupported:
		return http.StatusNotImplemented
	case fault.Internal:
		return http.StatusInternalServerError
	default:
		return http.StatusInternalServerError
	}
}

// boundary is where errors end: it turns them into problems and logs those that
// are ours.
type boundary struct{ log *slog.Logger }

// problem gives the client's view of err.
func (b boundary) problem(ctx context.Context, err error) *Problem {
	if known, ok := errors.AsType[*Problem](err); ok {
		return known
	}
	if ctx.Err() != nil {
		return newProblem(http.StatusServiceUnavailable, "The request took too long or was given up. Try again.", "")
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind != fault.Internal {
		// Neither message nor cause: they quote what was sent, and the caller has them.
		b.log.DebugContext(ctx, "request refused", "request", requestName(ctx), "status", statusOf(f.Kind))
		return newProblem(statusOf(f.Kind), f.Message, f.Field)
	}
	b.log.ErrorContext(ctx, "request failed", "request", requestName(ctx), "cause", err)
	p := newProblem(http.StatusInternalServerError,
		"Something went wrong on our side. The server's log has the cause under this request's name.", "")
	p.Instance = requestName(ctx)
	return p
}

// write answers with err.
func (b boundary) write(w http.ResponseWriter, r *http.Request, err error) {
	p := b.problem(r.Context(), err)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client left; nothing to do
}

// handle puts a plain handler that can fail behind the boundary.
func (b boundary) handle(f func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			b.write(w, r, err)
		}
	}
}

// asProblem brings huma's own errors, which are about the form of a request,
// into the one form that errors have here.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(e.Status, e.Detail, "")
	var details []string
	for _, d := range e.Errors {
		field := d.Location
		for _, place := range []string{"body", "query", "path"} {
			field = strings.TrimPrefix(strings.TrimPrefix(field, place), ".")
		}
		if p.Field == "" {
			p.Field = field
		}
		if field != "" {
			details = append(details, fmt.Sprintf("%s: %s", field, d.Message))
		} else {
			details = append(details, d.Message)
		}
	}
	if len(details) > 0 {
		p.Detail = strings.Join(details, "; ")
	}
	return p, nil
}

// noEndpoint answers what no pattern of endpoints takes: 405 where another method
// would be taken.
func noEndpoint(endpoints *http.ServeMux) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := endpoints.Handler(other); pattern != anyEndpoint {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			return fault.New(fault.NotFound, "There is no %s %s. GET /openapi.json lists what there is.", r.Method, r.URL.Path)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return newProblem(http.StatusMethodNotAllowed, fmt.Sprintf("%s is not possible at %s; use %s.", r.Method, r.URL.Path, strings.Join(allowed, " or ")), "")
	}
}

// anyEndpoint is the pattern of what no other takes.
const anyEndpoint = "/api/"
