package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/source"
)

// metrics serves what a Prometheus asks for. There is nothing about a person in
// it: only counts, and the ids of sources, channels and routes. docs/operations.md
// lists them.
func (a *App) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collector{a})
	r.MustRegister(a.data.meters.collectors()...)
	h := promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(a.opts.Logger.Handler(), slog.LevelError), ErrorHandling: promhttp.ContinueOnError})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !nearby(r) && !bearer(r, a.secrets.AdminToken) {
			w.Header().Set("Www-Authenticate", "Bearer")
			http.Error(w, "metrics are for this machine's loopback, and for those who send the admin token as a bearer token", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// nearby reports whether a request comes over loopback, by a loopback name, and
// was not passed on from elsewhere.
func nearby(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	return isLoopback(r.RemoteAddr) && isLoopback(r.Host)
}

func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

func bearer(r *http.Request, token string) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(token))
	return ok && token != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// collector reads the figures of every package when it is asked.
type collector struct{ a *App }

// Describe implements prometheus.Collector: the metrics are not checked against
// a list, for each source brings its own.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	e := emitter{ch}
	ready := 0.0
	if c.a.readiness() == nil {
		ready = 1
	}
	e.gauge("rapport_app_ready", "1 when reads are up to date with the journal as it was at the start", ready)
	c.fold(e)
	c.timers(e)
	c.store(e)
	c.outbox(e)
	c.behind(e)
	for _, s := range c.a.directory.List() {
		m, err := c.a.figures.Of(s.ID, nil)
		if err == nil {
			c.source(e, s.ID, m)
		}
	}
}

func (c collector) fold(e emitter) {
	e.gauge("rapport_processor_lag_records", "durable records that are not folded yet", float64(c.a.proc.Lag()))
	var events, duplicates, swept, sweeping, people float64
	for p := range person.Partitions {
		part, err := c.a.data.State.Partition(person.Partition(p))
		if err != nil {
			return // the store tells its troubles elsewhere
		}
		events += float64(part.Events)
		duplicates += float64(part.Duplicates)
		people += float64(part.People)
		swept += part.Swept() * float64(part.People)
		if part.Sweeping {
			sweeping++
		}
	}
	e.counter("rapport_processor_events_total", "events of people folded, ever", events)
	e.counter("rapport_processor_duplicates_total", "events recognised as sent before, ever", duplicates)
	e.gauge("rapport_processor_people", "people known", people)
	e.gauge("rapport_model_drift_capital", "of who bets that the state model in force foretells no better than a plain one: 1 where nothing was looked at yet, more than 20 is drift", c.drift())
	e.gauge("rapport_processor_sweeping_partitions", "partitions of 256 whose people are being brought up to the definitions and settings in force", sweeping)
	e.gauge("rapport_processor_swept_people", "people up to the definitions and settings in force, estimated", swept)
}

func (c collector) store(e emitter) {
	f := c.a.data.State.Figures()
	e.gauge("rapport_statestore_disk_bytes", "size of the files of the state", float64(f.DiskBytes))
	e.gauge("rapport_statestore_memtable_bytes", "state in memory that a crash would have folded again", float64(f.MemTableBytes))
	e.gauge("rapport_statestore_read_amplification", "tables that a look-up may have to ask", float64(f.ReadAmplify))
	e.gauge("rapport_statestore_compaction_debt_bytes", "bytes to be compacted before the store is at rest", float64(f.CompactionDebt))
	e.counter("rapport_statestore_compactions_total", "compactions since the start", float64(f.Compactions))
	e.counter("rapport_statestore_flushes_total", "flushes since the start", float64(f.Flushes))
	e.counter("rapport_statestore_cache_hits_total", "blocks found in the cache since the start", float64(f.CacheHits))
	e.counter("rapport_statestore_cache_misses_total", "blocks read from files since the start", float64(f.CacheMisses))
	for level, bytes := range f.BytesByLevel {
		e.gauge("rapport_statestore_level_bytes", "size of the tables of a level; level is 0 to 6", float64(bytes), "level", strconv.Itoa(level))
	}
}

func (c collector) timers(e emitter) {
	t, err := c.a.proc.Timers(c.a.opts.Now())
	if err != nil {
		return // the store tells its troubles elsewhere
	}
	e.counter("rapport_processor_timers_fired_total", "timers fired since the start", float64(t.Fired))
	e.gauge("rapport_processor_timers_due", "timers that are due and have not fired; at 10000 counting ends", float64(t.Due))
	e.gauge("rapport_processor_timers_lag_seconds", "time since the earliest of the due timers was due; 0 when none is", c.wall(t.Late))
}

