package profile

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Vars returns what expressions may know of p at now. It reads p when it is
// asked, and traits once: it serves for one look at a person.
func (p *Person) Vars(ws *definition.Workspace, now event.Instant) definition.Vars {
	k := &known{p: p, ws: ws}
	return definition.Vars{Now: now, Known: k, Stage: p.Stage, Traits: k.values, Account: func() map[string]any { return p.accountValues(ws) }, State: p.StateValues}
}

// known is a person as expressions ask for them.
type known struct {
	p  *Person
	ws *definition.Workspace

	read   bool
	traits map[string]any
}

var _ definition.Known = (*known)(nil)

func (k *known) values() map[string]any {
	if !k.read {
		k.read, k.traits = true, k.p.TraitValues()
	}
	return k.traits
}

// Feature implements definition.Known.
func (k *known) Feature(f *definition.Feature, now event.Instant) any {
	return k.p.Value(f, k.ws.Currency, now)
}

// Changes implements definition.Known.
func (k *known) Changes(f *definition.Feature, now event.Instant) event.Instant {
	if v := k.p.Features.At(f.ID); v != nil {
		return v.next(f, now)
	}
	return 0
}

// Times implements definition.Known.
func (k *known) Times(f *definition.Feature) []event.Instant {
	if v := k.p.Features.At(f.ID); v != nil {
		return v.Times
	}
	return nil
}

// InSegment implements definition.Known.
func (k *known) InSegment(id string) bool { return k.p.In(id) }

// Bucket implements definition.Known.
func (k *known) Bucket(salt string) float64 { return Bucket(k.ws.Seed, salt, k.p) }

// bucketVersion goes into every hash; changing it puts everybody elsewhere.
const bucketVersion = "rapport/bucket/1"

// Bucket returns a number from 0 to 99.99 in steps of a hundredth, which depends
// on the seed, the salt and the person and looks random.
func Bucket(seed, salt string, p *Person) float64 { return BucketOf(seed, salt, p.ID) }

// BucketOf is Bucket by the person's id.
func BucketOf(seed, salt string, id person.ID) float64 {
	b := make([]byte, 0, 96)
	for _, s := range [...]string{bucketVersion, seed, salt} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	h := sha256.Sum256(append(b, id[:]...))
	return float64(binary.BigEndian.Uint64(h[:8])%10_000) / 100
}

// In reports whether p belongs to a segment.
func (p *Person) In(segment string) bool {
	_, found := p.membership(segment)
	return found
}

func (p *Person) membership(segment string) (int, bool) {
	return slices.BinarySearchFunc(p.Segments, segment, func(m Membership, id string) int { return strings.Compare(m.Segment, id) })
}

// Enter adds a membership, unless there is one.
func (p *Person) Enter(m Membership) {
	if i, found := p.membership(m.Segment); !found {
		p.Segments = slices.Insert(p.Segments, i, m)
	}
}

// Leave ends a membership.
func (p *Person) Leave(segment string) {
	if i, found := p.membership(segment); found {
		p.Segments = slices.Delete(p.Segments, i, i+1)
	}
	if len(p.Segments) == 0 {
		p.Segments = nil
	}
}
