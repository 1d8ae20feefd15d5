package journal

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2"

	"github.com/rapporthq/rapport/internal/person"
)

// Keys begin with the workspace (4 bytes, big-endian) and a letter:
//
//	f, number, 0   the index before frame number: the positions of its first records
//	f, number, 1   the frame
//	m, time        where the journal ended at that time
//	t              what was trimmed
//	w, hash        a body
//
// Frames come first, and only ever at their end, so that what Pebble flushes
// does not overlap with the frames that it flushed before, and compaction leaves
// them alone: each byte is written twice, to the log and to a table. A letter
// before f would undo that.
const (
	kindFrame = 'f'
	kindMark  = 'm'
	kindTrim  = 't'
	kindBody  = 'w'

	partIndex = 0
	partFrame = 1
)

// formatKey belongs to the directory and follows the keys of all workspaces.
const (
	formatKey        = "\xff\xff\xff\xffformat"
	reserved         = person.Workspace(math.MaxUint32)
	directoryVersion = 1
)

// indexVersion is the first byte of an index and of the trim record.
const indexVersion = 1

// indexEvery is how many frames lie between indexes, so how many a reader and
// recovery look through at most. An index takes about 1 KiB.
const indexEvery = 64

// keyspace makes the keys of one workspace.
type keyspace struct{ workspace person.Workspace }

func (k keyspace) key(kind byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 16), uint32(k.workspace)), kind)
}

func (k keyspace) frame(seq uint64) []byte {
	return append(binary.BigEndian.AppendUint64(k.key(kindFrame), seq), partFrame)
}

func (k keyspace) index(seq uint64) []byte {
	return append(binary.BigEndian.AppendUint64(k.key(kindFrame), seq), partIndex)
}

func (k keyspace) trim() []byte { return k.key(kindTrim) }

func (k keyspace) body(hash string) []byte { return append(k.key(kindBody), hash...) }

// frames iterates over the frames from first to before end, and the indexes
// between them.
func (k keyspace) frames(first, end uint64) *pebble.IterOptions {
	return &pebble.IterOptions{LowerBound: k.index(first), UpperBound: k.index(end)}
}

// parseFrameKey returns the number in a key that frame or index made, and
// whether it is a frame.
func parseFrameKey(key []byte) (seq uint64, isFrame bool) {
	const head = 4 + 1
	return binary.BigEndian.Uint64(key[head:]), key[head+8] == partFrame
}

// encodePositions writes an index: version, a frame number, 256 offsets
// (uvarints) and their xxHash64.
func encodePositions(seq uint64, p *Positions) []byte {
	b := append(make([]byte, 0, 1024), indexVersion)
	b = binary.AppendUvarint(b, seq)
	for _, o := range p {
		b = binary.AppendUvarint(b, uint64(o))
	}
	return binary.LittleEndian.AppendUint64(b, xxhash.Sum64(b))
}

func decodePositions(b []byte) (seq uint64, p Positions, err error) {
	n := len(b) - checksumSize
	if n < 1 || b[0] != indexVersion || xxhash.Sum64(b[:n]) != binary.LittleEndian.Uint64(b[n:]) {
		return 0, p, fmt.Errorf("%w: a record of positions does not agree with its checksum: restore the data folder from a backup", ErrCorrupt)
	}
	r := varints{b: b[1:n]}
	seq = r.next()
	for i := range p {
		p[i] = Offset(r.next())
	}
	if r.bad || len(r.b) > 0 {
		return 0, p, fmt.Errorf("%w: a record of positions is malformed: restore the data folder from a backup", ErrCorrupt)
	}
	return seq, p, nil
}
