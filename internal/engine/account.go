package engine

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// An account is a record of its own with a home of its own. A person's record
// knows their place in it, by their own events; what has changed there after an
// event goes to the account, whose record adds its members up and tells them, at
// most once a minute, what their rules may know of it.

// tellAccounts sends each account what has changed about p's place in it since
// was.
func tellAccounts(env *Env, fx *Effects, id person.ID, was profile.Places, p *profile.Person, imported bool) {
	is := profile.PlacesOf(p)
	for _, m := range is.Accounts {
		old, had := was.Find(m.Group)
		gone := !had || old.Left
		if m.Left && gone {
			continue
		}
		if gone != m.Left || old.Role != m.Role || old.Since != m.Since {
			env.tellAccount(fx, m.Group, event.AccountMember, imported, event.AccountMemberBody{
				Group: m.Group, Person: id, Role: m.Role, Since: m.Since, Left: m.Left,
			})
		}
		if m.Left {
			continue
		}
		shares := is.In(m)
		if gone && len(shares) == 0 || !gone && reflect.DeepEqual(shares, was.In(old)) {
			continue
		}
		env.tellAccount(fx, m.Group, event.AccountShares, imported, event.AccountSharesBody{Group: m.Group, Person: id, Shares: shares})
	}
	for _, m := range was.Accounts {
		if _, still := is.Find(m.Group); !still && !m.Left {
			env.tellAccount(fx, m.Group, event.AccountMember, imported, event.AccountMemberBody{Group: m.Group, Person: id, Left: true})
		}
	}
}

func (env *Env) tellAccount(fx *Effects, group string, kind event.Kind, imported bool, body any) {
	env.tell(fx, person.AccountIDOf(env.Workspace, group).Record(), kind, body, imported)
}

// describeAccount passes on what a group call says of the account itself, unless
// the person's record knows that the account knows it.
func describeAccount(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	m, ok := p.InAccount(e.Name)
	if e.Kind != event.Group || len(e.Traits) == 0 || !ok {
		return
	}
	if v, known := p.View(m.Group); known && v.Says(e.Traits) {
		return
	}
	env.tellAccount(fx, m.Group, event.AccountTraits, e.Imported, event.AccountTraitsBody{Group: m.Group, Traits: e.Traits})
	fx.Emit[len(fx.Emit)-1].Time = e.Time
}

// learnAccount puts what an account tells its members where rules find it.
func learnAccount(p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.AccountSharedBody](e)
	if err != nil {
		return
	}
	p.PutView(profile.AccountView{Group: body.Group, Members: body.Members, Traits: body.Traits, Shares: body.Shares})
}

// AccountState is an account as the fold holds it while one event is applied to
// it: the record, and the one member whom the event concerns.
type AccountState struct {
	Account *profile.Account // nil: not heard of yet
	Member  *profile.Member  // nil: not a member

	// Others hands over the account's other members.
	Others func(yield func(profile.Member) bool)
}

// Concerned returns the person whom an event of an account is about; zero when
// it is about nobody in particular.
func Concerned(e event.Event) person.ID {
	var body struct {
		Person person.ID `json:"person"`
	}
	if e.Kind == event.AccountTraits || json.Unmarshal(e.Body, &body) != nil {
		return person.ID{}
	}
	return body.Person
}

// ApplyAccount folds one event into an account. Effects hold its timeline.
func ApplyAccount(env *Env, s AccountState, e event.Event) (AccountState, Effects) {
	var fx Effects
	var err error
	switch e.Kind {
	case event.AccountMember:
		var body event.AccountMemberBody
		if body, err = event.Unpack[event.AccountMemberBody](e); err == nil {
			s = s.member(&fx, body, e)
		}
	case event.AccountTraits:
		var body event.AccountTraitsBody
		if body, err = event.Unpack[event.AccountTraitsBody](e); err == nil {
			s.Account = begun(s.Account, e, body.Group)
			if s.Account.Declare(body.Traits, e.Time) {
				fx.note(e)
				news(s.Account, e)
			}
		}
	case event.AccountShares:
		var body event.AccountSharesBody
		if body, err = event.Unpack[event.AccountSharesBody](e); err == nil && s.Account != nil && s.Member != nil {
			s.Account.Add(s.Member.Shares, body.Shares, s.Others)
			m := *s.Member
			m.Shares = body.Shares
			s.Member = &m
			news(s.Account, e)
		}
	default: // of people
	}
	if s.Account != nil {
		s.Account.FirstSeen = earliest(s.Account.FirstSeen, e.Time)
		s.Account.LastSeen = max(s.Account.LastSeen, e.Time)
		plan(env, s.Account)
	}
	return s, fx
}

func begun(a *profile.Account, e event.Event, group string) *profile.Account {
	if a == nil {
		a = &profile.Account{ID: person.AccountID(e.To), Group: group}
	}
	return a
}

// news marks that the members do not know the account as it is. What only an
// import has changed starts nothing with them either.
func news(a *profile.Account, e event.Event) {
	a.Past = e.Imported && (a.Told || a.Past || a.ToldAt == 0 && a.Due == 0)
	a.Told = false
}

func earliest(a, b event.Instant) event.Instant {
	if a == 0 {
		return b
	}
	return min(a, b)
}

func (s AccountState) member(fx *Effects, body event.AccountMemberBody, e event.Event) AccountState {
	s.Account = begun(s.Account, e, body.Group)
	switch {
	case body.Left && s.Member == nil:
		return s
	case body.Left:
		s.Account.Add(s.Member.Shares, nil, s.Others)
		s.Account.Members--
		s.Member = nil
	default:
		m := profile.Member{Person: body.Person}
		if s.Member == nil {
			s.Account.Members++
		} else {
			m = *s.Member
		}
		m.Role, m.Since = body.Role, body.Since
		s.Member = &m
	}
	news(s.Account, e)
	fx.note(e)
	return s
}

// tellEvery is the shortest time between two tellings of an account of up to
// tellPeople members; larger ones wait in proportion, so that telling costs at
// most so many events a second.
const (
	tellEvery  = time.Minute
	tellPeople = 1000
)

// plan sets when the account's members are told what is new, if it is of use to
// them.
func plan(env *Env, a *profile.Account) {
	if a.Told || a.Members == 0 {
		a.Due = 0
		return
	}
	if a.Due == 0 {
		wait := tellEvery * time.Duration(1+a.Members/tellPeople)
		a.Due = max(env.Now, a.ToldAt.Add(wait))
		if a.ToldAt == 0 {
			a.Due = env.Now
		}
	}
}

// TellMembers is what happens when an account's time to tell has come: an event
// for each of its members.
func TellMembers(env *Env, a *profile.Account, members func(yield func(profile.Member) bool)) Effects {
	var fx Effects
	body := event.AccountSharedBody{Group: a.Group, Members: a.Members, Traits: a.Object()}
	for key, t := range a.Totals {
		if body.Shares == nil {
			body.Shares = map[string]event.Share{}
		}
		body.Shares[key] = t.Share
	}
	for m := range members {
		env.tell(&fx, m.Person, event.AccountShared, body, a.Past)
	}
	a.Told, a.Past, a.ToldAt, a.Due = true, false, env.Now, 0
	return fx
}
