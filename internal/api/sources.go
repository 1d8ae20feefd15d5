package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/source"
)

// Sources is the list of sources. What changes it is durable, and in force, when
// it returns. by says who asked.
type Sources interface {
	List() []source.Source
	Find(id string) (source.Source, error)
	Add(ctx context.Context, draft source.Draft, by string) (source.Source, source.NewKey, error)
	Rename(ctx context.Context, id, name, by string) (source.Source, error)
	AddKey(ctx context.Context, id, by string) (source.Source, source.NewKey, error)
	Revoke(ctx context.Context, id, key, reason, by string) (source.Source, error)
	Restore(ctx context.Context, id, key, by string) (source.Source, error)
	Outages() []event.Outage
	SetOutages(ctx context.Context, id string, outages []event.Outage, by string) ([]event.Outage, error)
	SetWebhook(ctx context.Context, id string, draft source.WebhookDraft, by string) (source.Source, error)
}

// Webhooks tries a map, or that of the source if it is empty, on a body.
type Webhooks interface {
	Try(id, mapText string, body []byte) (source.Tried, error)
}

// Figures are what is measured of sources.
type Figures interface {
	Of(source string, said []event.Outage) (source.Measured, error)
	Series(source string) (source.Series, error)
	Strangers() source.Strangers
	Since() event.Instant
}

// admin is who calls the admin API, as long as there is one token for all.
const admin = "admin"

type sourceKindSchema struct{}

// Schema implements huma.SchemaProvider.
func (sourceKindSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{
		string(event.ServerSource), string(event.BrowserSource), string(event.WebhookSource),
		string(event.ImportSource), string(event.PullSource),
	}}
}

type letterStateSchema struct{}

// Schema implements huma.SchemaProvider.
func (letterStateSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{
		string(event.LetterOpen), string(event.LetterMended), string(event.LetterDismissed),
	}}
}

// SourceRow is a source with its figures.
type SourceRow struct {
	source.Source
	Figures source.Measured `json:"figures"`
}

// SourceList is the list of sources.
type SourceList struct {
	Sources   []SourceRow      `json:"sources"`
	Strangers source.Strangers `json:"strangers" doc:"calls without a write key that opens"`
	Since     event.Instant    `json:"since" doc:"when the figures since the start began"`
}

// SourcePage is a source with its figures over time.
type SourcePage struct {
	SourceRow
	Series source.Series `json:"series"`
	Since  event.Instant `json:"since" doc:"when the figures since the start began"`

	Outages []event.Outage `json:"outages" doc:"when it was not connected, oldest first: silence then is no evidence"`
	Acts    []ActName      `json:"acts" doc:"kinds of own acts, of which an outage may name those that no other source brings"`
}

// ActName is a kind of own acts, as the definitions have it.
type ActName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// SourceWithKey is a source with the write key that was just made for it.
type SourceWithKey struct {
	Source source.Source `json:"source"`
	Key    source.NewKey `json:"key"`
}

// SourcePath is the source of an address.
type SourcePath struct {
	ID string `path:"id" doc:"source id" example:"web-shop"`
}

// KeyPath is the write key of an address.
type KeyPath struct {
	SourcePath
	Key string `path:"key" doc:"key id" example:"key-1"`
}

// OutagesRequest replaces the outages of a source.
type OutagesRequest struct {
	Outages []event.Outage `json:"outages" maxItems:"200"`
}

// OutageList is when a source was not connected.
type OutageList struct {
	Outages []event.Outage `json:"outages" doc:"oldest first"`
}

func outagesOf(all []event.Outage, id string) []event.Outage {
	out := []event.Outage{}
	for _, o := range all {
		if o.Source == id {
			out = append(out, o)
		}
	}
	return out
}

