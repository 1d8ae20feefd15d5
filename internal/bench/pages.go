package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// PagesOptions say for how many people the console's pages are asked.
type PagesOptions struct {
	Load

	Binary string    // the rapport binary
	Rounds int       // in which each page is asked once. Defaults to 30.
	Rate   float64   // events a second that arrive meanwhile; 0: none
	Out    io.Writer // hears of progress
}

// PagesResult is how long the console's pages wait for what they show.
type PagesResult struct {
	Machine Machine     `json:"machine"`
	People  int         `json:"people"`
	Events  int         `json:"events"`
	Rate    float64     `json:"events_per_second"` // that were taken meanwhile
	Gather  float64     `json:"gather_seconds"`    // from the start until all pages have figures
	Age     float64     `json:"age_seconds"`       // of what is told of everybody, at the end
	Pages   []PageTimes `json:"pages"`
	Memory  int64       `json:"server_peak_bytes"`
}

// PageTimes are those of a page: from the first question until the last of its answers,
// which are asked for at once, as the console does.
type PageTimes struct {
	Page  string  `json:"page"`
	First float64 `json:"first_ms"`
	Latency
	Bytes int `json:"bytes"` // of the answers, at most
}

// page is one of the console's, and what it asks for when it opens.
type page struct {
	name string
	asks func(r *rand.Rand, b *pagesBench) []string
}

func asks(paths ...string) func(*rand.Rand, *pagesBench) []string {
	return func(*rand.Rand, *pagesBench) []string { return paths }
}

// consolePages are those that tell of everybody, of many, or of one among all.
func consolePages() []page {
	return []page{
		{"Loop", asks("/api/v1/loop")},
		{"Loop, of 28 days and a segment", asks("/api/v1/loop?days=28&segment=looking-around")},
		{"Map", asks("/api/v1/map")},
		{"Map, of 28 days and a segment", asks("/api/v1/map?days=28&segment=looking-around")},
		{"People", asks("/api/v1/people?limit=100", "/api/v1/segments")},
		{"People, searched", func(r *rand.Rand, b *pagesBench) []string {
			return []string{"/api/v1/people?limit=100&query=" + url.QueryEscape(fmt.Sprintf("user-%d", r.IntN(b.People)))}
		}},
		{"People of a stage", asks("/api/v1/people?limit=100&stage=use")},
		{"People of a segment", asks("/api/v1/people?limit=100&segment=looking-around")},
		{"People behind a bar of the Map", asks("/api/v1/people?limit=100&touchpoint=order&effort=unprompted")},
		{"A person", func(r *rand.Rand, b *pagesBench) []string {
			one := "/api/v1/people/" + b.ids[r.IntN(len(b.ids))]
			return []string{one, one + "/timeline?limit=50", one + "/why", one + "/belief", one + "/identities"}
		}},
		{"Segments", asks("/api/v1/segments")},
		{"Goals", asks("/api/v1/goals")},
		{"A goal", asks("/api/v1/goals/second-order", "/api/v1/goals/second-order/course")},
		{"Decisions", asks("/api/v1/decisions?limit=50")},
		{"Journeys", asks("/api/v1/journeys")},
		{"Experiments", asks("/api/v1/experiments")},
		{"States", asks("/api/v1/states", "/api/v1/models")},
		{"Sources", asks("/api/v1/sources")},
		{"Accounts", asks("/api/v1/accounts?limit=100")},
		{"Inbox", asks("/api/v1/requests")},
		{"Messages", asks("/api/v1/messages")},
		{"Settings", asks("/api/v1/settings")},
	}
}

type pagesBench struct {
	PagesOptions

	s   *server
	ids []string // of some people
}

