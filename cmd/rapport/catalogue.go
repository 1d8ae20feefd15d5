package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/catalogue"
)

func newCatalogue() *cobra.Command {
	var server string
	cmd := &cobra.Command{
		Use:   "catalogue",
		Short: "Put products, plans and places into a running server's catalogue",
		Args:  cobra.NoArgs,
	}
	cmd.PersistentFlags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.AddCommand(newCataloguePut(&server))
	return cmd
}

func newCataloguePut(server *string) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:   "put FILE",
		Short: "Put the items of a file into the catalogue",
		Long: `Put the items of a file into the catalogue, in place of those with the same ids.

FILE is JSON Lines, an object a line, or delimited text by commas whose first
line names the columns: id, name, kind, url, image, price (such as 12.50),
currency and categories (separated by |). Other columns become properties. An id
is what your events call the item, such as a product_id. Messages speak of an
item as {{ id | item }}. The admin token is read from RAPPORT_ADMIN_TOKEN.`,
		Example: "  rapport catalogue put products.csv --replace",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			items, err := catalogue.Read(f)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			var list api.ItemList
			change := api.ItemsRequest{Put: items, Replace: replace}
			if err := newAdmin(*server).call(cmd.Context(), http.MethodPatch, "/api/v1/catalogue-items", change, &list); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d items put; the catalogue has %d\n", len(items), list.Total)
			return err
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "take out whatever is not in the file")
	return cmd
}
