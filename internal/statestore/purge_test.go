package statestore_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/statestore"
)

// filesWith returns the files under dir that have text in them. The engine leaves
// what it has not seen lately as it is when it compresses, and may remove a file
// while this reads.
func filesWith(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && e.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if bytes.Contains(b, []byte(text)) {
			found = append(found, filepath.Base(path))
		}
		return err
	}))
	return found
}

func TestWhatWasErasedIsNotLeftInTheFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := statestore.Open(dir, statestore.Options{GarbageAge: time.Nanosecond})
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	noise := func() string {
		b := make([]byte, 300)
		for i := range b {
			b[i] = byte('a' + r.IntN(26))
		}
		return string(b)
	}
	const gone, stays = "qzvkwjxy-gone", "wkvqzjyx-stays"
	put(t, s, func(b *statestore.Batch) {
		for i := range 2000 {
			b.PutTimeline(idOf(fmt.Sprint("user ", i)), 1, 0, event.Event{Kind: event.Track, Name: noise(), Time: 1})
		}
		b.PutTimeline(idOf("ada"), 2, 0, event.Event{Kind: event.Track, Name: gone + noise(), Time: 1})
		b.PutTimeline(idOf("ada"), 3, 0, event.Event{Kind: event.Track, Name: "short " + gone, Time: 2})
		b.PutTimeline(idOf("bob"), 4, 0, event.Event{Kind: event.Track, Name: stays + noise(), Time: 1})
	})
	require.NoError(t, s.Flush())
	require.NotEmpty(t, filesWith(t, dir, gone), "in the files, readable")

	put(t, s, func(b *statestore.Batch) { require.NoError(t, b.DeleteTimeline(idOf("ada"))) })
	require.NoError(t, s.Flush())
	require.True(t, strings.HasSuffix(strings.Join(filesWith(t, dir, gone), " "), ".blob"), "deleted, and still there")
	require.NoError(t, s.Purge(t.Context(), []person.ID{idOf("ada")}))
	require.Eventually(t, func() bool { return s.Figures().GarbageBytes == 0 && len(filesWith(t, dir, gone)) == 0 }, 20*time.Second, 10*time.Millisecond)
	s.EndPurge()
	require.NotEmpty(t, filesWith(t, dir, stays))
	require.Len(t, history(t, s, idOf("bob")), 1)
	require.Len(t, history(t, s, idOf("user 77")), 1)
	require.NoError(t, s.Check(t.Context()))
	require.NoError(t, s.Close())
}
