package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/profile"
)

// Segments is the list of segments.
type Segments struct {
	Segments []SegmentRow `json:"segments" doc:"in the order of the definitions"`
	People   int          `json:"people" doc:"everybody"`
	Sweep    Sweep        `json:"sweep"`
}

// SegmentRow is one line of the list of segments.
type SegmentRow struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Rule      string  `json:"rule" doc:"the CEL rule"`
	Version   string  `json:"version" doc:"hash of the rule and of what it rests on"`
	People    int     `json:"people" doc:"who belong to it now; exact, or so far while computing"`
	Share     float64 `json:"share" doc:"of everybody"`
	Entered   int     `json:"entered" doc:"times that people entered today and in the seven days before, because something happened to them"`
	Left      int     `json:"left" doc:"the same of leaving"`
	Computing bool    `json:"computing" doc:"the rule, or the clock, is new, and the sweep has not come to everybody yet"`
	Sentence  string  `json:"sentence"`
}

// Segment is a segment's page. Its people are those of the filter segment=ID.
type Segment struct {
	SegmentRow
	Features []Named      `json:"features" doc:"declared features that the rule asks"`
	Events   []string     `json:"events" doc:"events whose history the rule asks"`
	Segments []Named      `json:"segments" doc:"other segments that the rule speaks of"`
	Traits   bool         `json:"traits" doc:"the rule speaks of traits"`
	Stage    bool         `json:"stage" doc:"the rule speaks of the stage"`
	Time     bool         `json:"time" doc:"the passing of time alone moves people"`
	UsedBy   []SegmentUse `json:"used_by" doc:"rules that speak of this segment"`
}

// Named is something of the definitions.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// SegmentUse is a rule that speaks of a segment.
type SegmentUse struct {
	Kind string `json:"kind" enum:"segment,goal,action"`
	ID   string `json:"id" doc:"of an action: GOAL/ACTION"`
	Name string `json:"name"`
}

// PersonSegment is that a person belongs to a segment.
type PersonSegment struct {
	Segment string        `json:"segment"`
	Name    string        `json:"name"`
	Since   event.Instant `json:"since" doc:"null: not known, the workspace being looked at as of another time"`
	Version string        `json:"version" doc:"of the rule, when they entered"`
}

// Sweep is how far people have been brought up to the definitions and settings
// in force.
type Sweep struct {
	Running    bool          `json:"running"`
	Share      float64       `json:"share" doc:"of the people whom it has come to; 1 when it is not running"`
	People     int           `json:"people" doc:"whom it has come to, estimated while it runs"`
	Of         int           `json:"of" doc:"everybody"`
	Started    event.Instant `json:"started" doc:"null when it is not running"`
	Left       float64       `json:"seconds_left" doc:"at the pace so far; 0 when it is not running or that is not known yet"`
	Definition string        `json:"definition" doc:"hash of the definitions that people are brought up to"`
	Sentence   string        `json:"sentence"`
}

// Sweep returns the progress of the sweep.
func (r *Reports) Sweep(ctx context.Context) (Sweep, error) {
	s, err := r.state(ctx)
	if err != nil {
		return Sweep{}, err
	}
	return sweepOf(s), nil
}

func sweepOf(s State) Sweep {
	out := Sweep{Running: s.Sweep.Running, Share: 1, People: s.People, Of: s.People, Definition: s.defs().Hash}
	if !out.Running {
		out.Sentence = "Everybody is up to the definitions and settings in force."
		return out
	}
	out.Started, out.People, out.Share = s.Sweep.Since, int(s.Sweep.Done), 0
	if s.People > 0 {
		out.Share = min(s.Sweep.Done/float64(s.People), 1)
	}
	took := s.Now.Sub(s.Sweep.Since)
	out.Sentence = fmt.Sprintf("Bringing people up to the definitions and settings in force: %s so far", percent(out.Share))
	if out.Share > 0 && took > 0 {
		left := time.Duration(float64(took) * (1/out.Share - 1))
		out.Left = left.Seconds()
		out.Sentence += fmt.Sprintf(", %s to go", left.Round(time.Second))
	}
	out.Sentence = sentence(out.Sentence)
	return out
}

// Segments returns all segments with how many belong to each, read now.
func (r *Reports) Segments(ctx context.Context) (Segments, error) {
	s, err := r.state(ctx)
	if err != nil {
		return Segments{}, err
	}
	rows, err := r.segmentRows(ctx, s)
	if err != nil {
		return Segments{}, err
	}
	return Segments{Segments: rows, People: s.People, Sweep: sweepOf(s)}, nil
}

