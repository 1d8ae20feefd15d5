package app

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/apns"
	"github.com/rapporthq/rapport/internal/deliver/email"
	"github.com/rapporthq/rapport/internal/deliver/esp"
	"github.com/rapporthq/rapport/internal/deliver/fcm"
	"github.com/rapporthq/rapport/internal/deliver/mailin"
	"github.com/rapporthq/rapport/internal/deliver/simulator"
	"github.com/rapporthq/rapport/internal/deliver/slack"
	"github.com/rapporthq/rapport/internal/deliver/smpp"
	"github.com/rapporthq/rapport/internal/deliver/telegram"
	"github.com/rapporthq/rapport/internal/deliver/twilio"
	"github.com/rapporthq/rapport/internal/deliver/voicexml"
	"github.com/rapporthq/rapport/internal/deliver/webhook"
	"github.com/rapporthq/rapport/internal/deliver/webpush"
	"github.com/rapporthq/rapport/internal/deliver/whatsapp"
	"github.com/rapporthq/rapport/internal/fault"
)

// account is what an adapter is opened with.
type account struct {
	app      *App
	channel  definition.Channel
	set      map[string]string // settings
	secret   map[string]string
	provider string // its id
	callback string // where the provider may call
}

// openProvider opens the adapter of an account. Each kind is a line here, a folder
// under deliver, and a row of definition.ProviderKinds.
func (a *App) openProvider(ch definition.Channel, p definition.Provider) (deliver.Provider, error) {
	secret, err := secretsOf(p)
	if err != nil {
		return deliver.Provider{}, err
	}
	o := account{a, ch, p.Settings, secret, p.ID, a.callback(ch.ID, p.ID)}
	open, ok := map[string]func(account) (deliver.Provider, error){
		"simulator":      openSimulator,
		"smtp":           openSMTP,
		"webhook":        openWebhook,
		"twilio":         openTwilio,
		"whatsapp-cloud": openWhatsApp,
		"vapid":          openWebPush,
		"apns":           openAPNs,
		"fcm":            openFCM,
		"smpp":           openSMPP,
		"slack":          openSlack,
		"voicexml":       openVoiceXML,
		"telegram":       openTelegram,
		"web":            openWeb,
	}[p.Kind]
	if !ok {
		return deliver.Provider{}, fault.New(fault.Unsupported, "this build has no adapter for %q", p.Kind)
	}
	return open(o)
}

func openSimulator(o account) (p deliver.Provider, err error) {
	b, err := simulator.ParseBehaviour(o.set["behaviour"])
	if err != nil {
		return p, err
	}
	var seed uint64
	if s := o.set["seed"]; s != "" {
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			return p, fault.Wrap(fault.Invalid, err, "the simulator's seed must be a whole number")
		}
	}
	p.Channel, err = simulator.Open(simulator.Options{ID: o.channel.ID, Behaviour: b, Seed: seed, Box: o.app.simulated, Inbox: o.app, Now: o.app.opts.Now})
	return p, err
}

// mailAccount is an account that mail comes back to.
type mailAccount struct {
	*email.Channel
	back []io.Closer
}

// Close ends all ways.
func (m mailAccount) Close() error {
	err := m.Channel.Close()
	for _, c := range m.back {
		err = errors.Join(err, c.Close())
	}
	return err
}

func openSMTP(o account) (p deliver.Provider, err error) {
	opts := email.Options{
		Addr: o.set["address"], TLS: email.TLS(o.set["tls"]), Username: o.set["username"], Password: o.secret["password"], LocalName: o.set["hello"],
		Bounces: o.set["bounces"], Replies: o.set["replies"], Now: o.app.opts.Now,
	}
	if p.Pace, opts.DomainConnections, err = o.pace(); err != nil {
		return p, err
	}
	if o.set["dkim_domain"]+o.set["dkim_selector"]+o.secret["dkim_key"] != "" {
		opts.DKIM = &email.DKIM{Domain: o.set["dkim_domain"], Selector: o.set["dkim_selector"], Key: o.secret["dkim_key"]}
	}
	if events := o.set["events"]; events != "" {
		opts.Tag = email.Tag(events)
		if opts.Door, err = esp.New(esp.Options{Provider: events, Key: o.secret["events_key"], Inbox: o.app}); err != nil {
			return p, err
		}
	}
	c, err := email.Open(opts)
	if p.Channel = c; err != nil {
		return p, err
	}
	back, err := o.mailBack(slices.DeleteFunc([]string{opts.Bounces, opts.Replies}, func(s string) bool { return s == "" }))
	account := mailAccount{c, back}
	if err != nil {
		return p, errors.Join(err, account.Close())
	}
	p.Channel = account
	return p, nil
}

