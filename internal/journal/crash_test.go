package journal_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/journal/journaltest"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/statestore/crashfs"
)

// load is work done on a journal by several goroutines at once, and what they
// were promised: for each writer the Appends and bodies that were acknowledged,
// what a reader has been shown, and what an acknowledged Trim let go.
type load struct {
	trimming bool
	acked    [writers]atomic.Uint64
	last     [writers]atomic.Pointer[journal.Positions] // after the last Append that was acknowledged
	bodies   [writers]atomic.Uint64
	read     atomic.Pointer[journal.Positions]
	trim     atomic.Pointer[journal.Positions]
	progress chan struct{} // holds a token when the reader has been shown more
}

func newLoad(trimming bool) *load {
	l := &load{trimming: trimming, progress: make(chan struct{}, 1)}
	begin := journal.NewMemory().End()
	l.read.Store(&begin)
	l.trim.Store(&begin)
	for i := range l.last {
		l.last[i].Store(&begin)
	}
	return l
}

const writers = 4

// stamp says which record this is: who wrote it, in which of the writer's
// Appends, how many records that has, and which of them it is.
type stamp struct{ writer, append, size, n uint64 }

func (s stamp) encode(r *rand.Rand) []byte {
	b := binary.AppendUvarint(nil, s.writer)
	b = binary.AppendUvarint(b, s.append)
	b = binary.AppendUvarint(b, s.size)
	b = binary.AppendUvarint(b, s.n)
	for range r.IntN(300) {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

func decodeStamp(t *testing.T, b []byte) (s stamp) {
	t.Helper()
	for _, v := range []*uint64{&s.writer, &s.append, &s.size, &s.n} {
		x, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatalf("a record of %d bytes is not what was written", len(b))
		}
		*v, b = x, b[n:]
	}
	return s
}

// write appends, and at times puts a body, until ctx ends. It calls each before
// every Append with how many it has done.
func (l *load) write(ctx context.Context, j journal.Journal, writer int, r *rand.Rand, each func(int)) error {
	for i := 0; ctx.Err() == nil; i++ {
		each(i)
		size := uint64(1 + r.IntN(8))
		if r.IntN(50) == 0 {
			size = 500
		}
		var entries []journal.Entry
		for n := range size {
			s := stamp{uint64(writer), l.acked[writer].Load(), size, n}
			entries = append(entries, journal.Entry{Partition: person.Partition(r.IntN(6)), Data: s.encode(r)})
		}
		offsets, err := j.Append(context.WithoutCancel(ctx), entries)
		if err != nil {
			return err
		}
		after := *l.last[writer].Load()
		for n, offset := range offsets {
			after[entries[n].Partition] = offset + 1
		}
		l.last[writer].Store(&after)
		l.acked[writer].Add(1)
		if r.IntN(10) == 0 {
			if _, err := j.PutBody(context.WithoutCancel(ctx), bodyOf(writer, l.bodies[writer].Load())); err != nil {
				return err
			}
			l.bodies[writer].Add(1)
		}
	}
	return nil
}

func bodyOf(writer int, n uint64) []byte {
	return fmt.Appendf(nil, "body %d of writer %d %s", n, writer, strings.Repeat("x", int(n%1000)))
}

// follow reads on until ctx ends.
func (l *load) follow(ctx context.Context, j journal.Journal) error {
	at := *l.read.Load()
	r, err := j.NewReader(journal.All(), at)
	if err != nil {
		return err
	}
	for {
		records, err := r.Next(ctx, 100)
		if ctx.Err() != nil {
			return r.Close()
		}
		if err != nil {
			return err
		}
		for _, rec := range records {
			at[rec.Partition] = rec.Offset + 1
		}
		seen := at
		l.read.Store(&seen)
		select {
		case l.progress <- struct{}{}:
		default:
		}
	}
}

// trimSome lets go of a part of what the reader has been shown, whenever that is
// more, until ctx ends.
func (l *load) trimSome(ctx context.Context, j journal.Journal) error {
	for {
		select {
		case <-l.progress:
		case <-ctx.Done():
			return nil
		}
		before := *l.read.Load()
		for p := range before {
			before[p] -= before[p] / 4
		}
		if err := j.Trim(context.WithoutCancel(ctx), before); err != nil {
			return err
		}
		l.trim.Store(&before)
	}
}

// promise is what a crash must leave. What else it may leave is not known.
type promise struct {
	acked, bodies [writers]uint64
	last          [writers]journal.Positions
	read, trim    journal.Positions
}

// promised is asked before the crash, so that all of it came before.
func (l *load) promised() (p promise) {
	for i := range writers {
		p.acked[i], p.last[i], p.bodies[i] = l.acked[i].Load(), *l.last[i].Load(), l.bodies[i].Load()
	}
	p.read, p.trim = *l.read.Load(), *l.trim.Load()
	return p
}

func TestWhatWasAcknowledgedSurvivesACrashAtAnyMoment(t *testing.T) {
	t.Parallel()
	for name, trimming := range map[string]bool{"appending": false, "trimming too": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(journaltest.Seed(t), 1))
			fs, l := crashfs.New(), newLoad(trimming)
			for range 8 {
				var p promise
				fs, p = crashUnderLoad(t, fs, l, rng)
				j := openMem(t, fs, journal.Options{})
				l.adopt(t, j, p, checkPromise(t, j, p, l))
				require.NoError(t, j.Close())
			}
		})
	}
}

