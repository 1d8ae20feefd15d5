package report

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// listed is people in the order of a list.
type listed interface {
	len() int
	id(at int) person.ID
	find(id person.ID) int // where in the list; -1: not in it
}

// byID is a list of ids.
type byID []person.ID

func (l byID) len() int              { return len(l) }
func (l byID) id(at int) person.ID   { return l[at] }
func (l byID) find(id person.ID) int { return slices.Index(l, id) }

// byPlace is a list of places in a digest: a quarter of the memory of ids.
type byPlace struct {
	d      *digest
	places []int32
}

func (l byPlace) len() int { return len(l.places) }

func (l byPlace) id(at int) person.ID {
	id, _, _ := l.d.atlas.Person(int(l.places[at]))
	return id
}

func (l byPlace) find(id person.ID) int {
	place, ok := l.d.place(id)
	if !ok {
		return -1
	}
	return slices.Index(l.places, int32(place)) //nolint:gosec // an atlas holds fewer than 2^31 people
}

// lists are those that were asked for of a digest, the latest last: who turns a page
// does not wait for the list once more.
type lists struct {
	sync.Mutex

	made []madeList
}

type madeList struct {
	of     Filter
	places []int32
}

const mostLists = 4 // each takes four bytes a person

func (l *lists) get(f Filter) ([]int32, bool) {
	l.Lock()
	defer l.Unlock()
	if i := slices.IndexFunc(l.made, func(m madeList) bool { return m.of == f }); i >= 0 {
		return l.made[i].places, true
	}
	return nil, false
}

func (l *lists) put(f Filter, places []int32) {
	l.Lock()
	defer l.Unlock()
	if len(l.made) == mostLists {
		l.made = slices.Delete(l.made, 0, 1)
	}
	l.made = append(l.made, madeList{f, places})
}

// filtered lists everybody in the digest whom f, of which match is the test, is of.
func (d *digest) filtered(f Filter, match func(int) bool) listed {
	f.Limit, f.Cursor = 0, ""
	if f == (Filter{}) {
		return byPlace{d, d.order}
	}
	places, ok := d.lists.get(f)
	if !ok {
		in := newPlaces(len(d.order))
		for i := range d.order {
			if match(i) {
				in.add(i)
			}
		}
		places = in.ordered(d.order, in.n)
		d.lists.put(f, places)
	}
	return byPlace{d, places}
}

// places is a set of places. Going through a million people in the order in which they
// are held, and then through a set in the order of the list, takes a fifth of the time
// of going through them in the list's.
type places struct {
	bits []uint64
	n    int
}

func newPlaces(people int) *places { return &places{bits: make([]uint64, (people+63)/64)} }

func (p *places) add(i int) {
	p.bits[i>>6] |= 1 << (i & 63)
	p.n++
}

// ordered returns the first of the set, at most so many, as order has them.
func (p *places) ordered(order []int32, limit int) []int32 {
	out := make([]int32, 0, min(p.n, limit))
	for _, i := range order {
		if len(out) == cap(out) {
			break
		}
		if p.bits[i>>6]&(1<<(i&63)) != 0 {
			out = append(out, i)
		}
	}
	return out
}

// pageOf cuts a page out of a list. The cursor names the last person of the page
// before and their place, so a list that changed in between goes on near there.
func pageOf(all listed, limit int, cursor string) ([]person.ID, string, error) {
	from := 0
	if cursor != "" {
		b, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil || len(b) != len(person.ID{})+4 {
			return nil, "", fault.New(fault.Invalid, "cursor: not one that was given out; start from the first page").At("cursor")
		}
		from = int(binary.BigEndian.Uint32(b[16:]))
		if at := all.find(person.ID(b[:16])); at >= 0 {
			from = at + 1
		}
	}
	from = min(from, all.len())
	to := min(from+limit, all.len())
	page := make([]person.ID, 0, to-from)
	for i := from; i < to; i++ {
		page = append(page, all.id(i))
	}
	if to == all.len() {
		return page, "", nil
	}
	last := page[len(page)-1]
	return page, base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(last[:], uint32(to))), nil //nolint:gosec // fewer than 2^32 people
}
