package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// AccountMembership is a person's place in an account, as their own events tell it.
type AccountMembership struct {
	Group  string        `cbor:"1,keyasint"`
	Since  event.Instant `cbor:"2,keyasint,omitempty"` // earliest word that they belong to it
	At     event.Instant `cbor:"3,keyasint,omitempty"` // newest word on whether they do
	Left   bool          `cbor:"4,keyasint,omitempty"` // kept, so that a late event does not bring them back
	Role   string        `cbor:"5,keyasint,omitempty"`
	RoleAt event.Instant `cbor:"6,keyasint,omitempty"` // newest word on the role

	// Shares are what their events that name this account in context.groupId add
	// to the account's features, by feature key.
	Shares map[string]event.Share `cbor:"7,keyasint,omitempty"`
}

// AccountView is what a person's record knows of an account: the account tells
// its members, at most once a minute. Rules go by it.
type AccountView struct {
	Group   string                 `cbor:"1,keyasint"`
	Members int64                  `cbor:"2,keyasint,omitempty"`
	Traits  []byte                 `cbor:"3,keyasint,omitempty"` // a JSON object
	Shares  map[string]event.Share `cbor:"4,keyasint,omitempty"`
}

// The B2B events of the Segment spec by which people join and leave accounts
// without a group call of their own.
const (
	accountAddedUser   = "Account Added User"
	accountRemovedUser = "Account Removed User"
)

// MostAccounts bounds the accounts of one person, those included that they have
// left. What names a further one is refused: see Changes.Crowded.
const MostAccounts = 100

// accountWord is what an event says of its person's place in an account.
type accountWord struct {
	group string
	role  string
	left  bool
}

// accountOf reads e's word on an account; ok is false when it has none. A group
// call names the account itself; other events name it in context.groupId, the
// B2B events also in properties.
func accountOf(e event.Event) (w accountWord, ok bool) {
	if e.Kind == event.Group {
		w = accountWord{group: strings.TrimSpace(e.Name), role: gjson.GetBytes(e.Traits, "role").String()}
		return w, w.group != ""
	}
	if len(e.Context) > 0 {
		w.group = strings.TrimSpace(gjson.GetBytes(e.Context, "groupId").String())
	}
	if e.Kind == event.Track && (e.Name == accountAddedUser || e.Name == accountRemovedUser) {
		w.left = e.Name == accountRemovedUser
		if !w.left {
			w.role = gjson.GetBytes(e.Properties, "role").String()
		}
		for _, key := range []string{"groupId", "group_id", "accountId", "account_id"} {
			if g := strings.TrimSpace(gjson.GetBytes(e.Properties, key).String()); w.group == "" && g != "" {
				w.group = g
			}
		}
	}
	return w, w.group != ""
}

// observeAccount takes e's word on an account, and adds what e adds to its
// features. The result does not depend on the
// order of events: the newest word by event time counts.
func (p *Person) observeAccount(ws *definition.Workspace, e event.Event, ch *Changes) {
	w, ok := accountOf(e)
	if !ok || person.NewIdentity(person.Account, w.group).Blocked() {
		p.Shares = share(ws, p.Shares, e)
		return
	}
	at, found := placeOf(p.Accounts, w.group)
	old := p.Accounts
	if !found {
		if len(p.Accounts) >= MostAccounts {
			ch.Crowded = append(ch.Crowded, w.group)
			return
		}
		p.Accounts = slices.Insert(slices.Clone(p.Accounts), at, AccountMembership{Group: w.group})
	} else {
		p.Accounts = slices.Clone(p.Accounts) // others may hold what was
	}
	m := &p.Accounts[at]
	if e.Time >= m.At {
		m.At, m.Left = e.Time, w.left
	}
	if !w.left && (m.Since == 0 || e.Time < m.Since) {
		m.Since = e.Time
	}
	if w.role != "" && e.Time >= m.RoleAt {
		m.Role, m.RoleAt = w.role, e.Time
	}
	m.Shares = share(ws, m.Shares, e)
	was := AccountMembership{}
	if found {
		was = old[at]
	}
	ch.All = ch.All || was.Left != m.Left || was.Role != m.Role || !found
}

