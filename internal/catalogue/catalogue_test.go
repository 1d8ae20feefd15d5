package catalogue_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/catalogue"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

func shelf(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	price := event.Micros(12_500_000)
	var none *catalogue.Catalogue
	c, err := none.Change([]catalogue.Item{
		{ID: "tea", Name: "Green tea", Price: &price, Currency: "eur", Categories: []string{"Drinks"}, Properties: json.RawMessage(`{"origin":"Uji"}`)},
		{ID: "cup", Name: "Cup"},
		{ID: "pro", Kind: "plan", Name: "Pro"},
	}, nil)
	require.NoError(t, err)
	return c
}

func TestACatalogueIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	c := shelf(t)
	again, err := catalogue.Parse(c.Encode())
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(c.Items(), again.Items()))
	require.Equal(t, c.Encode(), again.Encode())
	require.Equal(t, []string{"cup", "pro", "tea"}, ids(slices.Values(again.Items())))
}

func ids(items func(func(catalogue.Item) bool)) (out []string) {
	for i := range items {
		out = append(out, i.ID)
	}
	return out
}

func TestAChangeLeavesWhatItDoesNotName(t *testing.T) {
	t.Parallel()
	was := shelf(t)
	c, err := was.Change([]catalogue.Item{{ID: "cup", Name: "Large cup"}}, []string{"pro", "never there"})
	require.NoError(t, err)
	require.Equal(t, []string{"cup", "tea"}, ids(slices.Values(c.Items())))
	cup, ok := c.Item("cup")
	require.True(t, ok)
	require.Equal(t, "Large cup", cup.Name)
	require.Len(t, was.Items(), 3, "the old version is as it was")
}

func TestAnItemThatCannotBeUsedIsRefusedByName(t *testing.T) {
	t.Parallel()
	price := event.Micros(1)
	for name, c := range map[string]struct {
		item catalogue.Item
		says string
	}{
		"no id":              {catalogue.Item{Name: "Cup"}, "item 1 has no id"},
		"no name":            {catalogue.Item{ID: "cup"}, `item "cup" has no name`},
		"price, no currency": {catalogue.Item{ID: "cup", Name: "Cup", Price: &price}, "without a currency"},
		"properties":         {catalogue.Item{ID: "cup", Name: "Cup", Properties: json.RawMessage(`[1]`)}, "not a JSON object"},
	} {
		_, err := shelf(t).Change([]catalogue.Item{c.item}, nil)
		require.ErrorContains(t, err, c.says, name)
		require.Equal(t, fault.Invalid, fault.KindOf(err), name)
	}
	big := make([]catalogue.Item, catalogue.MaxItems)
	for n := range big {
		big[n] = catalogue.Item{ID: fmt.Sprint("i", n), Name: "One of many"}
	}
	_, err := shelf(t).Change(big, nil)
	require.ErrorContains(t, err, "50003 items")
}

func TestItemsAreFoundByPartOfWhatTheyAreCalled(t *testing.T) {
	t.Parallel()
	c := shelf(t)
	require.Equal(t, []string{"tea"}, ids(c.Matching("drink")))
	require.Equal(t, []string{"cup"}, ids(c.Matching(" CUP ")))
	require.Len(t, ids(c.Matching("")), 3)
}

func TestEventsNameTheItemsTheyReferTo(t *testing.T) {
	t.Parallel()
	for properties, want := range map[string][]string{
		`{"product_id":"tea"}`: {"tea"},
		`{"products":[{"product_id":"tea"},{"sku":17},{"product_id":"tea"}],"plan_id":"pro"}`: {"pro", "tea", "17"},
		`{"product_id":{"no":"id"},"products":"none"}`:                                        nil,
		``: nil,
	} {
		require.Equal(t, want, catalogue.Refers(json.RawMessage(properties)), properties)
	}
}

func TestItemsAreReadAsShopsExportThem(t *testing.T) {
	t.Parallel()
	lines := `{"id":17,"name":"Green tea","price":12.5,"currency":"EUR","categories":["Drinks","Tea"],"origin":"Uji"}

{"id":"cup","name":"Cup","price":"3"}`
	columns := "\ufeffID,Name,Price,Currency,Categories,origin\n17,Green tea,12.50,EUR,Drinks | Tea,Uji\ncup,Cup,3,,,\n"
	fromLines, err := catalogue.Read(strings.NewReader(lines))
	require.NoError(t, err)
	fromColumns, err := catalogue.Read(strings.NewReader(columns))
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(fromLines, fromColumns))
	require.Len(t, fromLines, 2)
	require.Equal(t, event.Micros(12_500_000), *fromLines[0].Price)
	require.JSONEq(t, `{"origin":"Uji"}`, string(fromLines[0].Properties))
}

func TestWhatCannotBeReadNamesItsLine(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                            "empty",
		"sku,title\n1,Cup\n":          "no id or no name",
		"id,name,price\n1,Cup,cheap":  "line 2: price cannot be read",
		"id,name\n1,Cup,more":         "line 2",
		"{\"id\":\"a\"}\n{\"id\":[]}": "line 2: id cannot be read",
		"{oops":                       "line 1 is not a JSON object",
	} {
		_, err := catalogue.Read(strings.NewReader(text))
		require.ErrorContains(t, err, says, "%q", text)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("id,name\n1,Cup\n")
	f.Add(`{"id":1,"name":"Cup","price":"1e3"}`)
	f.Fuzz(func(t *testing.T, text string) {
		items, err := catalogue.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		var none *catalogue.Catalogue
		c, err := none.Change(items, nil)
		if err != nil {
			return
		}
		again, err := catalogue.Parse(c.Encode())
		require.NoError(t, err)
		require.Equal(t, c.Encode(), again.Encode())
	})
}
