package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rapporthq/rapport/internal/event"
)

// typicalEvent returns an event of about 610 bytes, the size of what
// analytics-next sends for a page.
func typicalEvent(n int) string {
	s := fmt.Sprintf(`{"timestamp":"2026-11-22T06:44:46.558Z","integrations":{"Segment.io":true},"event":"Order Completed","type":"track","properties":{"order_id":"o%06d","revenue":12.5,"currency":"EUR"},"context":{"page":{"path":"/seg","referrer":"","search":"?utm_source=nl","title":"Shop","url":"http://shop.example.test/seg?utm_source=nl"},"locale":"en-US","library":{"name":"analytics.js","version":"next-1.84.3"},"campaign":{"source":"nl","name":"c1"},"timezone":"UTC"},"messageId":"ajs-next-1795329886558-37e2b18b-d326-4cdd-be00-%012d","userId":"u%06d","anonymousId":"7be62f21-37e2-418b-9326-3cddfe009ac0"`, n, n, n)
	return s + strings.Repeat(" ", max(0, 609-len(s))) + "}"
}

func typicalBatch(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"sentAt":"2026-11-22T06:44:46.576Z","batch":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(typicalEvent(i))
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

type discard struct{}

func (discard) Append(context.Context, []event.Event) error { return nil }

// BenchmarkBatch takes a batch of 100 events of 610 bytes from the request to
// events ready for the journal, through the handler but not the network.
func BenchmarkBatch(b *testing.B) {
	api := newAPI(discard{})
	body := typicalBatch(100)
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/batch", nil)
	r.SetBasicAuth(writeKey, "")
	r.ContentLength = int64(len(body))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r.Body = readCloser{bytes.NewReader(body)}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
	b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkEncodingJSON is the same batch through encoding/json alone, for scale.
func BenchmarkEncodingJSON(b *testing.B) {
	type wireEvent struct {
		Type, Event, MessageID, UserID, AnonymousID, Timestamp string
		Properties, Context, Traits                            json.RawMessage
	}
	body := typicalBatch(100)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var v struct {
			SentAt string
			Batch  []wireEvent
		}
		if err := json.Unmarshal(body, &v); err != nil || len(v.Batch) != 100 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
