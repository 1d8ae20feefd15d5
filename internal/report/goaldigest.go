package report

import (
	"cmp"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/profile"
)

// recentChoices is how many of a goal's latest choices are shown.
const recentChoices = 12

// scan collects from one person's history what goals did with them. It is
// reused between people.
type scan struct {
	choices    []choiceFact
	choice     *choiceFact // that was seen last; nil: it was something else
	suppressed []event.SuppressedBody
	grants     map[string]event.GrantHead // by delivery
	receipts   []event.ReceiptBody
	answered   []string // deliveries that acts of their own carry
	journeyed  []strideFact
}

type choiceFact struct {
	at event.Instant
	event.ChoiceBody
}

// strideFact is a stride of a journey.
type strideFact struct {
	at event.Instant
	event.JourneyedBody
}

func (s *scan) begin() {
	s.choices, s.suppressed = s.choices[:0], s.suppressed[:0]
	s.receipts, s.answered = s.receipts[:0], s.answered[:0]
	s.journeyed = s.journeyed[:0]
	clear(s.grants)
}

// see notes e. A body that cannot be read is left out: the fold refused it too.
func (s *scan) see(e event.Event) {
	s.choice = nil
	switch e.Kind {
	case event.Choice:
		if b, err := event.Unpack[event.ChoiceBody](e); err == nil && b.Chosen >= 0 && b.Chosen < len(b.Candidates) {
			s.choices = append(s.choices, choiceFact{e.Time, b})
			s.choice = &s.choices[len(s.choices)-1]
		}
	case event.Suppressed:
		if b, err := event.Unpack[event.SuppressedBody](e); err == nil {
			s.suppressed = append(s.suppressed, b)
		}
	case event.Grant:
		if b, err := event.UnpackGrant(&e); err == nil {
			if s.grants == nil {
				s.grants = map[string]event.GrantHead{}
			}
			s.grants[b.Delivery] = b
		}
	case event.Receipt:
		if b, err := event.Unpack[event.ReceiptBody](e); err == nil {
			s.receipts = append(s.receipts, b)
		}
	case event.Journeyed:
		if b, err := event.Unpack[event.JourneyedBody](e); err == nil {
			s.journeyed = append(s.journeyed, strideFact{e.Time, b})
		}
	case event.Track, event.Page, event.Screen:
		if id := lifecycle.Delivery(e); id != "" {
			s.answered = append(s.answered, id)
		}
	default:
	}
}

// goalDigest is everybody under one goal.
type goalDigest struct {
	def     *definition.Goal
	members []member // in the order of places
	byPlace map[int32]int32

	withheld map[string]*WithheldRow // by code
	recent   []RecentChoice

	view Goal // its page
}

// member is one person under a goal.
type member struct {
	place     int32
	arm       profile.Arm
	stage     string
	joined    event.Instant
	reached   event.Instant
	kpi       event.Micros
	before    event.Micros
	reachable bool
	mature    bool

	chosen, silent, sent, held, failed, unknown int
	actions                                     []actionTally // by place in the goal
	codes                                       []string      // reasons of what was withheld
}

type actionTally struct {
	chosen, sent int
	responded    bool
}

func newGoalDigest(def *definition.Goal) *goalDigest {
	return &goalDigest{
		def: def, byPlace: map[int32]int32{}, withheld: map[string]*WithheldRow{},
	}
}

func (g *goalDigest) add(place int, p *profile.Person, standing profile.Goal, s *scan, now event.Instant) {
	m := member{
		place: int32(place), arm: standing.Exposed(), stage: p.Stage, joined: standing.Joined, reached: standing.Reached, //nolint:gosec // fewer than 2^31 people
		kpi: standing.KPI, before: standing.Before, reachable: standing.Reachable,
		mature:  standing.Joined.Add(g.def.Horizon) <= now,
		actions: make([]actionTally, len(g.def.Actions)),
	}
	if m.arm != profile.Treated {
		g.withhold(&m, string(m.arm))
	}
	g.choices(&m, p, s)
	for _, b := range s.suppressed {
		if b.Goal == g.def.ID {
			m.held++
			g.withhold(&m, b.Reason.Code)
		}
	}
	g.receipts(&m, s)
	g.byPlace[m.place] = int32(len(g.members)) //nolint:gosec // as above
	g.members = append(g.members, m)
}

