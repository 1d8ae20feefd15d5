package app

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/message/lint"
	"github.com/rapporthq/rapport/internal/message/render"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
)

// messages are what the company says, as the admin API asks for them.
type messages struct {
	versions

	public string // URL that links in messages begin with
}

var _ api.Messages = messages{}

// Messages implements api.Messages.
func (m messages) Messages(ctx context.Context) (api.MessageList, error) {
	ws, err := m.compiled(ctx, "current")
	if err != nil {
		return api.MessageList{}, err
	}
	out := api.MessageList{Brand: api.Findings(lint.Brand(ws)), Locales: ws.Locales}
	for _, one := range ws.AllMessages() {
		out.Messages = append(out.Messages, api.MessageRow{
			Key: one.Key, ID: one.ID, Headline: one.Headline, Appeal: one.Appeal, Channels: one.Channels, Locales: localesOf(ws, one.Message),
			Used: one.Used, Findings: api.Findings(lint.Message(ws, one)),
		})
	}
	return out, nil
}

// localesOf are the languages of a message, that in which it is written first.
func localesOf(ws *definition.Workspace, m definition.Message) []string {
	return append([]string{ws.Locales[0]}, slices.Sorted(maps.Keys(m.Locales))...)
}

// Preview implements api.Messages.
func (m messages) Preview(ctx context.Context, r api.MessagePreviewRequest) (api.MessagePreview, error) {
	ws, err := m.compiled(ctx, "current")
	if err != nil {
		return api.MessagePreview{}, err
	}
	one, err := authored(ws, r)
	if problems, ok := definition.ProblemsOf(err); ok {
		return api.MessagePreview{Problems: api.SourceProblems(problems)}, nil
	}
	if err != nil {
		return api.MessagePreview{}, err
	}
	vars := message.Vars{Now: m.now(), Workspace: message.Of(ws)}
	out := api.MessagePreview{Locales: localesOf(ws, one.Message), Findings: api.Findings(lint.Message(ws, one))}
	var p *profile.Person
	if r.Person != "" {
		id, err := person.ParseID(r.Person)
		if err != nil {
			return out, fault.New(fault.Invalid, "%q is no person's id", r.Person).At("person")
		}
		var env *engine.Env
		if env, p, err = m.why(ctx, id); err != nil {
			return out, err
		}
		vars = engine.MessageVars(env, p)
		out.Person, out.Name = p.ID.String(), report.NameOf(p)
	}
	vars.Locale = r.Locale
	for _, channel := range one.Channels {
		on := m.on(one.By(channel), vars, &out)
		if p != nil {
			on.To = p.Address(channel)
		}
		out.Channels = append(out.Channels, on)
	}
	return out, nil
}

// authored is the message that is asked for.
func authored(ws *definition.Workspace, r api.MessagePreviewRequest) (definition.Authored, error) {
	if r.Source != "" {
		draft, err := ws.DraftMessage([]byte(r.Source))
		return definition.Authored{Message: draft, Key: draft.ID}, err
	}
	for _, one := range ws.AllMessages() {
		if one.Key == r.Key {
			return one, nil
		}
	}
	return definition.Authored{}, fault.New(fault.NotFound, "there is no message %q; GET /api/v1/messages lists them", r.Key).At("key")
}

// on writes a message for one channel.
func (m messages) on(one definition.Message, vars message.Vars, preview *api.MessagePreview) api.MessageOnChannel {
	out := api.MessageOnChannel{Channel: one.Channel}
	r, err := message.ComposeFull(one, vars)
	if err != nil {
		out.Findings = api.Findings([]lint.Finding{unwritten(one.Channel, err)})
		return out
	}
	preview.Locale = r.Content.Locale
	shown := render.Input{Content: r.Content, Sender: vars.Workspace.Name, Links: m.links(one.Channel, r.Content)}.For(one.Channel)
	out.Rendering = &shown
	out.Findings = api.Findings(append(lint.Missing(r.Missing), lint.Rendered(shown)...))
	return out
}

func unwritten(channel string, err error) lint.Finding {
	part := ""
	if f, ok := asFault(err); ok {
		part = f.Field
	}
	return lint.Unwritten(channel, part, err)
}

