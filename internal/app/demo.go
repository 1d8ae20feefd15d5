package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/simulator"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/sim"
	"github.com/rapporthq/rapport/internal/source"
)

// demoSource is where the simulated company's events come from.
const demoSource = "website"

// DemoOptions say what company to show.
type DemoOptions struct {
	Listen   string   // Defaults to 127.0.0.1:8700.
	Seed     uint64   // of the company
	People   int      // Defaults to 3,000.
	Days     int      // lived before the page opens. Defaults to 240.
	Speed    float64  // virtual seconds a second. Defaults to a day a second.
	Answerer []string // as of Options
	Player   []string // as of Options
	Trainer  []string // as of Options
	Progress func(sim.Progress)
	Ready    func(address string)
	Out      io.Writer
	Logger   *slog.Logger
}

// Demo lets a simulated company live for some months at once, and then serves
// it while it lives on, on loopback, with nothing to sign in to. Its people get
// their letters from the deliverer as real ones do, on channels that lead to
// them and nowhere else. It begins anew each time.
func Demo(ctx context.Context, o DemoOptions) (err error) {
	if o.People == 0 {
		o.People = 3000
	}
	if o.Days == 0 {
		o.Days = 240
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	dir, err := os.MkdirTemp("", "rapport-demo-*")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	data, err := OpenData(filepath.Join(dir, "data"), o.Logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	systems, err := openDemoSystems(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, systems.Close()) }()
	past, err := sim.Rehearse(ctx, sim.RehearseOptions{
		Seed: o.Seed, People: o.People, Days: o.Days, Journal: data.Journal, Store: data.State, NoReport: true, Archive: true, Progress: o.Progress, Definitions: demoDefinitions(systems.url),
	})
	if err != nil {
		return err
	}
	return live(ctx, o, data, past.Company)
}

// demoDefinitions are those of the shop, whose people come by as well as order, and
// whose systems are at an address of this machine.
func demoDefinitions(systems string) []byte {
	yaml, _ := definition.Template(sim.TemplateFor("shop"))
	for _, c := range [][2]string{
		{"https://shop.example/rapport/", systems + "/rapport/"},
		{`/orders"}`, `/orders", patience: 3d}`},
		{`/returns"}`, `/returns", patience: 3d}`},
		// At a day a second an hour is soon over, and each turn of a talk is another visit.
		{"answer_within: 8h", "answer_within: 3d"},
		{"answer_within: 4h", "answer_within: 2d"},
		{"contacts: 4,", "contacts: 12,"},
		{"\n    about: ", "\n    patience: 5d\n    about: "},
	} {
		yaml = bytes.ReplaceAll(yaml, []byte(c[0]), []byte(c[1]))
	}
	return append(yaml, `
relationship:
  acts:
    - {id: order, name: Order, events: Order Completed, of: revenue, margin: 30%}
    - {id: visit, name: Visit, events: [page, Product Viewed]}
experiments:
  - id: what-brings-people-back
    name: What brings people back?
    goals: second-order
    within: 28d
    stop: {effect: 20}
    arms:
      - {id: as-now, name: Everything}
      - {id: no-gift, name: Without a gift, actions: [make-the-most, what-goes-with-it]}
      - {id: only-gift, name: Always the gift, policy: best-single thank-you}
  - id: does-a-call-pay
    name: Does a call pay?
    split: after-order/call-or-not
    stop: {effect: 5}
`+demoJourneys...)
}

// mostBehind is how old, in the time of the demo, what its pages tell may become before
// the company waits for them: on a busy machine reading everybody takes weeks of it.
const mostBehind = 14 * 24 * time.Hour

// live serves the company as it lives on.
func live(ctx context.Context, o DemoOptions, data *Data, company *sim.Company) error {
	var a *App          // set before Live runs
	var world *sim.Live // itself
	world = sim.NewLive(sim.LiveOptions{
		Company: company, Speed: o.Speed, Logger: o.Logger,
		Appender: appendFunc(func(ctx context.Context, events []event.Event) error {
			err := a.Append(ctx, events)
			if err == nil {
				a.heard(events)
			}
			return err
		}),
		Lag: func() uint64 {
			if age, ok := a.reports.Age(); ok && age.Seconds()*world.Speed() > mostBehind.Seconds() {
				return math.MaxUint64
			}
			return a.Lag()
		},
		Definitions: func(ctx context.Context) (*definition.Workspace, error) { return a.Definitions(ctx) },
	})
	said := new(simulator.Box)
	mail, err := simulator.Open(simulator.Options{ID: "email", Box: said, Now: world.Now}) //nolint:contextcheck // without an Inbox there is nobody to tell
	if err != nil {
		return err
	}
	eg, ctx := errgroup.WithContext(ctx)
	eg.Go(func() error {
		return Serve(ctx, Options{
			Config: config.Config{Listen: o.Listen, Open: true}, Data: data, Demo: true, Answerer: o.Answerer, Player: o.Player, Trainer: o.Trainer, Out: o.Out, Logger: o.Logger,
			Now: world.Now, Speed: world.Speed(), Channels: []deliver.Channel{demoMail{world.Channel("email"), mail}, world.Channel("webhook")}, Simulated: said,
			Ready: func(address string, running *App) {
				a = running
				if o.Ready != nil {
					o.Ready(address)
				}
				eg.Go(func() error {
					if _, _, err := a.directory.Add(ctx, source.Draft{ID: demoSource, Name: "Website", Kind: event.BrowserSource}, "demo"); err != nil {
						return err
					}
					return world.Run(ctx)
				})
				eg.Go(func() error { return running.talk(ctx, world, o.Seed) })
				eg.Go(func() error { return running.staff(ctx) })
			},
		})
	})
	return eg.Wait()
}

// appendFunc makes a function an appender.
type appendFunc func(ctx context.Context, events []event.Event) error

func (f appendFunc) Append(ctx context.Context, events []event.Event) error { return f(ctx, events) }