// Pages fills a data folder in dir, serves it, and asks for every page as the console
// does.
func Pages(ctx context.Context, dir string, o PagesOptions) (res PagesResult, err error) {
	o.Load = o.withDefaults()
	if o.Rounds == 0 {
		o.Rounds = 30
	}
	res = PagesResult{Machine: ThisMachine(), People: o.People, Events: 2*o.People + o.Events}
	data := filepath.Join(dir, "data")
	fmt.Fprintf(o.Out, "%d people and %d events over two months\n", res.People, res.Events)
	if err := o.populate(ctx, data); err != nil {
		return res, err
	}
	load := &ingesting{o: IngestOptions{Load: o.Load, Binary: o.Binary, Clients: 4, Batch: 100}, dir: dir, data: data}
	began := time.Now()
	if _, err := load.start(ctx); err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, load.s.stop(syscall.SIGTERM)) }()
	b := &pagesBench{PagesOptions: o, s: load.s}
	if err := b.gathered(ctx); err != nil {
		return res, err
	}
	res.Gather = time.Since(began).Seconds()
	fmt.Fprintf(o.Out, "%.0f s until everybody was read; %d rounds\n", res.Gather, o.Rounds)
	enough := load.meanwhile(ctx, o.Rate)
	before, err := b.events(ctx)
	if err != nil {
		return res, errors.Join(err, enough())
	}
	began = time.Now()
	res.Pages, err = b.rounds(ctx)
	after, err2 := b.events(ctx)
	res.Rate = float64(after-before) / time.Since(began).Seconds()
	if err = errors.Join(err, err2, enough()); err != nil {
		return res, err
	}
	if res.Age, err = b.s.metric(ctx, "rapport_report_age_seconds"); err != nil {
		return res, err
	}
	res.Memory, err = b.s.peakMemory()
	return res, err
}

// meanwhile sends events at a rate until stop is called; none at 0.
func (b *ingesting) meanwhile(ctx context.Context, rate float64) (stop func() error) {
	if rate == 0 {
		return func() error { return nil }
	}
	sending, enough := context.WithCancel(ctx)
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err = b.load(sending, rate, longest)
	}()
	return func() error {
		select {
		case <-done: // by itself: it failed, or an hour is over
			enough()
			return err
		default:
			enough()
			<-done // its error is that it was ended
			return nil
		}
	}
}

const longest = time.Hour

// events is how many people's events the server holds.
func (b *pagesBench) events(ctx context.Context) (int, error) {
	var ws struct {
		Events int `json:"events"`
	}
	err := call(ctx, http.MethodGet, b.s.url+"/api/v1/workspace", nil, &ws)
	return ws.Events, err
}

// populate lets everybody be known and do something in the last two months.
func (o PagesOptions) populate(ctx context.Context, data string) (err error) {
	d, err := app.OpenData(data, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	now := event.InstantOf(time.Now())
	retail, _ := definition.Template("retail")
	if err := beginWith(ctx, d, retail, event.Disarmed, now); err != nil {
		return err
	}
	if err := fill(ctx, d, 2*o.People+o.Events, o.past(now, 3)); err != nil {
		return err
	}
	return foldAll(ctx, d, o.Groups)
}

// gathered waits until pages have figures of everybody, and learns some ids.
func (b *pagesBench) gathered(ctx context.Context) error {
	var list struct {
		People []struct {
			ID string `json:"id"`
		} `json:"people"`
	}
	if err := call(ctx, http.MethodGet, b.s.url+"/api/v1/people?limit=100", nil, &list); err != nil {
		return err
	}
	for _, p := range list.People {
		b.ids = append(b.ids, p.ID)
	}
	if len(b.ids) == 0 {
		return errors.New("there is nobody")
	}
	return nil
}

// rounds asks for all pages, again and again.
func (b *pagesBench) rounds(ctx context.Context) ([]PageTimes, error) {
	pages, r := consolePages(), rand.New(rand.NewPCG(b.Seed, 4)) //nolint:gosec // which people
	out, took := make([]PageTimes, len(pages)), make([][]time.Duration, len(pages))
	for round := range b.Rounds {
		for i, p := range pages {
			began := time.Now()
			n, err := b.open(ctx, p.asks(r, b))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			d := time.Since(began)
			if round == 0 {
				out[i].First = milliseconds(d)
			} else {
				took[i] = append(took[i], d)
			}
			out[i].Bytes = max(out[i].Bytes, n)
		}
	}
	for i, p := range pages {
		out[i].Page, out[i].Latency = p.name, latencyOf(took[i])
	}
	return out, nil
}

// open asks for everything at once, and returns how long all the answers are.
func (b *pagesBench) open(ctx context.Context, paths []string) (int, error) {
	sizes, errs := make([]int, len(paths)), make([]error, len(paths))
	var asking sync.WaitGroup
	for i, path := range paths {
		asking.Go(func() { sizes[i], errs[i] = b.ask(ctx, path) })
	}
	asking.Wait()
	sum := 0
	for _, n := range sizes {
		sum += n
	}
	return sum, errors.Join(errs...)
}

func (b *pagesBench) ask(ctx context.Context, path string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.s.url+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+crashToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: the server answered %d: %.200s", path, resp.StatusCode, body)
	}
	return len(body), err
}
