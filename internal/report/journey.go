package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// JourneyRow is a journey or broadcast in a list. Its figures are people.
type JourneyRow struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Broadcast bool          `json:"broadcast" doc:"one message to many, at a time"`
	Begins    string        `json:"begins" doc:"who begins it, and when, in words"`
	Due       event.Instant `json:"due" doc:"of a broadcast: when it goes out, by the company's clock"`
	Began     int           `json:"began"`
	Inside    int           `json:"inside" doc:"now"`
	Through   int           `json:"through" doc:"by its steps"`
	Left      int           `json:"left" doc:"before its steps were done"`
	HeldOut   int           `json:"held_out" doc:"kept out, to measure it against"`
	Sent      int           `json:"sent" doc:"were sent anything"`
	NotSent   int           `json:"not_sent" doc:"were not sent something that it came to"`
	Sentence  string        `json:"sentence"`
}

// Journey is a journey's page.
type Journey struct {
	JourneyRow

	Leave         string          `json:"leave,omitempty" doc:"rule by which people leave it"`
	Moves         bool            `json:"moves" doc:"people inside go on by changed steps; else they finish those that they began under"`
	Transactional bool            `json:"transactional" doc:"what people are owed: no holdout, consent, cap or quiet hour keeps it back"`
	Holdout       float64         `json:"holdout"`
	KPI           string          `json:"kpi,omitempty" doc:"money that measures it; left out: none"`
	Steps         []JourneyStep   `json:"steps"`
	Outcomes      []JourneyReason `json:"outcomes" doc:"with which people came through"`
	Leaving       []JourneyReason `json:"leaving" doc:"why people left"`
}

// JourneyStep is a step as it is drawn. Its figures are people.
type JourneyStep struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Kind     string          `json:"kind" enum:"send,wait,branch,split,hand_over,end"`
	Text     string          `json:"text" doc:"what it does, in words"`
	Channels []string        `json:"channels" doc:"by which it sends"`
	Weighed  bool            `json:"weighed" doc:"against silence and what goals choose among"`
	Leads    []JourneyLead   `json:"leads"`
	Arrived  int             `json:"arrived"`
	Here     int             `json:"here" doc:"now"`
	Sent     int             `json:"sent"`
	NotSent  int             `json:"not_sent"`
	Why      []JourneyReason `json:"why" doc:"why it was not sent"`
}

// JourneyLead is a way from one step to another.
type JourneyLead struct {
	To     string `json:"to" doc:"id of a step; empty: through"`
	Why    string `json:"why" doc:"rule of a branch, arm of a split, else or otherwise; empty: just so"`
	People int    `json:"people" doc:"who went from here to there"`
}

// JourneyReason is an outcome, or a reason code, and how many people have it.
type JourneyReason struct {
	Code   string `json:"code"`
	Words  string `json:"words"`
	People int    `json:"people"`
}

// Journeys returns every journey and broadcast, in the order of the definitions.
func (r *Reports) Journeys(ctx context.Context) ([]JourneyRow, error) {
	d, err := r.digest(ctx)
	if err != nil {
		return nil, err
	}
	out := []JourneyRow{}
	for i := range d.ws.Journeys {
		j := d.journeys[d.ws.Journeys[i].ID]
		out = append(out, d.journeyRow(j, j.count()))
	}
	return out, nil
}

// Journey returns a journey's page; NotFound if there is none of that id.
func (r *Reports) Journey(ctx context.Context, id string) (Journey, error) {
	d, err := r.digest(ctx)
	if err != nil {
		return Journey{}, err
	}
	j, ok := d.journeys[id]
	if !ok {
		return Journey{}, fault.New(fault.NotFound, "There is no journey %q in the definitions in force.", id).At("id")
	}
	counts := j.count()
	def := j.def
	out := Journey{
		JourneyRow: d.journeyRow(j, counts), Moves: def.Moves, Transactional: def.Program.Transactional, Holdout: def.Program.Holdout,
		Steps: []JourneyStep{}, Outcomes: j.reasons(counts, through, ""), Leaving: j.reasons(counts, left, ""),
	}
	if def.Leave != nil {
		out.Leave = def.Leave.Source()
	}
	if len(def.Program.KPI.Events) > 0 {
		out.KPI = def.Program.KPI.Name
	}
	for i := range def.Steps {
		out.Steps = append(out.Steps, j.step(&def.Steps[i], counts))
	}
	return out, nil
}

