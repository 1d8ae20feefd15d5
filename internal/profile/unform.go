package profile

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// form reads what writer writes. Once b runs out bad is set, and everything after
// is zero.
type form struct {
	b     []byte // what is left of it
	whole []byte
	base  event.Instant
	words *words
	bad   bool

	// Copies of all of it, which the texts and bytes of one person share.
	texts string
	own   []byte
}

func (r *form) fail() { r.b, r.bad = nil, true }

func (r *form) uint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		v := r.b[0]
		r.b = r.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *form) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *form) time() event.Instant  { return r.base + event.Instant(r.int()) }
func (r *form) micros() event.Micros { return event.Micros(r.int()) }

// take returns the next n bytes, which are not its reader's to keep.
func (r *form) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	s := r.b[:n:n]
	r.b = r.b[n:]
	return s
}

func (r *form) text() string {
	s := r.take(r.uint())
	if len(s) == 0 {
		return ""
	}
	if r.texts == "" {
		r.texts = string(r.whole)
	}
	end := len(r.whole) - len(r.b)
	return r.texts[end-len(s) : end]
}

// word is a text that many people have.
func (r *form) word() string { return r.words.word(r.take(r.uint())) }

func (r *form) bytes() []byte {
	s := r.take(r.uint())
	if len(s) == 0 {
		return nil
	}
	if r.own == nil {
		r.own = bytes.Clone(r.whole)
	}
	end := len(r.whole) - len(r.b)
	return r.own[end-len(s) : end : end]
}

func (r *form) hash() string {
	n := r.uint()
	if n == 0 {
		return r.words.hash(r.take(32))
	}
	return r.words.word(r.take(n - 1))
}

// count reads how many of something follow, each of which takes a byte at least.
func (r *form) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

func readEntries[V any](r *form, value func(*form) V) map[string]V {
	n := r.count()
	if n == 0 {
		return nil
	}
	m := make(map[string]V, n)
	for range n {
		k := r.word()
		m[k] = value(r)
	}
	if len(m) != n {
		r.fail() // a key came twice: not what a writer writes
	}
	return m
}

// readSorted reads what sorted writes.
func readSorted[V any](r *form, value func(*form) V) Sorted[V] {
	n := r.count()
	if n == 0 {
		return nil
	}
	s := make(Sorted[V], 0, n)
	for i := range n {
		k := r.word()
		if i > 0 && k <= s[i-1].Key {
			r.fail() // not what a writer writes
		}
		s = append(s, Entry[V]{k, value(r)})
	}
	return s
}

func readList[V any](r *form, value func(*form) V) []V {
	n := r.count()
	if n == 0 {
		return nil
	}
	l := make([]V, 0, n)
	for range n {
		l = append(l, value(r))
	}
	return l
}

// person reads all parts but the last into p, and reports whether it follows.
func (r *form) person(p *Person) (more bool) {
	copy(p.ID[:], r.take(uint64(len(p.ID))))
	parts := r.uint()
	if parts >= partBelief<<1 {
		r.fail()
	}
	if parts&partFirstSeen != 0 {
		p.FirstSeen = event.Instant(r.int())
		r.base = p.FirstSeen
	}
	if parts&partLastSeen != 0 {
		p.LastSeen = r.time()
	}
	if parts&partEvents != 0 {
		p.Events = r.int()
	}
	if parts&partIdentities != 0 {
		p.Identities = readList(r, (*form).identity)
	}
	if parts&partTraits != 0 {
		p.Traits = readSorted(r, (*form).trait)
	}
	if parts&partFeatures != 0 {
		p.Features = readSorted(r, (*form).feature)
	}
	if parts&partConsent != 0 {
		p.Consent = readSorted(r, (*form).consent)
	}
	if parts&partDeclared != 0 {
		p.Declared = readSorted(r, (*form).consent)
	}
	if parts&partStage != 0 {
		p.Stage = r.word()
	}
	if parts&partStageSince != 0 {
		p.StageSince = r.time()
	}
	if parts&partDefinition != 0 {
		p.Definition = r.hash()
	}
	if parts&partBasis != 0 {
		p.Basis = r.hash()
	}
	if parts&partGoals != 0 {
		p.Goals = readEntries(r, (*form).goal)
	}
	if parts&partTimers != 0 {
		p.Timers = readList(r, (*form).timer)
	}
	if parts&partLinked != 0 {
		p.Linked = readList(r, (*form).identity)
	}
	if parts&partWalk != 0 {
		r.walk(&p.Walk)
	}
	if parts&partEarned != 0 {
		p.Earned = readEntries(r, (*form).micros)
	}
	if parts&partSegments != 0 {
		p.Segments = readList(r, (*form).membership)
	}
	if parts&partRank != 0 {
		rank := r.uint()
		if rank > 0xff {
			r.fail()
		}
		p.Rank = person.Rank(rank) //nolint:gosec // one byte
	}
	if parts&partMet != 0 {
		p.Met = readList(r, (*form).met)
	}
	if parts&partModel != 0 {
		p.Model = r.uint()
	}
	if parts&partBelief != 0 {
		p.Belief = r.belief()
	}
	return parts&partRest != 0
}

