package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
)

type requestKey struct{}

// requestName is what the log calls the request of ctx.
func requestName(ctx context.Context) string {
	name, _ := ctx.Value(requestKey{}).(string)
	return name
}

// status remembers what was answered.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	if s.code == 0 {
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Write(p []byte) (int, error) {
	if s.code == 0 {
		s.code = http.StatusOK
	}
	return s.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// observe names each request, logs it at debug, and turns a panic into a 500.
// The path and the query are not logged: they hold ids and addresses.
func (b boundary) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx := context.WithValue(r.Context(), requestKey{}, rand.Text()[:12])
		outer := r
		r = r.WithContext(ctx)
		defer func() { outer.Pattern = r.Pattern }() // for whoever measures from outside
		s := &status{ResponseWriter: w}
		secure(w.Header())
		if err := serve(next, s, r); err != nil && s.code == 0 {
			b.write(s, r, err)
		} else if err != nil {
			b.log.ErrorContext(ctx, "request failed after its answer began", "request", requestName(ctx), "cause", err)
		}
		b.log.DebugContext(ctx, "request", "request", requestName(ctx), "method", r.Method,
			"route", r.Pattern, "status", s.code, "took", time.Since(began))
	})
}

// serve returns next's panic as an error. http.ErrAbortHandler, by which a
// handler cuts the connection, passes on.
func serve(next http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if e, ok := v.(error); ok && errors.Is(e, http.ErrAbortHandler) {
			panic(v)
		}
		err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	}()
	next.ServeHTTP(w, r)
	return nil
}

// secure sets what every answer carries. The console loads nothing from
// elsewhere and may not be framed.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// protect refuses what another site's page asks of a browser. With open it also
// refuses names that are not loopback: a page elsewhere could point its own name
// at this machine and would then be same-origin.
func (b boundary) protect(open bool, next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	return b.handle(func(w http.ResponseWriter, r *http.Request) error {
		if err := guard.Check(r); err != nil {
			return newProblem(http.StatusForbidden, "This request came from another site's page and was refused.", "")
		}
		if open && !loopback(r.Host) {
			return newProblem(http.StatusForbidden, "Without a token this server answers only to localhost.", "")
		}
		// What is read here changes at any moment and belongs to one reader.
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
		return nil
	})
}

func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(trimBrackets(host))
	return err == nil && ip.IsLoopback()
}

func trimBrackets(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// healthy says that the process answers.
func healthy(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }

// ready says whether what is read here is up to date with the journal.
func ready(c Control) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		err := c.Ready(r.Context())
		if err == nil {
			_, _ = io.WriteString(w, "ready\n")
			return
		}
		reason := "not ready"
		if f, ok := errors.AsType[*fault.Error](err); ok {
			reason = f.Message
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, reason+"\n")
	}
}
