package statestore

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
)

// What is written is mostly timeline entries, which are never written again, and
// people, which are written whole at every event. Both lie in blob files beside
// the tables, so that a compaction moves their keys and not them. Blob files are
// written again where garbageShare of them is out of date: people make garbage
// fast, and a file of old timelines makes none. While something that was erased is
// to come off the disk, any garbage is too much.
const (
	separateFrom = 256 // bytes of a value that is worth a file beside the table
	garbageShare = 0.5

	// Tables of keys are merged when so many flushes lie one over the other. They
	// hold the keys of everybody, so each merge reads and writes nearly all there are.
	flushesMerged, flushesBorne = 16, 64

	// blobDepth is how many blob files the values of neighbouring keys may lie in. A
	// merge that would make it more writes all values anew. At 10 that was every second
	// merge, a sixth of all processor time of a fold; at 100, one in six, for a scan of
	// everybody that takes 1.4 times as long.
	blobDepth = 100

	blockSize = 16 << 10 // the keys of one are read by scans, and the values are elsewhere
)

// pebble returns the settings of the storage engine. No garbage is borne while
// purging says so.
func (o Options) pebble(purging *atomic.Bool) *pebble.Options {
	po := &pebble.Options{
		FS: o.FS, DisableWAL: true, MemTableSize: o.MemTableBytes, MemTableStopWritesThreshold: 4,
		FormatMajorVersion: pebble.FormatNewest, Logger: pebbleLogger{o.Logger},
		L0CompactionThreshold: flushesMerged, L0StopWritesThreshold: flushesBorne, LBaseMaxBytes: 256 << 20,
	}
	po.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionFastest })
	for i := range po.Levels {
		po.Levels[i].BlockSize = blockSize
		if i < len(po.Levels)-1 { // nearly everything that is asked for is there: the last level needs no filter
			po.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		}
	}
	po.Experimental.ValueSeparationPolicy = func() pebble.ValueSeparationPolicy {
		p := pebble.ValueSeparationPolicy{
			Enabled: true, MinimumSize: separateFrom, MaxBlobReferenceDepth: blobDepth,
			RewriteMinimumAge: o.GarbageAge, TargetGarbageRatio: garbageShare,
		}
		if purging.Load() {
			p.TargetGarbageRatio = 0
		}
		return p
	}
	return po
}

type pebbleLogger struct{ l *slog.Logger }

func (p pebbleLogger) Infof(string, ...any) {}
func (p pebbleLogger) Errorf(format string, args ...any) {
	p.l.Error("pebble", slog.String("what", fmt.Sprintf(format, args...)))
}

func (p pebbleLogger) Fatalf(format string, args ...any) {
	panic("state store: " + fmt.Sprintf(format, args...))
}
