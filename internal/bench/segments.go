package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/preview"
)

// SegmentsOptions say of how many people segments are measured.
type SegmentsOptions struct {
	Load

	Previews int  // asked. Defaults to 200.
	Postgres bool // ask PostgreSQL the same, of the same events
	NoSweep  bool // leave everybody as they are: computing all anew takes the longest
	Out      func(string)
}

// SegmentsResult is what segments cost.
type SegmentsResult struct {
	Machine Machine `json:"machine"`
	People  int     `json:"people"`
	Events  int     `json:"events"`

	First       Latency `json:"first_answer"`       // of the one question that finds no columns
	FirstLooked int     `json:"first_looked"`       // people whom that answer rests on
	FillSeconds float64 `json:"fill_seconds"`       // until columns hold everybody
	ColumnBytes int64   `json:"column_heap_bytes"`  // what the heap grew by
	Preview     Latency `json:"preview"`            // exact count and sample
	PreviewCPU  float64 `json:"preview_cpu_ms"`     // of the processors, each
	Rows        []Asked `json:"questions"`          // by form of the question
	Sweep       Sweep   `json:"sweep"`              // of everybody, with all timelines read
	With        float64 `json:"cpu_us_with"`        // of an event folded, with these segments
	Without     float64 `json:"cpu_us_without"`     // and without any
	ResidentMB  int64   `json:"resident_megabytes"` // of this process at the end

	Postgres *SegmentsPostgres `json:"postgres,omitempty"`
}

// Asked is how long one form of question took.
type Asked struct {
	Rule    string  `json:"rule"`
	People  int     `json:"people"`
	Preview Latency `json:"preview"`
}

