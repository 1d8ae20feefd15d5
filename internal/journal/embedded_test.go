package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/journal/journaltest"
	"github.com/rapporthq/rapport/internal/person"
)

// tamper opens the storage under a closed journal.
func tamper(t *testing.T, fs vfs.FS, do func(db *pebble.DB)) {
	t.Helper()
	db, err := pebble.Open(dir, &pebble.Options{FS: fs, FormatMajorVersion: pebble.FormatTableFormatV6, Logger: silent{}})
	require.NoError(t, err)
	do(db)
	require.NoError(t, db.Close())
}

type silent struct{ pebble.Logger }

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}

// frameKeys returns the keys of all frames, in order.
func frameKeys(t *testing.T, db *pebble.DB) (keys [][]byte) {
	t.Helper()
	it, err := db.NewIter(nil)
	require.NoError(t, err)
	for ok := it.First(); ok; ok = it.Next() {
		if k := it.Key(); k[4] == 'f' && k[len(k)-1] == 1 {
			keys = append(keys, bytes.Clone(k))
		}
	}
	require.NoError(t, it.Close())
	require.NotEmpty(t, keys)
	return keys
}

// written returns the file system of a closed journal with n frames of one
// record in partition 1.
func written(t *testing.T, n int) vfs.FS {
	t.Helper()
	fs := vfs.NewMem()
	j := openMem(t, fs, journal.Options{})
	for i := range n {
		_, err := j.Append(t.Context(), []journal.Entry{{Partition: 1, Data: fmt.Append(nil, "record ", i)}})
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())
	return fs
}

func TestADamagedFrameIsReportedAndNeverSkipped(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(db *pebble.DB, key []byte) error{
		"changed": func(db *pebble.DB, key []byte) error {
			value, closer, err := db.Get(key)
			if err != nil {
				return err
			}
			value = bytes.Clone(value)
			value[len(value)-10] ^= 1
			return errors.Join(closer.Close(), db.Set(key, value, pebble.Sync))
		},
		"missing": func(db *pebble.DB, key []byte) error { return db.Delete(key, pebble.Sync) },
		"empty":   func(db *pebble.DB, key []byte) error { return db.Set(key, nil, pebble.Sync) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fs := written(t, 200)
			tamper(t, fs, func(db *pebble.DB) { require.NoError(t, damage(db, frameKeys(t, db)[99])) })

			j := openMem(t, fs, journal.Options{})
			r, err := j.NewReader(journal.All(), journal.Positions{})
			require.NoError(t, err)
			n := 0
			for err == nil {
				var records []journal.Record
				records, err = r.Poll(0)
				n += len(records)
			}
			require.Equal(t, 99, n, "what comes before the damage is served")
			_, again := r.Next(t.Context(), 0)
			for _, err := range []error{err, again} {
				require.ErrorIs(t, err, journal.ErrCorrupt)
				require.ErrorContains(t, err, "journal frame 100 cannot be read")
				require.ErrorContains(t, err, "restore the folder from a backup")
			}
			require.NoError(t, r.Close())
			require.NoError(t, j.Close())
		})
	}
}

func TestADamagedLastFrameIsReportedOnOpening(t *testing.T) {
	t.Parallel()
	fs := written(t, 10)
	tamper(t, fs, func(db *pebble.DB) {
		keys := frameKeys(t, db)
		index := bytes.Clone(keys[9])
		index[len(index)-2]++ // the index that Close wrote, so that frames are looked at
		index[len(index)-1] = 0
		require.NoError(t, db.Delete(index, pebble.Sync))
		require.NoError(t, db.Set(keys[9], []byte("garbage that is long enough"), pebble.Sync))
	})
	_, err := journal.Open(dir, journal.Options{FS: fs})
	require.Error(t, err)
}

func TestANewerFolderIsRefused(t *testing.T) {
	t.Parallel()
	fs := written(t, 1)
	tamper(t, fs, func(db *pebble.DB) {
		require.NoError(t, db.Set([]byte("\xff\xff\xff\xffformat"), []byte("2"), pebble.Sync))
	})
	_, err := journal.Open(dir, journal.Options{FS: fs})
	require.True(t, fault.Is(err, fault.Unsupported), "%v", err)
	require.ErrorContains(t, err, "format version 2; this build reads up to 1")
}

func TestAFolderOfSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	tamper(t, fs, func(db *pebble.DB) { require.NoError(t, db.Set([]byte("people"), nil, pebble.Sync)) })
	_, err := journal.Open(dir, journal.Options{FS: fs})
	require.True(t, fault.Is(err, fault.Invalid), "%v", err)
}

func TestAnOpenFolderIsNotOpenedAgain(t *testing.T) {
	t.Parallel()
	at := t.TempDir()
	j, err := journal.Open(at, journal.Options{})
	require.NoError(t, err)
	_, err = journal.Open(at, journal.Options{})
	require.ErrorContains(t, err, "open journal in "+at)
	require.NoError(t, j.Close())
}

func TestOptionsReportEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := journal.Open(dir, journal.Options{
		Workspace: ^person.Workspace(0), FrameBytes: journal.MaxAppend + 1, FrameRecords: -1, RecentBytes: -1, FS: vfs.NewMem(),
	})
	for _, field := range []string{"Workspace", "FrameBytes", "FrameRecords", "RecentBytes"} {
		require.ErrorContains(t, err, field)
	}
}

func TestWorkspacesAreKeptApart(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	for w := range person.Workspace(3) {
		j := openMem(t, fs, journal.Options{Workspace: w * 1000})
		for range w + 1 {
			_, err := j.Append(t.Context(), []journal.Entry{{Partition: 1}})
			require.NoError(t, err)
		}
		require.NoError(t, j.Close())
	}
	for w := range person.Workspace(3) {
		j := openMem(t, fs, journal.Options{Workspace: w * 1000})
		require.Equal(t, journal.Offset(w+2), j.End()[1])
		require.NoError(t, j.Close())
	}
}

func TestTheLargestAppendComesBackWhole(t *testing.T) {
	t.Parallel()
	mem := vfs.NewMem()
	j := openMem(t, mem, journal.Options{})
	want := make([]byte, journal.MaxAppend/2-journal.EntryCost)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range want {
		want[i] = byte(r.Uint32())
	}
	_, err := j.Append(t.Context(), []journal.Entry{{Partition: 1, Data: want}, {Partition: 2, Data: want}})
	require.NoError(t, err)
	for range 2 {
		reader, err := j.NewReader(journal.All(), journal.Positions{})
		require.NoError(t, err)
		records, err := reader.Poll(0)
		require.NoError(t, err)
		require.Len(t, records, 2)
		for _, rec := range records {
			require.True(t, bytes.Equal(want, rec.Data))
		}
		require.NoError(t, reader.Close())
		require.NoError(t, j.Close())
		j = openMem(t, mem, journal.Options{})
	}
	require.NoError(t, j.Close())
}

func TestTrimGivesSpaceBack(t *testing.T) {
	t.Parallel()
	mem := vfs.NewMem()
	j := openMem(t, mem, journal.Options{})
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 120 {
		data := make([]byte, 400<<10)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		_, err := j.Append(t.Context(), []journal.Entry{{Partition: person.Partition(i % 2), Data: data}})
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())
	j = openMem(t, mem, journal.Options{}) // which makes tables of what the log holds
	full := used(t, mem)
	require.NoError(t, j.Trim(t.Context(), journal.Positions{0: 51, 1: 56}))
	require.NoError(t, j.Close())
	require.Less(t, used(t, mem), full)
	tamper(t, mem, func(db *pebble.DB) { require.Len(t, frameKeys(t, db), 20) })

	j = openMem(t, mem, journal.Options{})
	reader, err := j.NewReader(journal.All(), journal.Positions{0: 51, 1: 56})
	require.NoError(t, err)
	n := 0
	for records := []journal.Record{{}}; len(records) > 0; n += len(records) {
		records, err = reader.Poll(0)
		require.NoError(t, err)
	}
	require.Equal(t, 15, n)
	require.NoError(t, reader.Close())
	require.NoError(t, j.Close())
}

