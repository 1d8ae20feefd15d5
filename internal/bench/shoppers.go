package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// shoppers makes events.
type shoppers struct {
	l    Load
	rand *rand.Rand
	zipf *rand.Zipf // nil: everybody does as much
	now  event.Instant
	n    int
}

func newShoppers(l Load, now event.Instant) *shoppers {
	s := &shoppers{l: l, rand: rand.New(rand.NewPCG(l.Seed, 1)), now: now} //nolint:gosec // made-up shoppers
	if l.Zipf > 1 {
		s.zipf = rand.NewZipf(s.rand, l.Zipf, 10, uint64(l.People-1))
	}
	return s
}

const shopperContext = `{"library":{"name":"analytics.js","version":"2.11.1"},"locale":"en-US","page":{"path":"/product/507f1f77","referrer":"","search":"","title":"Monopoly: 3rd Edition","url":"https://shop.example/product/507f1f77"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}`

// next returns an event of a random shopper: mostly looking, now and then an order.
func (s *shoppers) next() event.Event {
	who := s.rand.IntN(s.l.People)
	if s.zipf != nil {
		who = int(s.zipf.Uint64())
	}
	return s.of(who)
}

// known gives everybody's first two events, one person after another: who they
// are, and a view.
func (s *shoppers) known() event.Event {
	who := s.n / 2 % s.l.People
	e := s.of(who)
	if s.n%2 == 0 {
		return e
	}
	e.Kind, e.Name, e.Properties = event.Identify, "", nil
	e.Traits = json.RawMessage(fmt.Sprintf(
		`{"email":"user-%d@example.com","first_name":"Ada","last_name":"Lovelace","plan":"pro","city":"London","consent":{"email":true}}`, who))
	return e
}

func (s *shoppers) of(who int) event.Event {
	s.n++
	e := event.Event{
		Kind: event.Track, Name: "Product Viewed", UserID: fmt.Sprintf("user-%d", who),
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

// appendWire appends e as a client would put it into a batch. Its texts need no
// escape.
func appendWire(b []byte, e event.Event) []byte {
	kind, data := "track", "properties"
	if e.Kind == event.Identify {
		kind, data = "identify", "traits"
	}
	b = append(append(b, `{"type":"`...), kind...)
	b = append(append(b, `","userId":"`...), e.UserID...)
	b = append(append(b, `","messageId":"`...), e.MessageID...)
	b = append(b, `","timestamp":"`...)
	b = e.Time.Time().AppendFormat(b, time.RFC3339Nano)
	if e.Kind == event.Track {
		b = append(append(b, `","event":"`...), e.Name...)
	}
	b = append(append(append(b, `","`...), data...), `":`...)
	if e.Kind == event.Identify {
		b = append(b, e.Traits...)
	} else {
		b = append(b, e.Properties...)
	}
	b = append(append(b, `,"context":`...), e.Context...)
	return append(b, '}')
}

// appendBatch appends the body of a request with the next n events.
func (s *shoppers) appendBatch(b []byte, n int) []byte {
	b = append(b, `{"batch":[`...)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendWire(b, s.next())
	}
	return append(b, `]}`...)
}
