package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A small heap costs little room and, at Go's default, a collection every few
// dozen milliseconds under load; a large one, of which most is people as they are
// stored, without a pointer to follow, costs little to collect and much room. So
// what is in use may grow by room before it is collected, though to no more than
// four times, and a large heap by a seventh: two gigabytes are to do for a million
// people.
const (
	room         = 192 << 20 // bytes
	leastPercent = 15
	mostPercent  = 300

	tendEvery = time.Second
)

// TendHeap sets the collector's percentage by what is in use, until ctx ends. It
// returns at once.
func TendHeap(ctx context.Context) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	percent := 0
	set := func() {
		metrics.Read(live)
		if p := heapPercent(live[0].Value.Uint64()); p != percent { // to set it stops the world
			percent = p
			debug.SetGCPercent(p)
		}
	}
	set()
	go func() {
		t := time.NewTicker(tendEvery)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				set()
			}
		}
	}()
}

// heapPercent is by how much a heap, of which so many bytes are in use after a
// collection, may grow until the next.
func heapPercent(live uint64) int {
	return int(min(max(room*100/max(live, 1), leastPercent), mostPercent)) //nolint:gosec // at most mostPercent
}
