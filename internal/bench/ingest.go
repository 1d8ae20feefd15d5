package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/event"
)

// IngestOptions say how to load a server.
type IngestOptions struct {
	Load
	Clients  int // Defaults to 8.
	Batch    int // events a request. Defaults to 100.
	Postgres bool
}

// IngestResult is how fast events become durable, and then people.
type IngestResult struct {
	Machine     Machine   `json:"machine"`
	Events      int       `json:"events"`
	Clients     int       `json:"clients"`
	Batch       int       `json:"batch"`
	BytesEach   float64   `json:"bytes_per_event"` // of JSON
	Seconds     float64   `json:"seconds"`
	PerSecond   float64   `json:"events_per_second"` // acknowledged, which is durable
	P50         float64   `json:"p50_ms"`
	P99         float64   `json:"p99_ms"`
	CPUMicros   float64   `json:"cpu_microseconds_per_event"` // of server and clients, ingest and fold
	FoldedAfter float64   `json:"folded_after_seconds"`       // from the last answer until no lag is left
	EndToEnd    float64   `json:"events_per_second_end_to_end"`
	Postgres    *Postgres `json:"postgres,omitempty"` // the same events by COPY, on the same machine in the same run
}

// Ingest starts a server on dir, sends it events over HTTP, and measures; then,
// if asked, the same events into PostgreSQL.
func Ingest(ctx context.Context, dir string, o IngestOptions) (IngestResult, error) {
	o.Load = o.withDefaults()
	if o.Clients == 0 {
		o.Clients = 8
	}
	if o.Batch == 0 {
		o.Batch = 100
	}
	bodies, size, err := o.bodies()
	if err != nil {
		return IngestResult{}, err
	}
	res := IngestResult{Machine: ThisMachine(), Events: o.Events, Clients: o.Clients, Batch: o.Batch, BytesEach: float64(size) / float64(o.Events)}
	if o.Postgres { // first, so that neither has the other's files in the cache
		if res.Postgres, err = measurePostgres(ctx, filepath.Join(dir, "postgres"), o); err != nil {
			return res, fmt.Errorf("postgres: %w", err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan string, 1)
	done := make(chan error, 1)
	var running *app.App
	go func() {
		done <- app.Serve(ctx, app.Options{
			Config: config.Config{
				Data: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", PublicURL: "http://127.0.0.1", WriteKey: crashKey, AdminToken: crashToken,
				Groups: o.Groups, MaxLag: 1 << 40, CheckpointEvery: time.Hour,
			},
			Logger: slog.New(slog.DiscardHandler),
			Ready: func(address string, a *app.App) {
				running = a
				ready <- "http://" + address
			},
		})
	}()
	select {
	case err := <-done:
		return res, errors.Join(errors.New("the server did not start"), err)
	case url := <-ready:
		err = o.measure(ctx, url, bodies, &res, running)
	}
	cancel()
	return res, errors.Join(err, <-done)
}

// bodies makes the requests before the clock starts.
func (o IngestOptions) bodies() (bodies [][]byte, size int, err error) {
	s := newShoppers(o.Load, event.InstantOf(time.Now()))
	for left := o.Events; left > 0; {
		n := min(left, o.Batch)
		batch := make([]map[string]any, n)
		for i := range batch {
			batch[i] = wire(s.next())
		}
		b, err := json.Marshal(map[string]any{"batch": batch})
		if err != nil {
			return nil, 0, err
		}
		bodies = append(bodies, b)
		size += len(b)
		left -= n
	}
	return bodies, size, nil
}

func (o IngestOptions) measure(ctx context.Context, url string, bodies [][]byte, res *IngestResult, a *app.App) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.Clients}}
	work := make(chan []byte)
	took := make([][]time.Duration, o.Clients)
	errs := make([]error, o.Clients)
	started, cpu := time.Now(), processorTime()
	var clients sync.WaitGroup
	for c := range o.Clients {
		clients.Go(func() {
			for body := range work {
				begun := time.Now()
				if errs[c] == nil {
					errs[c] = postBatch(ctx, client, url, body)
				}
				took[c] = append(took[c], time.Since(begun))
			}
		})
	}
	for _, b := range bodies {
		work <- b
	}
	close(work)
	clients.Wait()
	acked := time.Since(started)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := a.WaitFolded(ctx); err != nil {
		return err
	}
	folded := time.Since(started)
	all := slices.Concat(took...)
	slices.Sort(all)
	res.Seconds, res.PerSecond = acked.Seconds(), float64(o.Events)/acked.Seconds()
	res.P50, res.P99 = milliseconds(all[len(all)/2]), milliseconds(all[len(all)*99/100])
	res.FoldedAfter, res.EndToEnd = (folded - acked).Seconds(), float64(o.Events)/folded.Seconds()
	res.CPUMicros = micros(processorTime()-cpu, o.Events)
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

func postBatch(ctx context.Context, client *http.Client, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/batch", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(crashKey, "")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return err
}
