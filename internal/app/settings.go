package app

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/sender"
)

// lookUpTime is how long the DNS of a sender may take to answer.
const lookUpTime = 5 * time.Second

// settings tells what the definitions in force say of the whole workspace.
type settings struct {
	definitions func(ctx context.Context) (*definition.Workspace, error)
	dns         sender.Resolver
	identity    string
}

var _ api.Settings = settings{}

func newSettings(a *App) settings {
	return settings{a.Definitions, net.DefaultResolver, a.identity}
}

// Settings implements api.Settings.
func (s settings) Settings(ctx context.Context) (api.SettingsPage, error) {
	ws, err := s.definitions(ctx)
	if err != nil {
		return api.SettingsPage{}, err
	}
	p := api.SettingsPage{
		Seed: ws.Seed, TimeZone: ws.Zone.String(), Holdout: ws.Policy.Holdout, Consent: string(ws.Policy.Consent), Definition: ws.Hash,
		Caps: []api.SettingsCap{}, Channels: []api.SettingsChannel{}, Goals: []api.SettingsGoal{}, Slots: []api.SettingsSlot{}, Identity: s.identity,
	}
	for _, c := range ws.Policy.Caps {
		p.Caps = append(p.Caps, api.SettingsCap{Channel: c.Channel, AtMost: c.AtMost, Days: c.Per.Hours() / 24})
	}
	if q := ws.Policy.QuietHours; q.From != q.To {
		p.QuietFrom, p.QuietTo = clock(q.From), clock(q.To)
	}
	for _, c := range ws.Channels {
		p.Channels = append(p.Channels, api.SettingsChannel{ID: c.ID, From: c.From, Domain: sender.DomainOf(c.From), DoubleOptIn: confirmedBy(c.DoubleOptIn)})
	}
	for _, g := range ws.Goals {
		p.Goals = append(p.Goals, api.SettingsGoal{ID: g.ID, Name: g.Name, Holdout: g.Holdout})
	}
	for _, slot := range ws.Slots {
		p.Slots = append(p.Slots, api.SettingsSlot{ID: slot.ID, Name: slot.Name, Keep: slot.Keep.Hours(), Fallback: slot.Fallback != nil})
	}
	return p, nil
}

func confirmedBy(d *definition.DoubleOptIn) *api.SettingsDoubleOptIn {
	if d == nil {
		return nil
	}
	out := &api.SettingsDoubleOptIn{Sources: append([]string{}, d.Sources...), Message: d.Message.ID, Reminders: []float64{}, Expires: d.Expires.Hours()}
	for _, r := range d.Reminders {
		out.Reminders = append(out.Reminders, r.Hours())
	}
	return out
}

// clock writes a time of day.
func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// CheckSender implements api.Settings. Only domains that definitions send from are
// looked up, so that the server is nobody's name server.
func (s settings) CheckSender(ctx context.Context, channel, selector string) (sender.Report, error) {
	ws, err := s.definitions(ctx)
	if err != nil {
		return sender.Report{}, err
	}
	for _, c := range ws.Channels {
		if c.ID != channel {
			continue
		}
		domain := sender.DomainOf(c.From)
		if domain == "" {
			break
		}
		ctx, cancel := context.WithTimeout(ctx, lookUpTime)
		defer cancel()
		return sender.Check(ctx, s.dns, domain, selector)
	}
	return sender.Report{}, fault.New(fault.NotFound, "There is no channel %q that sends from a domain.", channel).At("channel")
}
