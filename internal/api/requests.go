package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Requests are what people have to see to.
type Requests interface {
	// Requests lists those that are open, the most pressing first, or else the latest
	// that were closed.
	Requests(ctx context.Context, open bool, owner string, limit int) (RequestList, error)

	// Request returns one with all that was said.
	Request(ctx context.Context, who person.ID, id string) (RequestPage, error)

	// Act does something about one; it returns once that is durable and folded. Where
	// the act opens one, id is empty.
	Act(ctx context.Context, who person.ID, act event.RequestBody) (RequestPage, error)
}

// RequestRow is a request in a list.
type RequestRow struct {
	ID        string        `json:"id"`
	Person    person.ID     `json:"person"`
	Name      string        `json:"name" doc:"of the person, or the identity that they are known by"`
	Kind      string        `json:"kind" doc:"id of the rule; message or hand-over where there is none"`
	KindName  string        `json:"kind_name"`
	Subject   string        `json:"subject"`
	Owner     string        `json:"owner" doc:"empty: nobody yet"`
	Channel   string        `json:"channel" doc:"where they are answered"`
	Opened    event.Instant `json:"opened"`
	Due       event.Instant `json:"due" doc:"when an answer is due; null: none is"`
	Overdue   bool          `json:"overdue"`
	Escalated int           `json:"escalated" doc:"how often"`
	Answered  event.Instant `json:"answered" doc:"when they were answered first; null: not yet"`
	Closed    event.Instant `json:"closed" doc:"null: it is open"`
	Outcome   string        `json:"outcome"`
	Holds     bool          `json:"holds_selling" doc:"nothing is sold to them while it is open"`
	Messages  int           `json:"messages" doc:"of theirs since it was opened"`
	Answers   int           `json:"answers"`
}

// CannedAnswer is an answer that is kept ready.
type CannedAnswer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Text string `json:"text" doc:"Liquid, rendered for the person when it is sent"`
}

// RequestList is what people have to see to.
type RequestList struct {
	Requests []RequestRow   `json:"requests"`
	Total    int            `json:"total"`
	Overdue  int            `json:"overdue" doc:"of all that are open"`
	Owners   []string       `json:"owners" doc:"who has any"`
	Canned   []CannedAnswer `json:"canned"`
	More     bool           `json:"more" doc:"there are more than are listed"`
}

// Utterance is one thing that was said, or done about it.
type Utterance struct {
	At      event.Instant  `json:"at"`
	Who     string         `json:"who" enum:"customer,conversation,colleague,note,act"`
	By      string         `json:"by,omitempty"`
	Channel string         `json:"channel,omitempty"`
	Text    string         `json:"text"`
	Options []event.Option `json:"options,omitempty" doc:"that were offered"`
}

// RequestPage is a request with all that was said to and fro, oldest first.
type RequestPage struct {
	RequestRow
	Thread  []Utterance `json:"thread"`
	Reaches string      `json:"reaches" doc:"where an answer goes: channel and address; empty: nowhere"`
}

// RequestPath is the request of an address.
type RequestPath struct {
	Person  string `path:"person" doc:"person id" example:"prs_3q88fafcwvy4tjbb80jkp8ycdc"`
	Request string `path:"request" doc:"request id" example:"req-17-4031-1"`
}

func (p RequestPath) person() (person.ID, error) { return PersonPath{p.Person}.person() }

// RequestAct does something about a request.
type RequestAct struct {
	Act     string `json:"act" enum:"assigned,noted,answered,closed,reopened"`
	By      string `json:"by,omitempty" maxLength:"200" doc:"who does it; default admin"`
	Text    string `json:"text,omitempty" maxLength:"20000" doc:"of a note, or of an answer (Liquid may be in it)"`
	Owner   string `json:"owner,omitempty" maxLength:"200" doc:"to whom it is assigned; empty: nobody"`
	Outcome string `json:"outcome,omitempty" maxLength:"200" doc:"with which it is closed"`
}

// NewRequest opens a request for a person.
type NewRequest struct {
	Person  string `json:"person" doc:"person id"`
	Subject string `json:"subject" minLength:"1" maxLength:"500"`
	Text    string `json:"text,omitempty" maxLength:"20000" doc:"for colleagues"`
	Owner   string `json:"owner,omitempty" maxLength:"200"`
	By      string `json:"by,omitempty" maxLength:"200" doc:"default admin"`
}

func registerRequests(api huma.API, o Options, b boundary) {
	type listInput struct {
		Status string `query:"status" enum:"open,closed" default:"open"`
		Owner  string `query:"owner" maxLength:"200" doc:"of this owner; nobody for those without"`
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	add(api, b, operation("list-requests", http.MethodGet, "/requests", "requests", "What people have to see to, the most pressing first"),
		func(ctx context.Context, in *listInput) (RequestList, error) {
			return o.Requests.Requests(ctx, in.Status == "open", in.Owner, in.Limit)
		})

	add(api, b, operation("get-request", http.MethodGet, "/requests/{person}/{request}", "requests", "One request, with all that was said"),
		func(ctx context.Context, in *RequestPath) (RequestPage, error) {
			who, err := in.person()
			if err != nil {
				return RequestPage{}, err
			}
			return o.Requests.Request(ctx, who, in.Request)
		})

	type newInput struct{ Body NewRequest }
	add(api, b, operation("open-request", http.MethodPost, "/requests", "requests", "Open a request for a person"),
		func(ctx context.Context, in *newInput) (RequestPage, error) {
			who, err := PersonPath{in.Body.Person}.person()
			if err != nil {
				return RequestPage{}, err
			}
			return o.Requests.Act(ctx, who, event.RequestBody{
				Act: event.RequestOpened, By: orAdmin(in.Body.By), Subject: in.Body.Subject, Text: in.Body.Text, Owner: in.Body.Owner,
			})
		})

	type actInput struct {
		RequestPath
		Body RequestAct
	}
	add(api, b, operation("act-on-request", http.MethodPost, "/requests/{person}/{request}", "requests", "Assign, note, answer on the person's channel, close with an outcome, or open again"),
		func(ctx context.Context, in *actInput) (RequestPage, error) {
			who, err := in.person()
			if err != nil {
				return RequestPage{}, err
			}
			act := event.RequestBody{
				Request: in.Request, Act: event.Act(in.Body.Act), By: orAdmin(in.Body.By),
				Text: in.Body.Text, Owner: in.Body.Owner, Outcome: in.Body.Outcome,
			}
			if act.Text == "" && (act.Act == event.RequestAnswered || act.Act == event.RequestNoted) {
				return RequestPage{}, fault.New(fault.Invalid, "There is nothing in it; write what is said.").At("text")
			}
			return o.Requests.Act(ctx, who, act)
		})
}

func orAdmin(by string) string {
	if by == "" {
		return admin
	}
	return by
}
