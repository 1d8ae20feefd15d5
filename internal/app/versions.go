package app

import (
	"context"
	"errors"
	"strings"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/processor"
)

// versions are the versions of the definitions, as the admin API asks for them.
type versions struct{ *control }

var _ api.Definitions = versions{}

const shortHash = 6 // the least that names a version

func (v versions) Versions(context.Context) (api.DefinitionVersions, error) {
	part, err := v.data.State.Partition(0)
	if err != nil {
		return api.DefinitionVersions{}, err
	}
	list := api.DefinitionVersions{InForce: part.Definition}
	err = v.data.State.NewestVersions(func(one event.DefinitionVersion) bool {
		list.Versions = append(list.Versions, one)
		return true
	})
	if err == nil && len(list.Versions) == 0 && part.Definition != "" {
		// Folded before versions were listed: of this one, no more is known.
		list.Versions = []event.DefinitionVersion{{Hash: part.Definition}}
	}
	return list, err
}

func (v versions) Version(ctx context.Context, hash string) (api.DefinitionPage, error) {
	list, err := v.Versions(ctx)
	if err != nil {
		return api.DefinitionPage{}, err
	}
	if hash == "current" {
		hash = list.InForce
	}
	page := api.DefinitionPage{}
	for _, one := range list.Versions {
		if len(hash) < shortHash || !strings.HasPrefix(one.Hash, hash) {
			continue
		}
		if page.Hash != "" && page.Hash != one.Hash {
			return page, fault.New(fault.Invalid, "several versions begin with %q; write more of the hash", hash).At("hash")
		}
		page.Hash, page.Times = one.Hash, append(page.Times, one)
	}
	if page.Hash == "" {
		return page, fault.New(fault.NotFound, "no version of the definitions has the hash %q; GET /api/v1/definitions lists them", hash).At("hash")
	}
	yaml, err := v.data.Journal.Body(ctx, page.Hash)
	page.YAML, page.InForce, page.Files = string(yaml), page.Hash == list.InForce, definition.Split(yaml)
	return page, err
}

func (v versions) compiled(ctx context.Context, hash string) (*definition.Workspace, error) {
	page, err := v.Version(ctx, hash)
	if err != nil {
		return nil, err
	}
	return v.proc.Definitions(ctx, page.Hash)
}

func (v versions) Compare(ctx context.Context, a, b string) (definition.Difference, error) {
	x, err := v.compiled(ctx, a)
	if err != nil {
		return definition.Difference{}, err
	}
	y, err := v.compiled(ctx, b)
	if err != nil {
		return definition.Difference{}, err
	}
	return definition.Compare(x, y), nil
}

func (v versions) Validate(ctx context.Context, source []byte) (api.Validation, error) {
	now, err := v.compiled(ctx, "current")
	if err != nil {
		return api.Validation{}, err
	}
	ws, err := CheckDefinitions(source)
	if problems, wrong := problemsOf(err); wrong {
		return api.Validation{Problems: api.SourceProblems(problems), Base: now.Hash}, nil
	} else if err != nil {
		return api.Validation{}, err
	}
	changes := definition.Compare(now, ws)
	return api.Validation{Valid: true, Base: now.Hash, Changes: &changes}, nil
}

func (v versions) Apply(ctx context.Context, source []byte, base string, about event.DefinitionBody) (api.Applied, error) {
	ws, err := CheckDefinitions(source)
	if problems, wrong := problemsOf(err); wrong {
		return api.Applied{}, fault.Wrap(fault.Invalid, err, "%s", problems.Error())
	} else if err != nil {
		return api.Applied{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.ready(); err != nil {
		return api.Applied{}, err
	}
	if err := v.proc.WaitFolded(ctx); err != nil {
		return api.Applied{}, err
	}
	now, err := v.compiled(ctx, "current")
	if err != nil {
		return api.Applied{}, err
	}
	if base != "" && base != now.Hash {
		return api.Applied{}, fault.New(fault.Conflict, "the definitions in force are %.12s, not %.12s: somebody has applied others since; look at the difference again", now.Hash, base).At("base")
	}
	if now.Hash != ws.Hash {
		if _, err := processor.PutVersion(ctx, v.data.Journal, source, about, v.now()); err != nil {
			return api.Applied{}, err
		}
		if err := v.proc.WaitFolded(ctx); err != nil {
			return api.Applied{}, err
		}
	}
	done := api.Applied{Changes: definition.Compare(now, ws), Sweep: "/api/v1/sweep"}
	page, err := v.Version(ctx, ws.Hash)
	if err == nil {
		done.Version = page.Times[0]
	}
	return done, err
}

// problemsOf returns what is wrong with definitions, messages included, and
// whether err is that.
func problemsOf(err error) (definition.Problems, bool) {
	if err == nil {
		return nil, false
	}
	if ps, ok := definition.ProblemsOf(err); ok {
		return ps, true
	}
	var out definition.Problems
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, one := range list {
		if f, ok := errors.AsType[*fault.Error](one); !ok || f.Kind != fault.Invalid {
			return nil, false
		}
		out = append(out, definition.Problem{What: one.Error()}) // messages do not know their lines
	}
	return out, true
}
