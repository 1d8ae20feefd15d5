package processor

import (
	"encoding/binary"

	"github.com/rapporthq/rapport/internal/person"
)

// packed holds people in their stored form, in a bounded number of bytes. It is
// a log in slabs: what is put goes to the end, and when there are enough slabs the
// oldest is emptied, what still counts of it moving to the end. A million
// people are a few hundred slabs to the garbage collector, and no pointers.
//
// While all of a partition's people are here it is whole, and who is not here is
// nobody: then the store need not be asked.
type packed struct {
	max   int                 // slabs
	slabs [][]byte            // oldest first; each a sequence of id, length (4 bytes), data
	first uint32              // number of the oldest slab
	spare []byte              // what the next slab is made of
	at    map[person.ID]place // of the latest form of each
	live  int                 // bytes that at points to
	whole [person.Partitions]bool
}

// place is where a person lies. It has no pointers, for the collector's sake.
type place struct {
	slab   uint32
	offset uint32
	size   uint32
	used   bool // read since it was put
}

const (
	slabBytes    = 1 << 20
	packedHead   = len(person.ID{}) + 4
	packedLimit  = slabBytes / 8 // a larger person is not kept
	packedPerson = 512           // a guess of what a person takes, to see whether a partition fits
)

func newPacked(bytes int) packed {
	return packed{max: max(bytes/slabBytes, 4), at: map[person.ID]place{}}
}

// get returns the stored form of id, valid until the next put. known is false
// when only the store knows.
func (c *packed) get(id person.ID) (b []byte, known bool) {
	p, ok := c.at[id]
	if !ok {
		return nil, c.whole[id.Home()]
	}
	if !p.used {
		p.used = true
		c.at[id] = p
	}
	return c.data(p), true
}

func (c *packed) data(p place) []byte {
	return c.slabs[p.slab-c.first][p.offset : p.offset+p.size]
}

// put keeps b, which it copies, as the form of id.
func (c *packed) put(id person.ID, b []byte) {
	c.drop(id)
	size := packedHead + len(b)
	if size > packedLimit {
		c.whole[id.Home()] = false
		return
	}
	c.makeRoom(size)
	c.append(id, b, false)
}

func (c *packed) append(id person.ID, b []byte, used bool) {
	last := len(c.slabs) - 1
	s := append(c.slabs[last], id[:]...)
	s = binary.LittleEndian.AppendUint32(s, uint32(len(b)))
	c.at[id] = place{slab: c.first + uint32(last), offset: uint32(len(s)), size: uint32(len(b)), used: used}
	c.slabs[last] = append(s, b...)
	c.live += packedHead + len(b)
}

func (c *packed) drop(id person.ID) {
	if p, ok := c.at[id]; ok {
		c.live -= packedHead + int(p.size)
		delete(c.at, id)
	}
}

// fits reports whether n more people may be expected to stay.
func (c *packed) fits(n int64) bool { return int64(c.live)+n*packedPerson < c.most() }

// most is the weight up to which everything stays: a quarter of the room is for
// what has been put again since.
func (c *packed) most() int64 { return int64(c.max) * slabBytes / 4 * 3 }

// enough is how many slabs serve what is here: half as much again as it weighs,
// so that emptying one moves two thirds of it.
func (c *packed) enough() int { return c.live*3/2/slabBytes + 4 }

// makeRoom makes the last slab one with room for size bytes.
func (c *packed) makeRoom(size int) {
	for tries := 0; len(c.slabs) == 0 || slabBytes-len(c.slabs[len(c.slabs)-1]) < size; tries++ {
		if len(c.slabs) < min(c.max, c.enough()) {
			c.slabs = append(c.slabs, make([]byte, 0, slabBytes))
			return
		}
		c.empty(tries > len(c.slabs))
	}
}

// empty moves what still counts of the oldest slab to a new one at the end, where
// it fits by nature. When there is too much in all, or force is set, only what
// was read since stays.
func (c *packed) empty(force bool) {
	if c.spare == nil {
		c.spare = make([]byte, 0, slabBytes)
	}
	old := c.slabs[0]
	number := c.first
	c.slabs = append(c.slabs[1:], c.spare[:0])
	c.first++
	for at := 0; at < len(old); {
		var id person.ID
		copy(id[:], old[at:])
		size := binary.LittleEndian.Uint32(old[at+len(id):])
		at += packedHead
		p, ok := c.at[id]
		if ok && p.slab == number && p.offset == uint32(at) {
			c.drop(id)
			if (p.used || int64(c.live) < c.most()) && !force {
				c.append(id, old[at:at+int(size)], false)
			} else {
				c.whole[id.Home()] = false
			}
		}
		at += int(size)
	}
	c.spare = old
}
