package bench

import (
	"context"
	_ "embed" // the definitions of the crash run
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

//go:embed crash.yaml
var crashDefinitions []byte

const (
	crashKey    = "crash-write-key"
	crashToken  = "crash-admin-token"
	crashSecret = "whsec_Y3Jhc2gtY3Jhc2gtY3Jhc2gtY3Jhc2gtY3Jhc2gtMzI=" //nolint:gosec // of a server that lives for seconds on loopback
)

// CrashOptions say how a server is to be killed.
type CrashOptions struct {
	Binary  string // the rapport binary
	Runs    int    // how often it is killed. Defaults to 100.
	Clients int    // that send all the time. Defaults to 4.
	Seed    uint64 // of the moments. Defaults to 1.
	Dir     string // for the data folder; must be empty. Required.
	Out     io.Writer
}

// CrashResult is what came of it. Whatever Lost, Twice, SentTwice, Unaccounted
// and NotReceived count is a broken promise.
type CrashResult struct {
	Runs         int     `json:"runs"`
	KilledEarly  int     `json:"killed_while_starting"`
	Acknowledged int     `json:"events_acknowledged"`
	Lost         int     `json:"acknowledged_and_lost"`
	Twice        int     `json:"counted_twice"`
	Granted      int     `json:"deliveries_granted"`
	Sent         int     `json:"deliveries_sent"`
	Unknown      int     `json:"deliveries_unknown"`
	Failed       int     `json:"deliveries_failed"`
	Received     int     `json:"deliveries_received"` // by the other side
	SentTwice    int     `json:"received_twice"`
	Unaccounted  int     `json:"granted_without_outcome"`
	NotReceived  int     `json:"sent_but_not_received"`
	NotGranted   int     `json:"received_without_grant"`
	ReplaySame   bool    `json:"replay_same"`
	Seconds      float64 `json:"seconds"`
}

// Kept reports whether every promise was kept.
func (r CrashResult) Kept() bool {
	return r.Lost+r.Twice+r.SentTwice+r.Unaccounted+r.NotReceived+r.NotGranted == 0 && r.ReplaySame &&
		r.Acknowledged > 0 && r.Sent > 0
}

// Crash starts a server, sends events to it, lets it deliver to a webhook, and
// kills it with signal 9 at a random moment; Runs times over the same data
// folder. Then it starts once more, waits until all is done, and compares what
// was acknowledged with what is there, and what was granted with what the other
// side received.
func Crash(ctx context.Context, o CrashOptions) (CrashResult, error) {
	if o.Runs == 0 {
		o.Runs = 100
	}
	if o.Clients == 0 {
		o.Clients = 4
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	sink := newSink()
	defer sink.Close()
	c := &crasher{o: o, sink: sink, acked: map[string]bool{}, data: filepath.Join(o.Dir, "data"), rand: rand.New(rand.NewPCG(o.Seed, 0))} //nolint:gosec // moments, not secrets
	if err := c.prepare(); err != nil {
		return CrashResult{}, err
	}
	started := time.Now()
	for run := range o.Runs {
		if err := c.killOnce(ctx, run); err != nil {
			return c.result, fmt.Errorf("run %d of %d: %w", run+1, o.Runs, err)
		}
		if (run+1)%10 == 0 {
			fmt.Fprintf(o.Out, "%d of %d kills, %d events acknowledged, %d deliveries received\n", run+1, o.Runs, len(c.acked), sink.total())
		}
	}
	if err := c.settle(ctx); err != nil {
		return c.result, err
	}
	err := c.examine(ctx)
	c.result.Runs = o.Runs
	c.result.Seconds = time.Since(started).Seconds()
	return c.result, err
}

type crasher struct {
	o      CrashOptions
	sink   *sink
	data   string
	defs   string
	rand   *rand.Rand
	result CrashResult

	mu    sync.Mutex
	acked map[string]bool // message ids that a 2xx answered
	sent  int             // message ids given out
}

func (c *crasher) prepare() error {
	c.defs = filepath.Join(c.o.Dir, "definitions")
	if err := os.MkdirAll(c.defs, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.defs, "crash.yaml"), crashDefinitions, 0o600)
}

func (c *crasher) start(ctx context.Context) (*server, error) {
	return serve(ctx, c.o.Binary, c.o.Dir, c.data, []string{"RAPPORT_WEBHOOK_SECRET=" + crashSecret},
		"--definitions", c.defs, "--webhook", c.sink.URL, "--checkpoint-every", "3s")
}

// killOnce starts the server, loads it, and kills it at a random moment; one
// time in eight already while it starts.
func (c *crasher) killOnce(ctx context.Context, run int) error {
	s, err := c.start(ctx)
	if err != nil {
		return err
	}
	early := run > 0 && c.rand.IntN(8) == 0
	if early {
		time.Sleep(time.Duration(c.rand.IntN(150)) * time.Millisecond)
		c.result.KilledEarly++
		return s.stop(syscall.SIGKILL)
	}
	if err := s.ready(ctx); err != nil {
		_ = s.stop(syscall.SIGKILL)
		return err
	}
	if run == 0 {
		if err := c.goLive(ctx, s); err != nil {
			_ = s.stop(syscall.SIGKILL)
			return err
		}
	}
	load, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	for range c.o.Clients {
		clients.Go(func() { c.send(load, s.url) })
	}
	time.Sleep(time.Duration(100+c.rand.IntN(700)) * time.Millisecond)
	err = s.stop(syscall.SIGKILL)
	cancel()
	clients.Wait()
	return err
}

func (c *crasher) goLive(ctx context.Context, s *server) error {
	return call(ctx, http.MethodPut, s.url+"/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil)
}

// sink is the other side of the webhook: it counts what it receives.
type sink struct {
	*httptest.Server

	mu       sync.Mutex
	received map[string]int
}

func newSink() *sink {
	s := &sink{received: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		s.mu.Lock()
		s.received[r.Header.Get("webhook-id")]++
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}))
	return s
}

func (s *sink) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.received)
}

// call speaks JSON to the admin API.
func call(ctx context.Context, method, url string, body, answer any) error {
	req, err := jsonRequest(ctx, method, url, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+crashToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, url, resp.Status, b)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(b, answer)
}
