package decide

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// travelVersion is the first byte of statistics that travel.
const travelVersion = 1

var errTravel = errors.New("statistics that travelled are damaged")

// Pieces encodes what was learned, one piece an action of which anything was, so
// that none is longer than its action's coefficients make it. What a partition
// learns in a day is thin: zeros take no room. The order is that of the layout.
func (s *Statistics) Pieces() [][]byte {
	var out [][]byte
	for i := range s.Blocks {
		if m := &s.Blocks[i]; m.N != 0 || m.YY != 0 {
			b := binary.AppendUvarint([]byte{travelVersion}, uint64(i)) //nolint:gosec // an index
			b = appendFloat(appendFloat(b, m.N), m.YY)
			out = append(out, appendThin(appendThin(b, m.XY), m.XX))
		}
	}
	return out
}

// Add adds a piece of the statistics of the same layout.
func (s *Statistics) Add(piece []byte) error {
	if len(piece) == 0 || piece[0] != travelVersion {
		return errTravel
	}
	i, n := binary.Uvarint(piece[1:])
	rest := piece[1+max(n, 0):]
	if n <= 0 || i >= uint64(len(s.Blocks)) || len(rest) < 16 {
		return errTravel
	}
	m := &s.Blocks[i]
	trials, squares := floatOf(rest), floatOf(rest[8:])
	more := Moments{XY: make([]float64, len(m.XY)), XX: make([]float64, len(m.XX))}
	rest, err := readThin(rest[16:], more.XY)
	if err == nil {
		rest, err = readThin(rest, more.XX)
	}
	if err != nil || len(rest) > 0 {
		return fmt.Errorf("block %d: %w", i, errTravel)
	}
	m.N += trials
	m.YY += squares
	for j, v := range more.XY {
		m.XY[j] += v
	}
	for j, v := range more.XX {
		m.XX[j] += v
	}
	return nil
}

// Empty reports whether nothing was learned.
func (s *Statistics) Empty() bool {
	for i := range s.Blocks {
		if s.Blocks[i].N != 0 || s.Blocks[i].YY != 0 {
			return false
		}
	}
	return true
}

func appendFloat(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(b, math.Float64bits(v))
}

func floatOf(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }

// appendThin writes how many numbers are not zero, and each of them after how many
// places to go on by.
func appendThin(b []byte, vs []float64) []byte {
	n := 0
	for _, v := range vs {
		if v != 0 {
			n++
		}
	}
	b = binary.AppendUvarint(b, uint64(n)) //nolint:gosec // a length
	last := 0
	for i, v := range vs {
		if v != 0 {
			b = appendFloat(binary.AppendUvarint(b, uint64(i-last)), v) //nolint:gosec // ascending
			last = i
		}
	}
	return b
}

func readThin(b []byte, into []float64) ([]byte, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(into)) {
		return nil, errTravel
	}
	b = b[n:]
	at := uint64(0)
	for range count {
		step, n := binary.Uvarint(b)
		if n <= 0 || len(b) < n+8 || step >= uint64(len(into)) {
			return nil, errTravel
		}
		if at += step; at >= uint64(len(into)) {
			return nil, errTravel
		}
		into[at] = floatOf(b[n:])
		b = b[n+8:]
	}
	return b, nil
}