// outbox emits what waits to be delivered. Labels: channel is one of the definitions.
func (c collector) outbox(e emitter) {
	now := c.a.opts.Now()
	waiting := c.a.worker.Figures()
	for _, id := range c.a.channelIDs {
		if _, ok := waiting[id]; !ok {
			e.gauge(outboxRows, outboxRowsHelp, 0, "channel", id)
			e.gauge(outboxAge, outboxAgeHelp, 0, "channel", id)
		}
	}
	for id, f := range waiting {
		e.gauge(outboxRows, outboxRowsHelp, float64(f.Rows), "channel", id)
		e.gauge(outboxAge, outboxAgeHelp, c.wall(max(0, now.Sub(f.Due))), "channel", id)
	}
}

const (
	outboxRows     = "rapport_deliver_outbox_rows"
	outboxRowsHelp = "deliveries that have not ended"
	outboxAge      = "rapport_deliver_outbox_age_seconds"
	outboxAgeHelp  = "time since the earliest delivery that has not ended was due; 0 when none is due"
)

// behind emits how far what is read is behind what is folded.
func (c collector) behind(e emitter) {
	if age, ok := c.a.reports.Age(); ok {
		e.gauge("rapport_report_age_seconds", "time since what is told of everybody was up to date with the fold", age.Seconds())
	}
	if c.a.data.diskBytes != nil {
		e.gauge("rapport_journal_disk_bytes", "size of the files of the journal", float64(c.a.data.diskBytes()))
	}
	if held, overdue, err := c.a.overdue(context.Background()); err == nil {
		e.gauge("rapport_journal_held_records", "records that the journal holds", held)
		e.gauge("rapport_journal_overdue_records", "records that are held though they are as old as --keep-journal lets them become", overdue)
	}
	arc := c.a.archive.Load()
	if arc == nil {
		return // the fold has not caught up
	}
	var records uint64
	at, end := arc.Positions(), c.a.data.Journal.End()
	for p := range end {
		records += uint64(max(end[p], 1) - max(at[p], 1))
	}
	e.gauge("rapport_archive_lag_records", "durable records that are not archived yet", float64(records))
	e.gauge("rapport_archive_lag_seconds", "time since everything folded was archived", c.wall(max(0, c.a.opts.Now().Sub(arc.Fresh()))))
}

// wall is how long d of the workspace's clock lasts on the wall, in seconds.
func (c collector) wall(d time.Duration) float64 { return d.Seconds() / c.a.opts.Speed }

// source emits the figures of a source. Labels: source is an id of the list of
// sources.
func (c collector) source(e emitter, id string, m source.Measured) {
	s := m.SinceStart
	e.counter("rapport_ingest_calls_total", "calls since the start", float64(s.Calls), "source", id)
	e.counter("rapport_ingest_events_total", "events accepted since the start", float64(s.Accepted), "source", id)
	e.counter("rapport_ingest_rejected_total", "events refused since the start", float64(s.Rejected), "source", id)
	e.counter("rapport_ingest_bytes_total", "bytes of bodies, inflated, since the start", float64(s.Bytes), "source", id)
	e.counter("rapport_ingest_busy_total", "calls told to come again later, since the start", float64(s.Busy), "source", id)
	e.counter("rapport_ingest_failed_total", "calls of which nothing could be stored, since the start", float64(s.Failed), "source", id)
	e.gauge("rapport_ingest_open_letters", "dead letters that wait for somebody", float64(m.Letters.Open), "source", id)
}

// emitter makes metrics of numbers.
type emitter struct{ ch chan<- prometheus.Metric }

func (e emitter) gauge(name, help string, v float64, labels ...string) {
	e.emit(prometheus.GaugeValue, name, help, v, labels)
}

func (e emitter) counter(name, help string, v float64, labels ...string) {
	e.emit(prometheus.CounterValue, name, help, v, labels)
}

// emit takes labels as name and value by turns.
func (e emitter) emit(kind prometheus.ValueType, name, help string, v float64, labels []string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	e.ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, v, values...)
}

func (c collector) drift() float64 {
	if d := c.a.trainer.Status().Drift; d != nil {
		return d.Capital
	}
	return 1
}