// Segment returns one segment; NotFound if there is none of that id.
func (r *Reports) Segment(ctx context.Context, id string) (Segment, error) {
	s, err := r.state(ctx)
	if err != nil {
		return Segment{}, err
	}
	ws := s.defs()
	def, ok := ws.Segment(id)
	if !ok {
		return Segment{}, fault.New(fault.NotFound, "There is no segment %q in the definitions in force.", id).At("id")
	}
	rows, err := r.segmentRows(ctx, s)
	if err != nil {
		return Segment{}, err
	}
	at := slices.IndexFunc(rows, func(row SegmentRow) bool { return row.ID == id })
	in := def.When.Inputs()
	out := Segment{
		SegmentRow: rows[at], Features: []Named{}, Events: []string{}, Segments: []Named{}, UsedBy: usesOf(ws, id),
		Traits: in.Traits, Stage: in.Stage, Time: in.Time,
	}
	for _, f := range in.Features {
		if f.Aggregate != definition.Recent {
			out.Features = append(out.Features, Named{f.ID, f.Name})
		} else {
			out.Events = append(out.Events, f.Events...)
		}
	}
	for _, other := range in.Segments {
		o, _ := ws.Segment(other)
		out.Segments = append(out.Segments, Named{o.ID, o.Name})
	}
	slices.Sort(out.Events)
	out.Events = slices.Compact(out.Events)
	return out, nil
}

// segmentRows reads counts from the store's index, and where the workspace is
// looked at as of a time from the digest, which knows who was in what then.
func (r *Reports) segmentRows(ctx context.Context, s State) ([]SegmentRow, error) {
	var counts map[string]int64
	moves, everybody := map[string]Moves{}, s.People
	if s.Settings.AsOf != 0 {
		d, err := r.digest(ctx)
		if err != nil {
			return nil, err
		}
		counts, everybody = d.members.counts(), d.atlas.Len()
	} else {
		var err error
		if counts, err = r.store.SegmentCounts(ctx); err == nil {
			moves, err = r.store.SegmentMoves(ctx)
		}
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "Segments cannot be read at the moment.")
		}
	}
	rows := []SegmentRow{}
	for _, def := range s.defs().Segments {
		row := SegmentRow{
			ID: def.ID, Name: def.Name, Rule: def.When.Source(), Version: def.Version, People: int(counts[def.ID]),
			Entered: int(moves[def.ID].Entered), Left: int(moves[def.ID].Left), Computing: s.Sweep.Rules,
		}
		if everybody > 0 {
			row.Share = float64(row.People) / float64(everybody)
		}
		words := fmt.Sprintf("%s, %s of everybody", HowMany(row.People), percent(row.Share))
		if row.Computing {
			words = fmt.Sprintf("%s so far: still being computed, %s done", HowMany(row.People), percent(sweepOf(s).Share))
		}
		row.Sentence = sentence(words)
		rows = append(rows, row)
	}
	return rows, nil
}

// usesOf lists the rules that speak of a segment.
func usesOf(ws *definition.Workspace, id string) []SegmentUse {
	out := []SegmentUse{}
	speaks := func(x *definition.Expr) bool { return slices.Contains(x.Inputs().Segments, id) }
	for _, s := range ws.Segments {
		if speaks(s.When) {
			out = append(out, SegmentUse{"segment", s.ID, s.Name})
		}
	}
	for _, g := range ws.Goals {
		if speaks(g.Who) {
			out = append(out, SegmentUse{"goal", g.ID, g.Name})
		}
		for _, a := range g.Actions {
			if speaks(a.When) {
				out = append(out, SegmentUse{"action", g.ID + "/" + a.ID, a.Name})
			}
		}
	}
	return out
}

func personSegments(ws *definition.Workspace, p *profile.Person) []PersonSegment {
	out := []PersonSegment{}
	for _, m := range p.Segments {
		row := PersonSegment{Segment: m.Segment, Name: m.Segment, Since: m.Since, Version: m.Version}
		if def, ok := ws.Segment(m.Segment); ok {
			row.Name = def.Name
		}
		out = append(out, row)
	}
	return out
}

// members is who belongs to which segment, by place in the digest: a bit for
// each segment.
type members struct {
	ids   []string
	words int
	bits  []uint64
}

func newMembers(ws *definition.Workspace) members {
	m := members{words: (len(ws.Segments) + 63) / 64}
	for _, s := range ws.Segments {
		m.ids = append(m.ids, s.ID)
	}
	return m
}

// grow makes room for so many people.
func (m *members) grow(people int) { m.bits = slices.Grow(m.bits, people*m.words) }

// add adds the person of the next place.
func (m *members) add(p *profile.Person) {
	at := len(m.bits)
	for range m.words {
		m.bits = append(m.bits, 0)
	}
	for _, s := range p.Segments {
		if i := slices.Index(m.ids, s.Segment); i >= 0 {
			m.bits[at+i/64] |= 1 << (i % 64)
		}
	}
}

// of returns the test that a place belongs to a segment.
func (m *members) of(id string) (func(place int) bool, error) {
	i := slices.Index(m.ids, id)
	if i < 0 {
		return nil, fault.New(fault.Invalid, "segment %q: the definitions in force have no such segment", id).At("segment")
	}
	return func(place int) bool { return m.bits[place*m.words+i/64]&(1<<(i%64)) != 0 }, nil
}

func (m *members) counts() map[string]int64 {
	out := map[string]int64{}
	for i, id := range m.ids {
		for at := i / 64; at < len(m.bits); at += m.words {
			if m.bits[at]&(1<<(i%64)) != 0 {
				out[id]++
			}
		}
	}
	return out
}
