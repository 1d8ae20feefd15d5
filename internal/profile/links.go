package profile

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// What bounds a person's identities, besides the limits of the definitions.
const (
	MostIdentities = 1000
	MostMerges     = 100

	mostRefusals = 100 // that are remembered; the oldest are forgotten
	mostApart    = 200 // pairs
	mostClaims   = 16  // people whom an address's home remembers
)

// Met tells of the identity at the same place in Identities.
type Met struct {
	First  event.Instant `cbor:"1,keyasint"`           // event time of the first event that named it
	Last   event.Instant `cbor:"2,keyasint,omitempty"` // and of the latest, if that is another
	Source string        `cbor:"3,keyasint,omitempty"` // of the first to arrive

	// Of is the record that it came with, or on whose behalf it was claimed; zero
	// is the person's own.
	Of person.ID `cbor:"4,keyasint,omitzero"`
}

// Merge is a record that was found to be this person, and could be taken out
// again.
type Merge struct {
	Record   person.ID       `cbor:"1,keyasint"`
	Into     person.ID       `cbor:"2,keyasint"` // the record that it became a forward to
	Identity person.Identity `cbor:"3,keyasint"` // that both had
	Time     event.Instant   `cbor:"4,keyasint"` // partition time
	Epoch    uint32          `cbor:"5,keyasint,omitempty"`
	Events   int             `cbor:"6,keyasint,omitempty"` // that came with it
	Force    event.Force     `cbor:"7,keyasint,omitempty"`
	By       string          `cbor:"8,keyasint,omitempty"`
}

// Refusal is an identity that an event named and that the person does not have.
type Refusal struct {
	Identity person.Identity `cbor:"1,keyasint"`
	Code     string          `cbor:"2,keyasint"`
	Time     event.Instant   `cbor:"3,keyasint"`
	Person   person.ID       `cbor:"4,keyasint,omitzero"` // whose it is, if anybody's
	Sentence string          `cbor:"5,keyasint,omitempty"`
}

// Home is what an identity's home remembers besides where it leads to.
type Home struct {
	Claims []person.ID `cbor:"1,keyasint,omitempty"` // records that have said to have the identity, oldest first
	Taint  *Suppressed `cbor:"2,keyasint,omitempty"` // of an address: it bounced or complained
}

// The codes of refusals.
const (
	OverLimit     = "over_limit"
	BelongsToOne  = "belongs_to_another"
	KeptApart     = "kept_apart"
	TooManyMerges = "too_many_merges"
	NoSuchMerge   = "no_such_merge"
)

// names calls use with each identity that e names, strongest first, besides its
// primary one. They are normal, and not necessarily allowed.
func names(e *event.Event, primary person.Identity, traits gjson.Result, use func(person.Identity)) {
	if e.AnonymousID != "" && primary.Kind == person.UserID {
		use(person.NewIdentity(person.AnonymousID, e.AnonymousID))
	}
	if traits.IsObject() {
		for _, k := range [...]person.Kind{person.Email, person.Phone} {
			if v := traits.Get(string(k)); v.Type == gjson.String || v.Type == gjson.Number {
				use(person.NewIdentity(k, v.String()))
			}
		}
	}
	if bytes.Contains(e.Context, []byte(`"token"`)) {
		if v := gjson.GetBytes(e.Context, "device.token"); v.Type == gjson.String {
			use(person.NewIdentity(person.DeviceToken, v.Str))
		}
	}
	if bytes.Contains(e.Context, []byte(`"externalIds"`)) {
		externals(e, use)
	}
}

// externals are those of the spec's context.externalIds of the collection users.
func externals(e *event.Event, use func(person.Identity)) {
	gjson.GetBytes(e.Context, "externalIds").ForEach(func(_, x gjson.Result) bool {
		kind := person.ExternalKind(x.Get("type").String())
		collection, encoding, id := x.Get("collection").String(), x.Get("encoding").String(), x.Get("id")
		ours := (collection == "" || collection == "users") && (encoding == "" || encoding == "none")
		if kind != "" && ours && (id.Type == gjson.String || id.Type == gjson.Number) {
			use(person.NewIdentity(kind, id.String()))
		}
		return true
	})
}

