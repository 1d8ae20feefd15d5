package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statestore"
)

// filesWith returns the files under dir in which text can be read. The journal and
// the state are compressed by programs that leave what is new to them as it is.
func filesWith(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // it was there, and is out of date
		}
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if bytes.Contains(b, []byte(text)) {
			name, _ := filepath.Rel(dir, path)
			found = append(found, name)
		}
		return err
	}))
	return found
}

// serveAt serves an open folder by a clock that the test sets, with a checkpoint
// every few milliseconds.
func serveAt(t *testing.T, dir string, now *atomic.Int64) *running {
	t.Helper()
	data, err := app.OpenData(dir, nil)
	require.NoError(t, err)
	require.NoError(t, data.State.Close())
	data.State, err = statestore.Open(filepath.Join(dir, "state"), statestore.Options{GarbageAge: time.Nanosecond})
	require.NoError(t, err)
	cfg := config.Config{
		Data: dir, Listen: "127.0.0.1:0", PublicURL: "http://127.0.0.1", WriteKey: writeKey, AdminToken: adminToken,
		CheckpointEvery: 20 * time.Millisecond, KeepJournal: 30 * 24 * time.Hour,
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- app.Serve(ctx, app.Options{
			Config: cfg, Data: data, Now: func() event.Instant { return event.Instant(now.Load()) },
			Ready: func(address string, _ *app.App) { ready <- address },
		})
	}()
	r := &running{t: t}
	select {
	case err := <-done:
		cancel()
		require.NoError(t, err)
	case address := <-ready:
		r.url = "http://" + address
	}
	r.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, data.Close())
	})
	t.Cleanup(r.stop)
	return r
}

// checkpointed waits until what is done at a checkpoint has been done once more.
func checkpointed(t *testing.T, dir string) {
	t.Helper()
	seen := map[string]bool{}
	require.Eventually(t, func() bool {
		all, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*Z"))
		require.NoError(t, err)
		for _, c := range all {
			seen[c] = true
		}
		return len(seen) > 5
	}, time.Minute, 2*time.Millisecond)
}

func TestWhatWasErasedIsGoneFromEveryFileWhenTheJournalHasLetGoOfIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const mark = "qzvkwjxyqj"
	var now atomic.Int64
	now.Store(int64(event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))))
	later := func(d time.Duration) { now.Store(int64(event.Instant(now.Load()).Add(d))) }
	r := serveAt(t, dir, &now)
	note := strings.Repeat("long enough to be stored as a value of its own; ", 10)
	for i := range 20 {
		r.track(fmt.Sprintf(`{"userId":"%s-ada","event":"Product Viewed","messageId":"a%d","properties":{"note":"%s %d %s"}}`, mark, i, mark, i, note))
		r.track(fmt.Sprintf(`{"userId":"bob","event":"Product Viewed","messageId":"b%d","properties":{"note":"wkvqzjyxkv %d %s"}}`, i, i, note))
	}
	id, bob := r.person("user_id:"+mark+"-ada"), r.person("user_id:bob")
	require.Eventually(t, func() bool { return len(filesWith(t, filepath.Join(dir, "checkpoints"), mark)) > 0 }, time.Minute, 10*time.Millisecond)
	require.NotEmpty(t, filesWith(t, filepath.Join(dir, "journal"), mark))

	r.ok(http.MethodDelete, "/api/v1/people/"+id, nil, nil)
	require.Eventually(t, func() bool {
		return len(filesWith(t, filepath.Join(dir, "state"), mark)) == 0 && len(filesWith(t, filepath.Join(dir, "checkpoints"), mark)) == 0
	}, time.Minute, 20*time.Millisecond, "state and checkpoints hold nothing that can be read")
	require.NotEmpty(t, filesWith(t, filepath.Join(dir, "journal"), mark), "the journal is kept")
	later(time.Hour)
	checkpointed(t, dir) // and the journal's end marked
	later(28 * 24 * time.Hour)
	checkpointed(t, dir)
	r.track(`{"userId":"bob","event":"Order Completed","messageId":"after","properties":{"note":"wkvqzjyxkv after"}}`)
	require.NotEmpty(t, filesWith(t, filepath.Join(dir, "journal"), mark), "for 30 days")
	later(2 * 24 * time.Hour)
	require.Eventually(t, func() bool { return len(filesWith(t, dir, mark)) == 0 }, time.Minute, 20*time.Millisecond, "and then nothing is left")
	require.Contains(t, r.timeline(bob), "Product Viewed b0")
	require.Contains(t, r.timeline(bob), "Order Completed after")
	require.NotEmpty(t, filesWith(t, filepath.Join(dir, "journal"), "wkvqzjyxkv after"))
	r.stop()

	res, err := app.Replay(t.Context(), app.ReplayOptions{Data: dir})
	require.NoError(t, err)
	require.True(t, res.Same, "checkpoint and tail give the state")
	_, err = app.Replay(t.Context(), app.ReplayOptions{Data: dir, FromStart: true})
	require.ErrorContains(t, err, "does not hold its beginning any more")

	require.NoError(t, os.RemoveAll(filepath.Join(dir, "state")))
	r = serveAt(t, dir, &now)
	require.Contains(t, r.timeline(r.person("user_id:bob")), "Order Completed after", "the latest checkpoint takes the place of a state that is gone")
	require.True(t, r.gone("user_id:"+mark+"-ada"))
}
