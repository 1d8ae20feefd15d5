package report

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
)

// mostWeeks is how many weeks of a life are listed when it has gaps; with more,
// empty weeks are left out.
const mostWeeks = 530

// life is what a replay of one person's history tells.
type life struct {
	p     profile.Person
	walk  profile.Walk
	weeks map[event.Instant]*Week
}

// Person returns one person's page, read now; NotFound if there is none.
func (r *Reports) Person(ctx context.Context, id person.ID) (Person, error) {
	s, err := r.state(ctx)
	if err != nil {
		return Person{}, err
	}
	l, err := r.live(ctx, s, id)
	if err != nil {
		return Person{}, err
	}
	ws, now := s.defs(), s.clock()
	out := Person{
		PersonRow: rowOf(ws, &l.p, l.walk), StageSince: l.p.StageSince,
		Identities: slices.Clone(l.p.Identities), Traits: traits(&l.p), Features: features(ws, &l.p, now),
		Consent: consents(&l.p), Suppressed: suppressed(&l.p), Segments: personSegments(ws, &l.p), Goals: goals(ws, &l.p),
		Accounts:   personAccounts(r.o.Workspace, &l.p),
		Deliveries: deliveries(&l.p), Weeks: weeksOf(l.weeks, now, ws.Zone),
		Definition: l.p.Definition, Current: l.p.Definition == ws.Hash,
	}
	slices.SortFunc(out.Identities, func(a, b person.Identity) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), a.Compare(b))
	})
	if out.Identities == nil {
		out.Identities = []person.Identity{}
	}
	out.Belief = believed(s, l)
	out.Sentence = personSentence(ws, &l.p, &out.PersonRow, now)
	return out, nil
}

// live reads a person and replays their history.
func (r *Reports) live(ctx context.Context, s State, id person.ID) (*life, error) {
	p, ok, err := r.store.Person(ctx, id)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "This person cannot be read at the moment.")
	}
	if !ok {
		return nil, nobody(id)
	}
	ws, now := s.defs(), s.clock()
	l := &life{p: p, weeks: map[event.Instant]*Week{}}
	c := lifecycle.New(&ws.Map)
	step := func(e event.Event) bool {
		if in, ok := c.Step(&l.walk, e); ok {
			l.week(in, ws.Zone)
		}
		return ctx.Err() == nil
	}
	history := func(fn func(event.Event) bool) error { return r.store.History(ctx, p.ID, fn) }
	var b past
	if s.Settings.AsOf == 0 {
		err = history(step)
	} else if err = b.read(history, now); err == nil {
		slices.Values(b.events)(step)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "This person's history cannot be read at the moment.")
	}
	l.p = asOf(s, segment.New(ws), p, &b)
	return l, nil
}

func nobody(id person.ID) error {
	return fault.New(fault.NotFound, "There is no person %s.", id).At("id")
}

func (l *life) week(in lifecycle.Interaction, zone *time.Location) {
	start := weekOf(in.Time, zone)
	w, ok := l.weeks[start]
	if !ok {
		w = &Week{Start: start}
		l.weeks[start] = w
	}
	switch in.Effort {
	case lifecycle.Outreach:
		w.Outreach++
	case lifecycle.Response:
		w.Response++
	case lifecycle.Unprompted:
		w.Unprompted++
	}
}

// weekOf is the Monday midnight that begins the week of i in zone.
func weekOf(i event.Instant, zone *time.Location) event.Instant {
	if zone == nil {
		zone = time.UTC
	}
	t := i.Time().In(zone)
	back := (int(t.Weekday()) + 6) % 7
	return event.InstantOf(time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, zone))
}

// weeksOf lists weeks oldest first up to now, empty ones too unless there are
// too many.
func weeksOf(weeks map[event.Instant]*Week, now event.Instant, zone *time.Location) []Week {
	starts := slices.Sorted(maps.Keys(weeks))
	out := []Week{}
	if len(starts) == 0 {
		return out
	}
	if last := max(starts[len(starts)-1], weekOf(now, zone)); last.Sub(starts[0]) < mostWeeks*7*24*time.Hour {
		at := starts[0]
		starts = nil
		for ; at <= last; at = weekOf(at.Add(8*24*time.Hour), zone) { // eight days: over a change of the clocks
			starts = append(starts, at)
		}
	}
	for _, s := range starts {
		if w, ok := weeks[s]; ok {
			out = append(out, *w)
		} else {
			out = append(out, Week{Start: s})
		}
	}
	return out
}

