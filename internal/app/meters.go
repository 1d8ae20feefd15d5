package app

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/journal"
)

// meters measure what happens while it happens; what can be read off when it is
// asked for is [collector]'s. Times are of the wall clock, in seconds.
type meters struct {
	appends    prometheus.Histogram
	commits    prometheus.Histogram
	records    prometheus.Counter
	requests   *prometheus.HistogramVec // route, code
	lag        *prometheus.HistogramVec // source
	deliveries *prometheus.CounterVec   // channel, outcome
	looks      *prometheus.CounterVec   // outcome
	scores     *prometheus.CounterVec   // outcome
}

func newMeters() *meters {
	// From a fast disk's write to a request that nobody waits for any more.
	buckets := []float64{.0001, .0003, .001, .003, .01, .03, .1, .3, 1, 3, 10}
	m := &meters{
		appends: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rapport_journal_append_duration_seconds", Help: "time until what was appended together was durable", Buckets: buckets,
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rapport_journal_fsync_duration_seconds", Help: "time to write a frame of the journal and have it on the disk", Buckets: buckets,
		}),
		records: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "rapport_journal_records_total", Help: "records made durable since the start",
		}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rapport_http_request_duration_seconds", Help: "time to answer a request, but for those who watch what arrives", Buckets: buckets,
		}, []string{"route", "code"}),
		lag: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rapport_processor_lag_seconds", Help: "time from arrival to being folded, of a sample of events", Buckets: append(buckets, 30, 100, 300),
		}, []string{"source"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rapport_deliver_deliveries_total", Help: "deliveries that ended since the start; outcome is sent, failed or unknown",
		}, []string{"channel", "outcome"}),
		looks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rapport_mailin_looks_total", Help: "looks into a mailbox since the start; outcome is read or failed",
		}, []string{"outcome"}),
		scores: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rapport_scorer_questions_total", Help: "choices before which the company's own model was asked; outcome is answered or failed",
		}, []string{"outcome"}),
	}
	for _, outcome := range []string{lookRead, lookFailed} { // a first failure is a rise
		m.looks.WithLabelValues(outcome)
	}
	for _, outcome := range []string{"answered", "failed"} {
		m.scores.WithLabelValues(outcome)
	}
	return m
}

func (m *meters) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.appends, m.commits, m.records, m.requests, m.lag, m.deliveries, m.looks, m.scores}
}

// committed hears of each frame of the journal.
func (m *meters) committed(took time.Duration, records int) {
	m.commits.Observe(took.Seconds())
	m.records.Add(float64(records))
}

// reported hears of each delivery that ended.
func (m *meters) reported(channel string, outcome event.Outcome) {
	m.deliveries.WithLabelValues(channel, string(outcome)).Inc()
}

// What becomes of a look into a mailbox.
const (
	lookRead   = "read"
	lookFailed = "failed"
)

// looked hears of each look into the mailbox of a provider.
func (m *meters) looked(err error) {
	outcome := lookRead
	if err != nil {
		outcome = lookFailed
	}
	m.looks.WithLabelValues(outcome).Inc()
}

// scored hears of each question to the company's own model.
func (m *meters) scored(ok bool) {
	outcome := "failed"
	if ok {
		outcome = "answered"
	}
	m.scores.WithLabelValues(outcome).Inc()
}

// expect makes the counters of a channel, so that a first failure is a rise and
// not the beginning of a series.
func (m *meters) expect(channel string) {
	for _, o := range []event.Outcome{event.Sent, event.Failed, event.Unknown} {
		m.deliveries.WithLabelValues(channel, string(o))
	}
}

// meteredJournal measures what its users wait for.
type meteredJournal struct {
	journal.Journal
	meters *meters
}

func (j meteredJournal) Append(ctx context.Context, entries []journal.Entry) ([]journal.Offset, error) {
	began := time.Now()
	offsets, err := j.Journal.Append(ctx, entries)
	if err == nil {
		j.meters.appends.Observe(time.Since(began).Seconds())
	}
	return offsets, err
}

// timed measures each request by its route, which next leaves in the request's
// Pattern. Those who watch what arrives, or follow an inbox, stay for hours, and are
// left out.
func (m *meters) timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s := &answer{ResponseWriter: w, code: http.StatusOK}
		defer func() { // also when next cuts the connection by a panic
			if route := routeOf(r); route != watching && route != following {
				m.requests.WithLabelValues(route, strconv.Itoa(s.code)).Observe(time.Since(began).Seconds())
			}
		}()
		next.ServeHTTP(s, r)
	})
}

// The routes of those who watch what arrives, and of pages that follow an inbox.
const (
	watching  = "/api/v1/events/live"
	following = "/v1/web/stream"
)

// routeOf names the route that a request took, from a small closed set: a pattern of
// the API, or the tracking call's long name.
func routeOf(r *http.Request) string {
	route := r.Pattern
	if _, path, ok := strings.Cut(route, " "); ok {
		route = path
	}
	if route != "/v1/" {
		return route
	}
	name := ingest.LongName(strings.Trim(strings.TrimPrefix(r.URL.Path, route), "/"))
	if first, _, deeper := strings.Cut(name, "/"); deeper {
		name = first
	}
	switch name {
	case "track", "identify", "page", "screen", "group", "alias", "batch", "import", "webhooks", "projects":
		return route + name
	}
	return route
}

// answer remembers the status of an answer.
type answer struct {
	http.ResponseWriter
	code  int
	begun bool
}

func (a *answer) WriteHeader(code int) {
	if !a.begun && code >= http.StatusOK { // what comes before the answer proper does not count
		a.code, a.begun = code, true
	}
	a.ResponseWriter.WriteHeader(code)
}

func (a *answer) Write(p []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
