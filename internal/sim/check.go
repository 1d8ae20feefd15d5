package sim

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

// Violations are promises of the engine that were broken.
type Violations []string

// Error lists the first few.
func (v Violations) Error() string {
	const shown = 12
	more := ""
	if len(v) > shown {
		more = fmt.Sprintf("\n  and %d more", len(v)-shown)
	}
	return fmt.Sprintf("%d promises were broken:\n  %s%s", len(v), strings.Join(v[:min(shown, len(v))], "\n  "), more)
}

// Checker holds a journal, and the state folded from it, against what the engine
// promises. It reads the journal with rules of its own, written down a second
// time and more simply, so that a mistake in one is not a mistake in both:
//
//   - nobody in a holdout is chosen for or granted anything;
//   - nothing is granted while disarmed or stopped, without consent as of then,
//     in quiet hours of the person's zone, over a cap, within a cool-down, or to
//     an address that complained or bounced;
//   - a delivery is granted at most once and has at most one final outcome,
//     which has a grant before it;
//   - a choice is drawn from its eligible candidates with equal probability;
//   - what a person's record counts for a goal is what their timeline shows;
//   - their features, stage and segments are what a recomputation from their
//     timeline gives.
type Checker struct {
	body   func(ctx context.Context, hash string) ([]byte, error)
	defs   map[string]*definition.Workspace
	parts  [person.Partitions]checkedPart
	people map[person.ID]*checkedPerson
	asked  map[string][]verdict // by delivery, until granted
	grants map[string]bool      // deliveries granted
	dirty  map[person.ID]bool   // touched since People was called
	broken Violations
}

// checkedPart is what holds in a partition at a place of its journal.
type checkedPart struct {
	now      event.Instant
	ws       *definition.Workspace
	settings event.SettingsBody
	applied  map[person.Partition]uint64 // sequences of what partitions sent
}

// checkedPerson is what the gate must know of a person.
type checkedPerson struct {
	consent map[string]dated
	zone    dated
	touches []touch
	barred  map[string]bool // addresses
}

// dated is something said, and when.
type dated struct {
	at    event.Instant
	given bool
	text  string
}

type touch struct {
	at      event.Instant
	channel string
	action  string
	goal    string
}

// verdict is what the checker thinks of an ask, at its place in the journal.
type verdict struct {
	at    event.Instant
	wrong func(g event.GrantBody) string
}

// NewChecker returns a checker of a journal from its beginning. body gives
// bodies by hash, as journal.Journal does.
func NewChecker(body func(ctx context.Context, hash string) ([]byte, error)) *Checker {
	return &Checker{
		body: body, defs: map[string]*definition.Workspace{}, people: map[person.ID]*checkedPerson{}, asked: map[string][]verdict{},
		grants: map[string]bool{}, dirty: map[person.ID]bool{},
	}
}

// Records checks the next records of the journal. Its error is Violations, or
// that a record cannot be read.
func (k *Checker) Records(ctx context.Context, records []journal.Record) error {
	for _, r := range records {
		e, err := event.Decode(r.Data)
		if err != nil {
			return fmt.Errorf("check partition %d offset %d: %w", r.Partition, r.Offset, err)
		}
		if err := k.record(ctx, &k.parts[r.Partition], e); err != nil {
			return fmt.Errorf("check partition %d offset %d: %w", r.Partition, r.Offset, err)
		}
	}
	return k.verdict()
}

func (k *Checker) verdict() error {
	if len(k.broken) == 0 {
		return nil
	}
	broken := k.broken
	k.broken = nil
	return broken
}

func (k *Checker) wrong(format string, args ...any) {
	k.broken = append(k.broken, fmt.Sprintf(format, args...))
}

func (k *Checker) record(ctx context.Context, p *checkedPart, e event.Event) error {
	p.now = max(p.now, e.ReceivedAt)
	if from := e.Origin; from.Seq != 0 {
		if p.applied == nil {
			p.applied = map[person.Partition]uint64{}
		}
		if from.Seq <= p.applied[from.Partition] {
			return nil // sent again after a crash
		}
		p.applied[from.Partition] = from.Seq
	}
	if !e.To.IsZero() {
		k.dirty[e.To] = true
	}
	switch e.Kind {
	case event.Definition:
		return k.define(ctx, p, e)
	case event.Settings:
		s, err := event.Unpack[event.SettingsBody](e)
		p.settings = s
		return err
	case event.Handover:
		return k.handover(e)
	case event.Choice:
		return k.choice(p, e)
	case event.Ask:
		return k.ask(p, e)
	case event.Grant:
		return k.grant(e)
	case event.Receipt:
		return k.receipt(e)
	default:
		return k.said(e.To, e)
	}
}

