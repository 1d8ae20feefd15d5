package app

import (
	"context"
	"fmt"
	"net/mail"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/catalogue"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
)

// control is what the admin API may change.
type control struct {
	data    *Data
	proc    *processor.Processor
	now     func() event.Instant
	ready   func() error
	refresh func(context.Context) error // of the reports

	mu sync.Mutex // one change of settings at a time: each begins with the last
}

var _ api.Control = (*control)(nil)

func (c *control) SetLive(ctx context.Context, live event.Live, allow []string) error {
	normal := make([]string, len(allow))
	for i, a := range allow {
		address, err := allowed(a)
		if err != nil {
			return err
		}
		normal[i] = address
	}
	return c.change(ctx, func(s *event.SettingsBody) { s.Live, s.Allow = live, normal })
}

// allowed reads one entry of an allow-list: an e-mail address, or user_id:ID for
// the webhook, which is addressed by user id.
func allowed(entry string) (string, error) {
	if a, err := mail.ParseAddress(entry); err == nil && a.Name == "" {
		return person.NewIdentity(person.Email, a.Address).Value, nil
	}
	if i, err := person.ParseIdentity(entry); err == nil && i.Kind == person.UserID {
		return i.Value, nil
	}
	return "", fault.New(fault.Invalid, "%q is no e-mail address; write one such as ada@example.com, or user_id:42 for the webhook", entry).At("allow")
}

func (c *control) SetAsOf(ctx context.Context, asOf event.Instant) error {
	return c.change(ctx, func(s *event.SettingsBody) { s.AsOf = asOf })
}

func (c *control) change(ctx context.Context, with func(*event.SettingsBody)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ready(); err != nil {
		return err
	}
	if err := c.proc.WaitFolded(ctx); err != nil {
		return fmt.Errorf("wait for the fold: %w", err)
	}
	part, err := c.data.State.Partition(0)
	if err != nil {
		return err
	}
	with(&part.Settings)
	part.Settings.By = "admin"
	if err := processor.PutSettings(ctx, c.data.Journal, part.Settings, c.now()); err != nil {
		return err
	}
	if err := c.proc.WaitFolded(ctx); err != nil {
		return err
	}
	// What is shown next should already be by the new settings, but a large
	// workspace is not waited for.
	soon, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if c.proc.WaitSwept(soon) == nil {
		return c.refresh(ctx)
	}
	return ctx.Err()
}

func (c *control) SetConsent(ctx context.Context, id person.ID, consent event.ConsentBody) error {
	if consent.Proof == "" {
		consent.Proof = "entered in the console"
	}
	p, err := c.person(id)
	if err != nil {
		return err
	}
	if err := c.append(ctx, c.event(event.Consented, p.ID, consent)); err != nil {
		return err
	}
	return c.proc.WaitFolded(ctx)
}

// event is what somebody decided in the console about a record.
func (c *control) event(kind event.Kind, to person.ID, body any) event.Event {
	now := c.now()
	return event.Event{Kind: kind, To: to, Source: "console", MessageID: randomText(12), Time: now, ReceivedAt: now, Body: event.Pack(body)}
}

// append makes decisions durable.
func (c *control) append(ctx context.Context, events ...event.Event) error {
	if _, err := c.data.Journal.Append(ctx, processor.Entries(events)); err != nil {
		return fmt.Errorf("append %s: %w", events[0].Kind, err)
	}
	return nil
}

// inForce are the definitions in force.
func (c *control) inForce(ctx context.Context) (*definition.Workspace, error) {
	part, err := c.data.State.Partition(0)
	if err != nil {
		return nil, err
	}
	return c.proc.Definitions(ctx, part.Definition)
}

func (c *control) Definition(ctx context.Context) ([]byte, error) {
	part, err := c.data.State.Partition(0)
	if err != nil {
		return nil, err
	}
	if part.Definition == "" {
		return nil, fault.New(fault.NotFound, "no definitions are in force yet")
	}
	return c.data.Journal.Body(ctx, part.Definition)
}

var _ api.Catalogue = (*control)(nil)

// Catalogue returns the one in force.
func (c *control) Catalogue(ctx context.Context) (*catalogue.Catalogue, error) {
	part, err := c.data.State.Partition(0)
	if err != nil {
		return nil, err
	}
	return c.proc.Catalogue(ctx, part.Catalogue)
}

// ChangeCatalogue begins with what is in force, so changes made at once are made
// one after the other.
func (c *control) ChangeCatalogue(ctx context.Context, put []catalogue.Item, remove []string, replace bool) (*catalogue.Catalogue, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ready(); err != nil {
		return nil, err
	}
	if err := c.proc.WaitFolded(ctx); err != nil {
		return nil, fmt.Errorf("wait for the fold: %w", err)
	}
	var was *catalogue.Catalogue
	if !replace {
		var err error
		if was, err = c.Catalogue(ctx); err != nil {
			return nil, err
		}
	}
	is, err := was.Change(put, remove)
	if err != nil {
		return nil, err
	}
	if err := processor.PutCatalogue(ctx, c.data.Journal, is, "admin", c.now()); err != nil {
		return nil, err
	}
	return is, c.proc.WaitFolded(ctx)
}

func (c *control) Ready(context.Context) error { return c.ready() }

func (c *control) person(id person.ID) (*profile.Person, error) {
	p, err := c.data.State.Person(id)
	if err == nil && p == nil {
		err = fault.New(fault.NotFound, "no person has the id %s", id)
	}
	return p, err
}

// why explains what would be done for a person now, by the same functions that
// would do it.
func (c *control) why(ctx context.Context, id person.ID) (*engine.Env, *profile.Person, error) {
	p, err := c.person(id)
	if err != nil {
		return nil, nil, err
	}
	part, err := c.data.State.Partition(p.ID.Home())
	if err != nil {
		return nil, nil, err
	}
	env, err := c.proc.Env(ctx, p.ID.Home(), part, max(part.Time, c.now()))
	return env, p, err
}

// reports adds to the reports what only the engine can say.
type reports struct {
	*report.Reports
	control *control
}

var _ api.Reports = reports{}

func (r reports) Why(ctx context.Context, id person.ID) (report.Why, error) {
	env, p, err := r.control.why(ctx, id)
	if err != nil {
		return report.Why{}, err
	}
	w := report.Why{Now: env.Now, Goals: []report.WhyGoal{}}
	for _, v := range engine.Explain(env, p) {
		w.Goals = append(w.Goals, report.WhyGoal{
			Goal: v.Goal, Name: v.Name, Arm: string(v.Arm), Considered: v.Considered, Sentence: v.Sentence, Candidates: v.Candidates,
		})
		if v.Considered && w.Sentence == "" {
			w.Sentence = v.Sentence
		}
	}
	if w.Sentence == "" {
		w.Sentence = "No goal works on this person now, so nothing would be done."
	}
	return w, nil
}
