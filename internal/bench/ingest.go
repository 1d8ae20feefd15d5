package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/processor"
)

// IngestOptions say how to load a server.
type IngestOptions struct {
	Load

	Binary   string        // the rapport binary, of which server and load generator are processes
	Clients  int           // Defaults to 8.
	Batch    int           // events a request. Defaults to 100.
	Duration time.Duration // of an even load after the burst. 0: none
	Rate     float64       // of that load, events a second. Defaults to 0.9 of what the burst gave end to end.
	Door     bool          // measure ingest by itself first, with the fold held
	Restart  bool          // measure restarts, after a clean stop and after a kill
	Replay   bool          // measure folding the whole journal again
	Postgres bool
	Out      io.Writer // hears of progress. Defaults to nobody.
}

// IngestResult is how fast events become durable, and then people.
type IngestResult struct {
	Machine Machine `json:"machine"`
	Disk    Disk    `json:"disk"`
	People  int     `json:"people"`
	Clients int     `json:"clients"`
	Batch   int     `json:"batch"`

	Door      *Phase            `json:"door,omitempty"`      // a burst while nothing is folded: what ingest costs by itself
	Single    *Phase            `json:"single,omitempty"`    // the same, an event a request
	Burst     Phase             `json:"burst"`               // as fast as answers come
	Sustained *Phase            `json:"sustained,omitempty"` // at an even rate
	Memory    int64             `json:"server_peak_bytes"`
	Restarts  *Restarts         `json:"restarts,omitempty"`
	Replay    *app.ReplayResult `json:"replay,omitempty"`
	Postgres  *Postgres         `json:"postgres,omitempty"` // the burst's events by COPY, on the same machine in the same run
}

// Phase is one stretch of load.
type Phase struct {
	Load      LoadResult `json:"load"`
	BytesEach float64    `json:"bytes_per_event"` // of JSON
	PerSecond float64    `json:"events_per_second"`
	EndToEnd  float64    `json:"events_per_second_folded"` // until no lag was left
	Server    float64    `json:"server_cpu_microseconds_per_event"`
	Clients   float64    `json:"clients_cpu_microseconds_per_event"`
	Rate      float64    `json:"offered_per_second,omitempty"`
	Lag       *Lag       `json:"lag,omitempty"`
	Visible   int        `json:"visible_probes,omitempty"`
	Visible50 float64    `json:"visible_p50_ms,omitempty"` // from sending until on the person's page
	Visible99 float64    `json:"visible_p99_ms,omitempty"`
}

// Restarts is how long a start takes until all is folded and, after a kill with 9
// under load, until events are taken and pages answered.
type Restarts struct {
	Clean   float64 `json:"after_clean_stop_seconds"`
	Serving float64 `json:"serving_after_kill_seconds"`
	Behind  int64   `json:"events_behind_after_kill"` // acknowledged, and not in the state
	Killed  float64 `json:"after_kill_seconds"`
}

