package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Every identity has a home: the record under its own id, which is the person, or
// a forward to one. There is no table of identities.
//
// Who newly carries an identity tells its home (Link). A home that leads nowhere
// leads to them from then on. One that leads to somebody else asks that person to
// be one with the asker (Join); the request follows forwards until two people
// face each other. Of two people the one whose record comes first survives, by an
// order of records that never changes (person.Before): records only ever become
// forwards to records before them, so no cycle can form, and whoever asks first,
// the end is the same.

// claim tells the homes of the identities that e brought to p, and notes those
// for which there is no room. Until the home of an anonymous id has answered, the
// person is met with silence only.
func claim(env *Env, fx *Effects, p *profile.Person, e event.Event, ch *profile.Changes) {
	for _, r := range ch.Refused {
		env.note(fx, p, event.Refused, event.RefusedBody{
			What: "link " + r.Identity.String(), Identity: r.Identity, Reason: event.Reason{Code: r.Code, Sentence: r.Sentence},
		})
	}
	for _, i := range ch.Identities {
		home := person.IDOf(env.Workspace, i)
		owner, rank := e.Home(), p.Rank
		if owner != p.ID {
			rank = e.Primary().Kind.Rank()
			if home != owner && !person.Before(rank, owner, i.Kind.Rank(), home) {
				owner, rank = p.ID, p.Rank
				p.Own(i)
			}
		}
		if home == owner || home == p.ID {
			continue
		}
		if i.Kind.Rank() != person.AddressRank {
			p.Await(i)
		}
		env.tell(fx, home, event.Link, event.LinkBody{Identity: i, Person: owner, Rank: rank, Face: face(env, p)}, e.Imported)
	}
}

// alias asks for the previous id of an alias call. Clients do not say of which
// kind it is. Naming one's own id is a habit of theirs, and asks for nothing.
func alias(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	for _, k := range []person.Kind{person.AnonymousID, person.UserID} {
		i := person.NewIdentity(k, e.Name)
		home := person.IDOf(env.Workspace, i)
		if i.IsZero() || i.Value == strings.TrimSpace(e.UserID) || home == p.ID || home == e.Home() {
			continue
		}
		if i.Blocked() {
			env.note(fx, p, event.Refused, event.RefusedBody{
				What: "link " + i.String(), Identity: i, Reason: event.Reason{Code: "placeholder", Sentence: fmt.Sprintf("%q is a placeholder and names nobody.", i.Value)},
			})
			return
		}
		p.Forgive(func(r profile.Refusal) bool { return r.Identity == i && r.Code != profile.KeptApart })
		p.Await(i)
		env.tell(fx, home, event.Link, event.LinkBody{Identity: i, Person: p.ID, Rank: p.Rank, Face: face(env, p), Force: event.Aliased}, e.Imported)
	}
}

// tell emits an event between records. What comes of an import starts nothing.
func (env *Env) tell(fx *Effects, to person.ID, kind event.Kind, body any, imported bool) {
	env.emit(fx, to, kind, body)
	fx.Emit[len(fx.Emit)-1].Imported = imported
}

// face is what others must know of p.
func face(env *Env, p *profile.Person) event.Face {
	if p.Rank == 0 {
		p.Rank = rankOf(env, p)
	}
	f := event.Face{ID: p.ID, Rank: p.Rank, Counts: map[person.Kind]int{}, Apart: p.Apart, Erased: p.Erased}
	for _, i := range p.Identities {
		f.Counts[i.Kind]++
	}
	for _, m := range p.Merges {
		f.Members = append(f.Members, m.Record)
	}
	return f
}

// rankOf finds out the rank of a record that was begun before it was noted.
func rankOf(env *Env, p *profile.Person) person.Rank {
	for _, i := range p.Identities {
		if person.IDOf(env.Workspace, i) == p.ID {
			return i.Kind.Rank()
		}
	}
	return person.AddressRank
}

