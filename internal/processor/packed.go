package processor

import (
	"encoding/binary"

	"github.com/rapporthq/rapport/internal/person"
)

// packed holds people in their stored form, in a bounded number of bytes. It is
// a log in slabs: what is put goes to the end, and when there are enough slabs the
// oldest is emptied, what still counts of it moving to the end. Each person has a
// little room to grow, so that most of what is put lies where it lay before. A
// million people are a few hundred slabs to the garbage collector, and no pointers.
//
// While all of a partition's people are here it is whole, and who is not here is
// nobody: then the store need not be asked.
type packed struct {
	max   int      // slabs
	slabs [][]byte // oldest first; each a sequence of id, room, length (4 bytes each), data, rest of the room
	first uint32   // number of the oldest slab
	spare []byte   // what the next slab is made of
	at    places   // of the latest form of each
	live  int      // bytes that at points to
	whole [person.Partitions]bool
}

const (
	slabBytes    = 1 << 20
	packedHead   = len(person.ID{}) + 8
	packedRoom   = 32            // a person's room is a multiple of it
	packedLimit  = slabBytes / 8 // a larger person is not kept
	packedPerson = 512           // a guess of what a person takes, to see whether a partition fits
)

func newPacked(bytes int) packed {
	return packed{max: min(max(bytes/slabBytes, 4), mostSlabs), at: newPlaces()}
}

// get returns the stored form of id, valid until the next put. known is false
// when only the store knows.
func (c *packed) get(id person.ID) (b []byte, known bool) {
	slot, found := c.find(id)
	if !found {
		return nil, c.whole[id.Home()]
	}
	c.at.slots[slot] |= placeUsed
	b = c.entry(c.at.slots[slot])
	return b[packedHead:][:binary.LittleEndian.Uint32(b[packedHead-4:])], true
}

// find returns the slot of at that has id.
func (c *packed) find(id person.ID) (slot int, found bool) {
	hash := hashOf(id)
	for slot = c.at.home(hash); c.at.slots[slot] != 0; slot = c.at.next(slot) {
		if p := c.at.slots[slot]; p.hash() == hash && person.ID(c.from(p)[:len(id)]) == id {
			return slot, true
		}
	}
	return 0, false
}

// from is what a slab has from a place on.
func (c *packed) from(p place) []byte { return c.slabs[(p.slab()-c.first)&mostSlabs][p.offset():] }

// entry is a person in a slab: the head and the room behind it.
func (c *packed) entry(p place) []byte {
	b := c.from(p)
	return b[:packedHead+int(binary.LittleEndian.Uint32(b[len(person.ID{}):]))]
}

// put keeps b, which it copies, as the form of id.
func (c *packed) put(id person.ID, b []byte) {
	slot, found := c.find(id)
	if found {
		if old := c.entry(c.at.slots[slot]); len(b) <= len(old)-packedHead {
			binary.LittleEndian.PutUint32(old[packedHead-4:], uint32(len(b)))
			copy(old[packedHead:], b)
			return
		}
		c.drop(slot)
	}
	room := (len(b)/packedRoom + 1) * packedRoom
	if packedHead+room > packedLimit {
		c.whole[id.Home()] = false
		return
	}
	c.makeRoom(packedHead + room)
	c.append(id, b, room)
}

func (c *packed) append(id person.ID, b []byte, room int) {
	last := len(c.slabs) - 1
	s := c.slabs[last]
	c.at.add(placeOf(id, c.first+uint32(last), len(s)))
	end := len(s) + packedHead + room
	s = append(s, id[:]...)
	s = binary.LittleEndian.AppendUint32(s, uint32(room))
	s = binary.LittleEndian.AppendUint32(s, uint32(len(b)))
	c.slabs[last] = append(s, b...)[:end]
	c.live += packedHead + room
}

func (c *packed) drop(slot int) {
	c.live -= len(c.entry(c.at.slots[slot]))
	c.at.remove(slot)
}

// fits reports whether n more people may be expected to stay.
func (c *packed) fits(n int64) bool { return int64(c.live)+n*packedPerson < c.most() }

// most is the weight up to which everything stays: some room is for what has
// outgrown its own since.
func (c *packed) most() int64 { return int64(c.max) * slabBytes / 8 * 7 }

// enough is how many slabs serve what is here: an eighth more than it weighs. That
// emptying one then moves nearly all of it costs little, since few outgrow their
// room.
func (c *packed) enough() int { return c.live*9/8/slabBytes + 4 }

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
		id := person.ID(old[at:][:len(person.ID{})])
		room := int(binary.LittleEndian.Uint32(old[at+len(id):]))
		size := int(binary.LittleEndian.Uint32(old[at+packedHead-4:]))
		if slot, ok := c.at.at(placeOf(id, number, at)); ok {
			used := c.at.slots[slot]&placeUsed != 0
			c.at.remove(slot)
			c.live -= packedHead + room
			if (used || int64(c.live) < c.most()) && !force {
				c.append(id, old[at+packedHead:][:size], room)
			} else {
				c.whole[id.Home()] = false
			}
		}
		at += packedHead + room
	}
	c.spare = old
}