// of is how many people have a trace.
func (j *journeyDigest) of(counts map[trace]int, what sign, word string) int {
	i, known := j.index[word]
	if !known {
		return 0
	}
	return counts[trace{what, i}]
}

func (d *digest) journeyRow(j *journeyDigest, counts map[trace]int) JourneyRow {
	n := func(what sign) int { return j.of(counts, what, "") }
	row := JourneyRow{
		ID: j.def.ID, Name: j.def.Name, Broadcast: j.def.Broadcast, Begins: beginsWords(j.def), Due: j.def.Begin.Due(d.ws.Zone, d.ws.Zone),
		Began: n(began), Inside: n(inside), Through: n(through), Left: n(left), HeldOut: n(heldOut), Sent: n(sentAt), NotSent: n(notSent),
	}
	row.Sentence = journeySentence(&row, d.now)
	return row
}

func journeySentence(r *JourneyRow, now event.Instant) string {
	switch {
	case r.Broadcast && r.Began == 0 && r.Due > now:
		return sentence("Nobody yet: it goes out " + r.Begins)
	case r.Broadcast && r.Began == 0:
		return "It reached nobody."
	case r.Began == 0 && r.HeldOut == 0:
		return "Nobody has begun it yet."
	case r.Broadcast:
		return sentence(fmt.Sprintf("It was sent to %s of %s whom it was for", Count(r.Sent), HowMany(r.Began)))
	}
	s := HowMany(r.Began) + " began it"
	if r.Inside > 0 {
		s += fmt.Sprintf(", %s are inside", Count(r.Inside))
	}
	if r.Through > 0 {
		s += fmt.Sprintf(", %s are through", Count(r.Through))
	}
	if r.Left > 0 {
		s += fmt.Sprintf(", %s left before the end", Count(r.Left))
	}
	return sentence(s)
}

// beginsWords says who begins a journey, and when.
func beginsWords(def *definition.Journey) string {
	b := &def.Begin
	var s string
	switch {
	case !b.At.IsZero():
		s = "on " + b.At.Format("2 January 2006 at 15:04")
		if b.Local {
			s += " by their own clocks"
		}
		if b.When != nil {
			s += ", to those of whom " + b.When.Source() + " holds"
		}
		return s
	case len(b.Events) > 0:
		s = "at " + strings.Join(b.Events, " or ")
		if b.When != nil {
			s += ", where " + b.When.Source()
		}
	default:
		s = "once " + b.When.Source()
	}
	if b.Again > 0 {
		s += ", again after " + spanOf(b.Again)
	}
	return s
}

// spanOf writes a length of time.
func spanOf(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return Plural(int(d/day), "day")
	case d%time.Hour == 0:
		return Plural(int(d/time.Hour), "hour")
	case d < time.Hour && d%time.Minute == 0:
		return Plural(int(d/time.Minute), "minute")
	default:
		return d.String()
	}
}

// reasons lists what follows sign and prefix, most people first.
func (j *journeyDigest) reasons(counts map[trace]int, what sign, prefix string) []JourneyReason {
	out := []JourneyReason{}
	for m, n := range counts {
		code, ok := strings.CutPrefix(j.words[m.of], prefix)
		if m.what == what && ok && code != "" {
			words := code
			if what != through {
				words = reasonWords(code)
			}
			out = append(out, JourneyReason{Code: code, Words: words, People: n})
		}
	}
	slices.SortFunc(out, func(a, b JourneyReason) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Code, b.Code))
	})
	return out
}

func (j *journeyDigest) step(s *definition.JourneyStep, counts map[trace]int) JourneyStep {
	n := func(what sign) int { return j.of(counts, what, s.ID) }
	out := JourneyStep{
		ID: s.ID, Name: s.Name, Kind: string(s.Kind), Text: stepWords(j.def, s), Channels: []string{},
		Arrived: n(arrived), Here: n(at), Sent: n(sentAt), NotSent: n(notSent), Why: j.reasons(counts, because, pair(s.ID, "")),
	}
	if a := j.def.Program.Action(s.ID); a != nil {
		out.Weighed = !a.Firm
		for _, m := range a.Messages {
			if !slices.Contains(out.Channels, m.Channel) {
				out.Channels = append(out.Channels, m.Channel)
			}
		}
	}
	out.Leads = leadsOf(j.def, s)
	for i := range out.Leads {
		out.Leads[i].People = j.of(counts, went, pair(s.ID, out.Leads[i].To))
	}
	return out
}

