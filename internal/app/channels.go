package app

import (
	"cmp"
	"context"
	"net/mail"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/email"
	"github.com/rapporthq/rapport/internal/deliver/webhook"
)

// newWorker returns the deliverer. Its channels are those of Options, those of the
// configuration, and for all others what the definitions in force say.
func (a *App) newWorker() (*deliver.Worker, error) {
	channels := a.opts.Channels
	if channels == nil {
		var err error
		if channels, err = a.configured(); err != nil {
			return nil, err
		}
	}
	given := map[string]bool{}
	for _, c := range channels {
		given[c.ID()] = true
	}
	for _, id := range definition.ChannelIDs() {
		if !given[id] {
			channels = append(channels, a.board.channel(id))
		}
	}
	channels = append(channels, a.calls)
	for _, c := range channels {
		a.channelIDs = append(a.channelIDs, c.ID())
		a.data.meters.expect(c.ID())
	}
	return deliver.New(deliver.Options{
		Session: randomText(12), Ledger: a, Channels: channels, Now: a.opts.Now, Links: a.links, From: a.sender, Turn: a.turn,
		Reported: a.data.meters.reported, Poll: a.wall(time.Second), Concurrency: a.opts.Config.Concurrency, Logger: a.opts.Logger,
	})
}

func (a *App) configured() ([]deliver.Channel, error) {
	var out []deliver.Channel
	cfg := a.opts.Config
	if s := cfg.SMTP; s.Address != "" {
		ch, err := email.Open(email.Options{
			Addr: s.Address, TLS: email.TLS(s.TLS), Username: s.Username, Password: s.Password, Now: a.opts.Now,
		})
		if err != nil {
			return nil, err
		}
		a.closers = append(a.closers, ch.Close)
		out = append(out, ch)
	}
	if h := cfg.Webhook; h.URL != "" {
		ch, err := webhook.Open(webhook.Options{URL: h.URL, Secret: h.Secret, Now: a.opts.Now})
		if err != nil {
			return nil, err
		}
		a.closers = append(a.closers, ch.Close)
		out = append(out, ch)
	}
	return out, nil
}

// sender is whom letters of a channel come from: as configured, else as defined.
func (a *App) sender(channel string) deliver.Sender {
	ws, err := a.Definitions(context.Background()) // in force, so compiled already
	if err != nil {
		return deliver.Sender{}
	}
	from := ""
	for _, c := range ws.Channels {
		if c.ID == channel {
			from = c.From
		}
	}
	if channel == "email" && a.opts.Config.SMTP.From != "" {
		from = a.opts.Config.SMTP.From
	}
	s := deliver.Sender{Name: ws.Name, Address: from}
	if parsed, err := mail.ParseAddress(from); err == nil {
		s.Address = parsed.Address
		s.Name = cmp.Or(parsed.Name, ws.Name)
	}
	return s
}
