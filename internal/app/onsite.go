package app

import (
	"context"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	onsite "github.com/rapporthq/rapport/internal/deliver/web"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/web"
)

// newOnsite makes the desk that browsers call for their inbox.
func (a *App) newOnsite() (*onsite.Desk, error) {
	return onsite.New(onsite.Options{
		Key: a.secrets.derive("rapport/web/1"), Caller: a.tracking.Caller, Refuse: a.tracking.Refuse,
		Verify: a.verifyUser, Origins: a.origins, Store: inboxes{reading{a.data.State, a.proc, a.opts.Now}}, Links: a.links, Inbox: a,
		Now: a.opts.Now, Speed: a.opts.Speed, Script: web.Script(), Log: a.opts.Logger,
	})
}

// inboxes are timelines as the desk reads them.
type inboxes struct{ reading }

var _ onsite.Store = inboxes{}

// Person implements onsite.Store.
func (i inboxes) Person(_ context.Context, id person.ID) (onsite.Owner, error) {
	p, err := i.Store.Person(id)
	if err != nil || p == nil {
		return onsite.Owner{}, err
	}
	known := slices.ContainsFunc(p.Identities, func(i person.Identity) bool { return i.Kind == person.UserID })
	return onsite.Owner{ID: p.ID, Known: known}, nil
}

// shelf puts letters into inboxes: a receipt that they were delivered does.
type shelf struct{ app *App }

var _ onsite.Shelf = shelf{}

// Put implements onsite.Shelf.
func (s shelf) Put(ctx context.Context, l deliver.Letter) error {
	return s.app.Report(ctx, deliver.Report{Channel: onsite.ID, Ref: l.Ref, Outcome: event.Delivered})
}

func openWeb(o account) (p deliver.Provider, err error) {
	if _, err := onsite.ParseOrigins(o.set["origins"]); err != nil {
		return p, err
	}
	p.Channel, err = onsite.Open(shelf{o.app})
	return p, err
}

// origins are the sites that may show inboxes, as the account of the channel says.
func (a *App) origins(ctx context.Context) ([]string, error) {
	ws, err := a.Definitions(ctx)
	if err != nil {
		return nil, fault.Wrap(fault.Busy, err, "the definitions cannot be read just now; ask again")
	}
	for _, c := range ws.Channels {
		at := slices.IndexFunc(c.Providers, func(p definition.Provider) bool { return p.Kind == onsite.ID })
		if c.ID == onsite.ID && at >= 0 {
			return onsite.ParseOrigins(c.Providers[at].Settings["origins"])
		}
	}
	return nil, fault.New(fault.NotFound, "this workspace has no inbox on the web; declare the channel as {id: web, providers: [{id: site, kind: web}]}")
}