func (r *form) identity() person.Identity {
	return person.Identity{Kind: person.Kind(r.word()), Value: r.text()}
}

func (r *form) met() (m Met) {
	bits := r.uint()
	if bits >= 1<<3 {
		r.fail()
	}
	m.First = r.time()
	if bits&1 != 0 {
		m.Last = r.time()
	}
	if bits&2 != 0 {
		m.Source = r.word()
	}
	if bits&4 != 0 {
		copy(m.Of[:], r.take(uint64(len(m.Of))))
	}
	return m
}

func (r *form) trait() Trait { return Trait{Value: r.bytes(), Time: r.time()} }

func (r *form) feature() (f Feature) {
	bits := r.uint()
	if bits >= 1<<7 {
		r.fail()
	}
	if bits&1 != 0 {
		f.Count = r.int()
	}
	if bits&2 != 0 {
		f.Money = readSorted(r, (*form).micros)
	}
	if bits&4 != 0 {
		f.At = r.time()
	}
	if bits&8 != 0 {
		f.Value = r.bytes()
	}
	if bits&16 != 0 {
		f.Grain = readList(r, func(r *form) Grain {
			return Grain{At: r.int(), Count: r.int(), Money: readSorted(r, (*form).micros)}
		})
	}
	if bits&32 != 0 {
		f.Seen = readList(r, func(r *form) (s Seen) {
			s.At = r.int()
			if b := r.take(8); b != nil {
				s.Hash = binary.BigEndian.Uint64(b)
			}
			return s
		})
	}
	if bits&64 != 0 {
		f.Times = readList(r, (*form).time)
	}
	return f
}

func (r *form) consent() Consent {
	bits := r.uint()
	c := Consent{Given: bits&1 != 0, Time: r.time()}
	if bits&2 != 0 {
		c.Proof = r.word()
	}
	if bits >= 1<<2 {
		r.fail()
	}
	return c
}

func (r *form) goal() Goal {
	bits := r.uint()
	if bits >= 1<<11 {
		r.fail()
	}
	number := func(bit uint64) int64 {
		if bits&bit == 0 {
			return 0
		}
		return r.int()
	}
	instant := func(bit uint64) event.Instant {
		if bits&bit == 0 {
			return 0
		}
		return r.time()
	}
	g := Goal{Joined: r.time(), Arm: Arm(r.word())}
	g.Before, g.KPI = event.Micros(number(1)), event.Micros(number(2))
	g.Reached = instant(4)
	g.Chosen, g.Silent, g.Sent, g.Held = int(number(8)), int(number(16)), int(number(32)), int(number(64))
	g.Reachable = bits&128 != 0
	g.Next = instant(256)
	if bits&512 != 0 {
		g.First = Arm(r.word())
	}
	g.Yielded = int(number(1024))
	return g
}

func (r *form) timer() Timer {
	return Timer{Kind: TimerKind(r.uint()), Due: r.time(), Ref: r.word()}
}

func (r *form) walk(k *Walk) {
	bits := r.uint()
	if bits >= 1<<4 {
		r.fail()
	}
	k.Response = bits&1 != 0
	k.Visits = r.int()
	if bits&2 != 0 {
		k.VisitStart = r.time()
	}
	if bits&4 != 0 {
		k.LastOwn = r.time()
	}
	k.Effort = Effort{Outreach: r.int(), Response: r.int(), Unprompted: r.int()}
	if bits&8 != 0 {
		k.Touchpoint = r.word()
	}
}

func (r *form) membership() Membership {
	return Membership{Segment: r.word(), Since: r.time(), Version: r.hash()}
}

// words keeps one copy of each text that many people share, so that reading a
// person makes no other. It is bounded, and safe for concurrent use.
type words struct {
	texts  wordMap
	hashes wordMap // hex, by the bytes it is of
}

// wordMap is copied when a word is added, which happens a few thousand times in
// its life.
type wordMap struct {
	known  atomic.Pointer[map[string]string]
	adding sync.Mutex
}

const (
	mostWords   = 4096
	longestWord = 128
)

func (w *words) word(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := w.texts.of(b); ok {
		return s
	}
	return w.texts.add(string(b), string(b))
}

// hash returns the hex form of b.
func (w *words) hash(b []byte) string {
	if s, ok := w.hashes.of(b); ok {
		return s
	}
	return w.hashes.add(string(b), hex.EncodeToString(b))
}

func (w *wordMap) of(key []byte) (string, bool) {
	known := w.known.Load()
	if known == nil {
		return "", false
	}
	s, ok := (*known)[string(key)]
	return s, ok
}

func (w *wordMap) add(key, s string) string {
	if known := w.known.Load(); len(key) > longestWord || known != nil && len(*known) >= mostWords {
		return s
	}
	w.adding.Lock()
	defer w.adding.Unlock()
	next := map[string]string{}
	if known := w.known.Load(); known != nil {
		next = maps.Clone(*known)
	}
	next[key] = s
	w.known.Store(&next)
	return s
}