func (g *goalDigest) choices(m *member, p *profile.Person, s *scan) {
	for i := range s.choices {
		c := &s.choices[i]
		if !c.Concerns(g.def.ID) {
			continue
		}
		m.chosen++
		chosen := c.Candidates[c.Chosen]
		if chosen.Action == event.Silence {
			m.silent++
		} else if a := g.action(chosen.Action); a >= 0 && of(chosen.Goal, g.def.ID) {
			m.actions[a].chosen++
		}
		var codes []string // once for each choice, however many candidates
		for _, x := range c.Candidates {
			if !x.Withheld.IsZero() && of(x.Goal, g.def.ID) && !slices.Contains(codes, x.Withheld.Code) {
				codes = append(codes, x.Withheld.Code)
				g.withhold(m, x.Withheld.Code)
			}
		}
		g.recent = append(g.recent, RecentChoice{
			Person: p.ID, Name: nameOf(p), At: c.at, Goal: cmp.Or(chosen.Goal, g.def.ID), Action: chosen.Action, Channel: chosen.Channel,
			Probability: c.Probability, Reason: c.Reason,
		})
	}
	if len(g.recent) > 20*recentChoices {
		g.keepRecent()
	}
}

func (g *goalDigest) withhold(m *member, code string) {
	row, ok := g.withheld[code]
	if !ok {
		row = &WithheldRow{Code: code, Sentence: reasonWords(code)}
		g.withheld[code] = row
	}
	row.Times++
	if !slices.Contains(m.codes, code) {
		m.codes = append(m.codes, code)
		row.People++
	}
}

func (g *goalDigest) receipts(m *member, s *scan) {
	for _, b := range s.receipts {
		grant, ok := s.grants[b.Delivery]
		if !ok || grant.Goal != g.def.ID {
			continue
		}
		a := g.action(grant.Action)
		switch b.Outcome {
		case event.Sent:
			m.sent++
			if a >= 0 {
				m.actions[a].sent++
			}
		case event.Failed:
			m.failed++
		case event.Unknown:
			m.unknown++
		case event.Clicked:
			if a >= 0 && !b.Machine {
				m.actions[a].responded = true
			}
		case event.Opened, event.Bounced, event.Complained, event.Delivered, event.Lost:
		}
	}
	for _, id := range s.answered {
		if grant, ok := s.grants[id]; ok && grant.Goal == g.def.ID {
			if a := g.action(grant.Action); a >= 0 {
				m.actions[a].responded = true
			}
		}
	}
}

func (g *goalDigest) action(id string) int {
	return slices.IndexFunc(g.def.Actions, func(a definition.Action) bool { return a.ID == id })
}

func (g *goalDigest) keepRecent() {
	slices.SortFunc(g.recent, func(a, b RecentChoice) int {
		return cmp.Or(cmp.Compare(b.At, a.At), slices.Compare(a.Person[:], b.Person[:]), cmp.Compare(a.Action, b.Action))
	})
	if len(g.recent) > recentChoices {
		g.recent = slices.Clip(g.recent[:recentChoices])
	}
}

func (g *goalDigest) finish() { g.keepRecent() }

// reasons lists what was withheld, most people first.
func (g *goalDigest) reasons() []WithheldRow {
	out := make([]WithheldRow, 0, len(g.withheld))
	for _, row := range g.withheld {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b WithheldRow) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Code, b.Code))
	})
	return out
}

// measured reports whether the lift rests on m, among others: their horizon has
// passed, and something could have reached them when they joined. Neither
// depends on their arm.
func (m *member) measured() bool { return m.mature && m.reachable }

// holdout reports whether m is in either holdout.
func (m *member) holdout() bool { return m.arm != profile.Treated }

// of reports whether a candidate is one of goal's: it is where it names none.
func of(candidate, goal string) bool { return candidate == "" || candidate == goal }