// identify notes the identities that e names.
func (p *Person) identify(ws *definition.Workspace, e *event.Event, traits gjson.Result, ch *Changes) {
	primary := e.Primary()
	if !primary.IsZero() {
		p.meet(ws, e, primary, true, ch)
	}
	names(e, primary, traits, func(i person.Identity) { p.meet(ws, e, i, false, ch) })
}

// meet notes that e names i. An identity that is new, and allowed, is listed and
// told of. sure is that of the record which e was addressed to: it is the
// person's, whatever the limits.
func (p *Person) meet(ws *definition.Workspace, e *event.Event, i person.Identity, sure bool, ch *Changes) {
	if at := slices.Index(p.Identities, i); at >= 0 { // nearly always, and of a few
		if at < len(p.Met) {
			p.Met[at].see(e.Time)
		}
		return
	}
	at, _ := slices.BinarySearchFunc(p.Identities, i, person.Identity.Compare)
	if i.Blocked() || p.refusal(i) >= 0 {
		return
	}
	if !sure {
		if why := p.full(ws, i.Kind); why != "" {
			r := Refusal{Identity: i, Code: OverLimit, Time: e.ReceivedAt, Sentence: why}
			p.Refuse(r)
			ch.Refused = append(ch.Refused, r)
			return
		}
	}
	m := Met{First: e.Time, Source: e.Source}
	if !e.Via.IsZero() && e.Via != p.ID {
		m.Of = e.Via
	}
	p.list(at, i, m)
	if !sure {
		ch.Identities = append(ch.Identities, i)
	}
}

func (m *Met) see(at event.Instant) {
	switch {
	case at < m.First:
		if m.Last == 0 {
			m.Last = m.First
		}
		m.First = at
	case at > m.First && at > m.Last:
		m.Last = at
	}
}

func (p *Person) list(at int, i person.Identity, m Met) {
	for len(p.Met) < len(p.Identities) { // from before it was noted
		p.Met = append(p.Met, Met{First: p.FirstSeen})
	}
	p.Identities = slices.Insert(p.Identities, at, i)
	p.Met = slices.Insert(p.Met, at, m)
}

// full says why p may have no further identity of kind k; empty when they may.
func (p *Person) full(ws *definition.Workspace, k person.Kind) string {
	if n, limit := p.count(k), ws.IdentityLimit(k); n >= limit {
		return fmt.Sprintf("This person already has %d of the kind %s, and the limit is %d.", n, k, limit)
	}
	if len(p.Identities) >= MostIdentities {
		return fmt.Sprintf("This person already has %d identities, and no one has more.", len(p.Identities))
	}
	return ""
}

func (p *Person) count(k person.Kind) (n int) {
	for _, i := range p.Identities {
		if i.Kind == k {
			n++
		}
	}
	return n
}

func (p *Person) refusal(i person.Identity) int {
	if len(p.Refusals) == 0 && len(p.Foreign) == 0 {
		return -1
	}
	if slices.Contains(p.Foreign, i) {
		return len(p.Refusals)
	}
	return slices.IndexFunc(p.Refusals, func(r Refusal) bool { return r.Identity == i })
}

// Has reports whether i is listed.
func (p *Person) Has(i person.Identity) bool {
	_, found := slices.BinarySearchFunc(p.Identities, i, person.Identity.Compare)
	return found
}

// Take lists i, with what is known of it. What is listed already keeps its owner.
func (p *Person) Take(i person.Identity, m Met) {
	if at := p.refusal(i); at >= 0 && at < len(p.Refusals) {
		p.Refusals = slices.Delete(p.Refusals, at, at+1)
	}
	p.Foreign = slices.DeleteFunc(p.Foreign, func(o person.Identity) bool { return o == i })
	at, found := slices.BinarySearchFunc(p.Identities, i, person.Identity.Compare)
	if !found {
		p.list(at, i, m)
		return
	}
	if at < len(p.Met) {
		p.Met[at].see(m.First)
		if m.Last != 0 {
			p.Met[at].see(m.Last)
		}
	}
}

