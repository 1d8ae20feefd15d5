package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
)

const (
	sessionPath = "/api/v1/session"
	cookieName  = "rapport_session"

	sessionLife = 12 * time.Hour // from log-in; then one logs in again
	maxSessions = 1000           // beyond it the oldest ends
)

// SessionRequest is a log-in.
type SessionRequest struct {
	Token string `json:"token" doc:"the admin token"`
}

// sessions are the log-ins of browsers. They live in memory: a restart ends
// them all, and so does a new token. Only hashes of their ids are kept.
type sessions struct {
	token [sha256.Size]byte
	none  bool // there is no token, so none is right
	free  bool // everybody is let in
	now   func() time.Time

	mu struct {
		sync.Mutex
		ends map[[sha256.Size]byte]time.Time
	}
}

func newSessions(o Options) *sessions {
	s := &sessions{token: sha256.Sum256([]byte(o.Token)), none: o.Token == "", free: o.Open, now: o.Now}
	s.mu.ends = map[[sha256.Size]byte]time.Time{}
	return s
}

// right compares in a time that says nothing about the token, not even its
// length.
func (s *sessions) right(token string) bool {
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], s.token[:]) == 1 && !s.none
}

// open answers POST /api/v1/session.
func (s *sessions) open(w http.ResponseWriter, r *http.Request) error {
	var in SessionRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
		return fault.Wrap(fault.Invalid, err, `Send a JSON object with the admin token: {"token": "..."}.`).At("token")
	}
	if !s.free && !s.right(in.Token) {
		return fault.New(fault.Unauthorized, "That is not the admin token. It is the one that the server was started with.").At("token")
	}
	id := rand.Text()
	s.add(sha256.Sum256([]byte(id)))
	http.SetCookie(w, cookie(r, id, int(sessionLife.Seconds())))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// close answers DELETE /api/v1/session. To end no session is no error.
func (s *sessions) close(w http.ResponseWriter, r *http.Request) error {
	if c, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		delete(s.mu.ends, sha256.Sum256([]byte(c.Value)))
		s.mu.Unlock()
	}
	http.SetCookie(w, cookie(r, "", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// cookie is marked Secure when the browser's own connection is, also behind a
// proxy that ends TLS.
func cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, MaxAge: maxAge, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// require lets through those who may; a log-in and a log-out need nothing.
func (s *sessions) require(b boundary, next http.Handler) http.Handler {
	return b.handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Path != sessionPath && !s.allowed(r) {
			return fault.New(fault.Unauthorized, "This needs the admin token, as Authorization: Bearer TOKEN, or a session.")
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func (s *sessions) allowed(r *http.Request) bool {
	if s.free {
		return true
	}
	if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return s.right(token)
	}
	c, err := r.Cookie(cookieName)
	return err == nil && s.has(sha256.Sum256([]byte(c.Value)))
}

func (s *sessions) has(id [sha256.Size]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.mu.ends[id]
	return ok && s.now().Before(end)
}

// add begins a session, and forgets those that have ended.
func (s *sessions) add(id [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	oldest, first := [sha256.Size]byte{}, time.Time{}
	for other, end := range s.mu.ends {
		if !now.Before(end) {
			delete(s.mu.ends, other)
		} else if first.IsZero() || end.Before(first) {
			oldest, first = other, end
		}
	}
	if len(s.mu.ends) >= maxSessions {
		delete(s.mu.ends, oldest)
	}
	s.mu.ends[id] = now.Add(sessionLife)
}
