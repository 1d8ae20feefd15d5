package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

//go:embed slots.yaml
var slotsYAML []byte

// SlotsOptions say how pages ask a server what to show, while events arrive.
type SlotsOptions struct {
	Load

	Binary   string        // the rapport binary
	Asks     float64       // questions a second
	Rate     float64       // events a second beside them; 0: none
	Clients  int           // pages that ask at once
	Within   time.Duration // for which a page waits
	Duration time.Duration
	Out      io.Writer
}

// SlotsResult is how long pages waited.
type SlotsResult struct {
	Machine  Machine `json:"machine"`
	Disk     Disk    `json:"disk"`
	People   int     `json:"people"`
	Asked    int     `json:"asked"`
	Offered  float64 `json:"offered_per_second"`
	Each     float64 `json:"asked_per_second"`
	FellBack int     `json:"fell_back"` // no answer in time
	P50      float64 `json:"p50_ms"`    // from when the question was due, of those answered in time or not
	P99      float64 `json:"p99_ms"`
	Rate     float64 `json:"events_per_second"` // that were taken beside them
	Server   float64 `json:"server_cpu_share"`  // of one core
	Memory   int64   `json:"server_peak_bytes"`
}

// warming is how long a server that has just started is left alone: it looks at
// everybody for its reports and its archive first.
const warming = 10 * time.Second

// Slots starts a server in dir whose people are known, and asks it about two places
// at a time.
func Slots(ctx context.Context, dir string, o SlotsOptions) (res SlotsResult, err error) {
	o.Load = o.withDefaults()
	res = SlotsResult{Machine: ThisMachine(), People: o.People, Offered: o.Asks}
	if res.Disk, err = measureDisk(dir); err != nil {
		return res, err
	}
	data := filepath.Join(dir, "data")
	fmt.Fprintf(o.Out, "%d people become known\n", o.People)
	if err := o.know(ctx, data, slotsYAML, event.LiveToAll); err != nil {
		return res, err
	}
	b := &ingesting{o: IngestOptions{Load: o.Load, Binary: o.Binary, Clients: 4, Batch: 100}, dir: dir, data: data}
	if _, err := b.start(ctx); err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, b.s.stop(syscall.SIGTERM)) }()
	pause(ctx, warming)
	var settings struct {
		Key string `json:"identity_key"`
	}
	if err := call(ctx, http.MethodGet, b.s.url+"/api/v1/settings", nil, &settings); err != nil {
		return res, err
	}
	fmt.Fprintf(o.Out, "%.0f questions/s of two slots beside %.0f events/s for %s\n", o.Asks, o.Rate, o.Duration)
	loading := make(chan error, 1)
	var load LoadResult
	go func() {
		var err error
		if o.Rate > 0 {
			load, err = b.load(ctx, o.Rate, o.Duration+2*time.Second)
		}
		loading <- err
	}()
	if o.Rate > 0 {
		pause(ctx, time.Second)
	}
	before, err := b.s.processorTime()
	if err != nil {
		return res, err
	}
	q := &asking{o: o, url: b.s.url, key: settings.Key}
	took, seconds, err := q.run(ctx)
	if err != nil {
		return res, err
	}
	after, err := b.s.processorTime()
	if err = errors.Join(err, <-loading); err != nil {
		return res, err
	}
	res.Asked, res.FellBack, res.Each = len(took), int(q.fellBack.Load()), float64(len(took))/seconds
	res.P50, res.P99 = milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100])
	res.Server = (after - before).Seconds() / seconds
	if o.Rate > 0 {
		res.Rate = float64(load.Events) / load.Seconds
	}
	res.Memory, err = b.s.peakMemory()
	return res, err
}

// asking are pages that ask at an even rate, whether or not answers come.
type asking struct {
	o        SlotsOptions
	url, key string
	begun    atomic.Int64
	fellBack atomic.Int64
}

func (q *asking) run(ctx context.Context) (took []time.Duration, seconds float64, err error) {
	started := time.Now()
	parts, errs := make([][]time.Duration, q.o.Clients), make([]error, q.o.Clients)
	var pages sync.WaitGroup
	for c := range q.o.Clients {
		pages.Go(func() { parts[c], errs[c] = q.page(ctx, uint64(c), started) }) //nolint:gosec // a small number
	}
	pages.Wait()
	took = slices.Concat(parts...)
	slices.Sort(took)
	if err = errors.Join(errs...); err == nil && len(took) == 0 {
		err = errors.New("nothing was asked: let it last longer")
	}
	return took, time.Since(started).Seconds(), err
}

func (q *asking) page(ctx context.Context, c uint64, started time.Time) (took []time.Duration, err error) {
	conn, err := dial(ctx, q.url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	r := rand.New(rand.NewPCG(q.o.Seed, c)) //nolint:gosec // made-up visitors
	for ctx.Err() == nil {
		due := started.Add(time.Duration(float64(q.begun.Add(1)-1) / q.o.Asks * 1e9))
		if due.Sub(started) >= q.o.Duration {
			return took, nil
		}
		req := q.question(r.IntN(q.o.People))
		time.Sleep(time.Until(due))
		status, err := conn.post(&req)
		if err != nil {
			return took, err
		}
		if status != http.StatusOK {
			return took, fmt.Errorf("the server answered %d: %s", status, conn.body)
		}
		took = append(took, time.Since(due))
		if bytes.Contains(conn.body, []byte(`"fallback":true`)) {
			q.fellBack.Add(1)
		}
	}
	return took, ctx.Err()
}

func (q *asking) question(who int) (r request) {
	user := fmt.Sprintf("user-%d", who)
	m := hmac.New(sha256.New, []byte(q.key))
	m.Write([]byte(user))
	r.body = fmt.Appendf(nil, `{"userId":%q,"userHash":%q,"slots":["hero","aside"],"within":%q}`, user, hex.EncodeToString(m.Sum(nil)), q.o.Within)
	r.to("/v1/decide")
	return r
}
