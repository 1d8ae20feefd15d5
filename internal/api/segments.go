package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/preview"
)

// Segments answers who belongs together, and how far that is computed. Errors
// are faults; NotFound for what is not there.
type Segments interface {
	Segments(ctx context.Context) (report.Segments, error)
	Segment(ctx context.Context, id string) (report.Segment, error)
	Sweep(ctx context.Context) (report.Sweep, error)
	ConsentHistory(ctx context.Context, id person.ID) (report.ConsentHistory, error)
}

// Previews answers whom a rule would mean that is being written. Its error is
// definition.Problems where the rule is none.
type Previews interface {
	Preview(ctx context.Context, rule string) (preview.Preview, error)
}

// RulePreview is whom a rule would mean, or what is wrong with it.
type RulePreview struct {
	Valid    bool             `json:"valid"`
	Problems []SourceProblem  `json:"problems" doc:"what is wrong with the rule; at is where in it, from 1, in characters"`
	Preview  *preview.Preview `json:"preview,omitempty" doc:"absent while there are problems"`
}

// RuleRequest is a rule.
type RuleRequest struct {
	Rule string `json:"rule" maxLength:"4000" doc:"a CEL expression, as a segment's when"`
}

// SegmentRequest is a segment to be brought into force.
type SegmentRequest struct {
	RuleRequest
	Name    string `json:"name,omitempty" maxLength:"200" doc:"absent: that of before, or made of the id"`
	Base    string `json:"base,omitempty" maxLength:"64" doc:"hash of the version of the definitions that is in force as far as the caller knows; if it is not, nothing is applied. Absent: whichever is in force"`
	By      string `json:"by,omitempty" maxLength:"200" doc:"who asks; default admin"`
	Message string `json:"message,omitempty" maxLength:"2000" doc:"why, for whoever asks later"`
}

// SegmentPath is the segment of an address.
type SegmentPath struct {
	ID string `path:"id" doc:"segment id" example:"regulars"`
}

func registerSegments(api huma.API, o Options, b boundary) {
	add(api, b, operation("list-segments", http.MethodGet, "/segments", "segments", "All segments, with how many people belong to each"),
		func(ctx context.Context, _ *none) (report.Segments, error) { return o.Segments.Segments(ctx) })

	add(api, b, operation("get-segment", http.MethodGet, "/segments/{id}", "segments", "One segment; its people are GET /api/v1/people?segment=ID"),
		func(ctx context.Context, in *SegmentPath) (report.Segment, error) {
			return o.Segments.Segment(ctx, in.ID)
		})

	type ruleInput struct{ Body RuleRequest }
	add(api, b, operation("preview-segment", http.MethodPost, "/segments/preview", "segments", "Count and sample the people whom a rule would mean; nothing is applied. Until the answer is exact it is an estimate: ask again"),
		func(ctx context.Context, in *ruleInput) (RulePreview, error) {
			p, err := o.Previews.Preview(ctx, in.Body.Rule)
			if problems, ok := definition.ProblemsOf(err); ok {
				return RulePreview{Problems: SourceProblems(problems)}, nil
			}
			return RulePreview{Valid: err == nil, Problems: []SourceProblem{}, Preview: &p}, err
		})

	type segmentInput struct {
		SegmentPath
		Body SegmentRequest
	}
	add(api, b, operation("put-segment", http.MethodPut, "/segments/{id}", "segments", "Bring a segment into force, new or with another rule: a version of the definitions that differs in it alone"),
		func(ctx context.Context, in *segmentInput) (Applied, error) {
			now, err := o.Definitions.Version(ctx, "current")
			if err != nil {
				return Applied{}, err
			}
			source, err := definition.PutSegment([]byte(now.YAML), in.ID, in.Body.Name, in.Body.Rule)
			if err != nil {
				return Applied{}, err
			}
			base := in.Body.Base
			if base == "" {
				base = now.Hash // what was read is what is changed
			}
			return o.Definitions.Apply(ctx, source, base, about(in.Body.By, in.Body.Message))
		})

	add(api, b, operation("get-sweep", http.MethodGet, "/sweep", "workspace", "How far people have been brought up to the definitions in force"),
		func(ctx context.Context, _ *none) (report.Sweep, error) { return o.Segments.Sweep(ctx) })

	add(api, b, operation("get-consent-history", http.MethodGet, "/people/{id}/consent-history", "people", "Everything that was said about contacting a person, with its proof"),
		func(ctx context.Context, in *PersonPath) (report.ConsentHistory, error) {
			id, err := in.person()
			if err != nil {
				return report.ConsentHistory{}, err
			}
			return o.Segments.ConsentHistory(ctx, id)
		})
}