func (o IngestOptions) withDefaults() IngestOptions {
	o.Load = o.Load.withDefaults()
	if o.Clients == 0 {
		o.Clients = 8
	}
	if o.Batch == 0 {
		o.Batch = 100
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	return o
}

// Ingest starts a server on a folder in dir, sends it events over HTTP from
// another process, and measures; then, if asked, the same events into PostgreSQL.
func Ingest(ctx context.Context, dir string, o IngestOptions) (res IngestResult, err error) {
	o = o.withDefaults()
	res = IngestResult{Machine: ThisMachine(), People: o.People, Clients: o.Clients, Batch: o.Batch}
	if res.Disk, err = measureDisk(dir); err != nil {
		return res, err
	}
	if o.Postgres { // first, so that neither has the other's files in the cache
		o.say("PostgreSQL takes the events by COPY")
		if res.Postgres, err = measurePostgres(ctx, filepath.Join(dir, "postgres"), o); err != nil {
			return res, fmt.Errorf("postgres: %w", err)
		}
	}
	if o.Door {
		if err := measureDoor(ctx, dir, o, &res); err != nil {
			return res, err
		}
	}
	data := filepath.Join(dir, "data")
	if o.Known {
		o.say("%d people become known", o.People)
		retail, _ := definition.Template("retail")
		if err := o.know(ctx, data, retail, event.Disarmed); err != nil {
			return res, err
		}
	}
	b := &ingesting{o: o, dir: dir, data: data, res: &res}
	if err := b.run(ctx); err != nil {
		return res, err
	}
	if o.Replay {
		o.say("the journal is folded again")
		r, err := app.Replay(ctx, app.ReplayOptions{Data: data, FromStart: true, Groups: o.Groups})
		res.Replay = &r
		return res, err
	}
	return res, nil
}

func (o IngestOptions) say(format string, args ...any) { fmt.Fprintf(o.Out, format+"\n", args...) }

// know lets everybody be known in a new data folder with those definitions.
func (l Load) know(ctx context.Context, data string, yaml []byte, live event.Live) (err error) {
	d, err := app.OpenData(data, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	now := event.InstantOf(time.Now())
	if err := beginWith(ctx, d, yaml, live, now); err != nil {
		return err
	}
	if err := fill(ctx, d, 2*l.People, newShoppers(l, now).known); err != nil {
		return err
	}
	return foldAll(ctx, d, l.Groups)
}

// begin gives a new journal the definitions of a retail company, disarmed.
func begin(ctx context.Context, d *app.Data, now event.Instant) error {
	retail, _ := definition.Template("retail")
	return beginWith(ctx, d, retail, event.Disarmed, now)
}

func beginWith(ctx context.Context, d *app.Data, yaml []byte, live event.Live, now event.Instant) error {
	if _, err := processor.PutDefinitions(ctx, d.Journal, yaml, now); err != nil {
		return err
	}
	if err := processor.PutSettings(ctx, d.Journal, event.SettingsBody{Live: live}, now); err != nil {
		return err
	}
	return settle(ctx, d)
}

// ingesting is one run.
type ingesting struct {
	o         IngestOptions
	dir, data string
	res       *IngestResult
	s         *server
	phases    uint64
	held      bool // nothing is folded
}

func (b *ingesting) serve(ctx context.Context, more ...string) (err error) {
	b.s, err = serve(ctx, b.o.Binary, b.dir, b.data, nil, append(more, "--groups", strconv.Itoa(b.o.Groups))...)
	return err
}

func (b *ingesting) start(ctx context.Context, more ...string) (seconds float64, err error) {
	begun := time.Now()
	if err := b.serve(ctx, more...); err != nil {
		return 0, err
	}
	err = b.s.ready(ctx)
	return time.Since(begun).Seconds(), err
}

func (b *ingesting) run(ctx context.Context) (err error) {
	stopped := false
	defer func() {
		if b.s != nil && !stopped {
			err = errors.Join(err, b.s.stop(syscall.SIGTERM))
		}
	}()
	first, err := b.start(ctx)
	if err != nil {
		return err
	}
	b.o.say("the server is ready after %.1f s; a burst of %d events", first, b.o.Events)
	if b.res.Burst, err = b.phase(ctx, 0, 0); err != nil {
		return err
	}
	if b.o.Duration > 0 {
		rate := b.o.Rate
		if rate == 0 {
			rate = 0.9 * b.res.Burst.EndToEnd
		}
		b.o.say("%.0f events/s for %s", rate, b.o.Duration)
		p, err := b.phase(ctx, rate, b.o.Duration)
		if err != nil {
			return err
		}
		b.res.Sustained = &p
	}
	if b.res.Memory, err = b.s.peakMemory(); err != nil {
		return err
	}
	if b.o.Restart {
		if b.res.Restarts, err = b.restarts(ctx); err != nil {
			return err
		}
	}
	stopped = true
	return b.s.stop(syscall.SIGTERM)
}

// phase loads the server, with an even rate if one is given, and waits until all
// is folded.
func (b *ingesting) phase(ctx context.Context, rate float64, d time.Duration) (p Phase, err error) {
	p.Rate = rate
	var w *watcher
	if rate > 0 {
		w = watch(ctx, b.s)
	}
	used, err := b.s.processorTime()
	if err != nil {
		return p, err
	}
	begun := time.Now()
	if p.Load, err = b.load(ctx, rate, d); err != nil {
		return p, err
	}
	preparing := time.Since(begun).Seconds() - p.Load.Seconds // the load generator made its requests first
	if w != nil {
		if err := w.close(); err != nil {
			return p, err
		}
		lag := trend(w.at, w.lag, rate)
		p.Lag = &lag
		if n := len(w.visible); n > 0 {
			p.Visible, p.Visible50, p.Visible99 = n, milliseconds(w.visible[n/2]), milliseconds(w.visible[n*99/100])
		}
	}
	if !b.held {
		if err := b.s.folded(ctx); err != nil {
			return p, err
		}
	}
	took := time.Since(begun).Seconds() - preparing
	now, err := b.s.processorTime()
	if err != nil {
		return p, err
	}
	n := max(p.Load.Events, 1)
	p.BytesEach, p.PerSecond, p.EndToEnd = float64(p.Load.Bytes)/float64(n), float64(n)/p.Load.Seconds, float64(n)/took
	p.Server, p.Clients = micros(now-used, n), p.Load.CPUSeconds*1e6/float64(n)
	return p, nil
}

// load runs a load generator in a process of its own.
func (b *ingesting) load(ctx context.Context, rate float64, d time.Duration) (res LoadResult, err error) {
	b.phases++
	o := b.o
	args := []string{
		"bench", "load", "--url", b.s.url, "--clients", strconv.Itoa(o.Clients), "--batch", strconv.Itoa(o.Batch),
		"--events", strconv.Itoa(o.Events), "--people", strconv.Itoa(o.People), "--zipf", fmt.Sprint(o.Zipf),
		"--rate", fmt.Sprint(rate), "--duration", d.String(), "--seed", strconv.FormatUint(o.Seed*1000+b.phases, 10),
	}
	cmd := exec.CommandContext(ctx, o.Binary, args...) //nolint:gosec // our own binary
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return res, fmt.Errorf("load generator: %w: %s", err, said.Bytes())
	}
	return res, json.Unmarshal(out.Bytes(), &res)
}

// restarts stops the server in order and kills it under load, and starts it again
// each time.
func (b *ingesting) restarts(ctx context.Context) (*Restarts, error) {
	var r Restarts
	if err := b.s.stop(syscall.SIGTERM); err != nil {
		return nil, err
	}
	var err error
	if r.Clean, err = b.start(ctx); err != nil {
		return nil, err
	}
	b.o.say("ready %.1f s after a clean stop; now killed under load", r.Clean)
	loaded, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = b.load(loaded, 0, time.Minute) // it ends with an error, when the server or it is killed
	}()
	pause(ctx, 5*time.Second)
	err = b.s.stop(syscall.SIGKILL)
	cancel()
	<-done
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := b.serve(ctx); err != nil {
		return nil, err
	}
	if r.Behind, err = b.s.serving(ctx); err != nil {
		return nil, err
	}
	r.Serving = time.Since(begun).Seconds()
	err = b.s.ready(ctx)
	r.Killed = time.Since(begun).Seconds()
	return &r, err
}