// rowOf is a person's line; walk is their replayed one.
func rowOf(ws *definition.Workspace, p *profile.Person, walk profile.Walk) PersonRow {
	row := PersonRow{
		ID: p.ID, Name: nameOf(p), Email: p.Address("email"), Stage: p.Stage, FirstSeen: p.FirstSeen, LastSeen: p.LastSeen,
		LastOwn: walk.LastOwn, Events: p.Events, Effort: effort(walk.Effort),
	}
	if p.Belief != nil {
		row.State = p.Belief.State
	}
	for _, f := range ws.Features {
		if f.Aggregate == definition.Sum && !f.Plain && f.Within == 0 {
			row.Value = p.Features.Get(f.ID).Money.Get(ws.Currency)
			break
		}
	}
	return row
}

// rank orders kinds of identity, strongest first.
func rank(k person.Kind) int { return k.Priority() }

func traits(p *profile.Person) []Trait {
	out := []Trait{}
	for _, t := range p.Traits {
		value := json.RawMessage(t.Value.Value)
		if !json.Valid(value) {
			value = json.RawMessage("null")
		}
		out = append(out, Trait{Name: t.Key, Value: value, Time: t.Value.Time})
	}
	return out
}

func features(ws *definition.Workspace, p *profile.Person, now event.Instant) []FeatureValue {
	out := []FeatureValue{}
	for i := range ws.Features {
		f := &ws.Features[i]
		row := FeatureValue{ID: f.ID, Name: f.Name, Kind: string(f.Aggregate), WithinDays: f.Within.Hours() / 24}
		value := p.Value(f, ws.Currency, now)
		switch f.Aggregate {
		case definition.Count, definition.Distinct:
			row.Count, _ = value.(int64)
			row.AtLeast = f.Aggregate == definition.Distinct && row.Count >= definition.MostDistinct
		case definition.Rate:
			row.Number, _ = value.(float64)
		case definition.Sum:
			if f.Plain {
				row.Number, _ = value.(float64)
				break
			}
			for _, m := range p.Sums(f, now) {
				row.Money = append(row.Money, Money{Currency: m.Key, Amount: m.Value})
			}
		case definition.First, definition.Last:
			v := p.Features.Get(f.ID)
			row.At, row.Value = v.At, v.Value
		case definition.Recent: // of no declared feature
		}
		out = append(out, row)
	}
	return out
}

func consents(p *profile.Person) []ConsentRow {
	out := []ConsentRow{}
	for _, key := range p.ConsentKeys() {
		c, _, _ := p.Said(key)
		channel, topic, _ := strings.Cut(key, "/")
		out = append(out, ConsentRow{Channel: channel, Topic: topic, Given: c.Given, Time: c.Time, Proof: c.Proof, Confirmation: confirmation(p, channel)})
	}
	return out
}

// confirmation is where p stands with a channel's; nil where there is none.
func confirmation(p *profile.Person, channel string) *ConfirmationRow {
	c := p.Confirming.At(channel)
	if c == nil {
		return nil
	}
	return &ConfirmationRow{Move: string(c.Move), Address: c.Address, Asked: c.Asked, Time: c.Time, Until: c.Until, Reminded: c.Reminded}
}

// NameOf is how p is called where there is room for one name.
func NameOf(p *profile.Person) string { return nameOf(p) }

func suppressed(p *profile.Person) []SuppressedRow {
	out := []SuppressedRow{}
	for _, address := range slices.Sorted(maps.Keys(p.Suppressed)) {
		s := p.Suppressed[address]
		out = append(out, SuppressedRow{Address: address, Why: string(s.Why), Time: s.Time})
	}
	return out
}

func goals(ws *definition.Workspace, p *profile.Person) []PersonGoal {
	out := []PersonGoal{}
	for _, id := range slices.Sorted(maps.Keys(p.Goals)) {
		g := p.Goals[id]
		_, journey := ws.Journey(id)
		out = append(out, PersonGoal{
			Goal: id, Name: goalName(ws, id), Journey: journey, Arm: string(g.Arm), Joined: g.Joined, Reached: g.Reached, KPI: g.KPI,
			Chosen: g.Chosen, Silent: g.Silent, Sent: g.Sent, Held: g.Held,
		})
	}
	return out
}

func deliveries(p *profile.Person) []OpenDelivery {
	out := []OpenDelivery{}
	for _, id := range slices.Sorted(maps.Keys(p.Deliveries)) {
		d := p.Deliveries[id]
		phase := map[profile.Phase]string{profile.Queued: "queued", profile.Asked: "asked", profile.Granted: "granted"}[d.Phase]
		out = append(out, OpenDelivery{ID: id, Goal: d.Goal, Action: d.Action, Channel: d.Channel, Phase: phase, After: d.After})
	}
	return out
}
