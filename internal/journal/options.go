package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/rapporthq/rapport/internal/person"
)

// Options are the settings of an Embedded journal. The zero value is good.
type Options struct {
	// Workspace is the workspace whose records are kept. Defaults to 0.
	Workspace person.Workspace

	// FS is where files are kept. Defaults to the operating system's.
	FS vfs.FS

	// Logger hears about slow disks, stalls and damage; what the storage engine
	// does every day is at debug level. Defaults to nobody.
	Logger *slog.Logger

	// Committed hears of each frame that was made durable: how long the write and
	// its fsync took, and how many records it holds. It is called by the one
	// goroutine that writes, and must not block. Defaults to nobody.
	Committed func(took time.Duration, records int)

	// FrameBytes is the weight of the Appends, as MaxAppend counts it, that are
	// written together; one Append is never divided. Defaults to 1 MiB.
	FrameBytes int

	// FrameRecords is how many records are written together. Defaults to 16,384.
	FrameRecords int

	// RecentBytes is the weight of the latest frames that are kept in memory for
	// readers near the end. Defaults to 16 MiB.
	RecentBytes int
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Committed == nil {
		o.Committed = func(time.Duration, int) {}
	}
	if o.FrameBytes == 0 {
		o.FrameBytes = 1 << 20
	}
	if o.FrameRecords == 0 {
		o.FrameRecords = 16 << 10
	}
	if o.RecentBytes == 0 {
		o.RecentBytes = 16 << 20
	}
	return o
}

// Validate reports everything that is wrong with o.
func (o Options) Validate() error {
	var errs []error
	if o.Workspace == reserved {
		errs = append(errs, fmt.Errorf("option Workspace %d: is reserved; use a smaller number", o.Workspace))
	}
	if o.FrameBytes < 0 || o.FrameBytes > MaxAppend {
		errs = append(errs, fmt.Errorf("option FrameBytes %d: must be between 0 and %d", o.FrameBytes, MaxAppend))
	}
	if o.FrameRecords < 0 {
		errs = append(errs, fmt.Errorf("option FrameRecords %d: must not be negative", o.FrameRecords))
	}
	if o.RecentBytes < 0 {
		errs = append(errs, fmt.Errorf("option RecentBytes %d: must not be negative", o.RecentBytes))
	}
	return errors.Join(errs...)
}

// pebble returns the settings of the storage engine. Frames are compressed
// already and read mostly once, so its own compression is off and its cache
// small.
func (o Options) pebble() *pebble.Options {
	p := &pebble.Options{
		FS:                 o.FS,
		FormatMajorVersion: pebble.FormatTableFormatV6,
		MemTableSize:       16 << 20,
		CacheSize:          8 << 20,
		Logger:             engineLog{o.Logger},
		EventListener:      listener(o.Logger),
		Cleaner:            remover{},
	}
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	for i := range p.TargetFileSizes {
		p.TargetFileSizes[i] = 16 << 20
	}
	return p
}

// remover removes what is out of date, whole logs included. Pebble would write new
// logs over old ones, of which some then stay for long, but not with a cleaner
// that says it needs what is in them, as the archiving one does.
type remover struct {
	pebble.DeleteCleaner
	readsLogs
}

type readsLogs struct{ pebble.ArchiveCleaner }

func listener(log *slog.Logger) *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			log.Error("the journal's storage failed in the background", "error", err)
		},
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			log.Error("the journal's storage is damaged", "path", i.Path, "error", i.Details)
		},
		DiskSlow: func(i pebble.DiskSlowInfo) {
			log.Warn("the journal's disk is slow", "operation", i.OpType.String(), "path", i.Path, "duration", i.Duration)
		},
		WriteStallBegin: func(i pebble.WriteStallBeginInfo) {
			log.Warn("the journal waits for its storage", "reason", i.Reason)
		},
	}
}

// engineLog passes on what Pebble has to say.
type engineLog struct{ log *slog.Logger }

func (l engineLog) Infof(format string, args ...any) {
	l.log.Debug("journal storage", "detail", fmt.Sprintf(format, args...))
}

func (l engineLog) Errorf(format string, args ...any) {
	l.log.Error("journal storage", "detail", fmt.Sprintf(format, args...))
}

// Fatalf must not return: after a failed write or fsync nobody can say what is
// on the disk, and only reopening can find out. The process ends having
// acknowledged nothing that is not durable.
func (l engineLog) Fatalf(format string, args ...any) {
	l.log.Error("the journal cannot go on: check the disk and its free space, then start again", "detail", fmt.Sprintf(format, args...))
	panic("journal: the storage cannot go on: check the disk and its free space, then start again: " + fmt.Sprintf(format, args...))
}
