package report

import (
	"context"
	"encoding/json"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// What an entry of an account's timeline tells.
const (
	AccountJoined  = "member"
	AccountLeft    = "left"
	AccountChanged = "traits"
)

// AccountEntry is something that happened to an account.
type AccountEntry struct {
	Time   event.Instant   `json:"time" doc:"when it became known"`
	What   string          `json:"what" enum:"member,left,traits" doc:"member: somebody belongs to it, with this role; left: somebody does no longer; traits: something was said of it"`
	Person *person.ID      `json:"person" doc:"who; null: it is about nobody, or about somebody who was erased"`
	Name   string          `json:"name,omitempty"`
	Role   string          `json:"role,omitempty"`
	Since  event.Instant   `json:"since" doc:"since when they belong to it"`
	Traits json.RawMessage `json:"traits,omitempty" doc:"what was said, a JSON object"`
}

// AccountTimeline is a page of what happened to an account, newest first.
type AccountTimeline struct {
	Entries    []AccountEntry `json:"entries"`
	NextCursor string         `json:"next_cursor,omitempty"`
}

// Timeline returns what happened to an account, newest first. That a record was found
// to be somebody who belongs to it too is nobody's leaving.
func (r *Accounts) Timeline(ctx context.Context, id person.AccountID, limit int, cursor string) (AccountTimeline, error) {
	out := AccountTimeline{Entries: []AccountEntry{}}
	if _, err := r.account(id); err != nil {
		return out, err
	}
	events, next, err := r.store.HistoryPage(ctx, id.Record(), cursor, limit)
	if err != nil {
		return out, err
	}
	out.NextCursor = next
	for i := range events {
		entry, tells, err := r.entry(&events[i])
		if err != nil {
			return out, unreadable(err)
		}
		if tells {
			out.Entries = append(out.Entries, entry)
		}
	}
	return out, nil
}

func (r *Accounts) entry(e *event.Event) (entry AccountEntry, tells bool, err error) {
	entry.Time = e.Time
	switch e.Kind {
	case event.AccountTraits:
		body, err := event.Unpack[event.AccountTraitsBody](*e)
		entry.What, entry.Traits = AccountChanged, body.Traits
		return entry, err == nil, err
	case event.AccountMember:
	default:
		return entry, false, nil
	}
	body, err := event.Unpack[event.AccountMemberBody](*e)
	if err != nil {
		return entry, false, err
	}
	entry.What, entry.Role, entry.Since = AccountJoined, body.Role, body.Since
	if body.Left {
		entry.What = AccountLeft
	}
	p, err := r.store.Person(body.Person)
	if err != nil || p == nil || p.IsForward() { // erased: what is left of them is a hash
		return entry, err == nil, err
	}
	entry.Person, entry.Name = &p.ID, nameOf(p)
	m, in := p.InAccount(body.Group)
	return entry, !body.Left || p.ID == body.Person || !in || m.Left, nil
}
