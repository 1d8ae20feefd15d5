package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/source"
)

// Letters are the dead letters. What changes one shows when it returns. by says
// who asked.
type Letters interface {
	List(f source.LetterFilter, limit int, cursor string) (source.LetterPage, error)
	Faults(sourceID string) ([]source.Fault, error)
	Find(id string) (source.LetterWithBody, error)
	Replay(ctx context.Context, id string, body []byte, by string) (source.Replayed, error)
	ReplayAll(ctx context.Context, f source.LetterFilter, by string) (source.Many, error)
	Dismiss(ctx context.Context, id, reason, by string) (source.Letter, error)
	DismissAll(ctx context.Context, f source.LetterFilter, reason, by string) (source.Many, error)
	Reopen(ctx context.Context, id, by string) (source.Letter, error)
}

// FaultList is what open dead letters have in common.
type FaultList struct {
	Faults []source.Fault `json:"faults"`
}

// LetterPath is the dead letter of an address.
type LetterPath struct {
	ID string `path:"id" doc:"dead letter id"`
}

// ReplayRequest is the body with which a dead letter is replayed.
type ReplayRequest struct {
	Body *string `json:"body,omitempty" doc:"as mended; left out: as it was"`
}

// DismissRequest says why a dead letter is not needed.
type DismissRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// ManyRequest chooses open dead letters: those of one source, with one fault, or
// all.
type ManyRequest struct {
	Source  string `json:"source,omitempty" doc:"source id; empty: of all"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message,omitempty" doc:"exactly this message"`
}

func (r ManyRequest) filter() source.LetterFilter {
	return source.LetterFilter{Source: r.Source, Field: r.Field, Message: r.Message}
}

// DismissManyRequest chooses open dead letters, and says why they are not needed.
type DismissManyRequest struct {
	ManyRequest
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// maxMended is how large a mended body may be, in bytes of the request.
const maxMended = 6 << 20

func registerLetters(api huma.API, o Options, b boundary) {
	type listInput struct {
		source.LetterFilter
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		Cursor string `query:"cursor" maxLength:"100" doc:"next_cursor of the page before"`
	}
	add(api, b, operation("list-dead-letters", http.MethodGet, "/dead-letters", "dead letters", "What was refused, newest first"),
		func(_ context.Context, in *listInput) (source.LetterPage, error) {
			return o.Letters.List(in.LetterFilter, in.Limit, in.Cursor)
		})

	type faultsInput struct {
		Source string `query:"source" doc:"source id; empty: of all"`
	}
	add(api, b, operation("list-dead-letter-faults", http.MethodGet, "/dead-letters/faults", "dead letters", "What open dead letters have in common"),
		func(_ context.Context, in *faultsInput) (FaultList, error) {
			faults, err := o.Letters.Faults(in.Source)
			return FaultList{Faults: faults}, err
		})

	add(api, b, operation("get-dead-letter", http.MethodGet, "/dead-letters/{id}", "dead letters", "One dead letter, with what was sent"),
		func(_ context.Context, in *LetterPath) (source.LetterWithBody, error) { return o.Letters.Find(in.ID) })

	type replayInput struct {
		LetterPath
		Body ReplayRequest
	}
	replay := operation("replay-dead-letter", http.MethodPost, "/dead-letters/{id}/replay", "dead letters", "Send a dead letter again, mended or as it was")
	replay.MaxBodyBytes = maxMended
	add(api, b, replay, func(ctx context.Context, in *replayInput) (source.Replayed, error) {
		var body []byte
		if in.Body.Body != nil {
			body = []byte(*in.Body.Body)
		}
		return o.Letters.Replay(ctx, in.ID, body, admin)
	})

	type dismissInput struct {
		LetterPath
		Body DismissRequest
	}
	add(api, b, operation("dismiss-dead-letter", http.MethodPost, "/dead-letters/{id}/dismiss", "dead letters", "Say that a dead letter is not needed"),
		func(ctx context.Context, in *dismissInput) (source.Letter, error) {
			return o.Letters.Dismiss(ctx, in.ID, in.Body.Reason, admin)
		})

	add(api, b, operation("reopen-dead-letter", http.MethodPost, "/dead-letters/{id}/reopen", "dead letters", "Take a dismissal back"),
		func(ctx context.Context, in *LetterPath) (source.Letter, error) {
			return o.Letters.Reopen(ctx, in.ID, admin)
		})

	type manyInput struct{ Body ManyRequest }
	add(api, b, operation("replay-dead-letters", http.MethodPost, "/dead-letters/replay", "dead letters", "Send open dead letters again as they were"),
		func(ctx context.Context, in *manyInput) (source.Many, error) {
			return o.Letters.ReplayAll(ctx, in.Body.filter(), admin)
		})

	type dismissManyInput struct{ Body DismissManyRequest }
	add(api, b, operation("dismiss-dead-letters", http.MethodPost, "/dead-letters/dismiss", "dead letters", "Say that open dead letters are not needed"),
		func(ctx context.Context, in *dismissManyInput) (source.Many, error) {
			return o.Letters.DismissAll(ctx, in.Body.filter(), in.Body.Reason, admin)
		})
}
