package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/rehearsal"
)

// Rehearsals plays simulated companies.
type Rehearsals interface {
	Start(ctx context.Context, ask rehearsal.Ask) (rehearsal.Rehearsal, error)
	List() []rehearsal.Rehearsal
	Get(id string) (rehearsal.Rehearsal, error)
	Frames(ctx context.Context, id string, after int) (rehearsal.FramePage, error)
	Pause(id string) (rehearsal.Rehearsal, error)
	Resume(id string) (rehearsal.Rehearsal, error)
	Step(id string) (rehearsal.Rehearsal, error)
	SetSpeed(id string, speed float64) (rehearsal.Rehearsal, error)
	Stop(id string) (rehearsal.Rehearsal, error)
	Story(ctx context.Context, id string, person int) (rehearsal.Story, error)
	People(ctx context.Context, id string, which rehearsal.Which) (rehearsal.Faces, error)
}

// RehearsalList is the rehearsals that can be looked at.
type RehearsalList struct {
	Rehearsals []rehearsal.Rehearsal `json:"rehearsals" doc:"newest first"`
}

// RehearsalRequest says what to rehearse.
type RehearsalRequest rehearsal.Ask

// RehearsalSpeed is how fast time passes.
type RehearsalSpeed struct {
	Speed float64 `json:"speed" minimum:"0" maximum:"1000" doc:"days a second; 0 is as fast as can be"`
}

// frameWait is how long an answer waits for the next day.
const frameWait = 20 * time.Second

func registerRehearsals(api huma.API, o Options, b boundary) {
	type startInput struct{ Body RehearsalRequest }
	op := operation("start-rehearsal", http.MethodPost, "/rehearsals", "rehearsals", "Play a simulated company on a virtual clock")
	op.Description = "Nothing of it touches the workspace: the company's people, their events and the letters they get live in a process of their own. " +
		"One rehearsal plays at a time; the last few are kept until the server stops. The same request gives the same days."
	add(api, b, op, func(ctx context.Context, in *startInput) (rehearsal.Rehearsal, error) {
		return o.Rehearsals.Start(ctx, rehearsal.Ask(in.Body))
	})

	add(api, b, operation("list-rehearsals", http.MethodGet, "/rehearsals", "rehearsals", "Rehearsals that can be looked at"),
		func(context.Context, *none) (RehearsalList, error) {
			return RehearsalList{Rehearsals: o.Rehearsals.List()}, nil
		})

	type path struct {
		ID string `path:"id" maxLength:"100"`
	}
	add(api, b, operation("get-rehearsal", http.MethodGet, "/rehearsals/{id}", "rehearsals", "A rehearsal as it stands"),
		func(_ context.Context, in *path) (rehearsal.Rehearsal, error) { return o.Rehearsals.Get(in.ID) })

	type framesInput struct {
		ID    string `path:"id" maxLength:"100"`
		After int    `query:"after" minimum:"0" doc:"leave out that many of the first days"`
		Wait  bool   `query:"wait" doc:"where there are none, wait for the next for up to 20 seconds"`
	}
	add(api, b, operation("list-rehearsal-frames", http.MethodGet, "/rehearsals/{id}/frames", "rehearsals", "A rehearsal day by day"),
		func(ctx context.Context, in *framesInput) (rehearsal.FramePage, error) {
			wait := frameWait
			if !in.Wait {
				wait = 0
			}
			limited, cancel := context.WithTimeout(ctx, wait)
			defer cancel()
			return o.Rehearsals.Frames(limited, in.ID, in.After)
		})

	type storyInput struct {
		ID     string `path:"id" maxLength:"100"`
		Person int    `path:"person" minimum:"0"`
	}
	add(api, b, operation("get-rehearsal-story", http.MethodGet, "/rehearsals/{id}/people/{person}", "rehearsals", "One life of a rehearsal: what really went on, and what the engine saw of it"),
		func(ctx context.Context, in *storyInput) (rehearsal.Story, error) {
			return o.Rehearsals.Story(ctx, in.ID, in.Person)
		})

	type peopleInput struct {
		ID    string `path:"id" maxLength:"100"`
		Truth int    `query:"truth" minimum:"-1" maximum:"100" default:"-1" doc:"who truly is in that state, in the order of the cast's"`
		State int    `query:"state" minimum:"-1" maximum:"100" default:"-1" doc:"who is believed to be in that state most likely, in the order of the beliefs'"`
		Bin   int    `query:"bin" minimum:"-1" maximum:"100" default:"-1" doc:"who is in that bin of the beliefs"`
	}
	add(api, b, operation("list-rehearsal-people", http.MethodGet, "/rehearsals/{id}/people", "rehearsals", "People of a rehearsal, as of the last day lived: the first 200, and how many there are"),
		func(ctx context.Context, in *peopleInput) (rehearsal.Faces, error) {
			return o.Rehearsals.People(ctx, in.ID, rehearsal.Which{Truth: in.Truth, State: in.State, Bin: in.Bin})
		})

	for _, order := range []struct {
		verb, summary string
		do            func(id string) (rehearsal.Rehearsal, error)
	}{
		{"pause", "Let a rehearsal rest", func(id string) (rehearsal.Rehearsal, error) { return o.Rehearsals.Pause(id) }},
		{"resume", "Play on", func(id string) (rehearsal.Rehearsal, error) { return o.Rehearsals.Resume(id) }},
		{"step", "Live one day of a rehearsal that rests", func(id string) (rehearsal.Rehearsal, error) { return o.Rehearsals.Step(id) }},
		{"stop", "End a rehearsal; what it has shown stays", func(id string) (rehearsal.Rehearsal, error) { return o.Rehearsals.Stop(id) }},
	} {
		add(api, b, operation(order.verb+"-rehearsal", http.MethodPost, "/rehearsals/{id}/"+order.verb, "rehearsals", order.summary),
			func(_ context.Context, in *path) (rehearsal.Rehearsal, error) { return order.do(in.ID) })
	}

	type speedInput struct {
		ID   string `path:"id" maxLength:"100"`
		Body RehearsalSpeed
	}
	add(api, b, operation("set-rehearsal-speed", http.MethodPut, "/rehearsals/{id}/speed", "rehearsals", "Say how fast time passes"),
		func(_ context.Context, in *speedInput) (rehearsal.Rehearsal, error) {
			return o.Rehearsals.SetSpeed(in.ID, in.Body.Speed)
		})
}
