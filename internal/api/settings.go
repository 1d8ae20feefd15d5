package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/sender"
)

// Settings tells what is set for the whole of a workspace. Errors are faults;
// NotFound for a channel that is not there or has no sender.
type Settings interface {
	Settings(ctx context.Context) (SettingsPage, error)

	// CheckSender looks up what DNS says of the domain that a channel sends from.
	CheckSender(ctx context.Context, channel, selector string) (sender.Report, error)
}

// SettingsPage is what may be done at all, and by which channels.
type SettingsPage struct {
	Seed       string            `json:"seed" doc:"decides who is held out: another one draws everybody anew"`
	TimeZone   string            `json:"time_zone"`
	Holdout    float64           `json:"holdout" doc:"share of people whom no goal ever contacts"`
	Consent    string            `json:"consent" enum:"opt_in,opt_out" doc:"what silence means: opt_in is a no"`
	Caps       []SettingsCap     `json:"caps"`
	QuietFrom  string            `json:"quiet_from,omitempty" doc:"in each person's own zone, HH:MM; left out: there are no quiet hours"`
	QuietTo    string            `json:"quiet_to,omitempty"`
	Channels   []SettingsChannel `json:"channels"`
	Goals      []SettingsGoal    `json:"goals"`
	Slots      []SettingsSlot    `json:"slots" doc:"places that ask what to show, by POST /v1/decide"`
	Identity   string            `json:"identity_key" doc:"with which a company's own server signs the ids of its users: userHash is the hex HMAC-SHA256 of the userId. It is a secret"`
	Definition string            `json:"definition" doc:"hash of the definitions that say so"`
}

// SettingsCap bounds how often a person is reached.
type SettingsCap struct {
	Channel string  `json:"channel,omitempty" doc:"left out: all together"`
	AtMost  int     `json:"at_most"`
	Days    float64 `json:"days"`
}

// SettingsChannel is one way to people.
type SettingsChannel struct {
	ID     string `json:"id"`
	From   string `json:"from,omitempty"`
	Domain string `json:"domain,omitempty" doc:"of from: what its DNS says can be looked up"`

	DoubleOptIn *SettingsDoubleOptIn `json:"double_opt_in,omitempty" doc:"left out: a yes counts at once"`
}

// SettingsDoubleOptIn is how a yes to a channel is confirmed.
type SettingsDoubleOptIn struct {
	Sources   []string  `json:"sources" doc:"whose yes must be confirmed; empty: everybody's"`
	Message   string    `json:"message" doc:"what asks; double-opt-in is a text of ours"`
	Reminders []float64 `json:"reminder_hours" doc:"after the question"`
	Expires   float64   `json:"expires_hours" doc:"after the question it is over"`
}

// SettingsSlot is a place that asks what to show.
type SettingsSlot struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Keep     float64 `json:"keep_hours" doc:"for how long what was chosen for a person stays"`
	Fallback bool    `json:"fallback" doc:"it has something to show where nothing was chosen"`
}

// SettingsGoal is how many a goal keeps out.
type SettingsGoal struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Holdout float64 `json:"holdout"`
}

func registerSettings(api huma.API, o Options, b boundary) {
	add(api, b, operation("get-settings", http.MethodGet, "/settings", "workspace", "What may be done at all, and by which channels"),
		func(ctx context.Context, _ *none) (SettingsPage, error) { return o.Settings.Settings(ctx) })

	type senderInput struct {
		Channel  string `path:"channel" maxLength:"64"`
		Selector string `query:"selector" maxLength:"120" doc:"under which the key is published that mail is signed with: s= in the DKIM-Signature of a message"`
	}
	op := operation("check-sender", http.MethodGet, "/settings/channels/{channel}/sender", "workspace", "Whether mail from a channel's domain will be believed")
	op.Description = "Looks SPF, DKIM and DMARC up in DNS, for the domain that the channel sends from and for no other."
	add(api, b, op, func(ctx context.Context, in *senderInput) (sender.Report, error) {
		return o.Settings.CheckSender(ctx, in.Channel, in.Selector)
	})
}
