package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
)

// Load is what is put in: events of a shop, of about 610 bytes each as a client
// sends them.
type Load struct {
	Events int    // Defaults to 500,000.
	People int    // Defaults to 50,000.
	Groups int    // that fold. Defaults to 2.
	Seed   uint64 // Defaults to 1.
}

func (l Load) withDefaults() Load {
	if l.Events == 0 {
		l.Events = 500_000
	}
	if l.People == 0 {
		l.People = 50_000
	}
	if l.Groups == 0 {
		l.Groups = 2
	}
	if l.Seed == 0 {
		l.Seed = 1
	}
	return l
}

// FoldResult is how fast a journal becomes people.
type FoldResult struct {
	Machine       Machine `json:"machine"`
	Events        int     `json:"events"`
	People        int     `json:"people"`
	Groups        int     `json:"groups"`
	Seconds       float64 `json:"seconds"`
	PerSecond     float64 `json:"events_per_second"`
	CPUMicros     float64 `json:"cpu_microseconds_per_event"`
	JournalBytes  int64   `json:"journal_bytes"`
	StateBytes    int64   `json:"state_bytes"`
	BytesPerEvent float64 `json:"bytes_per_event"` // of both
}

// Fold fills a journal in dir and measures folding it into an empty store.
func Fold(ctx context.Context, dir string, l Load) (res FoldResult, err error) {
	l = l.withDefaults()
	d, err := app.OpenData(filepath.Join(dir, "data"), nil)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	now := event.InstantOf(time.Now())
	retail, _ := definition.Template("retail")
	if _, err := processor.PutDefinitions(ctx, d.Journal, retail, now); err != nil {
		return res, err
	}
	if err := processor.PutSettings(ctx, d.Journal, event.SettingsBody{Live: event.Disarmed}, now); err != nil {
		return res, err
	}
	s := newShoppers(l, now)
	for left := l.Events; left > 0; {
		n := min(left, 2000)
		events := make([]event.Event, n)
		for i := range events {
			events[i] = s.next()
		}
		if _, err := d.Journal.Append(ctx, processor.Entries(events)); err != nil {
			return res, err
		}
		left -= n
	}
	p := processor.New(d.Journal, d.State, processor.Options{Groups: l.Groups})
	started, cpu := time.Now(), processorTime()
	if err := p.CatchUp(ctx, nil); err != nil {
		return res, err
	}
	if err := errors.Join(d.State.Flush(), p.Close()); err != nil {
		return res, err
	}
	took, used := time.Since(started), processorTime()-cpu
	res = FoldResult{
		Machine: ThisMachine(), Events: l.Events, People: l.People, Groups: l.Groups, Seconds: took.Seconds(),
		PerSecond: float64(l.Events) / took.Seconds(), CPUMicros: micros(used, l.Events),
		JournalBytes: folderBytes(filepath.Join(d.Dir, "journal")), StateBytes: folderBytes(filepath.Join(d.Dir, "state")),
	}
	res.BytesPerEvent = float64(res.JournalBytes+res.StateBytes) / float64(l.Events)
	return res, nil
}

func folderBytes(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error { // a file that goes while we look counts nothing
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return nil
	})
	return n
}

// shoppers makes events.
type shoppers struct {
	l    Load
	rand *rand.Rand
	now  event.Instant
	n    int
}

func newShoppers(l Load, now event.Instant) *shoppers {
	return &shoppers{l: l, rand: rand.New(rand.NewPCG(l.Seed, 1)), now: now} //nolint:gosec // made-up shoppers
}

const shopperContext = `{"library":{"name":"analytics.js","version":"2.11.1"},"locale":"en-US","page":{"path":"/product/507f1f77","referrer":"","search":"","title":"Monopoly: 3rd Edition","url":"https://shop.example/product/507f1f77"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}`

// next returns an event of a random shopper: mostly looking, now and then an order.
func (s *shoppers) next() event.Event {
	s.n++
	e := event.Event{
		Kind: event.Track, Name: "Product Viewed", UserID: fmt.Sprintf("user-%d", s.rand.IntN(s.l.People)),
		Source: "bench", MessageID: fmt.Sprintf("ajs-%016x-%d", s.l.Seed, s.n), Time: s.now, ReceivedAt: s.now,
		Context: json.RawMessage(shopperContext),
	}
	price := float64(s.rand.IntN(10_000)) / 100
	e.Properties = json.RawMessage(fmt.Sprintf(
		`{"product_id":"507f1f77bcf86cd799439011","sku":"G-32","category":"Games","name":"Monopoly: 3rd Edition","brand":"Hasbro","price":%.2f,"quantity":1,"currency":"EUR","position":3}`, price))
	if s.n%25 == 0 {
		e.Name = "Order Completed"
		e.Properties = json.RawMessage(fmt.Sprintf(
			`{"order_id":"%d","revenue":%.2f,"currency":"EUR","products":[{"product_id":"507f1f77bcf86cd799439011","sku":"G-32","price":%.2f,"quantity":1}]}`, s.n, price, price))
	}
	e.To = person.IDOf(0, e.Primary())
	return e
}

// wire is e as a client would put it into a batch.
func wire(e event.Event) map[string]any {
	return map[string]any{
		"type": "track", "event": e.Name, "userId": e.UserID, "messageId": e.MessageID,
		"timestamp": e.Time, "properties": e.Properties, "context": e.Context,
	}
}
