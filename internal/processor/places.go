package processor

import (
	"encoding/binary"

	"github.com/rapporthq/rapport/internal/person"
)

// places says where people lie in the slabs of packed, in eight bytes each: a hash
// table with linear probing, which has the first bits of each person's hash and
// leaves it to its owner to compare the whole. A map from ids took 150 MB for a
// million people.
type places struct {
	slots []place // a power of two
	shift uint    // of a place, down to the slot where it belongs
	n     int     // taken slots
}

// place is, from the top, the first bits of the hash, the number of the slab as far
// as it goes, the offset within the slab, and the flags. Zero is a free slot.
type place uint64

const (
	placeTaken place = 1 << iota
	placeUsed        // read since it was put

	offsetAt   = 2
	offsetBits = 20 // of slabBytes
	slabAt     = offsetAt + offsetBits
	slabBits   = 12
	hashAt     = slabAt + slabBits

	mostSlabs = 1<<slabBits - 1 // one number more is in use while a slab is emptied

	firstPlaces = 1 << 10
)

func newPlaces() places { return places{slots: make([]place, firstPlaces), shift: 64 - 10} }

// placeOf is the place of id, unused.
func placeOf(id person.ID, slab uint32, offset int) place {
	return hashOf(id)<<hashAt | place(slab&mostSlabs)<<slabAt | place(offset)<<offsetAt | placeTaken //nolint:gosec // an offset is not negative
}

// hashOf is some of id, which is a hash, without the partition: groups have only
// some of those.
func hashOf(id person.ID) place {
	return place(binary.BigEndian.Uint32(id[1:]) >> (32 - (64 - hashAt)))
}

func (p place) hash() place  { return p >> hashAt }
func (p place) slab() uint32 { return uint32(p>>slabAt) & mostSlabs } //nolint:gosec // cut to its bits
func (p place) offset() int  { return int(p >> offsetAt & (1<<offsetBits - 1)) }

// home is the slot in which a hash belongs, if it is free.
func (t *places) home(hash place) int { return int(hash << hashAt >> t.shift) } //nolint:gosec // a slot

func (t *places) next(slot int) int { return (slot + 1) & (len(t.slots) - 1) }

// at returns the slot of exactly this place, used or not.
func (t *places) at(p place) (slot int, found bool) {
	for slot = t.home(p.hash()); t.slots[slot] != 0; slot = t.next(slot) {
		if t.slots[slot]&^placeUsed == p {
			return slot, true
		}
	}
	return 0, false
}

func (t *places) add(p place) {
	if t.n++; t.n > len(t.slots)/4*3 {
		old := t.slots
		t.slots = make([]place, 2*len(old))
		t.shift--
		for _, o := range old {
			if o != 0 {
				t.put(o)
			}
		}
	}
	t.put(p)
}

func (t *places) put(p place) {
	slot := t.home(p.hash())
	for t.slots[slot] != 0 {
		slot = t.next(slot)
	}
	t.slots[slot] = p
}

// remove frees a slot, and moves into it what was only put behind because it was
// taken.
func (t *places) remove(slot int) {
	t.n--
	mask := len(t.slots) - 1
	for o := t.next(slot); t.slots[o] != 0; o = t.next(o) {
		if home := t.home(t.slots[o].hash()); (o-home)&mask >= (o-slot)&mask {
			t.slots[slot] = t.slots[o]
			slot = o
		}
	}
	t.slots[slot] = 0
}