// crashUnderLoad opens the journal in fs, works on it, and returns what the disk
// holds after a crash in the middle of that, and what it ought to hold.
func crashUnderLoad(t *testing.T, fs *crashfs.FS, l *load, rng *rand.Rand) (*crashfs.FS, promise) {
	t.Helper()
	j := openMem(t, fs, journal.Options{FrameRecords: 50, RecentBytes: 64 << 10})
	work, ctx := errgroup.WithContext(t.Context())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	seed, after, reached := rng.Uint64(), 20+rng.IntN(300), make(chan struct{})
	for i := range writers {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		each := func(n int) {
			if i == 0 && n == after {
				close(reached)
			}
		}
		work.Go(func() error { return l.write(ctx, j, i, r, each) })
	}
	work.Go(func() error { return l.follow(ctx, j) })
	if l.trimming {
		work.Go(func() error { return l.trimSome(ctx, j) })
	}
	select {
	case <-reached:
	case <-ctx.Done(): // something failed, and Wait says what
	}
	p := l.promised()
	crashed := fs.Crash(rng)
	stop()
	require.NoError(t, work.Wait())
	require.NoError(t, j.Close())
	return crashed, p
}

// checkPromise checks that j has what was promised, in order, without gaps, and
// nothing torn. It returns the last record of each writer that is held.
func checkPromise(t *testing.T, j *journal.Embedded, p promise, l *load) (last [writers]stamp) {
	t.Helper()
	end, next := j.End(), j.Begin()
	for i := range end {
		require.GreaterOrEqual(t, end[i], p.read[i], "a reader was shown more of partition %d than survived", i)
		require.GreaterOrEqual(t, next[i], p.trim[i], "what was trimmed from partition %d is back", i)
		require.LessOrEqual(t, next[i], l.read.Load()[i], "more of partition %d is gone than ever was trimmed", i)
		for w := range writers {
			require.GreaterOrEqual(t, end[i], p.last[w][i], "an acknowledged append of writer %d is lost from partition %d", w, i)
		}
	}
	r, err := j.NewReader(journal.All(), next)
	require.NoError(t, err)
	for {
		records, err := r.Poll(0)
		require.NoError(t, err)
		if len(records) == 0 {
			break
		}
		for _, rec := range records {
			if next[rec.Partition] != rec.Offset {
				t.Fatalf("partition %d: offset %d where %d should be", rec.Partition, rec.Offset, next[rec.Partition])
			}
			next[rec.Partition]++
			s := decodeStamp(t, rec.Data)
			requireFollows(t, last[s.writer], s, l.trimming)
			last[s.writer] = s
		}
	}
	require.NoError(t, r.Close())
	require.Equal(t, end, next)
	for i, s := range last {
		if !l.trimming { // which may take any part of an append
			require.Equal(t, s.size, s.n+min(s.size, 1), "the last append of writer %d is torn", i)
			require.GreaterOrEqual(t, s.append+min(s.size, 1), p.acked[i], "an acknowledged append of writer %d is lost", i)
		}
		for n := range p.bodies[i] {
			requireBody(t, j, bodyOf(i, n))
		}
	}
	return last
}

// requireFollows checks that s is the record that its writer wrote after prev.
// Trimming leaves an order, but may take any of what came between.
func requireFollows(t *testing.T, prev, s stamp, trimming bool) {
	t.Helper()
	var ok bool
	switch {
	case trimming || prev.size == 0:
		ok = prev.size == 0 || s.append > prev.append || s.append == prev.append && s.n > prev.n
	case s.append == prev.append:
		ok = s.n == prev.n+1
	default:
		ok = s.append == prev.append+1 && s.n == 0 && prev.n+1 == prev.size
	}
	if !ok {
		t.Fatalf("lost, torn or out of order: %+v follows %+v", s, prev)
	}
}

func requireBody(t *testing.T, j journal.Journal, body []byte) {
	t.Helper()
	sum := sha256.Sum256(body)
	got, err := j.Body(t.Context(), hex.EncodeToString(sum[:]))
	require.NoError(t, err)
	require.Equal(t, body, got)
}

// adopt makes what survived the beginning of the next life. What was
// acknowledged after the crash belongs to a world that is gone.
func (l *load) adopt(t *testing.T, j journal.Journal, p promise, last [writers]stamp) {
	t.Helper()
	for i, s := range last {
		l.acked[i].Store(max(p.acked[i], s.append+min(s.size, 1)))
		l.last[i].Store(&p.last[i])
		l.bodies[i].Store(p.bodies[i])
	}
	end := j.End()
	l.read.Store(&end)
	if l.trimming {
		require.NoError(t, j.Trim(t.Context(), end))
		l.trim.Store(&end)
	}
}
