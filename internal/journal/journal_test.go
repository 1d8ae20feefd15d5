package journal_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/journal/journaltest"
)

func TestMemoryIsAJournal(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, func(*testing.T) journal.Journal { return journal.NewMemory() })
}

// settings under which an embedded journal must behave the same: as shipped,
// with frames of a few records, and with no frame kept in memory.
func settings() map[string]journal.Options {
	return map[string]journal.Options{
		"as shipped":       {},
		"small frames":     {FrameRecords: 5, RecentBytes: 4 << 10},
		"always from disk": {FrameRecords: 20, RecentBytes: 1},
	}
}

func TestEmbeddedIsAJournal(t *testing.T) {
	t.Parallel()
	for name, opts := range settings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journaltest.Run(t, func(t *testing.T) journal.Journal { return openMem(t, vfs.NewMem(), opts) })
		})
	}
}

func TestEmbeddedIsDurable(t *testing.T) {
	t.Parallel()
	for name, opts := range settings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journaltest.RunDurable(t, func(t *testing.T) func() journal.Journal {
				fs := vfs.NewMem()
				return func() journal.Journal { return openMem(t, fs, opts) }
			})
		})
	}
}

func TestEmbeddedAgreesWithTheReferenceAcrossReopening(t *testing.T) {
	t.Parallel()
	for name, opts := range settings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fs := vfs.NewMem()
			journaltest.Random(t, journaltest.Seed(t), func() journal.Journal { return openMem(t, fs, opts) })
		})
	}
}

func TestEmbeddedOnTheRealFileSystem(t *testing.T) {
	t.Parallel()
	journaltest.RunDurable(t, func(t *testing.T) func() journal.Journal {
		dir := t.TempDir()
		return func() journal.Journal {
			j, err := journal.Open(dir, journal.Options{})
			require.NoError(t, err)
			return j
		}
	})
}

const dir = "journal"

func openMem(t *testing.T, fs vfs.FS, opts journal.Options) *journal.Embedded {
	t.Helper()
	opts.FS = fs
	j, err := journal.Open(dir, opts)
	require.NoError(t, err)
	return j
}