// Drop takes i off the list.
func (p *Person) Drop(i person.Identity) {
	at, found := slices.BinarySearchFunc(p.Identities, i, person.Identity.Compare)
	if !found {
		return
	}
	p.Identities = slices.Delete(slices.Clone(p.Identities), at, at+1)
	if at < len(p.Met) {
		p.Met = slices.Delete(p.Met, at, at+1)
	}
}

// Refuse takes an identity off the person's list: whatever events go on to name
// both, it is not theirs.
func (p *Person) Refuse(r Refusal) {
	p.Drop(r.Identity)
	if at := p.refusal(r.Identity); at >= 0 && at < len(p.Refusals) {
		p.Refusals[at] = r
		return
	}
	p.Refusals = append(p.Refusals, r)
	if n := len(p.Refusals) - mostRefusals; n > 0 {
		p.Refusals = slices.Delete(p.Refusals, 0, n)
	}
}

// Forgive forgets refusals that test holds for: the identities may be asked for
// again.
func (p *Person) Forgive(test func(Refusal) bool) {
	p.Refusals = slices.DeleteFunc(p.Refusals, test)
	if len(p.Refusals) == 0 {
		p.Refusals = nil
	}
}

// Await marks that an answer about i is on its way: until then, silence.
func (p *Person) Await(i person.Identity) {
	if !slices.Contains(p.Settling, i) {
		p.Settling = append(p.Settling, i)
	}
}

// Settle marks that what was asked about i is answered.
func (p *Person) Settle(i person.Identity) {
	p.Settling = slices.DeleteFunc(p.Settling, func(o person.Identity) bool { return o == i })
	if len(p.Settling) == 0 {
		p.Settling = nil
	}
}

// Consists reports whether the record id is the person or a part of them.
func (p *Person) Consists(id person.ID) bool {
	return id == p.ID || slices.ContainsFunc(p.Merges, func(m Merge) bool { return m.Record == id })
}

// Part returns the record id with all that came with it, among the records merged
// into p.
func (p *Person) Part(id person.ID) []person.ID {
	out := []person.ID{id}
	for n := 0; n < len(out); n++ {
		for _, m := range p.Merges {
			if m.Into == out[n] && !slices.Contains(out, m.Record) {
				out = append(out, m.Record)
			}
		}
	}
	return out
}

// Keep remembers that two records are not to be joined.
func (p *Person) Keep(pair event.Pair) {
	if bytes.Compare(pair.A[:], pair.B[:]) > 0 {
		pair.A, pair.B = pair.B, pair.A
	}
	if pair.A == pair.B || slices.Contains(p.Apart, pair) {
		return
	}
	p.Apart = append(p.Apart, pair)
	if n := len(p.Apart) - mostApart; n > 0 {
		p.Apart = slices.Delete(p.Apart, 0, n)
	}
	slices.SortFunc(p.Apart, func(x, y event.Pair) int {
		return cmp.Or(bytes.Compare(x.A[:], y.A[:]), bytes.Compare(x.B[:], y.B[:]))
	})
}

// Claim remembers at an identity's home who has said to have it.
func (p *Person) Claim(id person.ID) {
	if p.Home == nil {
		p.Home = &Home{}
	}
	if slices.Contains(p.Home.Claims, id) {
		return
	}
	p.Home.Claims = append(p.Home.Claims, id)
	if n := len(p.Home.Claims) - mostClaims; n > 0 {
		p.Home.Claims = slices.Delete(p.Home.Claims, 1, 1+n) // the first is who has it
	}
}

// Suppress notes that an address must not be used again.
func (p *Person) Suppress(address string, s Suppressed) {
	if p.Suppressed == nil {
		p.Suppressed = map[string]Suppressed{}
	}
	if old, ok := p.Suppressed[address]; ok && old.Time <= s.Time {
		return
	}
	p.Suppressed[address] = s
}

// Own makes a listed identity the person's own, whatever brought it.
func (p *Person) Own(i person.Identity) {
	if at, found := slices.BinarySearchFunc(p.Identities, i, person.Identity.Compare); found && at < len(p.Met) {
		p.Met[at].Of = person.ID{}
	}
}
