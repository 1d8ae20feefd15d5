package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
)

// Accounts answers questions about accounts. Errors are faults; NotFound for an
// account that is not there.
type Accounts interface {
	List(ctx context.Context, query string, limit int) (report.AccountList, error)
	Account(ctx context.Context, id person.AccountID) (report.Account, error)

	// Members gives the people after the record cursor; zero is from the first.
	Members(ctx context.Context, id person.AccountID, limit int, cursor person.ID) (report.AccountMembers, error)

	// Timeline is what happened to an account, newest first.
	Timeline(ctx context.Context, id person.AccountID, limit int, cursor string) (report.AccountTimeline, error)
}

// AccountPath is the account of an address.
type AccountPath struct {
	ID string `path:"id" doc:"account id" example:"acc_38ry1smcff9w5jp0y34ejk8sa8"`
}

func (p AccountPath) account() (person.AccountID, error) {
	id, err := person.ParseAccountID(p.ID)
	if err != nil || id.IsZero() {
		return person.AccountID{}, fault.New(fault.NotFound,
			"There is no account %q. An account's id starts with acc_; find it with GET /api/v1/accounts?query=NAME.", p.ID).At("id")
	}
	return id, nil
}

func registerAccounts(api huma.API, o Options, b boundary) {
	type listInput struct {
		Query string `query:"query" maxLength:"200" doc:"part of a group or name"`
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	}
	add(api, b, operation("list-accounts", http.MethodGet, "/accounts", "accounts", "Accounts: companies or households of people"),
		func(ctx context.Context, in *listInput) (report.AccountList, error) {
			return o.Accounts.List(ctx, in.Query, in.Limit)
		})

	add(api, b, operation("get-account", http.MethodGet, "/accounts/{id}", "accounts", "One account"),
		func(ctx context.Context, in *AccountPath) (report.Account, error) {
			id, err := in.account()
			if err != nil {
				return report.Account{}, err
			}
			return o.Accounts.Account(ctx, id)
		})

	type membersInput struct {
		AccountPath
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		Cursor string `query:"cursor" maxLength:"100" doc:"next_cursor of the page before"`
	}
	add(api, b, operation("list-account-members", http.MethodGet, "/accounts/{id}/members", "accounts", "The people who belong to an account"),
		func(ctx context.Context, in *membersInput) (report.AccountMembers, error) {
			id, err := in.account()
			if err != nil {
				return report.AccountMembers{}, err
			}
			var cursor person.ID
			if err := cursor.UnmarshalText([]byte(in.Cursor)); err != nil {
				return report.AccountMembers{}, fault.New(fault.Invalid, "cursor %q is not one that this API gave; leave it out to start from the first", in.Cursor).At("cursor")
			}
			return o.Accounts.Members(ctx, id, in.Limit, cursor)
		})
	add(api, b, operation("list-account-timeline", http.MethodGet, "/accounts/{id}/timeline", "accounts", "Who came to an account and left it, and what was said of it"),
		func(ctx context.Context, in *membersInput) (report.AccountTimeline, error) {
			id, err := in.account()
			if err != nil {
				return report.AccountTimeline{}, err
			}
			return o.Accounts.Timeline(ctx, id, in.Limit, in.Cursor)
		})
}
