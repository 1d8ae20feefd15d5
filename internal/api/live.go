package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/source"
)

const (
	livePath     = "/api/v1/events/live"
	liveBeat     = 15 * time.Second      // between signs of life, under what proxies wait for
	livePause    = 50 * time.Millisecond // between answers, so that a flood comes in few
	liveWait     = 10 * time.Second      // for a reader to take an answer
	liveRetry    = 2000                  // ms until a browser connects again
	liveBacklog  = 50                    // events that are shown first
	liveBacklogs = 2048
)

// Live is what arrives, as it arrives.
type Live interface {
	Watch(f source.LiveFilter, lastID string, backlog int) (*source.Watcher, error)
	Text(e *source.LiveEvent) (id string, text []byte, err error)
}

// live answers GET /api/v1/events/live with server-sent events (WHATWG HTML
// section 9.2).
type live struct{ Live }

func (l live) serve(w http.ResponseWriter, r *http.Request) error {
	filter, backlog, err := liveQuery(r)
	if err != nil {
		return err
	}
	lastID := r.Header.Get("Last-Event-ID")
	if lastID == "" {
		lastID = r.URL.Query().Get("last_event_id")
	}
	watcher, err := l.Watch(filter, lastID, backlog)
	if err != nil {
		return err
	}
	defer watcher.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	out := stream{w: w, c: http.NewResponseController(w)}
	out.say("retry: %d\n: the latest events, and then each as it arrives\n\n", liveRetry)
	defer func() { _ = out.c.SetWriteDeadline(time.Time{}) }() // the connection may serve other requests
	for out.err == nil {
		out.err = l.step(r.Context(), watcher, &out)
	}
	return nil // the reader has gone, or the server is stopping: both are the end
}

// step waits for events, and for a while only, and tells them.
func (l live) step(ctx context.Context, watcher *source.Watcher, out *stream) error {
	beat, cancel := context.WithTimeout(ctx, liveBeat)
	defer cancel()
	events, dropped, err := watcher.Next(beat)
	switch {
	case err != nil && ctx.Err() == nil && beat.Err() != nil:
		out.say(": still here\n\n")
		return out.err
	case err != nil:
		return err
	}
	if dropped > 0 {
		out.text("event: dropped\ndata: {\"dropped\":%d}\n\n", dropped)
	}
	for _, e := range events {
		id, text, err := l.Text(e)
		if err != nil {
			return err
		}
		out.text("id: %s\nevent: arrived\ndata: %s\n\n", id, text)
	}
	out.say("")
	if out.err != nil {
		return out.err
	}
	select {
	case <-time.After(livePause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stream writes to a reader who must not keep it waiting for ever.
type stream struct {
	w   http.ResponseWriter
	c   *http.ResponseController
	err error
}

func (s *stream) text(format string, args ...any) {
	if s.err == nil {
		_ = s.c.SetWriteDeadline(time.Now().Add(liveWait)) // where it cannot be set, the connection's own limits hold
		_, s.err = fmt.Fprintf(s.w, format, args...)
	}
}

// say writes, and sends what was written.
func (s *stream) say(format string, args ...any) {
	s.text(format, args...)
	if s.err == nil {
		s.err = s.c.Flush()
	}
}

func liveQuery(r *http.Request) (f source.LiveFilter, backlog int, err error) {
	q := r.URL.Query()
	f = source.LiveFilter{Source: q.Get("source"), Kind: q.Get("kind"), Event: q.Get("event"), Outcome: source.Outcome(q.Get("outcome"))}
	switch f.Outcome {
	case "", source.Accepted, source.Rejected, source.TurnedAway:
	default:
		return f, 0, fault.New(fault.Invalid, "outcome %q: use accepted, rejected or turned_away", f.Outcome).At("outcome")
	}
	if s := q.Get("person"); s != "" {
		if f.Person, err = person.ParseID(s); err != nil {
			return f, 0, fault.New(fault.Invalid, "person %q: a person's id starts with prs_", s).At("person")
		}
	}
	if s := q.Get("identity"); s != "" {
		f.Identity, err = person.ParseIdentity(s)
		if err != nil || f.Identity.Kind != person.UserID && f.Identity.Kind != person.AnonymousID {
			return f, 0, fault.New(fault.Invalid, "identity %q: use user_id:ID or anonymous_id:ID; an event has no other before it is folded", s).At("identity")
		}
	}
	backlog = liveBacklog
	if s := q.Get("backlog"); s != "" {
		if backlog, err = strconv.Atoi(s); err != nil || backlog < 0 || backlog > liveBacklogs {
			return f, 0, fault.New(fault.Invalid, "backlog %q: want a number from 0 to %d", s, liveBacklogs).At("backlog")
		}
	}
	return f, backlog, nil
}

// describeLive adds the endpoint to the description, which huma cannot.
func describeLive(spec *huma.OpenAPI) {
	registry := spec.Components.Schemas
	text := func(name, doc string, values ...any) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeString, Enum: values}}
	}
	spec.AddOperation(&huma.Operation{
		OperationID: "watch-events", Method: http.MethodGet, Path: livePath, Tags: []string{"sources"},
		Summary: "Events as they arrive, as server-sent events",
		Description: "Each event of the stream is named arrived, with a LiveEvent as its data and an id from which a reader goes on " +
			"(Last-Event-ID). An event named dropped, with {\"dropped\": n}, says that n events went by because the reader was too slow, " +
			"or was away for too long. It shows what arrives before it is folded.",
		Parameters: []*huma.Param{
			text("source", "source id"), text("kind", "identify, track, page, screen, group or alias"),
			text("event", "name of a track, page or screen call"), text("person", "person id, as an event of the stream gives it"),
			text("identity", "user_id:ID or anonymous_id:ID"),
			text("outcome", "what became of it", string(source.Accepted), string(source.Rejected), string(source.TurnedAway)),
			{Name: "backlog", In: "query", Description: "how many of the latest events to begin with; 50 when left out", Schema: &huma.Schema{Type: huma.TypeInteger}},
			text("last_event_id", "as the header Last-Event-ID, for readers that cannot set it"),
		},
		Responses: map[string]*huma.Response{"default": problemResponse(spec), "200": {
			Description: "OK",
			Content: map[string]*huma.MediaType{"text/event-stream": {
				Schema: registry.Schema(reflect.TypeFor[source.LiveEvent](), true, ""),
			}},
		}},
	})
}