// leadsOf are the ways on from a step.
func leadsOf(def *definition.Journey, s *definition.JourneyStep) []JourneyLead {
	id := func(next *definition.JourneyStep) string {
		if next == nil {
			return ""
		}
		return next.ID
	}
	on := id(def.Next(s, true))
	out := []JourneyLead{}
	switch s.Kind {
	case definition.EndStep:
		return out
	case definition.SplitStep:
		for _, share := range s.Shares {
			out = append(out, JourneyLead{To: share.Go, Why: fmt.Sprintf("%s, %g%%", share.Arm, share.Share*100)})
		}
		return out
	case definition.BranchStep:
		for _, b := range s.Branches {
			why := "always"
			if b.When != nil {
				why = b.When.Source()
			}
			out = append(out, JourneyLead{To: b.Go, Why: why})
		}
		return append(out, JourneyLead{To: on, Why: "else"})
	case definition.SendStep, definition.WaitStep, definition.HandStep:
	}
	out = append(out, JourneyLead{To: on})
	if s.Otherwise != "" {
		out = append(out, JourneyLead{To: s.Otherwise, Why: "otherwise"})
	}
	return out
}

// stepWords says what a step does.
func stepWords(def *definition.Journey, s *definition.JourneyStep) string {
	switch s.Kind {
	case definition.SendStep:
		var said []string
		for _, m := range def.Program.Action(s.ID).Messages {
			if !slices.Contains(said, m.Headline) {
				said = append(said, m.Headline)
			}
		}
		return strings.Join(said, " or ")
	case definition.WaitStep:
		return waitedFor(&s.Wait)
	case definition.BranchStep:
		return "by what is known of them"
	case definition.SplitStep:
		return "by chance"
	case definition.HandStep:
		if s.Owner != "" {
			return s.Text + " (" + s.Owner + ")"
		}
		return s.Text
	case definition.EndStep:
		return s.Outcome
	}
	return ""
}

func waitedFor(w *definition.Wait) string {
	var parts []string
	switch {
	case len(w.Events) > 0:
		parts = append(parts, "for "+strings.Join(w.Events, " or "))
		if w.When != nil {
			parts = append(parts, "where "+w.When.Source())
		}
		parts = append(parts, "at most "+spanOf(w.For))
	case w.When != nil:
		parts = append(parts, "until "+w.When.Source(), "at most "+spanOf(w.For))
	case w.For > 0:
		parts = append(parts, spanOf(w.For))
	}
	if len(w.Days) > 0 {
		days := make([]string, len(w.Days))
		for i, d := range w.Days {
			days[i] = d.String()
		}
		parts = append(parts, "until "+strings.Join(days, " or "))
	}
	if w.At >= 0 {
		parts = append(parts, fmt.Sprintf("until %02d:%02d", int(w.At.Hours()), int(w.At.Minutes())%60))
	}
	return strings.Join(parts, ", ")
}

// journeyedSentence says what happened to somebody in a journey.
func journeyedSentence(ws *definition.Workspace, b event.JourneyedBody) string {
	name, step := b.Journey, b.Step
	if j, ok := ws.Journey(b.Journey); ok {
		name = j.Name
		if s := j.Step(b.Step); s != nil {
			step = s.Name
		}
	}
	name, step = quoted(name), quoted(step)
	switch b.Stride {
	case event.Entered:
		return sentence("Began the journey " + name)
	case event.HeldOut:
		return sentence(fmt.Sprintf("Was kept out of the journey %s, to measure it against", name))
	case event.Arrived:
		if b.Arm != "" {
			return sentence(fmt.Sprintf("Came to %s in the journey %s, and went by the arm %s", step, name, b.Arm))
		}
		return sentence(fmt.Sprintf("Came to %s in the journey %s", step, name))
	case event.SentIt:
		return sentence(fmt.Sprintf("The journey %s sent %s", name, step))
	case event.NotSent:
		return sentence(fmt.Sprintf("The journey %s did not send %s. %s", name, step, strings.TrimSuffix(b.Reason.Sentence, ".")))
	case event.Ran:
		return sentence(fmt.Sprintf("Came through the journey %s: %s", name, b.Outcome))
	case event.Quit:
		return sentence(fmt.Sprintf("Left the journey %s. %s", name, strings.TrimSuffix(b.Reason.Sentence, ".")))
	}
	return sentence("Moved in the journey " + name)
}
