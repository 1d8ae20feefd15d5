package delivertest

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// HTTPServer is the other side of a channel that speaks HTTP: it obeys a
// Behaviour, and reads requests with Read.
type HTTPServer struct {
	*httptest.Server

	// Read returns what a request carried, when it is accepted.
	Read func(r *http.Request) Got

	// Answers to requests that are accepted, refused for good and put off.
	Accept, Refuse, Defer func(w http.ResponseWriter, r *http.Request)

	// First, when set, answers requests that carry no letter, such as for a token; it
	// reports whether it did.
	First func(w http.ResponseWriter, r *http.Request) bool

	mu     sync.Mutex
	behave Behaviour
	got    []Got
	quit   chan struct{}
}

// Start starts the server, over TLS with HTTP/2 if secure.
func (s *HTTPServer) Start(t *testing.T, secure bool) {
	t.Helper()
	s.quit = make(chan struct{})
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	if secure {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Server.Start()
	}
	t.Cleanup(func() {
		close(s.quit)
		s.Close()
	})
}

// Behave makes it obey.
func (s *HTTPServer) Behave(b Behaviour) {
	s.mu.Lock()
	s.behave = b
	s.mu.Unlock()
	if b == Down {
		_ = s.Listener.Close()
		s.CloseClientConnections()
	}
}

// Got returns what was accepted.
func (s *HTTPServer) Got() []Got {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Got(nil), s.got...)
}

func (s *HTTPServer) serve(w http.ResponseWriter, r *http.Request) {
	if s.First != nil && s.First(w, r) {
		return
	}
	s.mu.Lock()
	b := s.behave
	s.mu.Unlock()
	switch b {
	case Refuse:
		s.Refuse(w, r)
		return
	case Defer:
		s.Defer(w, r)
		return
	case Hang, HangAfter:
		<-s.quit
		return
	case BreakAfter:
		hijack(w)
		return
	case Accept, Down:
	}
	got := s.Read(r)
	s.mu.Lock()
	s.got = append(s.got, got)
	s.mu.Unlock()
	s.Accept(w, r)
}

// hijack breaks the connection without an answer.
func hijack(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler) // HTTP/2 breaks the stream
}

// JSON returns a handler that answers status with a body.
func JSON(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // who asked has gone
	}
}
