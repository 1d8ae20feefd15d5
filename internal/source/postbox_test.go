package source_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/source"
)

func bad(n, size int) []event.DeadLetter {
	letters := make([]event.DeadLetter, n)
	for i := range letters {
		letters[i] = event.DeadLetter{Path: "/v1/batch", Index: i, Message: "bad", Raw: bytes.Repeat([]byte("x"), size)}
	}
	return letters
}

// total counts what events keep, and what they say was not kept.
func total(t *testing.T, events []event.Event) (kept int, unkept uint64) {
	t.Helper()
	for _, e := range events {
		require.Equal(t, event.DeadLetters, e.Kind)
		require.True(t, e.Kind.OfPartition())
		body, err := event.Unpack[event.DeadLetterBody](e)
		require.NoError(t, err)
		require.Less(t, len(e.Body), 512<<10, "an event stays well below the limit of a message")
		kept += len(body.Letters)
		unkept += body.Unkept
	}
	return kept, unkept
}

func TestAWholeBatchOfRejectionsIsKept(t *testing.T) {
	t.Parallel()
	events, settle := source.NewPostbox().Keep("shop", noon, bad(2500, 1000))
	settle(true)
	kept, unkept := total(t, events)
	require.Equal(t, 2500, kept)
	require.Zero(t, unkept)
}

func TestAFloodOfRejectionsIsCountedAndOnlyPartOfItKept(t *testing.T) {
	t.Parallel()
	p := source.NewPostbox()
	sent, kept, unkept := 0, 0, uint64(0)
	now := noon
	for range 200 {
		events, settle := p.Keep("shop", now, bad(100, 1000))
		settle(true)
		k, u := total(t, events)
		sent, kept, unkept = sent+100, kept+k, unkept+u
		now = now.Add(100 * time.Millisecond)
	}
	require.InDelta(t, 2500+20*20, kept, 25, "a burst, and then twenty a second")
	none, _ := p.Keep("shop", now.Add(-100*time.Millisecond), bad(100, 1000))
	require.Empty(t, none)
	sent += 100
	events, _ := p.Keep("app", now, bad(10, 1000))
	k, _ := total(t, events)
	require.Equal(t, 10, k, "another source has room of its own")

	journal := &recorder{err: errors.New("the disk is full")}
	require.Error(t, p.Flush(t.Context(), journal, now.Add(time.Minute)))
	journal.err = nil
	require.NoError(t, p.Flush(t.Context(), journal, now.Add(time.Minute)))
	_, u := total(t, journal.events)
	require.Equal(t, uint64(sent), uint64(kept)+unkept+u, "nothing is silent")
	require.NoError(t, p.Flush(t.Context(), journal, now.Add(time.Hour)))
	_, again := total(t, journal.events)
	require.Equal(t, u, again, "it is told once")
}

func TestAFloodOfBytesIsBoundedToo(t *testing.T) {
	t.Parallel()
	events, _ := source.NewPostbox().Keep("shop", noon, bad(1000, 60<<10))
	bytes := 0
	for _, e := range events {
		bytes += len(e.Body)
	}
	require.Less(t, bytes, 16<<20)
	_, unkept := total(t, events)
	require.Positive(t, unkept)
}

func TestWhatCouldNotBeStoredIsCountedNextTime(t *testing.T) {
	t.Parallel()
	p := source.NewPostbox()
	_, settle := p.Keep("shop", noon, bad(2600, 10))
	settle(false)
	events, settle := p.Keep("shop", noon.Add(time.Minute), bad(1, 10))
	settle(true)
	kept, unkept := total(t, events)
	require.Equal(t, 1, kept)
	require.Equal(t, uint64(100), unkept)
}
