package report

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/pace"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
)

// Options says how reports are kept. The zero value is the default.
type Options struct {
	Workspace person.Workspace // whose people these are. Defaults to 0.

	Poll  time.Duration // between looks at whether anything changed. Defaults to 250 ms.
	Share float64       // of one processor, that refreshing may take. Defaults to 0.2.
	Demo  bool          // the workspace is a simulated company

	// Used runs f and returns for how long it kept a processor busy. Defaults to pace.Used.
	Used func(f func() error) (time.Duration, error)

	// Hurry reports whether the rest of the server has much to do besides the fold.
	// Defaults to never.
	Hurry func() bool

	Speed func() float64 // how fast the workspace's clock runs. Defaults to 1.
	Log   *slog.Logger   // of refreshes that failed. Defaults to none.
}

func (o Options) withDefaults() Options {
	if o.Poll == 0 {
		o.Poll = 250 * time.Millisecond
	}
	if o.Share == 0 {
		o.Share = 0.2
	}
	if o.Used == nil {
		o.Used = pace.Used
	}
	if o.Hurry == nil {
		o.Hurry = func() bool { return false }
	}
	if o.Speed == nil {
		o.Speed = func() float64 { return 1 }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Reports answers the console's questions. It is safe for concurrent use.
//
// What one person's page shows is read from the store when asked. What concerns
// everybody is read from a digest of all people, which Run keeps fresh: it may
// be a few seconds old, and all its figures and lists are of the same moment.
type Reports struct {
	store Store
	o     Options

	turn    chan struct{} // held by whoever refreshes
	current atomic.Pointer[digest]
	fresh   atomic.Pointer[time.Time] // the digest was up to date; nil: never
}

// New returns reports on store. They answer without Run too, but then only
// Refresh, and the first question, bring the digest up to date.
func New(store Store, o Options) *Reports {
	return &Reports{store: store, o: o.withDefaults(), turn: make(chan struct{}, 1)}
}

// Run keeps the digest fresh until ctx ends, and then returns nil. After a refresh
// that kept a processor busy for d it rests for so long that refreshing takes at most
// Options.Share of one processor's time: on a machine that has other things to do a
// refresh takes longer, and it does not rest for longer because of that.
//
// While the fold is behind, or there is a hurry, they have the processors nearly to themselves: refreshing
// waits, but for no longer than a few minutes at a time, and what has begun goes on
// slowly.
func (r *Reports) Run(ctx context.Context) error {
	var refreshed time.Time
	for {
		rest := r.o.Poll
		if time.Since(refreshed) > patience || !r.behind(ctx) {
			used, err := r.o.Used(func() error { return r.Refresh(ctx) })
			if err != nil && ctx.Err() == nil {
				r.o.Log.ErrorContext(ctx, "refresh reports", "err", err)
			}
			refreshed = time.Now()
			rest = max(rest, time.Duration(float64(used)*(1/r.o.Share-1)))
		}
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

const (
	patience  = 3 * time.Minute
	behindLag = 5_000 // events

	behindShare = 0.1 // of one processor, that reading everybody takes then
)

// behind reports whether the fold, or the rest of the server, has much to do.
func (r *Reports) behind(ctx context.Context) bool {
	if r.o.Hurry() {
		return true
	}
	s, err := r.store.State(ctx)
	return err == nil && s.Lag > behindLag
}

// Refresh brings the digest up to date if anything changed since it was made.
func (r *Reports) Refresh(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return fmt.Errorf("wait for a refresh: %w", ctx.Err())
	}
	now := time.Now()
	version := r.store.Version() // before reading: what changes meanwhile is seen next time
	if d := r.current.Load(); d != nil && d.version == version {
		r.fresh.Store(&now)
		return nil
	}
	d, err := gather(ctx, r.store, &pace.Pace{Behind: func() bool { return r.behind(ctx) }, Share: behindShare})
	if err != nil {
		return fmt.Errorf("gather people: %w", err)
	}
	d.version = version
	r.current.Store(d)
	r.fresh.Store(&now)
	return nil
}

// Age is how long ago what is told of everybody was up to date; ok is false when
// nothing was gathered yet.
func (r *Reports) Age() (age time.Duration, ok bool) {
	if at := r.fresh.Load(); at != nil {
		return time.Since(*at), true
	}
	return 0, false
}

// digest returns the latest digest, making the first when there is none.
func (r *Reports) digest(ctx context.Context) (*digest, error) {
	if d := r.current.Load(); d != nil {
		return d, nil
	}
	if err := r.Refresh(ctx); err != nil {
		return nil, err
	}
	return r.current.Load(), nil
}

// Workspace returns what every page needs to know first. It is never stale.
func (r *Reports) Workspace(ctx context.Context) (Workspace, error) {
	s, err := r.state(ctx)
	if err != nil {
		return Workspace{}, err
	}
	ws := s.defs()
	w := Workspace{
		Name: ws.Name, Currency: ws.Currency, Live: s.Settings.Live, Allow: s.Settings.Allow, AsOf: s.Settings.AsOf,
		Now: s.clock(), Speed: r.o.Speed(), People: s.People, Events: s.Events, Lag: s.Lag, Demo: r.o.Demo,
		Channels: []string{}, Definition: ws.Hash, Stages: []StageName{},
	}
	if w.Live == "" {
		w.Live = event.Disarmed
	}
	if w.Allow == nil {
		w.Allow = []string{}
	}
	for _, c := range ws.Channels {
		w.Channels = append(w.Channels, c.ID)
	}
	for _, st := range ws.Map.Stages {
		w.Stages = append(w.Stages, StageName{ID: st.ID, Name: st.Name})
	}
	return w, nil
}

func (r *Reports) state(ctx context.Context) (State, error) {
	s, err := r.store.State(ctx)
	if err != nil {
		return State{}, fault.Wrap(fault.Internal, err, "The workspace cannot be read at the moment.")
	}
	return s, nil
}

// past is a person's history as of the workspace's clock, where that is not now.
type past struct {
	events []event.Event // until then
	more   bool          // there is more of it
}

// read replaces b with the part of a history up to and with now.
func (b *past) read(history History, now event.Instant) error {
	b.events, b.more = b.events[:0], false
	return history(func(e event.Event) bool {
		if e.Time > now {
			b.more = true
			return false
		}
		b.events = append(b.events, e)
		return true
	})
}

// asOf returns p as they were at the workspace's clock; p itself when that is
// now. Goals and deliveries of a later time are left out.
func asOf(s State, plan *segment.Plan, p profile.Person, b *past) profile.Person {
	if s.Settings.AsOf == 0 {
		return p
	}
	now := s.clock()
	ws := s.defs()
	then := p
	if b.more {
		then = *profile.Refold(ws, &p, slices.Values(b.events))
	}
	then.Stage = ""
	if stage, _, err := ws.Map.StageOf(then.Vars(ws, now)); err == nil {
		then.Stage = stage
	}
	if then.Stage != p.Stage || p.StageSince > now {
		then.StageSince = 0
	}
	if s.Model != nil {
		if then.Belief = s.Model.Refilter(nil, slices.Values(b.events)); then.Belief != nil {
			s.Model.Note(then.Belief, now)
		}
	}
	then.Segments = nil
	// Where a rule takes too many steps the person is left out of the segment.
	_, _ = plan.Update(&then, then.Vars(ws, now), profile.Changes{All: true}, false)
	for i, m := range then.Segments {
		then.Segments[i].Since = 0
		if at := slices.IndexFunc(p.Segments, func(o profile.Membership) bool { return o.Segment == m.Segment && o.Since <= now }); at >= 0 {
			then.Segments[i].Since = p.Segments[at].Since
		}
	}
	then.Goals = map[string]profile.Goal{}
	for id, g := range p.Goals {
		if g.Joined <= now {
			then.Goals[id] = g
		}
	}
	if p.LastSeen > now {
		then.Deliveries = nil
	}
	return then
}