// mailBack opens the ways by which mail comes back to an account.
func (o account) mailBack(mailboxes []string) (back []io.Closer, err error) {
	if listen := o.set["receive"]; listen != "" {
		server, err := mailin.Listen(mailin.ServerOptions{Listen: listen, Inbox: o.app, Logger: o.app.opts.Logger, Mailboxes: mailboxes})
		if err != nil {
			return back, err
		}
		back = append(back, server)
	}
	if o.set["imap"] == "" {
		return back, nil
	}
	var every time.Duration
	if s := o.set["imap_every"]; s != "" {
		if every, err = time.ParseDuration(s); err != nil || every < time.Second {
			return back, fault.New(fault.Invalid, "imap_every %q must be how often the mailbox is looked at, such as 1m", s)
		}
	}
	dir := filepath.Join(o.app.data.Dir, "mailboxes")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return back, err
	}
	poller, err := mailin.Poll(mailin.PollOptions{
		Addr: o.set["imap"], TLS: o.set["imap_tls"], Username: cmp.Or(o.set["imap_username"], o.set["username"]),
		Password: cmp.Or(o.secret["imap_password"], o.secret["password"]), Folder: o.set["imap_folder"], Every: every,
		Mailboxes: mailboxes, Position: filepath.Join(dir, o.provider+".json"), Inbox: o.app, Logger: o.app.opts.Logger,
		Ended: o.app.data.meters.looked,
	})
	if err != nil {
		return back, err
	}
	return append(back, poller), nil
}

func openWebhook(o account) (p deliver.Provider, err error) {
	p.Channel, err = webhook.Open(webhook.Options{URL: o.set["url"], Secret: o.secret["secret"], Now: o.app.opts.Now})
	return p, err
}

func openTwilio(o account) (p deliver.Provider, err error) {
	p.Channel, err = twilio.Open(twilio.Options{
		ID: o.channel.ID, AccountSID: o.set["account_sid"], AuthToken: o.secret["auth_token"], From: o.channel.From, MessagingService: o.set["messaging_service"],
		BaseURL: o.set["base_url"], Begins: o.set["begins"], Callback: o.callback, Inbox: o.app, Now: o.app.opts.Now,
	})
	return p, err
}

func openWhatsApp(o account) (p deliver.Provider, err error) {
	p.Channel, err = whatsapp.Open(whatsapp.Options{
		PhoneNumberID: o.set["phone_number_id"], AccessToken: o.secret["access_token"], AppSecret: o.secret["app_secret"], VerifyToken: o.secret["verify_token"],
		BaseURL: o.set["base_url"], Inbox: o.app, Now: o.app.opts.Now,
	})
	return p, err
}

func openWebPush(o account) (p deliver.Provider, err error) {
	p.Channel, err = webpush.Open(webpush.Options{Subject: o.set["subject"], PrivateKey: o.secret["private_key"], Now: o.app.opts.Now})
	return p, err
}

func openAPNs(o account) (p deliver.Provider, err error) {
	p.Takes = apns.Takes
	p.Channel, err = apns.Open(apns.Options{
		TeamID: o.set["team_id"], KeyID: o.set["key_id"], Topic: o.set["topic"], SigningKey: o.secret["signing_key"], BaseURL: o.set["base_url"], Now: o.app.opts.Now,
	})
	return p, err
}

func openFCM(o account) (p deliver.Provider, err error) {
	p.Takes = fcm.Takes
	p.Channel, err = fcm.Open(fcm.Options{Project: o.set["project"], ServiceAccount: o.secret["service_account"], BaseURL: o.set["base_url"], Now: o.app.opts.Now})
	return p, err
}

func openSlack(o account) (p deliver.Provider, err error) {
	p.Channel, err = slack.Open(slack.Options{
		BotToken: o.secret["bot_token"], SigningSecret: o.secret["signing_secret"], BaseURL: o.set["base_url"], Inbox: o.app, Now: o.app.opts.Now,
	})
	return p, err
}

func openTelegram(o account) (p deliver.Provider, err error) {
	p.Channel, err = telegram.Open(telegram.Options{
		BotToken: o.secret["bot_token"], WebhookSecret: o.secret["webhook_secret"], BaseURL: o.set["base_url"], Inbox: o.app, Now: o.app.opts.Now,
	})
	return p, err
}

func openSMPP(o account) (p deliver.Provider, err error) {
	opts := smpp.Options{
		Addr: o.set["address"], SystemID: o.set["system_id"], SystemType: o.set["system_type"], Password: o.secret["password"], From: o.channel.From,
		Inbox: o.app, Now: o.app.opts.Now,
	}
	switch o.set["tls"] {
	case "", "none":
	case "required":
		opts.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	default:
		return p, fault.New(fault.Invalid, "the message centre's tls %q must be required or none", o.set["tls"])
	}
	p.Channel, err = smpp.Open(opts)
	return p, err
}

func openVoiceXML(o account) (p deliver.Provider, err error) {
	p.Takes = voicexml.Takes
	p.Channel, err = voicexml.Open(voicexml.Options{
		Key: o.secret["key"], Callback: o.callback, Begins: o.set["begins"], Inbox: o.app, Now: o.app.opts.Now,
	})
	return p, err
}