// share adds what e adds to the features of its person's account. It returns a
// new map where something is added: the old one may still be compared with.
func share(ws *definition.Workspace, shares map[string]event.Share, e event.Event) map[string]event.Share {
	if len(ws.AccountFeatures) == 0 {
		return shares
	}
	ws.WatchingAccounts(&e, func(f *definition.AccountFeature) {
		if !counts(&f.Feature, e) {
			return
		}
		var v Feature
		if !observe(&f.Feature, &v, ws.Currency, &e) {
			return
		}
		more := event.Share{Count: v.Count}
		for _, m := range v.Money {
			more.Money = map[string]event.Micros{m.Key: m.Value} // of one event there is one
		}
		if f.Aggregate == definition.First {
			more.First = v.At
		}
		if f.Aggregate == definition.Last {
			more.Last = v.At
		}
		shares = maps.Clone(shares)
		if shares == nil {
			shares = map[string]event.Share{}
		}
		shares[f.Key] = shares[f.Key].Plus(more)
	})
	return shares
}

// Places is where a person stands in accounts. It holds whatever becomes of the
// person: what it refers to is never changed in place.
type Places struct {
	Accounts []AccountMembership
	Shares   map[string]event.Share
}

// PlacesOf returns where p stands; nobody stands nowhere.
func PlacesOf(p *Person) Places {
	if p == nil {
		return Places{}
	}
	return Places{Accounts: p.Accounts, Shares: p.Shares}
}

// In returns what the person's events add to the features of the account of m:
// of the events that name no account, all where the person was never in another.
// The caller must not change it.
func (s Places) In(m AccountMembership) map[string]event.Share {
	if len(s.Accounts) > 1 || len(s.Shares) == 0 {
		return m.Shares
	}
	if len(m.Shares) == 0 {
		return s.Shares
	}
	out := maps.Clone(s.Shares)
	for key, more := range m.Shares {
		out[key] = out[key].Plus(more)
	}
	return out
}

// InAccount returns p's place in the account called group.
func (p *Person) InAccount(group string) (AccountMembership, bool) {
	return PlacesOf(p).Find(group)
}

// Find returns the place in the account called group.
func (s Places) Find(group string) (AccountMembership, bool) {
	at, found := placeOf(s.Accounts, group)
	if !found {
		return AccountMembership{}, false
	}
	return s.Accounts[at], true
}

// placeOf finds group in memberships, or where it belongs.
func placeOf(ms []AccountMembership, group string) (int, bool) {
	return slices.BinarySearchFunc(ms, group, func(m AccountMembership, g string) int { return strings.Compare(m.Group, g) })
}

// Account returns the membership that rules mean by account: of those that p has
// not left, the one with the newest word; the first by name of equals.
func (p *Person) Account() (AccountMembership, bool) {
	var newest AccountMembership
	for _, m := range p.Accounts {
		if !m.Left && (newest.Group == "" || m.At > newest.At) {
			newest = m
		}
	}
	return newest, newest.Group != ""
}

// accountValues is the account of p as expressions ask for it; nil when p has
// none.
func (p *Person) accountValues(ws *definition.Workspace) map[string]any {
	m, ok := p.Account()
	if !ok {
		return nil
	}
	out := map[string]any{"id": m.Group, "role": m.Role}
	v, known := p.View(m.Group)
	if !known {
		return out
	}
	traits, _ := PlainValue(v.Traits).(map[string]any)
	if traits == nil {
		traits = map[string]any{}
	}
	features := make(map[string]any, len(ws.AccountFeatures))
	for i := range ws.AccountFeatures {
		f := &ws.AccountFeatures[i]
		features[strings.ReplaceAll(f.ID, "-", "_")] = shareValue(f, v.Shares[f.Key], ws.Currency)
	}
	out["members"], out["traits"], out["features"] = v.Members, traits, features
	return out
}

func shareValue(f *definition.AccountFeature, s event.Share, currency string) any {
	switch f.Aggregate {
	case definition.Count:
		return s.Count
	case definition.Sum:
		return s.Money[currency].Float()
	case definition.First:
		return s.First.Time()
	default:
		return s.Last.Time()
	}
}

// View returns what is known of the account called group.
func (p *Person) View(group string) (AccountView, bool) {
	for _, v := range p.Views {
		if v.Group == group {
			return v, true
		}
	}
	return AccountView{}, false
}

// PutView replaces what is known of an account. What p has left, or never
// belonged to, is forgotten.
func (p *Person) PutView(v AccountView) {
	p.Views = slices.DeleteFunc(slices.Clone(p.Views), func(o AccountView) bool {
		m, ok := p.InAccount(o.Group)
		return o.Group == v.Group || !ok || m.Left
	})
	if m, ok := p.InAccount(v.Group); !ok || m.Left {
		return
	}
	at, _ := slices.BinarySearchFunc(p.Views, v.Group, func(o AccountView, g string) int { return strings.Compare(o.Group, g) })
	p.Views = slices.Insert(p.Views, at, v)
}
