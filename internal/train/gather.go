package train

import (
	"context"
	"encoding/binary"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Source is where people's histories are: a snapshot of the state, so that the
// fold goes on meanwhile.
type Source interface {
	EachPerson(ctx context.Context, use func(p *profile.Person, history func(func(event.Event) bool) error) error) error
}

const (
	mostPeople   = 20_000 // learned from: more do not make the model better, and it slower
	fewestTouch  = 50     // touches of a class, for it to be told apart
	fewestAnswer = 20     // answers, for them to be evidence
)

// Job is what a training works on. It travels to the process that does it.
type Job struct {
	Body      belief.Body  // without a model
	Incumbent *belief.Body // the one in force; nil: none
	Histories []statemodel.History
	End       event.Instant // until which histories were read
	Seed      uint64
	Workers   int
	Look      bool // only at whether the model in force has drifted
	Active    int  // people who have acted so often that they tell of states

	By    []definition.Beginning // what may tell how relationships begin
	Began [][]string             // its values, by history
}

// gatherer reads histories.
type gatherer struct {
	job   *Job
	most  int
	limit uint32 // people whose hash is below are kept
	who   []uint32
	drawn map[string]int // touches that were drawn, with nothing as an alternative, by action
	seen  map[string]int // touches
}

// Histories reads everybody, or a sample by the hash of their ids, as the
// definitions say, with what could not be seen.
func Histories(ctx context.Context, from Source, ws *definition.Workspace, dark []belief.Dark, end event.Instant) (*Job, error) {
	g := &gatherer{job: &Job{Body: belief.Vocabulary(ws), End: end, By: ws.Relationship.Begins}, most: mostPeople, limit: math.MaxUint32, drawn: map[string]int{}, seen: map[string]int{}}
	g.job.Body.Dark = dark
	known := map[string]bool{}
	for i := range ws.Goals {
		for _, a := range ws.Goals[i].Actions {
			if !known[a.ID] && len(g.job.Body.Touches) < statemodel.MaxTouches {
				known[a.ID] = true
				g.job.Body.Touches = append(g.job.Body.Touches, belief.Touch{Action: a.ID, Name: a.Name, Cost: a.Cost})
			}
		}
	}
	if err := from.EachPerson(ctx, g.add); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what was being done
	}
	g.finish()
	return g.job, nil
}

func (g *gatherer) add(p *profile.Person, history func(func(event.Event) bool) error) error {
	hash := binary.BigEndian.Uint32(p.ID[len(person.ID{})-4:])
	if hash > g.limit {
		return nil
	}
	var err error
	h, ok := g.job.Body.History(func(yield func(event.Event) bool) {
		err = history(func(e event.Event) bool {
			g.note(&e)
			return yield(e)
		})
	}, g.job.End)
	if err != nil || !ok {
		return err
	}
	if len(g.job.By) > 0 {
		values := g.job.Body.Began(func(yield func(event.Event) bool) { err = history(yield) }, g.job.By)
		if err != nil {
			return err
		}
		g.job.Began = append(g.job.Began, values)
	}
	g.job.Histories, g.who = append(g.job.Histories, h), append(g.who, hash)
	if len(g.who) > 2*g.most {
		g.thin()
	}
	return nil
}

// thin keeps about half of the people: those whose hash is low.
func (g *gatherer) thin() {
	g.limit /= 2
	n := 0
	for i, hash := range g.who {
		if hash <= g.limit {
			g.who[n], g.job.Histories[n] = hash, g.job.Histories[i]
			if len(g.job.By) > 0 {
				g.job.Began[n] = g.job.Began[i]
			}
			n++
		}
	}
	clear(g.job.Histories[n:])
	g.who, g.job.Histories, g.job.Began = g.who[:n], g.job.Histories[:n], g.job.Began[:min(n, len(g.job.Began))]
}

// note counts whether touches were left to chance.
func (g *gatherer) note(e *event.Event) {
	switch e.Kind {
	case event.Grant:
		if b, err := event.UnpackGrant(e); err == nil {
			g.seen[b.Action]++
		}
	case event.Choice:
		b, err := event.Unpack[event.ChoiceBody](*e)
		if err != nil || b.Chosen < 0 || b.Chosen >= len(b.Candidates) || b.Probability >= 1 {
			return
		}
		for _, c := range b.Candidates {
			if c.Action == event.Silence && c.Probability > 0 {
				g.drawn[b.Candidates[b.Chosen].Action]++
				return
			}
		}
	default: // says nothing of that
	}
}

// finish counts, and drops what was done too seldom to tell what it does.
func (g *gatherer) finish() {
	j := g.job
	all := j.Body.Touches
	days := 0.0
	for _, h := range j.Histories {
		acts := 1
		days += h.End - h.Start
		for _, e := range h.Events {
			switch {
			case e.Type == statemodel.Own:
				acts++
			case e.Type == statemodel.Touch:
				all[e.Kind].Count++
			case e.Outcome > 0:
				all[e.Kind].Answered++
			}
		}
		if acts >= belief.EnoughActs {
			j.Active++
		}
	}
	to := make([]int, len(all)) // place among those kept; -1: dropped
	j.Body.Touches = nil
	for i, t := range all {
		if to[i] = -1; t.Count < fewestTouch {
			continue
		}
		to[i] = len(j.Body.Touches)
		t.PerDay = float64(t.Count) / max(days, 1)
		t.Randomised = g.drawn[t.Action] >= g.seen[t.Action]
		j.Body.Touches = append(j.Body.Touches, t)
	}
	for i := range j.Histories {
		j.Histories[i].Events = renumber(j.Histories[i].Events, nil, to)
	}
}

// renumber gives events the places that kinds of acts and classes of touches have
// elsewhere; -1 drops them. Nil leaves the kinds as they are.
func renumber(events []statemodel.Event, kinds, touches []int) []statemodel.Event {
	var out []statemodel.Event
	for _, e := range events {
		to := touches
		if e.Type == statemodel.Own {
			to = kinds
		}
		if to != nil || e.Type != statemodel.Own {
			if int(e.Kind) >= len(to) || to[e.Kind] < 0 {
				continue
			}
			e.Kind = uint8(to[e.Kind]) //nolint:gosec // below 64
		}
		out = append(out, e)
	}
	return out
}

// incumbents reads the i-th history as the model in force would.
func (j *Job) incumbents(i int) statemodel.History {
	h := translate(j.Histories[i], &j.Body, j.Incumbent)
	h.Class = 0
	if s := j.Incumbent.Start; s != nil {
		if k := slices.Index(j.By, s.By()); k >= 0 {
			h.Class = j.Incumbent.Class(j.Began[i][k])
		}
	}
	return h
}

// translate reads a history, as from has it, as to would.
func translate(h statemodel.History, from, to *belief.Body) statemodel.History {
	kinds, touches := make([]int, len(from.Acts)), make([]int, len(from.Touches))
	for i, a := range from.Acts {
		kinds[i] = -1
		for k := range to.Acts {
			if to.Acts[k].ID == a.ID {
				kinds[i] = k
			}
		}
	}
	for i, t := range from.Touches {
		touches[i] = -1
		for k := range to.Touches {
			if to.Touches[k].Action == t.Action {
				touches[i] = k
			}
		}
	}
	h.Events = renumber(h.Events, kinds, touches)
	var dark []statemodel.Dark
	for _, d := range h.Dark {
		if k := kinds[d.Kind]; k >= 0 {
			d.Kind = uint8(k) //nolint:gosec // below MaxKinds
			dark = append(dark, d)
		}
	}
	h.Dark = dark
	return h
}