// Sweep is a recomputation of all memberships.
type Sweep struct {
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"people_per_second"`
	CPUMicros float64 `json:"cpu_microseconds_per_person"`
}

// Latency is a distribution, in milliseconds.
type Latency struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

func latencyOf(took []time.Duration) Latency {
	if len(took) == 0 {
		return Latency{}
	}
	slices.Sort(took)
	at := func(q float64) float64 { return milliseconds(took[min(int(q*float64(len(took))), len(took)-1)]) }
	return Latency{P50: at(0.5), P99: at(0.99), Max: at(1)}
}

// lookBack is how long ago the earliest events are.
const lookBack = 60 * 24 * time.Hour

// question is a rule, and the same in SQL over the table of events, which has $1
// for the present.
type question struct {
	rule func(n, days int) string
	sql  func(n, days int) string
}

func (q question) at(n, days int) (rule, sql string) { return q.rule(n, days), q.sql(n, days) }

func fixed(s string) func(int, int) string { return func(int, int) string { return s } }

// questions are of the kinds that segments mostly are.
func questions() []question {
	return []question{
		{
			func(n, days int) string { return fmt.Sprintf(`did("Product Viewed", %d, days(%d))`, n, days) },
			func(n, days int) string {
				return fmt.Sprintf(`select user_id from events where name = 'Product Viewed' and at > $1::timestamptz - interval '%d days' group by user_id having count(*) >= %d`, days, n)
			},
		},
		{
			func(_, days int) string { return fmt.Sprintf(`spent > %d.5 && orders >= 1`, 10*days) },
			func(_, days int) string {
				return fmt.Sprintf(`select user_id from events where name = 'Order Completed' and $1::timestamptz is not null group by user_id having sum((properties->>'revenue')::numeric) > %d.5`, 10*days)
			},
		},
		{
			func(_, days int) string {
				return fmt.Sprintf(`did_then_not("Product Viewed", "Order Completed", days(%d))`, days)
			},
			func(_, days int) string {
				return fmt.Sprintf(`select user_id from events where name in ('Product Viewed', 'Order Completed') group by user_id
					having max(at) filter (where name = 'Product Viewed') <= $1::timestamptz - interval '%d days'
					and coalesce(max(at) filter (where name = 'Order Completed') < max(at) filter (where name = 'Product Viewed'), true)`, days)
			},
		},
		{
			fixed(`traits.plan == "pro" && traits.city in ["London", "Leeds"] && !did("Order Completed")`),
			fixed(`select user_id from (select distinct on (user_id) user_id, properties from events where name = '' order by user_id, at desc) t
				where properties->>'plan' = 'pro' and properties->>'city' in ('London', 'Leeds')
				and not exists (select from events o where o.user_id = t.user_id and o.name = 'Order Completed') and $1::timestamptz is not null`),
		},
	}
}

// segmentsShop are the definitions: with its segments, histories are kept.
const segmentsShop = `
workspace: {name: Bench, currency: EUR}
features:
  - {id: orders, count: Order Completed}
  - {id: spent, sum: Order Completed}
  - {id: last-view, last: Product Viewed}
map: {stages: [{id: visitor}, {id: buyer, when: orders > 0}]}
`

const segmentsRules = `segments:
  - {id: viewers, when: 'did("Product Viewed", 3, days(30))'}
  - {id: spenders, when: 'spent > 100.5 && orders >= 1'}
  - {id: undecided, when: 'did_then_not("Product Viewed", "Order Completed", days(7))'}
  - {id: pros, when: 'traits.plan == "pro" && !did("Order Completed")'}
`

// Segments fills a store and measures what segments cost there.
func Segments(ctx context.Context, dir string, o SegmentsOptions) (res SegmentsResult, err error) {
	o.Load = o.withDefaults()
	if o.Previews == 0 {
		o.Previews = 200
	}
	d, err := app.OpenData(filepath.Join(dir, "data"), slog.New(slog.DiscardHandler))
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	b := &segmentsBench{SegmentsOptions: o, data: d, now: event.InstantOf(time.Now())}
	res = SegmentsResult{Machine: ThisMachine(), People: o.People, Events: 2*o.People + 2*o.Events}
	if err := b.people(ctx, &res); err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, b.proc.Close()) }()
	counts, err := b.ask(ctx, &res)
	if err != nil {
		return res, err
	}
	if !o.NoSweep {
		if err := b.sweep(ctx, &res); err != nil {
			return res, err
		}
	}
	res.ResidentMB = resident() >> 20
	if o.Postgres {
		if res.Postgres, err = b.postgres(ctx, filepath.Join(dir, "postgres"), counts); err != nil {
			return res, err
		}
	}
	return res, nil
}

// segmentsBench is a measurement under way.
type segmentsBench struct {
	SegmentsOptions

	data *app.Data
	now  event.Instant
	proc *processor.Processor
}

func (b *segmentsBench) say(format string, args ...any) {
	if b.Out != nil {
		b.Out(fmt.Sprintf(format, args...))
	}
}

// past gives events, always the same for a stream: first who everybody is, then what
// they do, over sixty days.
func (l Load) past(now event.Instant, stream uint64) func() event.Event {
	s := newShoppers(l, now)
	r := rand.New(rand.NewPCG(l.Seed, stream)) //nolint:gosec // made-up shoppers
	n := 0
	return func() event.Event {
		next := s.next
		if n < 2*l.People {
			next = s.known
		}
		n++
		e := next()
		e.Time = now.Add(-time.Duration(r.Int64N(int64(lookBack))))
		return e
	}
}

// people folds the first half of the events without segments, and the second with
// them.
func (b *segmentsBench) people(ctx context.Context, res *SegmentsResult) error {
	next := b.past(b.now, 2)
	known := 2 * b.People
	for _, part := range []struct {
		yaml   string
		events int
		cpu    *float64
	}{{segmentsShop, known, nil}, {segmentsShop, b.Events, &res.Without}, {segmentsShop + segmentsRules, b.Events, &res.With}} {
		if _, err := processor.PutDefinitions(ctx, b.data.Journal, []byte(part.yaml), b.now); err != nil {
			return err
		}
		if err := settle(ctx, b.data); err != nil { // with the sweep
			return err
		}
		if err := fill(ctx, b.data, part.events, next); err != nil {
			return err
		}
		runtime.GC()
		cpu := processorTime()
		if err := foldAll(ctx, b.data, b.Groups); err != nil {
			return err
		}
		if used := processorTime() - cpu; part.cpu != nil {
			*part.cpu = micros(used, part.events)
		}
		b.say("folded %d events", part.events)
	}
	b.proc = processor.New(b.data.Journal, b.data.State, processor.Options{Groups: b.Groups})
	if err := b.proc.CatchUp(ctx, nil); err != nil {
		return err
	}
	return b.proc.GoLive(ctx)
}

// ask previews, first of a cold start and then again and again as one does who
// types. It returns the counts, to compare with.
func (b *segmentsBench) ask(ctx context.Context, res *SegmentsResult) (counts map[string]int, err error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	previews := preview.New(still{b}, preview.Options{})
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- previews.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	began := time.Now()
	all := questions()
	rule, _ := all[0].at(3, 30)
	for first := true; ; first = false {
		asked := time.Now()
		p, err := previews.Preview(ctx, rule)
		if err != nil {
			return nil, err
		}
		if first {
			res.First, res.FirstLooked = latencyOf([]time.Duration{time.Since(asked)}), p.Looked
		}
		if p.Exact {
			break
		}
	}
	res.FillSeconds = time.Since(began).Seconds()
	runtime.GC()
	runtime.ReadMemStats(&after)
	res.ColumnBytes = int64(after.HeapAlloc) - int64(before.HeapAlloc) //nolint:gosec // bytes of memory
	b.say("columns hold everybody after %.1f s", res.FillSeconds)

	counts = map[string]int{}
	var every []time.Duration
	if stop, err := b.profile(); err == nil {
		defer stop()
	}
	cpu := processorTime()
	for _, q := range all {
		var took []time.Duration
		row := Asked{}
		for i := range b.Previews / len(all) {
			rule, _ := q.at(1+i%3, 1+i%29)
			asked := time.Now()
			p, err := previews.Preview(ctx, rule)
			if err != nil {
				return nil, err
			}
			if !p.Exact {
				return nil, fmt.Errorf("the preview of %s is not exact: %s", rule, p.Sentence)
			}
			took = append(took, time.Since(asked))
			counts[rule], row.Rule, row.People = p.Count, rule, p.Count
		}
		every = append(every, took...)
		row.Preview = latencyOf(took)
		res.Rows = append(res.Rows, row)
	}
	res.Preview, res.PreviewCPU = latencyOf(every), micros(processorTime()-cpu, len(every))/1000
	return counts, nil
}

// sweep brings everybody up to definitions that read all timelines again.
func (b *segmentsBench) sweep(ctx context.Context, res *SegmentsResult) error {
	yaml := segmentsShop + segmentsRules + "  - {id: deep, when: 'did(\"Product Viewed\", 9, days(50))'}\n"
	if _, err := processor.PutDefinitions(ctx, b.data.Journal, []byte(yaml), b.now); err != nil {
		return err
	}
	began, cpu := time.Now(), processorTime()
	if err := b.proc.Drain(ctx); err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	res.Sweep = Sweep{Seconds: took, PerSecond: float64(b.People) / took, CPUMicros: micros(processorTime()-cpu, b.People)}
	b.say("swept in %.1f s", took)
	return nil
}

// resident is what this process holds of memory, in bytes; 0 where that cannot be
// known.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// still is the store at one instant, as previews read it.
type still struct{ b *segmentsBench }

func (s still) State(ctx context.Context) (report.State, error) {
	out := report.State{Now: s.b.now}
	for p := range person.Partitions {
		part, err := s.b.data.State.Partition(person.Partition(p))
		if err != nil {
			return out, err
		}
		out.People += int(part.People)
		if p == 0 {
			if out.Definitions, err = s.b.proc.Definitions(ctx, part.Definition); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

func (s still) EachOf(ctx context.Context, part person.Partition, fn func(profile.Person, report.History) error) error {
	return s.b.data.State.EachOf(ctx, part, func(p *profile.Person, history func(func(event.Event) bool) error) error { return fn(*p, history) })
}

func (s still) Person(_ context.Context, id person.ID) (profile.Person, bool, error) {
	p, err := s.b.data.State.Person(id)
	if err != nil || p == nil {
		return profile.Person{}, false, err
	}
	return *p, true, nil
}
