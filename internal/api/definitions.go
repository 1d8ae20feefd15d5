package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// Definitions are the versions of the definitions. Errors are faults: NotFound
// for a version that never was, Conflict where another is in force than was
// thought, Invalid with every problem for what does not compile.
type Definitions interface {
	// Versions returns all that ever came into force, the newest first.
	Versions(ctx context.Context) (DefinitionVersions, error)

	// Version returns one by its hash, the beginning of it, or "current".
	Version(ctx context.Context, hash string) (DefinitionPage, error)

	// Compare says what version b changes in version a.
	Compare(ctx context.Context, a, b string) (definition.Difference, error)

	// Validate says what is wrong with a source, or what it would change in the
	// version in force.
	Validate(ctx context.Context, source []byte) (Validation, error)

	// Apply brings a source into force. It returns once that is folded; people are
	// brought up to it by the sweep after that.
	Apply(ctx context.Context, source []byte, base string, about event.DefinitionBody) (Applied, error)
}

// DefinitionVersions is the list of versions.
type DefinitionVersions struct {
	InForce  string                    `json:"in_force" doc:"hash of the version in force"`
	Versions []event.DefinitionVersion `json:"versions" doc:"the newest first"`
}

// DefinitionPage is one version with its source.
type DefinitionPage struct {
	Hash    string                    `json:"hash"`
	InForce bool                      `json:"in_force"`
	Times   []event.DefinitionVersion `json:"times" doc:"each time that it came into force, the newest first"`
	YAML    string                    `json:"yaml" doc:"the source, as it was applied"`
	Files   []definition.File         `json:"files" doc:"the source as files, one for each kind; applied together they are the same definitions"`
}

// DefinitionSource is a source of definitions: one text, or the files of a folder.
type DefinitionSource struct {
	YAML  string            `json:"yaml,omitempty" doc:"the source; instead of files"`
	Files []definition.File `json:"files,omitempty" maxItems:"100" doc:"the files of a folder; instead of yaml"`
}

// SourceProblem is one thing that is wrong with definitions.
type SourceProblem definition.Problem

// SourceProblems returns problems as answers have them.
func SourceProblems(ps definition.Problems) []SourceProblem {
	out := make([]SourceProblem, len(ps))
	for i, p := range ps {
		out[i] = SourceProblem(p)
	}
	return out
}

// Validation is what Validate found.
type Validation struct {
	Valid    bool                   `json:"valid"`
	Problems []SourceProblem        `json:"problems" doc:"all of them, in the order of the source"`
	Base     string                 `json:"base" doc:"hash of the version in force, with which it was compared"`
	Changes  *definition.Difference `json:"changes,omitempty" doc:"what it would change; absent while there are problems"`
}

// ApplyRequest brings a source into force.
type ApplyRequest struct {
	DefinitionSource
	Base    string `json:"base,omitempty" maxLength:"64" doc:"hash of the version that is in force as far as the caller knows; if it is not, nothing is applied. Absent: whichever is in force"`
	By      string `json:"by,omitempty" maxLength:"200" doc:"who asks; default admin"`
	Message string `json:"message,omitempty" maxLength:"2000" doc:"why, for whoever asks later"`
}

// RestoreRequest brings an old version back.
type RestoreRequest struct {
	Base    string `json:"base,omitempty" maxLength:"64" doc:"as for applying"`
	By      string `json:"by,omitempty" maxLength:"200" doc:"who asks; default admin"`
	Message string `json:"message,omitempty" maxLength:"2000" doc:"why, for whoever asks later"`
}

// Applied is a version that came into force just now. Where nothing differed in
// any byte, it is the version that was in force already.
type Applied struct {
	Version event.DefinitionVersion `json:"version"`
	Changes definition.Difference   `json:"changes"`
	Sweep   string                  `json:"sweep" doc:"where to ask how far people have been brought up to it"`
}

// HashPath is the version of an address.
type HashPath struct {
	Hash string `path:"hash" doc:"hash of a version, its beginning (six digits or more), or current" example:"current"`
}

// maxSource is of a request that holds definitions, which are at most 1 MB.
const maxSource = 4 << 20

func sourceOf(s DefinitionSource) ([]byte, error) {
	switch {
	case s.YAML != "" && len(s.Files) > 0:
		return nil, newProblem(http.StatusUnprocessableEntity, "There are both yaml and files; give one of them.", "yaml")
	case len(s.Files) > 0:
		return definition.Join(s.Files)
	default:
		return []byte(s.YAML), nil
	}
}

func registerDefinitions(api huma.API, o Options, b boundary) {
	add(api, b, operation("list-definitions", http.MethodGet, "/definitions", "definitions", "Every version of the definitions that ever came into force"),
		func(ctx context.Context, _ *none) (DefinitionVersions, error) { return o.Definitions.Versions(ctx) })

	add(api, b, operation("get-definitions", http.MethodGet, "/definitions/{hash}", "definitions", "One version of the definitions"),
		func(ctx context.Context, in *HashPath) (DefinitionPage, error) {
			return o.Definitions.Version(ctx, in.Hash)
		})

	type twoPath struct {
		HashPath
		Other string `path:"other" doc:"the version to compare with it, as hash" example:"current"`
	}
	add(api, b, operation("compare-definitions", http.MethodGet, "/definitions/{hash}/diff/{other}", "definitions", "What the other version changes in this one"),
		func(ctx context.Context, in *twoPath) (definition.Difference, error) {
			return o.Definitions.Compare(ctx, in.Hash, in.Other)
		})

	large := func(op huma.Operation) huma.Operation {
		op.MaxBodyBytes = maxSource
		return op
	}
	type sourceInput struct{ Body DefinitionSource }
	add(api, b, large(operation("validate-definitions", http.MethodPost, "/definitions/validate", "definitions", "What is wrong with definitions, or what they would change; nothing is applied")),
		func(ctx context.Context, in *sourceInput) (Validation, error) {
			source, err := sourceOf(in.Body)
			if err != nil {
				return validationOf(err)
			}
			return o.Definitions.Validate(ctx, source)
		})

	type applyInput struct{ Body ApplyRequest }
	add(api, b, large(operation("apply-definitions", http.MethodPost, "/definitions", "definitions", "Bring definitions into force")),
		func(ctx context.Context, in *applyInput) (Applied, error) {
			source, err := sourceOf(in.Body.DefinitionSource)
			if err != nil {
				return Applied{}, err
			}
			return o.Definitions.Apply(ctx, source, in.Body.Base, about(in.Body.By, in.Body.Message))
		})

	type restoreInput struct {
		HashPath
		Body RestoreRequest
	}
	add(api, b, operation("restore-definitions", http.MethodPost, "/definitions/{hash}/restore", "definitions", "Bring an old version back, as a new version with the same content"),
		func(ctx context.Context, in *restoreInput) (Applied, error) {
			old, err := o.Definitions.Version(ctx, in.Hash)
			if err != nil {
				return Applied{}, err
			}
			return o.Definitions.Apply(ctx, []byte(old.YAML), in.Body.Base, about(in.Body.By, in.Body.Message))
		})
}

func about(by, message string) event.DefinitionBody {
	if by == "" {
		by = admin
	}
	return event.DefinitionBody{By: by, Message: message}
}

// validationOf makes of what is wrong an answer; other errors stay errors.
func validationOf(err error) (Validation, error) {
	problems, ok := definition.ProblemsOf(err)
	if !ok {
		return Validation{}, err
	}
	return Validation{Problems: SourceProblems(problems)}, nil
}
