package bench

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // the definitions of the run
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rapporthq/rapport/internal/config"
)

//go:embed deliver.yaml
var deliverDefinitions string

// What listmonk did with the same kind of letter, on another day: 100,000
// subscribers, templated mail of 6.1 KB, quoted-printable, not signed, to an SMTP
// sink; its own limiter lifted (with it: 102 a second). listmonk 6.2.0 and later,
// PostgreSQL's share included; three runs were killed.
const (
	ListmonkPerSecond = 5580
	ListmonkMicros    = 251
	ListmonkMemory    = "650 to 1,700 MB"
	ListmonkLost      = "2,500 to 19,548 of 100,000"
)

// DeliverOptions say what is to be delivered.
type DeliverOptions struct {
	Binary      string // the rapport binary, of which the server is a process
	People      int    // who get a letter each. Defaults to 20,000.
	Concurrency int    // letters asked for or under way at once. Defaults to what serve does.
	DKIM        bool   // sign letters, by RSA with 2,048 bits
	Kill        bool   // deliver to as many again, and kill the server half-way
	Out         io.Writer
}

// DeliverResult is how fast letters went out, and what a kill did to them.
type DeliverResult struct {
	Machine     Machine `json:"machine"`
	People      int     `json:"people"`
	Concurrency int     `json:"concurrency"`
	Connections int     `json:"connections"` // to the sink at once, at most
	DKIM        bool    `json:"dkim"`

	Letters   int     `json:"letters"`
	BytesEach float64 `json:"bytes_per_letter"` // as they came, headers and all
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"letters_per_second"`
	Server    float64 `json:"server_cpu_microseconds_per_letter"` // from the choice on: gate, render, grant, send, receipt
	Decided   float64 `json:"decided_cpu_microseconds_per_person"`
	Memory    int64   `json:"server_peak_bytes"`

	Killed *KillResult `json:"killed,omitempty"`
}

// KillResult is what became of letters when the server was killed half-way and
// started again. Lost counts what was chosen to be sent and neither came nor has an
// outcome that says why; Repeated what came twice. Either is a broken promise.
type KillResult struct {
	Chosen   int `json:"chosen"`
	Received int `json:"received"`
	AtKill   int `json:"received_when_killed"`
	Lost     int `json:"lost"`
	Repeated int `json:"repeated"`

	// Unknown were granted to the run that was killed and have no outcome: nobody can
	// tell whether they came, and as marketing they are not tried again. Of them,
	// UnknownReceived came.
	Unknown         int     `json:"unknown"`
	UnknownReceived int     `json:"unknown_received"`
	Ready           float64 `json:"ready_seconds"` // from the start after the kill
}

// Kept reports whether every promise was kept.
func (r DeliverResult) Kept() bool {
	return r.Letters > 0 && (r.Killed == nil || r.Killed.Lost+r.Killed.Repeated == 0 && r.Killed.AtKill < r.Killed.Received)
}

func (o DeliverOptions) withDefaults() DeliverOptions {
	if o.People == 0 {
		o.People = 20_000
	}
	if o.Concurrency == 0 {
		o.Concurrency = config.Config{}.WithDefaults().Concurrency
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	return o
}

// Deliver lets a server come to know people while its mail server answers nobody, so
// that a letter for each waits in the outbox, and measures how fast they go out
// when it answers. Then, if asked, it does so again and kills the server.
func Deliver(ctx context.Context, dir string, o DeliverOptions) (res DeliverResult, err error) {
	o = o.withDefaults()
	res = DeliverResult{Machine: ThisMachine(), People: o.People, Concurrency: o.Concurrency, DKIM: o.DKIM}
	if err := measureDeliver(ctx, filepath.Join(dir, "rate"), o, &res); err != nil {
		return res, err
	}
	if !o.Kill {
		return res, nil
	}
	res.Killed, err = killDeliver(ctx, filepath.Join(dir, "kill"), o)
	return res, err
}

// delivering is a server with a mail sink.
type delivering struct {
	o    DeliverOptions
	dir  string
	data string
	env  []string
	sink *mailSink
	s    *server
}

// newDelivering starts a server that knows everybody, has chosen a letter for each,
// and cannot get rid of any until the sink opens. The caller must close it.
func newDelivering(ctx context.Context, dir string, o DeliverOptions) (d *delivering, err error) {
	d = &delivering{o: o, dir: dir, data: filepath.Join(dir, "data")}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	if d.sink, err = newMailSink(ctx); err != nil {
		return d, err
	}
	if err := d.define(); err != nil {
		return d, err
	}
	if err := d.start(ctx); err != nil {
		return d, err
	}
	if err := call(ctx, http.MethodPut, d.s.url+"/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil); err != nil {
		return d, err
	}
	fmt.Fprintf(o.Out, "%d people become known\n", o.People)
	if err := d.know(ctx); err != nil {
		return d, err
	}
	return d, d.s.folded(ctx)
}

// define writes the definitions.
func (d *delivering) define() error {
	defs := filepath.Join(d.dir, "definitions")
	if err := os.MkdirAll(defs, 0o700); err != nil {
		return err
	}
	text := strings.Replace(deliverDefinitions, "SINK", d.sink.ln.Addr().String(), 1)
	if d.o.DKIM {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return err
		}
		d.env = []string{"RAPPORT_BENCH_DKIM=" + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}
		text = strings.Replace(text, "tls: none,", "tls: none, dkim_domain: books.example, dkim_selector: bench,", 1)
		text = strings.Replace(text, "}}\n", "}, secrets: {dkim_key: RAPPORT_BENCH_DKIM}}\n", 1)
	}
	return os.WriteFile(filepath.Join(defs, "deliver.yaml"), []byte(text), 0o600)
}

func (d *delivering) start(ctx context.Context) (err error) {
	args := []string{"--definitions", filepath.Join(d.dir, "definitions"), "--public-url", "https://books.example", "--concurrency", strconv.Itoa(d.o.Concurrency)}
	if d.s, err = serve(ctx, d.o.Binary, d.dir, d.data, d.env, args...); err != nil {
		return err
	}
	return d.s.ready(ctx)
}

func (d *delivering) close() error {
	var errs []error
	if d.s != nil {
		errs = append(errs, d.s.stop(syscall.SIGTERM))
	}
	if d.sink != nil {
		errs = append(errs, d.sink.close())
	}
	return errors.Join(errs...)
}

// know tells the server of everybody, a hundred a request.
func (d *delivering) know(ctx context.Context) error {
	const each = 100
	for from := 0; from < d.o.People; from += each {
		var batch []map[string]any
		for n := from; n < min(from+each, d.o.People); n++ {
			batch = append(batch, reader(n))
		}
		req, err := jsonRequest(ctx, http.MethodPost, d.s.url+"/v1/batch", map[string]any{"batch": batch})
		if err != nil {
			return err
		}
		req.SetBasicAuth(crashKey, "")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		_ = resp.Body.Close() // its status says all
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("tell of people %d to %d: %s", from, from+len(batch), resp.Status)
		}
	}
	return nil
}

// reader is somebody who tells who they are.
func reader(n int) map[string]any {
	names := []string{"Ada", "Břetislav", "Chloé", "Deirdre", "Emre", "Fatima", "Goro"}
	cities := []string{"Galway", "Brno", "Lyon", "Izmir", "Kyoto"}
	genres := []string{"novels", "travel & maps", "poetry", "history"}
	user := "reader-" + strconv.Itoa(n)
	return map[string]any{
		"type": "identify", "userId": user, "messageId": "known-" + strconv.Itoa(n), "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
		"traits": map[string]any{
			"email": user + "@example.com", "first_name": names[n%len(names)], "city": cities[n%len(cities)], "genre": genres[n%len(genres)],
		},
	}
}

// quiet waits until nothing has come for a while, and returns what has.
func (d *delivering) quiet(ctx context.Context) error {
	const still = 3 * time.Second
	deadline := time.Now().Add(30 * time.Minute)
	for since, before := time.Now(), -1; time.Since(since) < still; pause(ctx, 250*time.Millisecond) { // to ask costs the server something
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return errors.New("letters were still arriving after half an hour")
		}
		lag, err := d.s.lag(ctx)
		if err != nil {
			return err
		}
		if n, _, _ := d.sink.count(); n != before || lag > 0 {
			since, before = time.Now(), n
		}
	}
	return nil
}

func measureDeliver(ctx context.Context, dir string, o DeliverOptions, res *DeliverResult) (err error) {
	d, err := newDelivering(ctx, dir, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	knew, err := d.s.processorTime()
	if err != nil {
		return err
	}
	fmt.Fprintln(o.Out, "the mail server answers")
	begun := time.Now()
	d.sink.open()
	if err := d.quiet(ctx); err != nil {
		return err
	}
	used, err := d.s.processorTime()
	if err != nil {
		return err
	}
	letters, size, last := d.sink.count()
	res.Letters, res.Seconds, res.Connections = letters, last.Sub(begun).Seconds(), d.sink.crowd
	if letters == 0 {
		return errors.New("no letter came; the server's log says why: " + d.s.said())
	}
	res.BytesEach, res.PerSecond = float64(size)/float64(letters), float64(letters)/res.Seconds
	res.Server, res.Decided = micros(used-knew, letters), micros(knew, o.People)
	res.Memory, err = d.s.peakMemory()
	return err
}