// links stand in for those that a message gets when it is sent. Where it is paid
// for by length they are as long as those; elsewhere the author's own are shown, and
// in e-mail a step that is no link has one of ours.
func (m messages) links(channel string, c event.Content) message.Links {
	link := func(s event.Step) string {
		switch {
		case channel == "email" && s.URL == "" && s.Payload() != "":
			return m.public + "/m/a/preview"
		case channel == "sms" && s.URL != "":
			return m.public + "/m/c/preview"
		default:
			return s.URL
		}
	}
	out := message.Links{Unsubscribe: m.public + "/m/u/preview", Step: link(c.NextStep)}
	for _, s := range c.More {
		out.More = append(out.More, link(s))
	}
	return out
}

// The bounds of a report on everybody.
const (
	reportPeople = 50_000 // that are looked at
	reportListed = 200    // of a finding's people
)

// People implements api.Messages.
func (m messages) People(ctx context.Context, key string) (api.MessageReport, error) {
	ws, err := m.compiled(ctx, "current")
	if err != nil {
		return api.MessageReport{}, err
	}
	one, err := authored(ws, api.MessagePreviewRequest{Key: key})
	if err != nil {
		return api.MessageReport{}, err
	}
	env, err := m.anyEnv(ctx)
	if err != nil {
		return api.MessageReport{}, err
	}
	t := tally{at: map[lint.Finding]int{}, locales: map[string]int{}}
	err = m.data.State.EachRecord(ctx, func(p *profile.Person) error {
		if !p.Forward.IsZero() {
			return nil // the record of somebody who is known by another
		}
		if t.out.People == reportPeople {
			return errEnough
		}
		t.person(one, engine.MessageVars(env, p), p)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return api.MessageReport{}, err
	}
	t.out.Whole = err == nil
	return t.done(), nil
}

// errEnough ends a walk over people.
var errEnough = errors.New("enough people")

// anyEnv is what is in force, for whoever it may be.
func (m messages) anyEnv(ctx context.Context) (*engine.Env, error) {
	part, err := m.data.State.Partition(0)
	if err != nil {
		return nil, err
	}
	return m.proc.Env(ctx, 0, part, max(part.Time, m.now()))
}

// tally counts what goes wrong for people.
type tally struct {
	out     api.MessageReport
	at      map[lint.Finding]int // of out.Troubles
	locales map[string]int
}

// person writes a message for one more, on all of its channels. What goes wrong on
// several of them is one trouble.
func (t *tally) person(one definition.Authored, vars message.Vars, p *profile.Person) {
	t.out.People++
	seen := map[lint.Finding]bool{}
	locale := ""
	for _, channel := range one.Channels {
		r, err := message.ComposeFull(one.By(channel), vars)
		found := lint.Missing(r.Missing)
		if err != nil {
			found = []lint.Finding{unwritten("", err)}
		} else {
			locale = r.Content.Locale
		}
		for _, f := range found {
			if !seen[f] {
				seen[f] = true
				t.add(f, p)
			}
		}
	}
	if locale != "" {
		t.locales[locale]++
	}
}

func (t *tally) add(f lint.Finding, p *profile.Person) {
	i, ok := t.at[f]
	if !ok {
		i = len(t.out.Troubles)
		t.at[f] = i
		t.out.Troubles = append(t.out.Troubles, api.MessageTrouble{Finding: api.MessageFinding(f)})
	}
	trouble := &t.out.Troubles[i]
	trouble.Count++
	if len(trouble.People) < reportListed {
		trouble.People = append(trouble.People, api.MessagePerson{ID: p.ID.String(), Name: report.NameOf(p)})
	}
}

func (t *tally) done() api.MessageReport {
	slices.SortStableFunc(t.out.Troubles, func(a, b api.MessageTrouble) int { return cmp.Compare(b.Count, a.Count) })
	for _, locale := range slices.Sorted(maps.Keys(t.locales)) {
		t.out.Locales = append(t.out.Locales, api.MessageLocale{Locale: locale, Count: t.locales[locale]})
	}
	return t.out
}
