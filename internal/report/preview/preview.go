// Package preview counts the people to whom a rule applies while it is being
// written, and shows some of them.
//
// The first question has everybody read into columns (package column), which takes
// seconds with a million people; they are kept up with each change for as long as
// somebody asks, and let go of afterwards. While they are being filled, the people
// who are in them already are a random sample of all: they come in the order of
// their ids, which are hashes. So there is an answer at once, with an interval, and
// soon an exact one.
//
// What no column holds (see column.Plan) is asked of one person after another, by
// the same sample, until everybody has been looked at. A workspace that is looked
// at as of another time is too.
package preview

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/segment/column"
)

// Store is what previews read. It is safe for concurrent use. What it hands out is
// shared: it is not to be changed.
type Store interface {
	State(ctx context.Context) (report.State, error)

	// EachOf calls fn for every person of a partition in the order of their ids,
	// from one snapshot; forwards are left out. history is only good during the call.
	EachOf(ctx context.Context, part person.Partition, fn func(p profile.Person, history report.History) error) error

	// Person returns a person, following forwards; false if there is none.
	Person(ctx context.Context, id person.ID) (profile.Person, bool, error)
}

// Options tell New how to preview. The zero value is the default.
type Options struct {
	Wait time.Duration // how long a question waits for an exact answer. Defaults to 40 ms.
	Keep time.Duration // how long columns are kept when nobody asks. Defaults to 15 minutes.
	Log  *slog.Logger  // of what failed. Defaults to none.

	// Again is for how long the answer of everybody, asked one by one, stands when
	// the same rule is asked again. Defaults to 30 seconds.
	Again time.Duration
}

func (o Options) withDefaults() Options {
	if o.Wait == 0 {
		o.Wait = 40 * time.Millisecond
	}
	if o.Keep == 0 {
		o.Keep = 15 * time.Minute
	}
	if o.Again == 0 {
		o.Again = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Preview is who a rule applies to, as far as is known.
type Preview struct {
	People int  `json:"people" doc:"everybody"`
	Count  int  `json:"count" doc:"to whom the rule applies; estimated unless exact"`
	Low    int  `json:"low" doc:"at least so many, with 95 % confidence; count when exact"`
	High   int  `json:"high" doc:"at most so many, with 95 % confidence; count when exact"`
	Exact  bool `json:"exact" doc:"everybody was asked, as they are at as_of"`

	Share   float64       `json:"share" doc:"count of people, from 0 to 1"`
	Looked  int           `json:"looked" doc:"people whom the answer rests on; while it is not exact they are a random sample"`
	Changed int           `json:"changed" doc:"people who have changed since they were looked at"`
	AsOf    event.Instant `json:"as_of" doc:"the workspace's clock at which the rule was asked"`

	OneByOne string             `json:"one_by_one,omitempty" doc:"why the rule is asked of one person after another, which takes longer; absent where it is not"`
	Failed   int                `json:"failed" doc:"people of whom the rule took too many steps: they count as not meant"`
	Sample   []report.PersonRow `json:"sample" doc:"some to whom the rule applies, at random, the same ones as long as it applies to them"`
	Sentence string             `json:"sentence"`
	TookMS   float64            `json:"took_ms"`
}

// Previews answers who a rule applies to. It needs Run, and is safe for concurrent
// use.
type Previews struct {
	store Store
	o     Options
	wake  chan struct{}

	following atomic.Bool // there are columns, which have to hear of changes
	changes   changes

	columns struct {
		sync.RWMutex

		table *column.Table // nil: none
		next  int           // the partition to read next; person.Partitions: all are there
	}
	asked struct {
		sync.Mutex

		ws       *definition.Workspace // of the last question
		at       time.Time             // of the last question
		columns  bool                  // columns answer it, as far as they can
		scans    []*scan               // the latest last
		progress chan struct{}         // closed when there is some
	}
}

// New returns previews of the people of store.
func New(store Store, o Options) *Previews {
	p := &Previews{store: store, o: o.withDefaults(), wake: make(chan struct{}, 1)}
	p.changes.ids = map[person.ID]struct{}{}
	p.asked.progress = make(chan struct{})
	return p
}

// Changed tells that records have changed. It does not block.
func (p *Previews) Changed(ids []person.ID) {
	if p.following.Load() {
		p.changes.add(ids)
	}
}

// Preview asks a rule. Its error is definition.Problems where the rule is none.
func (p *Previews) Preview(ctx context.Context, rule string) (Preview, error) {
	started := time.Now()
	s, err := p.store.State(ctx)
	if err != nil {
		return Preview{}, fault.Wrap(fault.Internal, err, "The workspace cannot be read at the moment.")
	}
	ws := s.Defs()
	x, err := ws.Predicate(rule)
	if err != nil {
		return Preview{}, err
	}
	out, ids, err := p.answer(ctx, s, x, started.Add(p.o.Wait))
	if err != nil {
		return Preview{}, err
	}
	if out.Sample, err = p.sample(ctx, s, x, out.OneByOne == "", ids); err != nil {
		return Preview{}, err
	}
	out.Sentence = out.words(s.Sweep.Rules)
	out.TookMS = float64(time.Since(started).Microseconds()) / 1000
	return out, nil
}

// answer waits for an exact answer until the deadline, and gives the best there is.
func (p *Previews) answer(ctx context.Context, s report.State, x *definition.Expr, deadline time.Time) (Preview, []person.ID, error) {
	p.want(s.Defs(), s.Settings.AsOf == 0)
	if s.Settings.AsOf == 0 {
		if err := p.await(ctx, deadline, func() bool { return p.current(s.Defs()) }); err != nil {
			return Preview{}, nil, err
		}
		out, ids, err := p.ask(s, x, deadline)
		if !fault.Is(err, fault.Unsupported) {
			return out, ids, err
		}
		return p.oneByOne(ctx, s, x, err.Error(), deadline)
	}
	return p.oneByOne(ctx, s, x, "the workspace is looked at as of another time", deadline)
}

// sampled is how many people are shown.
const sampled = 8

// sample reads the lines of some people. Who has changed since, so that the rule
// no longer applies, is left out.
func (p *Previews) sample(ctx context.Context, s report.State, x *definition.Expr, check bool, ids []person.ID) ([]report.PersonRow, error) {
	out := []report.PersonRow{}
	for _, id := range ids {
		if len(out) == sampled {
			break
		}
		who, ok, err := p.store.Person(ctx, id)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "People cannot be read at the moment.")
		}
		if !ok || who.ID != id {
			continue
		}
		if check {
			if ok, err := x.Holds(who.Vars(s.Defs(), s.Clock())); !ok || err != nil {
				continue
			}
		}
		out = append(out, report.Row(s.Defs(), &who))
	}
	return out, nil
}

func (o *Preview) words(sweeping bool) string {
	switch {
	case sweeping:
		return report.Counted(o.Count) + " so far: people are still being brought up to the definitions in force."
	case o.Exact:
		return report.Counted(o.Count) + ", " + report.Percent(o.Share) + " of everybody."
	case o.Looked == 0:
		return "Reading people."
	case o.Looked >= o.People:
		return "About " + report.Counted(o.Count) + ", " + report.Percent(o.Share) + " of everybody; " + report.Counted(o.Changed) + " changed in the meantime."
	default:
		return "About " + report.Counted(o.Count) + ", " + report.Percent(o.Share) + " of everybody, by " + report.Counted(o.Looked) + " looked at so far."
	}
}
