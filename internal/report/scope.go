package report

import (
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
)

// Scope says of which time and of whom a page speaks. Its zero value is what the
// page speaks of by itself.
type Scope struct {
	Days    int    // the last so many days
	From    string // a day, as 2026-03-01, in the workspace's time zone: from its begin on
	To      string // a day: until its end
	Segment string // segment id: who belongs to it now
	State   string // state id: who is believed to be in it now; "none" for of whom nothing is believed
}

// ScopeView says of which time and of whom a page speaks.
type ScopeView struct {
	From     event.Instant `json:"from" doc:"begin of the period; 0: all that is known"`
	To       event.Instant `json:"to"`
	People   int           `json:"people" doc:"who count, whether they did anything in the period or not"`
	Sentence string        `json:"sentence"`
}

// scope is a digest of some people and some time.
type scope struct {
	period   lifecycle.Period
	atlas    *lifecycle.Atlas
	figures  lifecycle.Result
	recent   *recent // nil for all time
	expected *expected
	who      func(place int) bool
	people   int // who count
}

// scopeKey tells scopes apart.
type scopeKey struct {
	period         lifecycle.Period
	segment, state string
}

// mostScopes of one digest are kept.
const mostScopes = 12

// scope returns the digest of what s says, with usual, in days, where it says no
// period; 0 is all time. What was made once is kept as long as the digest.
func (d *digest) scope(s Scope, usual int) (*scope, error) {
	period, err := d.period(s, usual)
	if err != nil {
		return nil, err
	}
	key := scopeKey{period, s.Segment, s.State}
	d.scopes.Lock()
	defer d.scopes.Unlock()
	if made := d.scopes.made[key]; made != nil {
		return made, nil
	}
	made, err := d.makeScope(key)
	if err != nil {
		return nil, err
	}
	if d.scopes.made == nil || len(d.scopes.made) >= mostScopes {
		d.scopes.made = map[scopeKey]*scope{}
	}
	d.scopes.made[key] = made
	return made, nil
}

// period reads that of a scope.
func (d *digest) period(s Scope, usual int) (lifecycle.Period, error) {
	days := s.Days
	if s.From == "" && s.To == "" && days == 0 {
		days = usual
	}
	end := d.now + 1 // what happens now is in it
	switch {
	case days < 0 || days > mostDays:
		return lifecycle.Period{}, fault.New(fault.Invalid, "days %d: use 1 to %d", days, mostDays).At("days")
	case days > 0 && (s.From != "" || s.To != ""):
		return lifecycle.Period{}, fault.New(fault.Invalid, "days %d: say either days, or from and to", days).At("days")
	case days > 0:
		return d.reached(lifecycle.Period{From: end.Add(-time.Duration(days) * aDay), To: end})
	case s.From == "" && s.To == "":
		return lifecycle.Always(), nil
	}
	out := lifecycle.Period{To: end}
	if s.From != "" {
		at, err := d.dayOf("from", s.From, 0)
		if err != nil {
			return out, err
		}
		out.From = at
	}
	if s.To != "" {
		at, err := d.dayOf("to", s.To, 1)
		if err != nil {
			return out, err
		}
		out.To = min(at, end)
	}
	if out.From >= out.To {
		return out, fault.New(fault.Invalid, "from %s to %s: the period ends before it begins, or begins after now", s.From, s.To).At("from")
	}
	if out.From == 0 {
		out.From = min(out.To, max(d.figures.From, 0))
	}
	return d.reached(out)
}

// mostDays is the longest period, ten years.
const mostDays = 3660

// reached refuses what is not kept any more.
func (d *digest) reached(p lifecycle.Period) (lifecycle.Period, error) {
	if !d.atlas.Reaches(p) {
		return p, fault.New(fault.Invalid, "a period from %s on: of as many events as these only the last %s are at hand; ask the archive under Questions",
			p.From.Time().In(d.zone()).Format(time.DateOnly), inDays(shortReach)).At("from")
	}
	return p, nil
}

func (d *digest) dayOf(field, day string, later int) (event.Instant, error) {
	at, err := time.ParseInLocation(time.DateOnly, day, d.zone())
	if err != nil {
		return 0, fault.New(fault.Invalid, "%s %q: write a day as 2026-03-01", field, day).At(field)
	}
	return event.InstantOf(at.AddDate(0, 0, later)), nil
}

func (d *digest) zone() *time.Location {
	if d.ws.Zone == nil {
		return time.UTC
	}
	return d.ws.Zone
}

