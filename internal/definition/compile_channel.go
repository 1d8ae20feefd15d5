package definition

import (
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strconv"
	"strings"
)

// Channel is a way of reaching people.
type Channel struct {
	ID   string // one of ChannelIDs
	From string // sender: an address for email, a number for sms, whatsapp and voice

	// Providers carry the channel, the one to be tried first first. None: what the
	// server is configured with, else the simulator.
	Providers []Provider

	// DoubleOptIn says that a yes to the channel counts once it was confirmed there.
	// Nil: it counts at once.
	DoubleOptIn *DoubleOptIn
}

// Provider is an account with somebody who carries letters.
type Provider struct {
	ID   string
	Kind string // one of ProviderKinds

	// Settings are the account's plain words. Secrets are, by what they open, the
	// names under which the server finds them: a secret itself is never part of the
	// definitions.
	Settings map[string]string
	Secrets  map[string]string

	PerSecond float64 // letters at most; 0: no limit
}

// ChannelIDs are the ways in which people can be reached.
func ChannelIDs() []string {
	return []string{"email", "webhook", "sms", "whatsapp", "voice", "push", "web-push", "web", "slack", "telegram"}
}

// providerKind is what an account of a kind says of itself.
type providerKind struct {
	carries         []string // channel ids; nil: all
	settings, more  []string // that it needs, and may have besides
	secrets, hidden []string // likewise
}

// providerKinds are the kinds of accounts there are adapters for. An adapter may
// rely on having the settings and secrets that its kind needs.
func providerKinds() map[string]providerKind {
	return map[string]providerKind{
		"simulator": {more: []string{"behaviour", "seed"}},
		"smtp": {
			carries: []string{"email"}, settings: []string{"address"},
			more:   []string{"tls", "username", "hello", "bounces", "replies", "receive", "dkim_domain", "dkim_selector", "per_domain", "domain_connections", "warm_up_since", "warm_up_first", "warm_up_ceiling", "warm_up_days", "events", "imap", "imap_tls", "imap_username", "imap_folder", "imap_every"},
			hidden: []string{"password", "dkim_key", "events_key", "imap_password"},
		},
		"webhook":        {carries: []string{"webhook"}, settings: []string{"url"}, secrets: []string{"secret"}},
		"twilio":         {carries: []string{"sms", "whatsapp", "voice"}, settings: []string{"account_sid"}, more: []string{"base_url", "messaging_service", "begins"}, secrets: []string{"auth_token"}},
		"whatsapp-cloud": {carries: []string{"whatsapp"}, settings: []string{"phone_number_id"}, more: []string{"base_url"}, secrets: []string{"access_token", "app_secret", "verify_token"}},
		"smpp":           {carries: []string{"sms"}, settings: []string{"address", "system_id"}, more: []string{"tls", "system_type"}, secrets: []string{"password"}},
		"voicexml":       {carries: []string{"voice"}, more: []string{"begins"}, secrets: []string{"key"}},
		"vapid":          {carries: []string{"web-push"}, settings: []string{"subject"}, secrets: []string{"private_key"}},
		"apns":           {carries: []string{"push"}, settings: []string{"team_id", "key_id", "topic"}, more: []string{"base_url"}, secrets: []string{"signing_key"}},
		"fcm":            {carries: []string{"push"}, settings: []string{"project"}, more: []string{"base_url"}, secrets: []string{"service_account"}},
		"web":            {carries: []string{"web"}, more: []string{"origins"}},
		"slack":          {carries: []string{"slack"}, more: []string{"base_url"}, secrets: []string{"bot_token", "signing_secret"}},
		"telegram":       {carries: []string{"telegram"}, more: []string{"base_url"}, secrets: []string{"bot_token", "webhook_secret"}},
	}
}

// ProviderKinds are the kinds of accounts, in order.
func ProviderKinds() []string { return slices.Sorted(maps.Keys(providerKinds())) }

func (c *compiler) channels(v value) {
	seen := ids{}
	for _, item := range v.list() {
		o := item.object()
		at, from := o.take("id"), o.take("from")
		ch := Channel{ID: at.oneOf(false, ChannelIDs()...), From: strings.TrimSpace(from.text())}
		seen.add(at, ch.ID)
		if ch.ID == "email" && from.need(`e-mail has a sender: write from: "Shop <hello@shop.example>"`) {
			if _, err := mail.ParseAddress(ch.From); err != nil && from.isText() {
				from.problem(fmt.Sprintf("%q is not an e-mail address", ch.From), `write it like "Shop <hello@shop.example>"`)
			}
		}
		providers := ids{}
		for _, p := range o.take("providers").list() {
			ch.Providers = append(ch.Providers, provider(p, ch, from, providers))
		}
		if confirm := o.take("double_opt_in"); !confirm.absent() {
			ch.DoubleOptIn = c.doubleOptIn(confirm, ch.ID)
		}
		o.end()
		c.w.Channels = append(c.w.Channels, ch)
		c.reach = append(c.reach, ch.ID)
	}
}

func provider(v value, ch Channel, from value, seen ids) Provider {
	o := v.object()
	at, kind := o.take("id"), o.take("kind")
	p := Provider{ID: at.id(), Kind: kind.oneOf(false, ProviderKinds()...)}
	seen.add(at, p.ID)
	k, known := providerKinds()[p.Kind]
	if known && k.carries != nil && !slices.Contains(k.carries, ch.ID) {
		kind.problem(fmt.Sprintf("%q does not carry %s", p.Kind, ch.ID), "use one of: "+strings.Join(kindsFor(ch.ID), ", "))
	}
	settings, secrets := o.take("settings"), o.take("secrets")
	p.Settings, p.Secrets = settings.words(k.settings, k.more, known), secrets.words(k.secrets, k.hidden, known)
	for name, variable := range p.Secrets {
		if !variableName.MatchString(variable) {
			secrets.problem(fmt.Sprintf("%s: is not the name of a secret", name),
				"write a name such as SHOP_TWILIO_TOKEN, and set the environment variable of that name where the server runs; the secret itself has no place here")
			delete(p.Secrets, name)
		}
	}
	if p.Kind == "twilio" && ch.From == "" && p.Settings["messaging_service"] == "" {
		from.need(`write from: "+15550100", the number that people see, beside the channel's id`)
	}
	if pace := o.take("per_second"); !pace.absent() {
		n, err := strconv.ParseFloat(strings.TrimSpace(pace.text()), 64)
		if p.PerSecond = n; pace.isText() && (err != nil || n <= 0 || n > 1e6) {
			pace.problem(fmt.Sprintf("%q is no pace", pace.text()), "write how many letters a second it takes at most, such as 20 or 0.5")
		}
	}
	o.end()
	return p
}

// words reads a map of plain values: those that are needed and those that may be
// there besides. With any, nothing is known of what they should be.
func (v value) words(need, more []string, known bool) map[string]string {
	out := map[string]string{}
	o := v.object()
	for _, key := range need {
		if item := o.take(key); item.need("fill it in, as the provider gives it") {
			out[key] = strings.TrimSpace(item.text())
		}
	}
	for _, key := range more {
		if item := o.take(key); !item.absent() {
			out[key] = strings.TrimSpace(item.text())
		}
	}
	if known {
		o.end()
	}
	return out
}

// kindsFor are the kinds of accounts that carry a channel.
func kindsFor(channel string) []string {
	var out []string
	kinds := providerKinds()
	for _, kind := range ProviderKinds() {
		if k := kinds[kind]; k.carries == nil || slices.Contains(k.carries, channel) {
			out = append(out, kind)
		}
	}
	return out
}
