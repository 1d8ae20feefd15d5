// Package config is the configuration of a running process: what is not a
// definition, because it belongs to the machine and not to the company.
//
// The zero value of a field means its default.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strings"
	"time"
)

// Config is everything that serve can be told.
type Config struct {
	// Data is the folder that holds the journal and the state. Defaults to "data".
	Data string

	// Listen is the address of the HTTP server. Defaults to 127.0.0.1:8700.
	Listen string

	// PublicURL is how customers reach this server, for the links in messages.
	// Defaults to http:// and Listen.
	PublicURL string

	// Definitions is a folder of YAML files. A new data folder begins with them;
	// when they have changed since, they come into force at the next start. Empty:
	// a new data folder begins with Template.
	Definitions string

	// Template names the ready definitions of a new data folder. Defaults to retail.
	Template string

	// WriteKey lets customers' systems send events. Defaults to one that is made
	// up on the first start and kept in the data folder.
	WriteKey string

	// AdminToken opens the admin API and the console. Defaults as WriteKey does.
	AdminToken string

	// Open leaves the admin API open to whoever reaches this machine's loopback.
	Open bool

	SMTP    SMTP
	Webhook Webhook

	// Groups is how many goroutines fold. Defaults to the number of processors,
	// at most 8.
	Groups int

	// Concurrency is how many deliveries of one channel may be asked for or be under
	// way at once: an ask takes two trips through the journal, so few are slow. What is
	// granted when the process is killed has an unknown outcome. Defaults to 64.
	Concurrency int

	// MaxLag is how many acknowledged events may wait to be folded before ingest
	// answers 429. Defaults to 500,000.
	MaxLag uint64

	// Erasures is the file that lists who was erased. Keep it apart from backups, for
	// it is held against what they bring back. Defaults to erasures.jsonl in Data.
	Erasures string

	// TrainEvery is how often a state model is trained, once there are enough
	// people to learn from. Defaults to 24 hours; negative: only by hand.
	TrainEvery time.Duration

	// PromoteModels has people followed by a model that was trained by schedule, where
	// it is no worse than the one in force. Otherwise somebody promotes it.
	PromoteModels bool

	// CheckpointEvery is how often the state is checkpointed. Defaults to 10 minutes.
	CheckpointEvery time.Duration

	// KeepJournal is how long the journal's records are kept, at most, while the
	// server runs: what was erased is gone from it by then. Defaults to 30 days; at
	// least an hour.
	KeepJournal time.Duration
}

// SMTP says where e-mail goes out. Without an address there is no e-mail channel.
type SMTP struct {
	Address  string // host:port
	Username string
	Password string
	From     string // sender; defaults to the email channel's "from"

	// TLS is "opportunistic", "required" or "none". Defaults to opportunistic.
	TLS string
}

// Webhook says where the webhook channel posts. Without a URL there is none.
type Webhook struct {
	URL    string
	Secret string // "whsec_" and base64, as in Standard Webhooks
}

// WithDefaults returns a copy with every zero field that has a default set.
func (c Config) WithDefaults() Config {
	set := func(s *string, to string) {
		if *s == "" {
			*s = to
		}
	}
	set(&c.Data, "data")
	set(&c.Listen, "127.0.0.1:8700")
	set(&c.PublicURL, "http://"+c.Listen)
	set(&c.Template, "retail")
	set(&c.SMTP.TLS, "opportunistic")
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if c.Groups == 0 {
		c.Groups = min(runtime.NumCPU(), 8)
	}
	if c.Concurrency == 0 {
		c.Concurrency = 64
	}
	if c.MaxLag == 0 {
		c.MaxLag = 500_000
	}
	if c.TrainEvery == 0 {
		c.TrainEvery = 24 * time.Hour
	}
	if c.CheckpointEvery == 0 {
		c.CheckpointEvery = 10 * time.Minute
	}
	if c.KeepJournal == 0 {
		c.KeepJournal = 30 * 24 * time.Hour
	}
	return c
}

// Validate returns every problem at once, each with how to mend it. Call it on
// what WithDefaults returned.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		bad("listen %q: want HOST:PORT, for instance 127.0.0.1:8700", c.Listen)
	}
	if c.Open && err == nil && !loopback(host) {
		bad("open: the admin API can only be left open when listening on loopback, not on %q; leave --open out and use the admin token", c.Listen)
	}
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		bad("public-url %q: want http://HOST or https://HOST", c.PublicURL)
	}
	if c.SMTP.Address != "" {
		if _, _, err := net.SplitHostPort(c.SMTP.Address); err != nil {
			bad("smtp %q: want HOST:PORT, for instance localhost:25", c.SMTP.Address)
		}
	}
	switch c.SMTP.TLS {
	case "opportunistic", "required", "none":
	default:
		bad("smtp-tls %q: want opportunistic, required or none", c.SMTP.TLS)
	}
	if c.Webhook.URL != "" && c.Webhook.Secret == "" {
		bad("webhook-secret: a webhook is signed; give RAPPORT_WEBHOOK_SECRET as whsec_ and base64")
	}
	if c.Groups < 1 || c.Groups > 256 {
		bad("groups %d: want 1 to 256", c.Groups)
	}
	if c.Concurrency < 1 {
		bad("concurrency %d: want 1 or more", c.Concurrency)
	}
	if c.KeepJournal < time.Hour {
		bad("keep-journal %s: want an hour or more, for instance 720h", c.KeepJournal)
	}
	return errors.Join(errs...)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
