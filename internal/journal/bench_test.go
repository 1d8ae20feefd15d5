package journal_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

// benchEvent is a call of the tracking API of about 610 bytes: what repeats
// between events repeats here, and ids and amounts do not.
func benchEvent(r *rand.Rand) []byte {
	agents := [...]string{
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
	}
	names := [...]string{"Product Viewed", "Order Completed", "Cart Viewed", "Product Added", "Checkout Started"}
	return fmt.Appendf(nil, `{"messageId":"%016x%016x","event":%q,"userId":"u-%d","timestamp":"2026-01-%02dT%02d:%02d:%02d.%03dZ",`+
		`"properties":{"order_id":"o%d","total":%d.%02d,"currency":"EUR","products":[{"sku":"SKU-%05d","quantity":%d,"price":%d.%02d}],`+
		`"coupon":"","path":"/catalogue/section-%d/item-%d"},"context":{"ip":"%d.%d.%d.%d","userAgent":%q,"locale":"en-GB",`+
		`"library":{"name":"rapport.js","version":"1.0.0"},"page":{"referrer":"https://www.example.com/","title":"Our catalogue of things"}}}`,
		r.Uint64(), r.Uint64(), names[r.IntN(5)], r.IntN(1000000), r.IntN(28)+1, r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000),
		r.IntN(1e8), r.IntN(300), r.IntN(100), r.IntN(30000), r.IntN(5), r.IntN(100), r.IntN(100), r.IntN(40), r.IntN(9000),
		r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), agents[r.IntN(3)])
}

// benchBatches returns batches of events, spread over all partitions.
func benchBatches(n, size int) [][]journal.Entry {
	r := rand.New(rand.NewPCG(1, 2))
	batches := make([][]journal.Entry, n)
	for i := range batches {
		for range size {
			batches[i] = append(batches[i], journal.Entry{Partition: person.Partition(r.Uint32()), Data: benchEvent(r)})
		}
	}
	return batches
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppend measures what the journal makes durable on the disk of the
// temporary folder, from several callers at once; one operation is one event.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct{ callers, batch int }{{1, 1}, {64, 1}, {1, 100}, {4, 100}, {16, 100}, {64, 100}} {
		b.Run(fmt.Sprintf("callers=%d/batch=%d", c.callers, c.batch), func(b *testing.B) {
			disk := countSyncs(vfs.Default)
			j, err := journal.Open(b.TempDir(), journal.Options{FS: disk})
			require.NoError(b, err)
			batches := benchBatches(200, c.batch)
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			syncs, cpu := disk.syncs.Load(), cpuTime(b)
			for range c.callers {
				wg.Go(func() {
					for {
						n := int(next.Add(1))
						if (n-1)*c.batch >= b.N {
							return
						}
						if _, err := j.Append(context.Background(), batches[n%len(batches)]); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			n := float64(b.N)
			b.ReportMetric(n/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/n, "cpu-ns/event")
			b.ReportMetric(float64(disk.syncs.Load()-syncs)/n, "syncs/event")
			require.NoError(b, j.Close())
		})
	}
}

// BenchmarkRead measures a reader that catches up from disk, of all partitions
// and of an eighth of them; one operation is one event that is returned.
func BenchmarkRead(b *testing.B) {
	const events = 200_000
	dir := b.TempDir()
	j, err := journal.Open(dir, journal.Options{RecentBytes: 1})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, j.Close()) })
	for i, batch := range benchBatches(events/1000, 1000) {
		_, err := j.Append(b.Context(), batch)
		require.NoError(b, err, "batch %d", i)
	}
	for name, list := range map[string][]person.Partition{"all": journal.All(), "an eighth": journal.All()[:person.Partitions/8]} {
		b.Run(name, func(b *testing.B) {
			cpu := cpuTime(b)
			b.ResetTimer()
			for n := 0; n < b.N; {
				r, err := j.NewReader(list, journal.Positions{})
				require.NoError(b, err)
				for records := []journal.Record{{}}; len(records) > 0 && n < b.N; n += len(records) {
					records, err = r.Poll(0)
					require.NoError(b, err)
				}
				require.NoError(b, r.Close())
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/float64(b.N), "cpu-ns/event")
		})
	}
}