func TestNothingOfWhatWasTrimmedIsLeftOnTheDisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		records int  // before and after what is to go
		again   bool // the journal was closed and opened in between
	}{{"in the log", 3, false}, {"in a table with all else", 3, true}, {"in tables of many", 80, false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mem := vfs.NewMem()
			j := openMem(t, mem, journal.Options{})
			r := rand.New(rand.NewPCG(1, 2))
			add := func(mark string) journal.Positions {
				for i := range c.records {
					data := fmt.Appendf(nil, "%s %d ", mark, i)
					for range 300 << 10 {
						data = append(data, byte(r.Uint32()))
					}
					_, err := j.Append(t.Context(), []journal.Entry{{Partition: 7, Data: data}})
					require.NoError(t, err)
				}
				_, err := j.PutBody(t.Context(), []byte("a body of "+mark))
				require.NoError(t, err)
				if c.again {
					require.NoError(t, j.Close())
					j = openMem(t, mem, journal.Options{})
				}
				return j.End()
			}
			gone := add("qzvkwjxy-old")
			add("qzvkwjxy-new")
			require.NotEmpty(t, filesWith(t, mem, "qzvkwjxy-old 0 "))
			require.NoError(t, j.Trim(t.Context(), gone))
			require.NoError(t, j.Close()) // waits until what is out of date is removed
			require.Empty(t, filesWith(t, mem, "qzvkwjxy-old 0 "))
			require.Empty(t, filesWith(t, mem, "qzvkwjxy-old "+strconv.Itoa(c.records-1)))
			require.NotEmpty(t, filesWith(t, mem, "qzvkwjxy-new 0 "))
			j = openMem(t, mem, journal.Options{})
			require.Len(t, journaltest.ReadAll(t, j, journal.All(), gone), c.records)
			require.NoError(t, j.Close())
		})
	}
}

// filesWith returns the files of the journal that have text in them.
func filesWith(t *testing.T, mem vfs.FS, text string) (found []string) {
	t.Helper()
	names, err := mem.List(dir)
	require.NoError(t, err)
	for _, name := range names {
		f, err := mem.Open(mem.PathJoin(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since it was listed
		}
		require.NoError(t, err)
		all, err := io.ReadAll(f)
		require.NoError(t, errors.Join(err, f.Close()))
		if bytes.Contains(all, []byte(text)) {
			found = append(found, name)
		}
	}
	return found
}

// used is the size of all tables. Logs are reused and do not count.
func used(t *testing.T, mem vfs.FS) (bytes int64) {
	t.Helper()
	names, err := mem.List(dir)
	require.NoError(t, err)
	for _, name := range names {
		if !strings.HasSuffix(name, ".sst") {
			continue
		}
		info, err := mem.Stat(mem.PathJoin(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		bytes += info.Size()
	}
	return bytes
}

func TestAnAppendIsWithdrawnWhenItsContextEndsInTheQueue(t *testing.T) {
	t.Parallel()
	slow := newSlowFS()
	j := openMem(t, slow, journal.Options{})
	slow.hold()
	var wg sync.WaitGroup
	first := make(chan error, 1)
	wg.Go(func() {
		_, err := j.Append(context.Background(), []journal.Entry{{Partition: 1, Data: []byte("first")}})
		first <- err
	})
	<-slow.held // the committer waits for the disk
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	wg.Go(func() {
		_, err := j.Append(ctx, []journal.Entry{{Partition: 1, Data: []byte("second")}})
		second <- err
	})
	cancel()
	require.ErrorIs(t, <-second, context.Canceled)
	require.Equal(t, journal.Offset(1), j.End()[1], "readers see nothing that is not durable")
	slow.release()
	require.NoError(t, <-first)
	wg.Wait()
	require.Equal(t, journal.Offset(2), j.End()[1])
	require.NoError(t, j.Close())
}

func TestAppendsThatWaitShareOneSync(t *testing.T) {
	t.Parallel()
	slow := newSlowFS()
	j := openMem(t, slow, journal.Options{})
	slow.hold()
	const callers = 50
	errs := make(chan error, callers+1)
	var wg sync.WaitGroup
	call := func() {
		_, err := j.Append(context.Background(), []journal.Entry{{Partition: 1, Data: []byte("x")}})
		errs <- err
	}
	wg.Go(call)
	<-slow.held
	for range callers {
		wg.Go(call)
	}
	for j.Waiting() < callers {
		runtime.Gosched() // the callers are on their way to the queue
	}
	before := slow.syncs.Load()
	slow.release()
	wg.Wait()
	for range callers + 1 {
		require.NoError(t, <-errs)
	}
	require.LessOrEqual(t, slow.syncs.Load()-before, int64(2), "one for what was under way, one for all that waited")
	require.NoError(t, j.Close())
}

func TestTheEngineIsQuiet(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	j := openMem(t, vfs.NewMem(), journal.Options{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	_, err := j.Append(t.Context(), []journal.Entry{{Partition: 1}})
	require.NoError(t, err)
	require.NoError(t, j.Trim(t.Context(), j.End()))
	require.NoError(t, j.Close())
	require.Empty(t, out.String())
}
