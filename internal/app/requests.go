package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
)

// requests are what people have to see to, as the admin API asks for them.
type requests struct{ *control }

var _ api.Requests = requests{}

// mostScanned bounds the people who are looked at for one list.
const mostScanned = 20_000

// Requests implements api.Requests.
func (r requests) Requests(ctx context.Context, open bool, owner string, limit int) (api.RequestList, error) {
	ws, err := r.inForce(ctx)
	if err != nil {
		return api.RequestList{}, err
	}
	out, owners, seen := api.RequestList{}, map[string]bool{}, 0
	add := func(p *profile.Person) (bool, error) {
		for i := range p.Requests {
			q := &p.Requests[i]
			if q.Open() != open {
				continue
			}
			row := r.row(ws, p, q)
			if row.Owner != "" {
				owners[row.Owner] = true
			}
			if row.Overdue {
				out.Overdue++
			}
			out.Total++
			if owner == "" || owner == row.Owner || owner == "nobody" && row.Owner == "" {
				out.Requests = append(out.Requests, row)
			}
		}
		seen++
		return seen < mostScanned && ctx.Err() == nil, nil
	}
	if err := r.data.State.WithRequests(true, add); err != nil {
		return out, err
	}
	if !open {
		if err := r.data.State.WithRequests(false, add); err != nil {
			return out, err
		}
	}
	slices.SortFunc(out.Requests, pressing)
	if out.More = len(out.Requests) > limit; out.More {
		out.Requests = out.Requests[:limit]
	}
	out.Owners = slices.Sorted(maps.Keys(owners))
	for _, c := range ws.Requests.Canned {
		out.Canned = append(out.Canned, api.CannedAnswer(c))
	}
	return out, ctx.Err()
}

// pressing puts what is due first before what is not, and the latest closed first.
func pressing(a, b api.RequestRow) int {
	if a.Closed != b.Closed {
		return cmp.Compare(b.Closed, a.Closed)
	}
	if (a.Due == 0) != (b.Due == 0) {
		return cmp.Compare(b.Due, a.Due)
	}
	return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.ID, b.ID))
}

func (r requests) row(ws *definition.Workspace, p *profile.Person, q *profile.Request) api.RequestRow {
	kind := map[string]string{profile.RequestMessage: "Message", profile.RequestHandOver: "Handed over"}[q.Kind]
	if rule, ok := ws.Requests.Rule(q.Kind); ok {
		kind = rule.Name
	}
	if strings.HasPrefix(q.Kind, profile.RequestOfJourney) {
		kind = "From a journey"
	}
	return api.RequestRow{
		ID: q.ID, Person: p.ID, Name: report.NameOf(p), Kind: q.Kind, KindName: cmp.Or(kind, q.Kind), Subject: q.Subject, Owner: q.Owner, Channel: q.Channel,
		Opened: q.Opened, Due: q.Due, Overdue: q.Open() && q.Due != 0 && q.Due <= r.now(), Escalated: q.Escalated, Answered: q.Answered, Closed: q.Closed,
		Outcome: q.Outcome, Holds: q.Holds, Messages: q.Messages, Answers: q.Answers,
	}
}

// Request implements api.Requests.
func (r requests) Request(ctx context.Context, who person.ID, id string) (api.RequestPage, error) {
	ws, err := r.inForce(ctx)
	if err != nil {
		return api.RequestPage{}, err
	}
	p, err := r.person(who)
	if err != nil {
		return api.RequestPage{}, err
	}
	q := p.Request(id)
	if q == nil {
		return api.RequestPage{}, fault.New(fault.NotFound, "this person has no request %q; it may have been closed so long ago that only their timeline has it", id)
	}
	page := api.RequestPage{RequestRow: r.row(ws, p, q), Reaches: q.Channel + " " + q.Address}
	if q.Address == "" {
		page.Reaches = reaches(ws, p)
	}
	page.Thread, err = r.thread(ctx, p.ID)
	return page, err
}

