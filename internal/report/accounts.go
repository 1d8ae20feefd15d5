package report

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// AccountStore is where accounts are read. It is safe for concurrent use.
type AccountStore interface {
	// Account returns the account; nil if there is none.
	Account(id person.AccountID) (*profile.Account, error)

	// EachAccount calls use with each account of a partition until it returns false.
	EachAccount(p person.Partition, use func(*profile.Account) bool) error

	// Members calls use with each member of an account until it returns false.
	Members(id person.AccountID, use func(profile.Member) bool) error

	// Person returns a person, following forwards; nil if there is none.
	Person(id person.ID) (*profile.Person, error)

	// HistoryPage returns entries of a timeline, newest first, and the next cursor.
	HistoryPage(ctx context.Context, id person.ID, before string, limit int) ([]event.Event, string, error)
}

// AccountRow is an account in a list.
type AccountRow struct {
	ID        person.AccountID `json:"id"`
	Group     string           `json:"group" doc:"what the company's systems call it: the groupId of their group calls"`
	Name      string           `json:"name" doc:"its trait name, else its group"`
	Members   int64            `json:"members" doc:"people who belong to it now"`
	FirstSeen event.Instant    `json:"first_seen"`
	LastSeen  event.Instant    `json:"last_seen"`
}

// AccountList is a list of accounts.
type AccountList struct {
	Accounts []AccountRow `json:"accounts" doc:"those with the most members first"`
	Total    int          `json:"total" doc:"how many match, listed or not"`
}

// Account is one account.
type Account struct {
	AccountRow
	Traits   []Trait          `json:"traits"`
	Features []AccountFeature `json:"features" doc:"added up over the people who belong to it now"`
}

// AccountFeature is a feature of an account.
type AccountFeature struct {
	FeatureValue
	Members int64 `json:"members" doc:"people who add to it"`
}

// AccountMember is one person of an account.
type AccountMember struct {
	Person person.ID     `json:"person"`
	Name   string        `json:"name"`
	Role   string        `json:"role,omitempty"`
	Since  event.Instant `json:"since"`
}

// AccountMembers is a page of the people of an account.
type AccountMembers struct {
	Members    []AccountMember `json:"members"`
	NextCursor string          `json:"next_cursor,omitempty"`
}

// PersonAccount is a person's place in an account.
type PersonAccount struct {
	ID    person.AccountID `json:"id"`
	Group string           `json:"group"`
	Name  string           `json:"name"`
	Role  string           `json:"role,omitempty"`
	Since event.Instant    `json:"since"`
	Left  event.Instant    `json:"left,omitempty" doc:"when they left it; null: they belong to it"`
}

// Accounts answers questions about accounts, from what is stored now.
type Accounts struct {
	store AccountStore
	state func(ctx context.Context) (State, error)
}

// NewAccounts returns the accounts of store.
func NewAccounts(store AccountStore, state func(ctx context.Context) (State, error)) *Accounts {
	return &Accounts{store: store, state: state}
}

// List returns up to limit accounts whose group or name has query in it.
func (r *Accounts) List(ctx context.Context, query string, limit int) (AccountList, error) {
	out := AccountList{Accounts: []AccountRow{}}
	query = strings.ToLower(strings.TrimSpace(query))
	for part := range person.Partitions {
		err := r.store.EachAccount(person.Partition(part), func(a *profile.Account) bool {
			row := accountRow(a)
			if query == "" || strings.Contains(strings.ToLower(row.Group), query) || strings.Contains(strings.ToLower(row.Name), query) {
				out.Total++
				out.Accounts = append(out.Accounts, row)
			}
			return ctx.Err() == nil
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return AccountList{}, unreadable(err)
		}
		if len(out.Accounts) > 4*limit { // keep no more than can be shown
			out.Accounts = largest(out.Accounts, limit)
		}
	}
	out.Accounts = largest(out.Accounts, limit)
	return out, nil
}

func largest(rows []AccountRow, limit int) []AccountRow {
	slices.SortFunc(rows, func(a, b AccountRow) int {
		return cmp.Or(cmp.Compare(b.Members, a.Members), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Group, b.Group))
	})
	return rows[:min(limit, len(rows))]
}

func unreadable(err error) error {
	return fault.Wrap(fault.Internal, err, "Accounts cannot be read at the moment.")
}

