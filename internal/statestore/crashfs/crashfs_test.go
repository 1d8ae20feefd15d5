package crashfs_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statestore/crashfs"
)

// With Pebble's own file system this waits for ever within a few rounds.
func TestACrashDoesNotLockUpWhoLinksAndReusesFiles(t *testing.T) {
	t.Parallel()
	fs := crashfs.New()
	var work sync.WaitGroup
	done := make(chan struct{})
	work.Go(func() {
		defer close(done)
		for range 20_000 {
			require.NoError(t, reuse(fs))
		}
	})
	r := rand.New(rand.NewPCG(1, 2))
	for running := true; running; {
		fs.Crash(r)
		select {
		case <-done:
			running = false
		default:
		}
	}
	work.Wait()
}

func reuse(fs vfs.FS) error {
	f, err := fs.Create("a", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if f, err = fs.ReuseForWrite("a", "b", vfs.WriteCategoryUnspecified); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := fs.Link("b", "c"); err != nil {
		return err
	}
	lock, err := fs.Lock("lock")
	if err != nil {
		return err
	}
	if err := lock.Close(); err != nil {
		return err
	}
	return fs.Remove("c")
}

func TestACrashLosesOnlyWhatWasNotSynced(t *testing.T) {
	t.Parallel()
	fs := crashfs.New()
	f, err := fs.Create("a", vfs.WriteCategoryUnspecified)
	require.NoError(t, err)
	_, err = f.Write([]byte("kept"))
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	dir, err := fs.OpenDir("/")
	require.NoError(t, err)
	require.NoError(t, dir.Sync())
	_, err = f.Write([]byte(" or not"))
	require.NoError(t, err)
	for seed := range uint64(20) {
		after := fs.Crash(rand.New(rand.NewPCG(seed, 1)))
		got, err := after.Open("a")
		require.NoError(t, err)
		text := make([]byte, 20)
		n, _ := got.Read(text)
		require.Contains(t, []string{"kept", "kept or not"}, string(text[:n]))
	}
}
