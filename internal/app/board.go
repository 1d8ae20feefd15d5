package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
)

// board joins channels with the accounts that the definitions in force name. A
// channel whose definition did not change keeps its connections, and what it
// learnt of its providers.
type board struct {
	app *App

	mu    sync.Mutex
	hash  string // of the definitions that lines are of
	lines map[string]*line
}

// line is a channel as it is joined now.
type line struct {
	def   definition.Channel
	route *deliver.Route
	doors map[string]http.Handler // by provider id: what providers call
	close []func() error
}

func newBoard(a *App) *board { return &board{app: a, lines: map[string]*line{}} }

// channel is a channel by way of the board.
func (b *board) channel(id string) deliver.Channel { return boardChannel{b, id} }

type boardChannel struct {
	board *board
	id    string
}

var _ deliver.Namer = boardChannel{}

// ID implements deliver.Channel.
func (c boardChannel) ID() string { return c.id }

// Send implements deliver.Channel.
func (c boardChannel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// SendNamed implements deliver.Namer.
func (c boardChannel) SendNamed(ctx context.Context, l deliver.Letter) (string, error) {
	ln, err := c.board.line(ctx, c.id)
	if err != nil {
		return "", err
	}
	return ln.route.SendNamed(ctx, l)
}

// line returns a channel as the definitions in force say.
func (b *board) line(ctx context.Context, id string) (*line, error) {
	ws, err := b.app.Definitions(ctx)
	if err != nil {
		return nil, fault.Wrap(fault.Transient, err, "the definitions cannot be read")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hash != ws.Hash {
		b.join(ws)
	}
	if ln, ok := b.lines[id]; ok {
		return ln, nil
	}
	return nil, fault.New(fault.Invalid, "there is no channel %q; declare it under channels", id)
}

// run keeps lines those of the definitions in force, though nothing is sent: mail
// comes back on some of them. It returns when ctx ends.
func (b *board) run(ctx context.Context) error {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		_, _ = b.line(ctx, "") // there is none of that name; looking for it joins them
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// join makes lines those of ws. What goes ends first: what comes may want the
// address at which it took mail in.
func (b *board) join(ws *definition.Workspace) {
	old := b.lines
	b.hash, b.lines = ws.Hash, map[string]*line{}
	for _, def := range ws.Channels {
		if ln := old[def.ID]; ln != nil && reflect.DeepEqual(ln.def, def) {
			b.lines[def.ID] = ln
			delete(old, def.ID)
		}
	}
	for id, ln := range old {
		if err := ln.end(); err != nil {
			b.app.opts.Logger.Warn("close a channel that is defined otherwise now", "channel", id, "error", err)
		}
	}
	for _, def := range ws.Channels {
		if b.lines[def.ID] == nil {
			b.lines[def.ID] = b.open(def)
		}
	}
}

// open joins a channel to its accounts; without any, to the simulator.
func (b *board) open(def definition.Channel) *line {
	ln := &line{def: def, doors: map[string]http.Handler{}}
	accounts := def.Providers
	if len(accounts) == 0 {
		accounts = []definition.Provider{{ID: "simulator", Kind: "simulator"}}
	}
	var providers []deliver.Provider
	for _, account := range accounts {
		p, err := b.app.openProvider(def, account)
		if err != nil { // said with each letter, and to those who operate the server now
			b.app.opts.Logger.Error("an account cannot be used", "channel", def.ID, "provider", account.ID, "error", err)
			p.Channel = unusable{def.ID, account.ID, err}
		}
		p.ID, p.PerSecond = account.ID, account.PerSecond
		if door, ok := p.Channel.(http.Handler); ok {
			ln.doors[account.ID] = door
		}
		if c, ok := p.Channel.(io.Closer); ok {
			ln.close = append(ln.close, c.Close)
		}
		providers = append(providers, p)
	}
	ln.route = deliver.NewRoute(def.ID, time.Now, providers...)
	return ln
}

func (ln *line) end() error {
	var errs []error
	for _, done := range ln.close {
		errs = append(errs, done())
	}
	return errors.Join(errs...)
}

// Close ends all lines.
func (b *board) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, ln := range b.lines {
		errs = append(errs, ln.end())
	}
	b.lines, b.hash = map[string]*line{}, ""
	return errors.Join(errs...)
}

// unusable is an account that lacks something. Its letters are put off: it may be
// mended, and there may be another.
type unusable struct {
	channel, provider string
	err               error
}

// ID implements deliver.Channel.
func (u unusable) ID() string { return u.channel }

// Send implements deliver.Channel.
func (u unusable) Send(context.Context, deliver.Letter) error {
	return fault.Wrap(fault.Transient, u.err, "the account %s cannot be used", u.provider)
}

// doorPath begins what providers call: /c/CHANNEL/PROVIDER and then as they like.
const doorPath = "/c/"

// callback is where a provider calls.
func (a *App) callback(channel, provider string) string {
	return a.opts.Config.PublicURL + doorPath + channel + "/" + provider
}

// ServeHTTP leads what a provider calls to its adapter, below its own path. Only
// the adapter knows whether to believe it.
func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	channel, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, doorPath), "/")
	provider, rest, _ := strings.Cut(rest, "/")
	ln, err := b.line(r.Context(), channel)
	if err != nil && !fault.Is(err, fault.Invalid) {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	var door http.Handler
	if err == nil {
		door = ln.doors[provider]
	}
	if door == nil {
		http.Error(w, fmt.Sprintf("there is no account %q of %q that is called back", provider, channel), http.StatusNotFound)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxCallback)
	inner := r.Clone(r.Context())
	inner.URL.Path = "/" + rest
	inner.Body = r.Body
	door.ServeHTTP(w, inner)
}

// maxCallback bounds what a provider may say at once, in bytes: a mail with
// attachments is the largest.
const maxCallback = 30 << 20

// secretsOf finds an account's secrets.
func secretsOf(p definition.Provider) (map[string]string, error) {
	out := map[string]string{}
	for what, name := range p.Secrets {
		v, ok := os.LookupEnv(name)
		if !ok {
			return nil, fault.New(fault.Invalid, "the environment variable %s, for %s, is not set where the server runs", name, what)
		}
		out[what] = v
	}
	return out, nil
}