func (k *Checker) define(ctx context.Context, p *checkedPart, e event.Event) error {
	d, err := event.Unpack[event.DefinitionBody](e)
	if err != nil {
		return err
	}
	if k.defs[d.Hash] == nil {
		yaml, err := k.body(ctx, d.Hash)
		if err != nil {
			return err
		}
		if k.defs[d.Hash], err = definition.Compile(yaml); err != nil {
			return err
		}
	}
	p.ws = k.defs[d.Hash]
	return nil
}

func (k *Checker) person(id person.ID) *checkedPerson {
	p := k.people[id]
	if p == nil {
		p = &checkedPerson{consent: map[string]dated{}, barred: map[string]bool{}}
		k.people[id] = p
	}
	return p
}

func (k *Checker) choice(p *checkedPart, e event.Event) error {
	c, err := event.Unpack[event.ChoiceBody](e)
	if err != nil {
		return err
	}
	for _, id := range c.Competed() {
		goal := p.ws.Program(id)
		if arm := experiment.Assign(p.ws.Seed, id, e.To, p.ws.Policy.Holdout, goal.Holdout); arm != experiment.Treated && !goal.Transactional {
			k.wrong("choice %s: %s is in the %s of %s", c.ID, e.To, arm, id)
		}
	}
	sum := 0.0
	for i, x := range c.Candidates {
		if sum += x.Probability; x.Probability < 0 || x.Probability > 0 && !x.Withheld.IsZero() {
			k.wrong("choice %s: candidate %d has probability %v, and is withheld: %s", c.ID, i, x.Probability, x.Withheld.Sentence)
		}
	}
	if math.Abs(sum-1) > 1e-9 {
		k.wrong("choice %s: the probabilities sum to %v", c.ID, sum)
	}
	switch {
	case c.Chosen < 0 || c.Chosen >= len(c.Candidates):
		k.wrong("choice %s: chose candidate %d of %d", c.ID, c.Chosen, len(c.Candidates))
	case !c.Candidates[c.Chosen].Withheld.IsZero():
		k.wrong("choice %s: chose what was withheld: %s", c.ID, c.Candidates[c.Chosen].Withheld.Sentence)
	case c.Probability != c.Candidates[c.Chosen].Probability:
		k.wrong("choice %s: says probability %v, its candidate %v", c.ID, c.Probability, c.Candidates[c.Chosen].Probability)
	case !(c.Probability > 0):
		k.wrong("choice %s: chose what has no probability", c.ID)
	}
	return nil
}

func (k *Checker) ask(p *checkedPart, e event.Event) error {
	a, err := event.Unpack[event.AskBody](e)
	if err != nil || k.grants[a.Delivery] {
		return err
	}
	who, to, now, ws, settings := k.person(e.To).snapshot(), e.To, p.now, p.ws, p.settings
	k.asked[a.Delivery] = append(k.asked[a.Delivery], verdict{now, func(g event.GrantBody) string {
		return objection(ws, settings, who, to, g, now)
	}})
	return nil
}

func (k *Checker) grant(e event.Event) error {
	g, err := event.Unpack[event.GrantBody](e)
	if err != nil {
		return err
	}
	if k.grants[g.Delivery] {
		k.wrong("delivery %s was granted twice", g.Delivery)
	}
	k.grants[g.Delivery] = true
	asks := k.asked[g.Delivery]
	delete(k.asked, g.Delivery)
	i := slices.IndexFunc(asks, func(v verdict) bool { return v.at == e.Time })
	if i < 0 {
		k.wrong("delivery %s was granted and not asked for", g.Delivery)
		return nil
	}
	if why := asks[i].wrong(g); why != "" {
		k.wrong("delivery %s to %s was granted at %s: %s", g.Delivery, e.To, e.Time, why)
	}
	who := k.person(e.To)
	who.touches = append(who.touches, touch{e.Time, g.Channel, g.Action, g.Goal})
	return nil
}

