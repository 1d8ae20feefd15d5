package journal

// This test is inside the package because a frame's form is nobody else's
// business, and everybody's on the day when a disk returns garbage.

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// encode returns the value of a frame and what decoding it must give.
func encode(seq uint64, groups [][]Entry, next Positions) ([]byte, *frame) {
	f, body := newFrame(seq, groups, &next)
	return f.appendTo([]byte("before"), body)[len("before"):], f
}

func decodeAll(seq uint64, value []byte) (*frame, error) {
	h, err := parseHeader(seq, value)
	if err != nil {
		return nil, err
	}
	all := setOf(All())
	return h.decode(&all, &Positions{})
}

func requireSameFrame(t *testing.T, want, got *frame) {
	t.Helper()
	same := func(a, b Record) bool {
		return a.Partition == b.Partition && a.Offset == b.Offset && bytes.Equal(a.Data, b.Data)
	}
	if want.seq == got.seq && want.weight == got.weight &&
		slices.Equal(want.spans, got.spans) && slices.EqualFunc(want.records, got.records, same) {
		return // without the cost of finding differences
	}
	opts := []cmp.Option{cmp.AllowUnexported(frame{}, span{}), cmp.Comparer(bytes.Equal)}
	if d := cmp.Diff(want, got, opts...); d != "" {
		t.Fatalf("frames differ (-want +got):\n%s", d)
	}
}

// entriesFrom makes groups of entries out of any bytes, so that fuzzing reaches
// every shape of frame.
func entriesFrom(b []byte) (groups [][]Entry, next Positions) {
	for i := range next {
		next[i] = 1
	}
	groups = [][]Entry{nil}
	for len(b) >= 4 {
		p, n, group := person.Partition(b[0]), int(b[1])<<(b[2]%4), b[2]&0x80 != 0
		next[p] += Offset(b[3])
		b = b[4:]
		n = min(n, len(b))
		if group {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], Entry{p, b[:n]})
		b = b[n:]
	}
	groups[0] = append(groups[0], Entry{255, nil})
	return groups, next
}

func FuzzDecodingWhatWasEncodedGivesItBack(f *testing.F) {
	f.Add(uint64(1), []byte{})
	f.Add(uint64(0), []byte{3, 0, 0, 0})
	f.Add(uint64(math.MaxUint64), append([]byte{7, 255, 0x83, 9}, make([]byte, 3000)...))
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		b := make([]byte, r.IntN(5000))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(r.Uint64(), b)
	}
	f.Fuzz(func(t *testing.T, seq uint64, b []byte) {
		groups, next := entriesFrom(b)
		value, want := encode(seq, groups, next)
		got, err := decodeAll(seq, value)
		require.NoError(t, err)
		requireSameFrame(t, want, got)
		_, err = parseHeader(seq+1, value)
		require.ErrorIs(t, err, ErrCorrupt)
	})
}

func FuzzDecodingGarbageFailsInOrder(f *testing.F) {
	value, _ := encode(7, [][]Entry{{{1, []byte("one")}, {2, nil}, {1, make([]byte, 4000)}}}, Positions{1: 1, 2: 9})
	f.Add(value[:len(value)-checksumSize])
	small, _ := encode(7, [][]Entry{{{1, []byte("one")}}}, Positions{1: 1})
	f.Add(small[:len(small)-checksumSize])
	f.Add([]byte{})
	f.Add([]byte{1, 1, 7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := decodeAll(7, b); err == nil && len(b) < checksumSize {
			t.Fatal("less than a checksum was read")
		}
		// With a good checksum the rest of the decoder has to face it.
		value := binary.LittleEndian.AppendUint64(bytes.Clone(b), xxhash.Sum64(b))
		frame, err := decodeAll(7, value)
		if err != nil {
			require.True(t, isDamage(err), "%v", err)
			return
		}
		// What decodes is a frame: writing it again gives the same records.
		next, entries := Positions{}, []Entry(nil)
		for _, s := range frame.spans {
			next[s.partition] = s.first
		}
		for _, r := range frame.records {
			entries = append(entries, Entry{r.Partition, r.Data})
		}
		again, want := encode(7, [][]Entry{entries}, next)
		got, err := decodeAll(7, again)
		require.NoError(t, err)
		requireSameFrame(t, want, got)
	})
}

func isDamage(err error) bool {
	return fault.Is(err, fault.Unsupported) || errors.Is(err, ErrCorrupt)
}

func TestEveryFlippedBitOfAFrameIsNoticed(t *testing.T) {
	t.Parallel()
	value, _ := encode(3, [][]Entry{{{1, []byte("one")}, {9, []byte("two")}}}, Positions{1: 5, 9: 1})
	for i := range len(value) * 8 {
		value[i/8] ^= 1 << (i % 8)
		_, err := decodeAll(3, value)
		require.True(t, isDamage(err), "bit %d: %v", i, err)
		value[i/8] ^= 1 << (i % 8)
	}
	for n := range value {
		_, err := decodeAll(3, value[:n])
		require.True(t, isDamage(err), "%d bytes: %v", n, err)
	}
}

func TestANewerFrameIsRefusedByName(t *testing.T) {
	t.Parallel()
	value, _ := encode(3, [][]Entry{{{1, []byte("one")}}}, Positions{1: 1})
	value[0] = frameVersion + 1
	_, err := decodeAll(3, value)
	require.True(t, fault.Is(err, fault.Unsupported), "%v", err)
	require.ErrorContains(t, err, "frame 3 has format version 2")
}

// A frame as the first release wrote it. It must be readable for ever.
func TestAFrameOfVersionOneIsReadable(t *testing.T) {
	t.Parallel()
	const onDisk = "0100" + "2a" + "03" + "0d" + "02" + "010501" + "ff0102" + "ff0161" + "01036f6e65" + "ff03" + "747762"
	content, err := hex.DecodeString(onDisk)
	require.NoError(t, err)
	value := binary.LittleEndian.AppendUint64(content, xxhash.Sum64(content))
	got, err := decodeAll(42, value)
	require.NoError(t, err)
	requireSameFrame(t, &frame{
		seq:    42,
		spans:  []span{{1, 5, 1}, {255, 1, 2}},
		weight: 13,
		records: []Record{
			{255, 1, []byte("a")},
			{1, 5, []byte("one")},
			{255, 2, []byte("twb")},
		},
	}, got)
}

func TestDecodingTakesOnlyWhatIsWanted(t *testing.T) {
	t.Parallel()
	value, _ := encode(1, [][]Entry{{{1, []byte("a")}, {2, []byte("b")}, {1, []byte("c")}, {3, []byte("d")}}}, Positions{1: 1, 2: 1, 3: 1})
	h, err := parseHeader(1, value)
	require.NoError(t, err)
	want, from := setOf([]person.Partition{1, 3}), Positions{1: 2, 3: 2}
	require.True(t, has(h.spans, &want, &from))
	f, err := h.decode(&want, &from)
	require.NoError(t, err)
	require.Equal(t, []Record{{1, 2, []byte("c")}}, f.records)
	want = setOf([]person.Partition{3, 4})
	require.False(t, has(h.spans, &want, &from))
}
