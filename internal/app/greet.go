package app

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
)

// greet tells the person at the terminal what they need.
func (a *App) greet(ctx context.Context, address string) {
	out := a.opts.Out
	if !a.opts.Demo {
		a.tellKeys()
		a.tellState(ctx)
	}
	fmt.Fprintf(out, "Rapport is at http://%s\n", address)
	if a.opts.Ready != nil {
		a.opts.Ready(address, a)
	}
}

func (a *App) tellKeys() {
	cfg := a.opts.Config
	switch {
	case cfg.WriteKey != "" && cfg.AdminToken != "":
		return
	case a.secrets.made:
		fmt.Fprintf(a.opts.Out, "Write key    %s\nAdmin token  %s\nBoth are kept in %s/secrets.json.\n", a.secrets.WriteKey, a.secrets.AdminToken, a.data.Dir)
	default:
		fmt.Fprintf(a.opts.Out, "The write key and the admin token are in %s/secrets.json.\n", a.data.Dir)
	}
}

// tellState says what is in force, and what would keep letters from being right.
func (a *App) tellState(ctx context.Context) {
	state, err := a.data.State.Partition(0)
	if err != nil {
		return
	}
	if ws, err := a.Definitions(ctx); err == nil {
		fmt.Fprintf(a.opts.Out, "%s: %d goals, %d touchpoints.\n", ws.Name, len(ws.Goals), len(ws.Map.Touchpoints))
	}
	cfg := a.opts.Config
	var ways []string
	if cfg.SMTP.Address != "" {
		ways = append(ways, "e-mail by "+cfg.SMTP.Address)
	}
	if cfg.Webhook.URL != "" {
		ways = append(ways, "webhook to "+cfg.Webhook.URL)
	}
	switch {
	case len(ways) == 0:
		fmt.Fprintln(a.opts.Out, "There is no way out: give --smtp or --webhook for messages to leave.")
	case state.Settings.Live == event.LiveToAll:
		fmt.Fprintf(a.opts.Out, "Live to everybody who consents: %s.\n", strings.Join(ways, ", "))
	default:
		fmt.Fprintf(a.opts.Out, "Disarmed but for %d addresses on the allow-list: %s.\n", len(state.Settings.Allow), strings.Join(ways, ", "))
	}
	if u, err := url.Parse(cfg.PublicURL); err == nil && cfg.SMTP.Address != "" && u.Scheme != "https" {
		fmt.Fprintf(a.opts.Out, "Links in letters lead to %s: customers cannot reach that, and mail programs offer no one-click unsubscribe.\nGive --public-url https://… before going live.\n", cfg.PublicURL)
	}
}