// RenameRequest gives something another name.
type RenameRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"200"`
}

// RevokeRequest says why a write key is revoked.
type RevokeRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// TryRequest is a body, and a map to read it by.
type TryRequest struct {
	Map  string `json:"map,omitempty" maxLength:"60000" doc:"left out: the map of the source"`
	Body string `json:"body" doc:"as the sender would post it"`
}

// maxWebhook is how large a map or a body to try may be, in bytes of the request.
const maxWebhook = 1 << 20

func registerWebhooks(api huma.API, o Options, b boundary) {
	type setInput struct {
		SourcePath
		Body source.WebhookDraft
	}
	set := operation("set-source-webhook", http.MethodPut, "/sources/{id}/webhook", "sources", "Say how the bodies of a webhook become events")
	set.MaxBodyBytes = maxWebhook
	add(api, b, set, func(ctx context.Context, in *setInput) (source.Source, error) {
		return o.Sources.SetWebhook(ctx, in.ID, in.Body, admin)
	})

	type tryInput struct {
		SourcePath
		Body TryRequest
	}
	try := operation("try-source-webhook", http.MethodPost, "/sources/{id}/webhook/try", "sources", "See what would come of a body; nothing is stored")
	try.MaxBodyBytes = maxWebhook
	add(api, b, try, func(_ context.Context, in *tryInput) (source.Tried, error) {
		return o.Webhooks.Try(in.ID, in.Body.Map, []byte(in.Body.Body))
	})
}

func listSources(o Options) (SourceList, error) {
	list := SourceList{Strangers: o.Figures.Strangers(), Since: o.Figures.Since()}
	for _, s := range o.Sources.List() {
		figures, err := measured(o, &s)
		if err != nil {
			return list, err
		}
		list.Sources = append(list.Sources, SourceRow{Source: s, Figures: figures})
	}
	return list, nil
}

// measured are the figures of a source. What is imported has no rhythm.
func measured(o Options, s *source.Source) (source.Measured, error) {
	m, err := o.Figures.Of(s.ID, outagesOf(o.Sources.Outages(), s.ID))
	if s.Kind == event.ImportSource {
		m.Gaps = []source.Gap{}
	}
	return m, err
}

func actNames(ctx context.Context, o Options) ([]ActName, error) {
	out := []ActName{}
	raw, err := o.Control.Definition(ctx)
	if err != nil {
		return out, err
	}
	ws, err := definition.Compile(raw)
	if err != nil {
		return out, err
	}
	for _, a := range ws.Relationship.Acts {
		out = append(out, ActName{ID: a.ID, Name: a.Name})
	}
	return out, nil
}

// knownActs refuses outages of kinds of acts that there are not. One that was said
// before may be said again, whatever the definitions were then.
func knownActs(ctx context.Context, o Options, id string, outages []event.Outage) error {
	acts, err := actNames(ctx, o)
	if err != nil {
		return err
	}
	said, ids := map[string]bool{}, make([]string, len(acts))
	for i, a := range acts {
		said[a.ID], ids[i] = true, a.ID
	}
	for _, old := range outagesOf(o.Sources.Outages(), id) {
		for _, a := range old.Acts {
			said[a] = true
		}
	}
	for i, out := range outages {
		for _, a := range out.Acts {
			if !said[a] {
				return fault.New(fault.Invalid, "outage %d is of acts %q, which there are not; there are: %s", i+1, a, strings.Join(ids, ", ")).At("outages")
			}
		}
	}
	return nil
}

func sourcePage(ctx context.Context, o Options, id string) (SourcePage, error) {
	var page SourcePage
	var err error
	if page.Source, err = o.Sources.Find(id); err != nil {
		return page, err
	}
	page.Since, page.Outages = o.Figures.Since(), outagesOf(o.Sources.Outages(), id)
	if page.Figures, err = measured(o, &page.Source); err != nil {
		return page, err
	}
	if page.Acts, err = actNames(ctx, o); err != nil {
		return page, err
	}
	page.Series, err = o.Figures.Series(id)
	return page, err
}

func registerSources(api huma.API, o Options, b boundary) {
	add(api, b, operation("list-sources", http.MethodGet, "/sources", "sources", "Where events come from, and how they fare"),
		func(context.Context, *none) (SourceList, error) { return listSources(o) })

	add(api, b, operation("get-source", http.MethodGet, "/sources/{id}", "sources", "One source, with its figures over time"),
		func(ctx context.Context, in *SourcePath) (SourcePage, error) { return sourcePage(ctx, o, in.ID) })

	type addInput struct{ Body source.Draft }
	add(api, b, operation("add-source", http.MethodPost, "/sources", "sources", "Make a source; its write key is shown this once"),
		func(ctx context.Context, in *addInput) (SourceWithKey, error) {
			s, key, err := o.Sources.Add(ctx, in.Body, admin)
			return SourceWithKey{Source: s, Key: key}, err
		})

	type renameInput struct {
		SourcePath
		Body RenameRequest
	}
	add(api, b, operation("rename-source", http.MethodPut, "/sources/{id}/name", "sources", "Give a source another name"),
		func(ctx context.Context, in *renameInput) (source.Source, error) {
			return o.Sources.Rename(ctx, in.ID, in.Body.Name, admin)
		})

	type outagesInput struct {
		SourcePath
		Body OutagesRequest
	}
	add(api, b, operation("set-source-outages", http.MethodPut, "/sources/{id}/outages", "sources", "Say when a source was not connected: silence then is no evidence, and what is believed of everybody is computed again"),
		func(ctx context.Context, in *outagesInput) (OutageList, error) {
			if err := knownActs(ctx, o, in.ID, in.Body.Outages); err != nil {
				return OutageList{}, err
			}
			all, err := o.Sources.SetOutages(ctx, in.ID, in.Body.Outages, admin)
			return OutageList{Outages: outagesOf(all, in.ID)}, err
		})

	add(api, b, operation("add-source-key", http.MethodPost, "/sources/{id}/keys", "sources", "Make another write key; it is shown this once"),
		func(ctx context.Context, in *SourcePath) (SourceWithKey, error) {
			s, key, err := o.Sources.AddKey(ctx, in.ID, admin)
			return SourceWithKey{Source: s, Key: key}, err
		})

	type revokeInput struct {
		KeyPath
		Body RevokeRequest
	}
	add(api, b, operation("revoke-source-key", http.MethodPost, "/sources/{id}/keys/{key}/revoke", "sources", "Close a write key at once"),
		func(ctx context.Context, in *revokeInput) (source.Source, error) {
			return o.Sources.Revoke(ctx, in.ID, in.Key, in.Body.Reason, admin)
		})

	add(api, b, operation("restore-source-key", http.MethodPost, "/sources/{id}/keys/{key}/restore", "sources", "Take a revocation back"),
		func(ctx context.Context, in *KeyPath) (source.Source, error) {
			return o.Sources.Restore(ctx, in.ID, in.Key, admin)
		})
}