func accountRow(a *profile.Account) AccountRow {
	return AccountRow{ID: a.ID, Group: a.Group, Name: accountName(a.Group, a.Traits["name"].Value), Members: a.Members, FirstSeen: a.FirstSeen, LastSeen: a.LastSeen}
}

func accountName(group string, raw json.RawMessage) string {
	var name string
	if json.Unmarshal(raw, &name) == nil && strings.TrimSpace(name) != "" {
		return strings.TrimSpace(name)
	}
	return group
}

// Account returns one account; NotFound if there is none.
func (r *Accounts) Account(ctx context.Context, id person.AccountID) (Account, error) {
	a, err := r.account(id)
	if err != nil {
		return Account{}, err
	}
	s, err := r.state(ctx)
	if err != nil {
		return Account{}, err
	}
	out := Account{AccountRow: accountRow(a), Traits: []Trait{}, Features: []AccountFeature{}}
	for _, name := range slices.Sorted(maps.Keys(a.Traits)) {
		out.Traits = append(out.Traits, Trait{Name: name, Value: a.Traits[name].Value, Time: a.Traits[name].Time})
	}
	out.Features = accountFeatures(s.defs(), a)
	return out, nil
}

func (r *Accounts) account(id person.AccountID) (*profile.Account, error) {
	a, err := r.store.Account(id)
	if err != nil {
		return nil, unreadable(err)
	}
	if a == nil {
		return nil, fault.New(fault.NotFound, "There is no account %s. Find it with GET /api/v1/accounts.", id).At("id")
	}
	return a, nil
}

// Members returns up to limit people of an account, from cursor on. Members
// whose records have been merged into one person are that person, once.
func (r *Accounts) Members(ctx context.Context, id person.AccountID, limit int, cursor person.ID) (AccountMembers, error) {
	if _, err := r.account(id); err != nil {
		return AccountMembers{}, err
	}
	out := AccountMembers{Members: []AccountMember{}}
	var failed error
	err := r.store.Members(id, func(m profile.Member) bool {
		if cursor != (person.ID{}) && slices.Compare(m.Person[:], cursor[:]) <= 0 {
			return true
		}
		if len(out.Members) == limit {
			out.NextCursor = cursor.String()
			return false
		}
		cursor = m.Person
		var p *profile.Person
		if p, failed = r.store.Person(m.Person); failed != nil {
			return false
		}
		row := AccountMember{Person: m.Person, Name: m.Person.String(), Role: m.Role, Since: m.Since}
		if p != nil {
			row.Person, row.Name = p.ID, nameOf(p)
		}
		out.Members = append(out.Members, row)
		return ctx.Err() == nil
	})
	if err = cmp.Or(err, failed, ctx.Err()); err != nil {
		return AccountMembers{}, unreadable(err)
	}
	return out, nil
}

// personAccounts lists p's places in accounts; those they belong to first.
func personAccounts(w person.Workspace, p *profile.Person) []PersonAccount {
	out := []PersonAccount{}
	for _, m := range p.Accounts {
		v, _ := p.View(m.Group)
		row := PersonAccount{ID: person.AccountIDOf(w, m.Group), Group: m.Group, Name: m.Group, Role: m.Role, Since: m.Since}
		var traits struct{ Name json.RawMessage }
		if len(v.Traits) > 0 && json.Unmarshal(v.Traits, &traits) == nil {
			row.Name = accountName(m.Group, traits.Name)
		}
		if m.Left {
			row.Left = m.At
		}
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(a, b PersonAccount) int {
		return cmp.Or(cmp.Compare(min(a.Left, 1), min(b.Left, 1)), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func accountFeatures(ws *definition.Workspace, a *profile.Account) []AccountFeature {
	out := []AccountFeature{}
	for i := range ws.AccountFeatures {
		f := &ws.AccountFeatures[i]
		t := a.Totals[f.Key]
		row := AccountFeature{Members: t.Members}
		row.ID, row.Name, row.Kind, row.Count, row.At = f.ID, f.Name, string(f.Aggregate), t.Count, max(t.First, t.Last)
		for _, currency := range slices.Sorted(maps.Keys(t.Money)) {
			row.Money = append(row.Money, Money{Currency: currency, Amount: t.Money[currency]})
		}
		out = append(out, row)
	}
	return out
}
