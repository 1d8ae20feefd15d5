package processor

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// accountEntry is an account that the batch being filled has touched.
type accountEntry struct {
	a       *profile.Account // nil: nobody has spoken of it
	due     event.Instant    // what the timer index holds
	members map[person.ID]*profile.Member
	dirty   []person.ID // members to be stored; nil in members: gone
}

// account returns the account under id as it stands in the batch.
func (g *group) account(id person.AccountID) (*accountEntry, error) {
	if en, ok := g.accounts[id]; ok {
		return en, nil
	}
	a, err := g.o.store.Account(id)
	if err != nil {
		return nil, err
	}
	en := &accountEntry{a: a, members: map[person.ID]*profile.Member{}}
	if a != nil {
		en.due = a.Due
	}
	g.accounts[id] = en
	return en, nil
}

// applyAccount applies one event that is addressed to an account.
func (g *group) applyAccount(p *part, e event.Event) error {
	id := person.AccountID(e.To)
	en, err := g.account(id)
	if err != nil {
		return err
	}
	s := engine.AccountState{Account: en.a}
	who := engine.Concerned(e)
	if !who.IsZero() {
		if s.Member, err = g.member(id, en, who); err != nil {
			return err
		}
	}
	var scan error
	s.Others = func(yield func(profile.Member) bool) { scan = g.others(id, en, who, yield) }
	s, fx := engine.ApplyAccount(&p.env, s, e)
	if scan != nil {
		return scan
	}
	en.a = s.Account
	if !who.IsZero() {
		en.members[who] = s.Member
		if !slices.Contains(en.dirty, who) {
			en.dirty = append(en.dirty, who)
		}
	}
	for _, t := range fx.Timeline {
		g.open().PutTimeline(e.To, p.env.Offset, g.n, t)
		g.n++
	}
	return g.emit(p, fx.Emit)
}

func (g *group) member(id person.AccountID, en *accountEntry, who person.ID) (*profile.Member, error) {
	if m, ok := en.members[who]; ok {
		return m, nil
	}
	m, err := g.o.store.Member(id, who)
	if err == nil {
		en.members[who] = m
	}
	return m, err
}

// others hands over the members of an account but one: those that are stored,
// as the batch has changed them, and then those whom only the batch knows.
func (g *group) others(id person.AccountID, en *accountEntry, but person.ID, use func(profile.Member) bool) error {
	more := true
	stored := map[person.ID]bool{}
	err := g.o.store.Members(id, func(m profile.Member) bool {
		stored[m.Person] = true
		if changed, ok := en.members[m.Person]; ok {
			if changed == nil {
				return true
			}
			m = *changed
		}
		more = m.Person == but || use(m)
		return more
	})
	for _, who := range en.dirty {
		if m := en.members[who]; more && m != nil && who != but && !stored[who] {
			more = use(*m)
		}
	}
	return err
}

// tellMembers tells an account's members what is new, when its timer has fired.
func (g *group) tellMembers(p *part, id person.AccountID, due event.Instant) error {
	en, err := g.account(id)
	if err != nil {
		return err
	}
	if en.a == nil || en.a.Due != due {
		return nil // an earlier timer of the same clock took it away
	}
	var scan error
	fx := engine.TellMembers(&p.env, en.a, func(yield func(profile.Member) bool) {
		scan = g.others(id, en, person.ID{}, yield)
	})
	if err := errors.Join(scan, g.emit(p, fx.Emit)); err != nil {
		return fmt.Errorf("tell members of %s: %w", id, err)
	}
	return nil
}

// putAccounts writes what the batch has changed of accounts.
func (g *group) putAccounts() error {
	for id, en := range g.accounts {
		if en.a == nil {
			continue
		}
		if err := g.open().PutAccount(en.due, en.a); err != nil {
			return err
		}
		if en.a.Due != 0 {
			g.o.noteDue(id.Record().Home(), en.a.Due)
		}
		for _, who := range en.dirty {
			if m := en.members[who]; m == nil {
				g.open().DeleteMember(id, who)
			} else if err := g.open().PutMember(id, m); err != nil {
				return err
			}
		}
	}
	clear(g.accounts)
	return nil
}
