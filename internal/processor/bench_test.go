package processor_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/statestore"
)

// BenchmarkFold folds the retail template over shoppers who browse and now and
// then order: the events of one op are 10,000, of 2,000 people.
func BenchmarkFold(b *testing.B) {
	const perOp = 10_000
	retail, ok := definition.Template("retail")
	require.True(b, ok)
	for b.Loop() {
		b.StopTimer()
		ctx := context.Background()
		j := journal.NewMemory()
		_, err := processor.PutDefinitions(ctx, j, retail, noon)
		require.NoError(b, err)
		require.NoError(b, processor.PutSettings(ctx, j, event.SettingsBody{Live: event.Disarmed}, noon))
		events := make([]event.Event, perOp)
		for i := range events {
			e := event.Event{
				Kind: event.Track, Name: "Product Viewed", UserID: fmt.Sprint("user-", i*7919%2000), Source: "bench", MessageID: fmt.Sprint(i),
				Time: noon.Add(1e6 * 1000), ReceivedAt: noon.Add(1e6 * 1000),
				Properties: []byte(`{"product_id":"507f1f77bcf86cd799439011","sku":"G-32","category":"Games","name":"Monopoly: 3rd Edition","brand":"Hasbro","variant":"200 pieces","price":18.99,"quantity":1,"currency":"USD","position":3,"url":"https://www.example.com/product/path"}`),
				Context:    []byte(`{"library":{"name":"analytics.js","version":"2.11.1"},"locale":"en-US","page":{"path":"/academy/","referrer":"","search":"","title":"Analytics Academy","url":"https://example.com/academy/"},"userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_5) AppleWebKit/537.36"}`),
			}
			if i%20 == 0 {
				e.Name = "Order Completed"
			}
			e.To = person.IDOf(0, e.Primary())
			events[i] = e
		}
		_, err = j.Append(ctx, processor.Entries(events))
		require.NoError(b, err)
		s, err := statestore.OpenMemory(statestore.Options{})
		require.NoError(b, err)
		p := processor.New(j, s, processor.Options{Groups: 1})
		b.StartTimer()
		require.NoError(b, p.CatchUp(ctx, nil))
		b.StopTimer()
		require.NoError(b, p.Close())
		require.NoError(b, s.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/perOp, "ns/event")
}