// link is an identity's home learning who has it. p is nil when nobody was known
// by it.
func link(env *Env, fx *Effects, p *profile.Person, e event.Event) *profile.Person {
	body, err := event.Unpack[event.LinkBody](e)
	if err != nil || body.Person == e.To {
		return p
	}
	if body.Face.IsZero() { // from a journal of before: a user's anonymous id
		body.Rank = person.KnownRank
		body.Face = event.Face{ID: body.Person, Rank: body.Rank, Counts: map[person.Kind]int{person.UserID: 1}}
	}
	i := body.Identity
	if p == nil {
		p = &profile.Person{ID: e.To, Rank: i.Kind.Rank(), Vacant: true}
	}
	if i.Kind.Rank() == person.AddressRank {
		p.Claim(body.Person)
		if t := p.Home.Taint; t != nil {
			env.tell(fx, body.Person, event.Taint, event.TaintBody{Identity: i, Why: t.Why, At: t.Time}, e.Imported)
		}
	}
	join := event.JoinBody{Identity: i, Asker: body.Face.ID, With: body.Face, Force: body.Force}
	switch {
	case p.Forward == body.Person || p.Forward == body.Face.ID:
	case p.IsForward() && !p.Vacant:
		env.tell(fx, p.Forward, event.Join, join, e.Imported)
		return p
	case p.Vacant && apart(p, &join.With) && body.Force != event.Operator:
		refuse(env, fx, p, &join, profile.KeptApart, "Somebody in charge has said that this is not theirs.", e.Imported)
		return p
	case p.Vacant && person.Before(body.Rank, body.Person, i.Kind.Rank(), p.ID):
		p.Vacant, p.Forward = false, body.Person
		p.Epoch++
	case p.Vacant: // an anonymous id that is stronger than who asks
		return meet(env, fx, begin(env, p.ID, p), &join, e.Imported)
	default:
		return meet(env, fx, p, &join, e.Imported)
	}
	if i.Kind.Rank() != person.AddressRank {
		env.tell(fx, body.Face.ID, event.Linked, event.LinkedBody{Identity: i}, e.Imported)
	}
	return p
}

// begin makes a person of a record that is none; was is what it was, or nil.
func begin(env *Env, id person.ID, was *profile.Person) *profile.Person {
	p := &profile.Person{ID: id, Definition: env.Defs.Hash, Basis: env.Defs.Basis, Model: env.ModelNumber}
	if was != nil {
		p.Rank, p.Home, p.Epoch, p.Apart, p.Deliveries, p.Erased = was.Rank, was.Home, was.Epoch, was.Apart, was.Deliveries, was.Erased
	}
	return p
}

// invited is the request to be one with somebody.
func invited(env *Env, fx *Effects, p *profile.Person, e event.Event) *profile.Person {
	body, err := event.Unpack[event.JoinBody](e)
	if err != nil {
		return p
	}
	return meet(env, fx, p, &body, e.Imported)
}

// linked is the answer that a link is made.
func linked(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.LinkedBody](e)
	if err != nil {
		return
	}
	if body.Again {
		reclaim(env, fx, p, e.Imported)
		return
	}
	p.Settle(body.Identity)
}

// meet is p facing another person who may be the same.
func meet(env *Env, fx *Effects, p *profile.Person, join *event.JoinBody, imported bool) *profile.Person {
	if p.Consists(join.With.ID) {
		p.Settle(join.Identity)
		return p
	}
	mine := face(env, p)
	if code, why := objection(env, &mine, join); code != "" {
		refuse(env, fx, p, join, code, why, imported)
		return p
	}
	if person.Before(mine.Rank, mine.ID, join.With.Rank, join.With.ID) {
		to := join.With.ID
		join.With = mine
		env.tell(fx, to, event.Join, join, imported)
		return p
	}
	left, rest := leave(p, join)
	fx.HandOver = &HandOver{
		From: p.ID, To: join.With.ID, Identity: join.Identity, Imported: imported, Rest: rest,
		Epoch: left.Epoch, Force: join.Force, By: join.By, Erased: join.With.Erased,
	}
	return left
}