func (k *Checker) receipt(e event.Event) error {
	r, err := event.Unpack[event.ReceiptBody](e)
	if err != nil {
		return err
	}
	switch r.Outcome {
	case event.Sent, event.Failed, event.Unknown:
		if !k.grants[r.Delivery] {
			k.wrong("delivery %s is reported %s and was not granted", r.Delivery, r.Outcome)
		}
	case event.Bounced, event.Complained:
		k.person(e.To).barred[r.Delivery] = true
	case event.Delivered, event.Lost, event.Opened, event.Clicked:
	}
	return nil
}

func (p *checkedPerson) snapshot() checkedPerson {
	return checkedPerson{consent: maps.Clone(p.consent), zone: p.zone, touches: slices.Clone(p.touches), barred: maps.Clone(p.barred)}
}

// objection says why g should not have been granted at now; empty when it may.
func objection(ws *definition.Workspace, settings event.SettingsBody, p checkedPerson, id person.ID, g event.GrantBody, now event.Instant) string {
	if settings.Live != event.LiveToAll && (settings.Live == event.Stopped || !slices.Contains(settings.Allow, g.To)) {
		return fmt.Sprintf("the workspace is %s and %s not allowed", settings.Live, g.To)
	}
	goal := ws.Program(g.Goal)
	if arm := experiment.Assign(ws.Seed, g.Goal, id, ws.Policy.Holdout, goal.Holdout); arm != experiment.Treated && !goal.Transactional {
		return fmt.Sprintf("they are in the %s", arm)
	}
	i := slices.IndexFunc(goal.Actions, func(a definition.Action) bool { return a.ID == g.Action })
	if i < 0 {
		return fmt.Sprintf("there is no action %q", g.Action)
	}
	if len(p.barred) > 0 {
		return "their address complained or bounced"
	}
	if goal.Transactional {
		return ""
	}
	topic := goal.Actions[i].Kind
	for _, m := range goal.Actions[i].Messages {
		if m.ID == g.Message && m.Topic != "" {
			topic = m.Topic
		}
	}
	if !p.consents(g.Channel, topic, ws.Policy.Consent) {
		return "they had not given consent"
	}
	if why := p.quiet(ws, now); why != "" {
		return why
	}
	for _, c := range ws.Policy.Caps {
		n := 1
		for _, t := range p.touches {
			if owed := ws.Program(t.goal); owed != nil && owed.Transactional {
				continue
			}
			if (c.Channel == "" || c.Channel == t.channel) && now.Sub(t.at) < c.Per {
				n++
			}
		}
		if (c.Channel == "" || c.Channel == g.Channel) && n > c.AtMost {
			return fmt.Sprintf("number %d within %v on %q, the cap is %d", n, c.Per, c.Channel, c.AtMost)
		}
	}
	for _, t := range p.touches {
		if t.action == g.Action && now.Sub(t.at) < goal.Actions[i].CoolDown {
			return fmt.Sprintf("%q was last granted at %s", g.Action, t.at)
		}
	}
	return ""
}

func (p *checkedPerson) consents(channel, kind string, mode definition.ConsentMode) bool {
	all, none := p.consent["*"]
	said := func(key string) (dated, bool) {
		c, ok := p.consent[key]
		overruled := none && !all.given && all.at >= c.at
		return c, ok && !overruled
	}
	for _, key := range []string{channel + "/" + kind, channel} {
		if c, ok := said(key); ok {
			return c.given
		}
	}
	if none {
		return all.given
	}
	return mode == definition.OptOut
}

func (p *checkedPerson) quiet(ws *definition.Workspace, now event.Instant) string {
	zone := ws.Zone
	if z, err := ws.ZoneOf(p.zone.text); err == nil && p.zone.text != "" {
		zone = z
	}
	q, local := ws.Policy.QuietHours, now.Time().In(zone)
	clock := local.Sub(time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), 0, 0, 0, zone)) + time.Duration(local.Hour())*time.Hour
	inside := clock >= q.From && clock < q.To
	if q.From > q.To {
		inside = clock >= q.From || clock < q.To
	}
	if q.From == q.To || !inside {
		return ""
	}
	return fmt.Sprintf("it was %s in %s, within quiet hours", local.Format("15:04:05"), zone)
}
