package column

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// dict is a column of which rows say the same as many others: each holds the
// number of a state, and each state is kept once. State 0 is the empty one, of
// whom nothing is known. It has no pointers, for the collector's sake.
type dict struct {
	codes []uint32 // by row
	bytes []byte   // of all states, one after another
	ends  []uint32 // by state: where its bytes end
	refs  []uint32 // by state: how many rows have it
	index []uint32 // by hash: state plus one; a power of two, at most half full
	dead  int      // states that no row has
}

func newDict(rows int) *dict {
	d := &dict{codes: make([]uint32, rows), index: make([]uint32, 64)}
	d.ends, d.refs = []uint32{0}, []uint32{uint32(rows)} //nolint:gosec // fewer than 2^32 people
	return d
}

// state returns the bytes of a state. They are not to be changed.
func (d *dict) state(code uint32) []byte {
	begin := uint32(0)
	if code > 0 {
		begin = d.ends[code-1]
	}
	return d.bytes[begin:d.ends[code]]
}

// states is how many there are, those included that no row has any more.
func (d *dict) states() int { return len(d.ends) }

// grow adds a row about which nothing is known.
func (d *dict) grow() {
	d.codes = append(d.codes, 0)
	d.refs[0]++
}

// set gives a row a state.
func (d *dict) set(row int, state []byte) {
	old := d.codes[row]
	if bytes.Equal(d.state(old), state) {
		return
	}
	code := d.code(state)
	d.codes[row] = code
	if d.refs[code]++; code != 0 && d.refs[code] == 1 {
		d.dead-- // it was new, or is needed again
	}
	if d.refs[old]--; old != 0 && d.refs[old] == 0 {
		d.dead++
	}
	if d.dead > 1024 && d.dead > d.states()/2 {
		d.compact()
	}
}

// code finds or makes the code of a state. One that is made counts as dead until
// a row has it.
func (d *dict) code(state []byte) uint32 {
	if len(state) == 0 {
		return 0
	}
	at, found := d.find(state)
	if found {
		return d.index[at] - 1
	}
	code := uint32(len(d.ends)) //nolint:gosec // fewer than 2^32 states
	d.bytes = append(d.bytes, state...)
	d.ends = append(d.ends, uint32(len(d.bytes))) //nolint:gosec // bounded by the table's budget
	d.refs = append(d.refs, 0)
	d.dead++
	d.index[at] = code + 1
	if 2*len(d.ends) > len(d.index) {
		d.rehash()
	}
	return code
}

// find returns where in the index a state is, or would be (linear probing).
func (d *dict) find(state []byte) (at int, found bool) {
	mask := len(d.index) - 1
	for at = int(xxhash.Sum64(state)) & mask; d.index[at] != 0; at = (at + 1) & mask { //nolint:gosec // a hash
		if bytes.Equal(d.state(d.index[at]-1), state) {
			return at, true
		}
	}
	return at, false
}

func (d *dict) rehash() {
	d.index = make([]uint32, 2*len(d.index))
	for code := 1; code < len(d.ends); code++ {
		at, _ := d.find(d.state(uint32(code))) //nolint:gosec // fewer than 2^32 states
		d.index[at] = uint32(code) + 1         //nolint:gosec // as above
	}
}

// compact forgets the states that no row has.
func (d *dict) compact() {
	fresh := newDict(0)
	moved := make([]uint32, d.states())
	for code := 1; code < len(moved); code++ {
		if d.refs[code] > 0 {
			to := fresh.code(d.state(uint32(code))) //nolint:gosec // fewer than 2^32 states
			fresh.refs[to] = d.refs[code]
			moved[code] = to
		}
	}
	for row, code := range d.codes {
		d.codes[row] = moved[code]
	}
	fresh.codes, fresh.refs[0], fresh.dead = d.codes, d.refs[0], 0
	*d = *fresh
}

// size is what it takes of memory, in bytes.
func (d *dict) size() int64 {
	return int64(4*cap(d.codes) + cap(d.bytes) + 4*cap(d.ends) + 4*cap(d.refs) + 4*cap(d.index))
}