func (d *digest) makeScope(key scopeKey) (*scope, error) {
	everybody := key.segment == "" && key.state == ""
	s := &scope{period: key.period, who: func(int) bool { return true }, people: d.atlas.Len()}
	if !everybody {
		who, err := d.among(key.segment, key.state)
		if err != nil {
			return nil, err
		}
		s.who, s.people = who, 0
		for i := range d.atlas.Len() {
			if who(i) {
				s.people++
			}
		}
	}
	if key.period == lifecycle.Always() {
		if everybody {
			s.atlas, s.figures, s.expected = d.atlas, d.figures, d.expected
			return s, nil
		}
	} else {
		s.recent = newRecent(key.period, d.now, d.atlas.Classifier().Window(), len(d.ws.Map.Stages), d.atlas.Len())
	}
	s.expected = d.expected.again()
	s.atlas = d.atlas.Lens(key.period, s.who, func(i int, walk []lifecycle.Interaction, back []event.Instant) {
		if s.recent != nil {
			s.recent.add(i, d.atlas.Stage(i), d.facts.first[i], d.facts.of(i), walk, back)
		}
		s.expected.askAgain(i, walk, key.period, d.now)
	})
	s.figures = s.atlas.Result(d.now)
	return s, nil
}

// among is the test of who belongs to a segment and is in a state now.
func (d *digest) among(segment, state string) (func(int) bool, error) {
	who := func(int) bool { return true }
	if segment != "" {
		in, err := d.members.of(segment)
		if err != nil {
			return nil, err
		}
		who = in
	}
	if state == "" {
		return who, nil
	}
	stands, err := d.standings.match(Filter{State: state}, d.now)
	if err != nil {
		return nil, err
	}
	return func(i int) bool { return who(i) && stands(i) }, nil
}

// view says of which time and of whom a scope is.
func (d *digest) scopeView(s *scope, of Scope) ScopeView {
	out := ScopeView{From: s.period.From, To: min(s.period.To, d.now), People: s.people}
	who := "everybody"
	switch {
	case of.Segment != "" && of.State != "":
		who = "those in the segment " + segmentName(d.ws, of.Segment) + " and in the state " + d.stateName(of.State)
	case of.Segment != "":
		who = "those in the segment " + segmentName(d.ws, of.Segment)
	case of.State == "none":
		who = "those of whom nothing is believed"
	case of.State != "":
		who = "those in the state " + d.stateName(of.State)
	}
	out.Sentence = sentence(periodWords(s.period, d.now, d.zone()) + ", of " + who + ": " + HowMany(s.people))
	return out
}

func (d *digest) stateName(id string) string {
	if d.state.Model != nil {
		return quoted(d.state.Model.StateName(id))
	}
	return quoted(id)
}

// stageThen is the test of who was in a stage at the end of the period.
func (s *scope) stageThen(d *digest, id string) (func(int) bool, error) {
	i := slices.IndexFunc(d.figures.Stages, func(r lifecycle.StageResult) bool { return r.ID == id })
	if i < 0 {
		return nil, fault.New(fault.Invalid, "stage_then %q: the map has no such stage", id).At("stage_then")
	}
	if s.recent == nil {
		return nil, fault.New(fault.Invalid, "stage_then %q: say of which period, by days, or by from and to", id).At("stage_then")
	}
	return func(place int) bool { return s.who(place) && int(s.recent.then[place]) == i }, nil
}

// scopeOf is that of the period of a filter, and whether it has one.
func (d *digest) scopeOf(f Filter) (s *scope, given bool, err error) {
	of := Scope{Days: f.Days, From: f.From, To: f.To}
	if given = of != (Scope{}); given {
		of.Segment, of.State = f.Segment, f.State // as the page has it that the filter comes from
	}
	s, err = d.scope(of, 0)
	return s, given, err
}

// recentOf is the period of a filter, the last quarter where it has none.
func (d *digest) recentOf(f Filter) (*recent, error) {
	s, given, err := d.scopeOf(f)
	if err == nil && !given {
		s, err = d.scope(Scope{}, quarterDays)
	}
	if err != nil {
		return nil, err
	}
	return s.recent, nil
}

// spans reports whether f asks for something that its period bounds.
func (f Filter) spans() bool {
	return f.Touchpoint != "" || f.Effort != "" || f.Next != "" || f.Continued != "" || f.Expected != "" || f.Event != "" ||
		f.Lately != "" || f.StageThen != "" || f.StateThen != "" || f.StateBefore != ""
}

// capital writes the first letter of a sentence large.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