// objection says why mine and the other may not be one; empty when they may.
func objection(env *Env, mine *event.Face, join *event.JoinBody) (code, why string) {
	with := &join.With
	if n := len(mine.Members) + len(with.Members) + 1; n > profile.MostMerges {
		return profile.TooManyMerges, fmt.Sprintf("Together they would be made of more than %d records: that is a shared or invented id, and no person.", profile.MostMerges)
	}
	if join.Force == event.Operator {
		return "", ""
	}
	if across(mine, with) {
		return profile.KeptApart, fmt.Sprintf("%s and %s were taken apart, and stay so until somebody in charge joins them.", mine.ID, with.ID)
	}
	if join.Force == event.Evidence && mine.Counts[person.UserID] > 0 && with.Counts[person.UserID] > 0 {
		if join.Identity.Kind.Rank() == person.AddressRank {
			return profile.BelongsToOne, fmt.Sprintf("%s already belongs to another person (%s): two people may share an address.", join.Identity, mine.ID)
		}
		return profile.BelongsToOne, fmt.Sprintf("%s already belongs to another person (%s): a shared device does not make two people one.", join.Identity, mine.ID)
	}
	total := 0
	for k, n := range with.Counts {
		total += n
		both := mine.Counts[k] + n
		if k == join.Identity.Kind {
			both-- // the one that they share
		}
		if limit := env.Defs.IdentityLimit(k); k != person.UserID && mine.Counts[k] > 0 && both > limit {
			return profile.OverLimit, fmt.Sprintf("Together with %s there would be %d of the kind %s, and the limit is %d.", mine.ID, both, k, limit)
		}
	}
	for _, n := range mine.Counts {
		total += n
	}
	if total > profile.MostIdentities {
		return profile.OverLimit, fmt.Sprintf("Together with %s there would be %d identities, and no one has more than %d.", mine.ID, total, profile.MostIdentities)
	}
	return "", ""
}

// across reports whether a record of one was taken apart from a record of the
// other.
func across(a, b *event.Face) bool {
	in := func(f *event.Face, id person.ID) bool { return f.ID == id || slices.Contains(f.Members, id) }
	for _, pairs := range [][]event.Pair{a.Apart, b.Apart} {
		for _, x := range pairs {
			if in(a, x.A) && in(b, x.B) || in(a, x.B) && in(b, x.A) {
				return true
			}
		}
	}
	return false
}

// apart is across for a record that is nobody.
func apart(p *profile.Person, with *event.Face) bool {
	return across(&event.Face{ID: p.ID, Apart: p.Apart}, with)
}

func refuse(env *Env, fx *Effects, p *profile.Person, join *event.JoinBody, code, why string, imported bool) {
	what := "link " + join.Identity.String()
	if join.Force == event.Operator {
		what = "merge with " + p.ID.String()
	}
	env.tell(fx, join.Asker, event.Refused, event.RefusedBody{
		What: what, Identity: join.Identity, Person: p.ID, With: join.With.ID, Reason: event.Reason{Code: code, Sentence: why},
	}, imported)
}

// refused is the answer that a link was not made.
func refused(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.RefusedBody](e)
	if err != nil {
		return
	}
	if body.Identity.IsZero() { // from a journal of before
		body.Identity, _ = person.ParseIdentity(strings.TrimPrefix(body.What, "link ")) // else it is about something else
	}
	i := body.Identity
	p.Settle(i)
	if !body.With.IsZero() && p.Consists(body.Person) {
		if p.Consists(body.With) {
			return // they have become one by another way
		}
		body.Person = body.With // who asked had become one with who refused
	}
	if !i.IsZero() && strings.HasPrefix(body.What, "link ") && person.IDOf(env.Workspace, i) != p.ID {
		p.Refuse(profile.Refusal{Identity: i, Code: body.Reason.Code, Sentence: body.Reason.Sentence, Time: e.ReceivedAt, Person: body.Person})
	}
	fx.note(e)
}
