package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/catalogue"
	"github.com/rapporthq/rapport/internal/fault"
)

// Catalogue reads and changes the catalogue. A change is durable and in force
// when its method returns.
type Catalogue interface {
	Catalogue(ctx context.Context) (*catalogue.Catalogue, error)

	// ChangeCatalogue puts items in, or in place of those with their ids, and takes
	// those named by remove out; all of the old ones with replace. It returns the
	// new catalogue.
	ChangeCatalogue(ctx context.Context, put []catalogue.Item, remove []string, replace bool) (*catalogue.Catalogue, error)
}

// ItemList is a page of the catalogue.
type ItemList struct {
	Items      []catalogue.Item `json:"items" doc:"in the order of their ids"`
	Total      int              `json:"total" doc:"how many match, listed or not"`
	NextCursor string           `json:"next_cursor,omitempty"`
}

// ItemsRequest changes the catalogue.
type ItemsRequest struct {
	Put     []catalogue.Item `json:"put,omitempty" maxItems:"50000" doc:"new items, and new versions of old ones"`
	Remove  []string         `json:"remove,omitempty" maxItems:"50000" doc:"ids"`
	Replace bool             `json:"replace,omitempty" doc:"take out whatever is not put in"`
}

// maxCatalogueBody bounds a change of the catalogue, in bytes.
const maxCatalogueBody = 32 << 20

func registerCatalogue(api huma.API, o Options, b boundary) {
	type listInput struct {
		Query  string `query:"query" maxLength:"200" doc:"part of an id, name or category"`
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		Cursor string `query:"cursor" maxLength:"300" doc:"next_cursor of the page before"`
	}
	add(api, b, operation("list-catalogue-items", http.MethodGet, "/catalogue-items", "catalogue", "What events and messages refer to: products, plans, places"),
		func(ctx context.Context, in *listInput) (ItemList, error) {
			c, err := o.Catalogue.Catalogue(ctx)
			if err != nil {
				return ItemList{}, err
			}
			return listItems(c, in.Query, in.Limit, in.Cursor), nil
		})

	type itemPath struct {
		ID string `path:"id" doc:"the id that events use"`
	}
	add(api, b, operation("get-catalogue-item", http.MethodGet, "/catalogue-items/{id}", "catalogue", "One item of the catalogue"),
		func(ctx context.Context, in *itemPath) (catalogue.Item, error) {
			c, err := o.Catalogue.Catalogue(ctx)
			if err != nil {
				return catalogue.Item{}, err
			}
			item, ok := c.Item(in.ID)
			if !ok {
				return catalogue.Item{}, fault.New(fault.NotFound, "There is no item %q in the catalogue.", in.ID).At("id")
			}
			return item, nil
		})

	type changeInput struct{ Body ItemsRequest }
	op := operation("change-catalogue", http.MethodPatch, "/catalogue-items", "catalogue", "Put items into the catalogue, and take others out")
	op.MaxBodyBytes = maxCatalogueBody
	add(api, b, op,
		func(ctx context.Context, in *changeInput) (ItemList, error) {
			c, err := o.Catalogue.ChangeCatalogue(ctx, in.Body.Put, in.Body.Remove, in.Body.Replace)
			if err != nil {
				return ItemList{}, err
			}
			return listItems(c, "", 50, ""), nil
		})
}

func listItems(c *catalogue.Catalogue, query string, limit int, after string) ItemList {
	out := ItemList{Items: []catalogue.Item{}}
	for i := range c.Matching(query) {
		out.Total++
		switch {
		case i.ID <= after:
		case len(out.Items) < limit:
			out.Items = append(out.Items, i)
		default:
			out.NextCursor = out.Items[limit-1].ID
		}
	}
	return out
}