func reaches(ws *definition.Workspace, p *profile.Person) string {
	for _, ch := range ws.Channels {
		if a := p.Address(ch.ID); a != "" && ch.ID != "webhook" {
			return ch.ID + " " + a
		}
	}
	return ""
}

const (
	mostThread = 200 // utterances
	threadPage = 500 // entries of a timeline at once
	mostPages  = 8
)

// thread is what was said to and fro lately, on whatever channel, oldest first.
func (r requests) thread(ctx context.Context, id person.ID) ([]api.Utterance, error) {
	var out []api.Utterance
	cursor := ""
	for range mostPages {
		events, next, err := r.data.State.HistoryPage(ctx, id, cursor, threadPage)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if u, ok := utterance(e); ok {
				out = append(out, u)
			}
		}
		if cursor = next; cursor == "" || len(out) >= mostThread {
			break
		}
	}
	slices.Reverse(out)
	return out, nil
}

// utterance is what an entry of a timeline adds to a thread.
func utterance(e event.Event) (u api.Utterance, ok bool) {
	u.At = e.Time
	switch e.Kind {
	case event.Replied:
		b, err := event.Unpack[event.RepliedBody](e)
		u.Who, u.Channel, u.Text = "customer", b.Channel, cmp.Or(conversation.Heard(b).Text, b.Choice, b.Keys, b.Begins)
		return u, err == nil
	case event.Spoke:
		b, err := event.Unpack[event.SpokeBody](e)
		u.Who, u.Channel, u.Text, u.Options, u.By = "conversation", b.Channel, b.Text, b.Options, b.By
		if b.By != "" {
			u.Who = "colleague"
		}
		return u, err == nil
	case event.Request:
		b, err := event.Unpack[event.RequestBody](e)
		if b.Act == event.RequestAnswered {
			return u, false // what was said is in the thread as it was sent
		}
		u.Who, u.By, u.Text = "act", b.By, string(b.Act)
		switch b.Act {
		case event.RequestNoted:
			u.Who, u.Text = "note", b.Text
		case event.RequestAssigned:
			u.Text = "assigned to " + cmp.Or(b.Owner, "nobody")
		case event.RequestClosed:
			u.Text = "closed: " + cmp.Or(b.Outcome, "no outcome")
		case event.RequestOpened:
			u.Text = "opened: " + b.Subject
			if b.Text != "" {
				u.Text += "\n" + b.Text
			}
		case event.RequestAnswered, event.RequestEscalated, event.RequestReopened:
		}
		return u, err == nil
	default:
		return u, false
	}
}

// Act implements api.Requests.
func (r requests) Act(ctx context.Context, who person.ID, act event.RequestBody) (api.RequestPage, error) {
	p, err := r.person(who)
	if err != nil {
		return api.RequestPage{}, err
	}
	if act.Act != event.RequestOpened {
		q := p.Request(act.Request)
		switch {
		case q == nil:
			return api.RequestPage{}, fault.New(fault.NotFound, "this person has no request %q", act.Request)
		case !q.Open() && act.Act != event.RequestReopened && act.Act != event.RequestNoted:
			return api.RequestPage{}, fault.New(fault.Conflict, "the request is closed; open it again first")
		}
	}
	if err := r.append(ctx, r.event(event.Request, p.ID, act)); err != nil {
		return api.RequestPage{}, err
	}
	if err := r.proc.WaitFolded(ctx); err != nil {
		return api.RequestPage{}, err
	}
	id := act.Request
	if act.Act == event.RequestOpened {
		if p, err = r.person(who); err != nil {
			return api.RequestPage{}, err
		}
		for _, q := range p.Requests {
			if q.Open() && q.Kind == profile.RequestMessage {
				id = q.ID
			}
		}
	}
	return r.Request(ctx, who, id)
}
