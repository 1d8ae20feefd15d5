package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/report"
)

func newErase() *cobra.Command {
	var server string
	var sure bool
	cmd := &cobra.Command{
		Use:   "erase PERSON",
		Short: "Erase a person on a running server, for good",
		Long: `Erase a person on a running server, for good.

PERSON is a person's id, such as prs_3q88fafcwvy4tjbb80jkp8ycdc, or one of their
identities, such as email:ada@example.com or user_id:42. All that is known of them
goes, and so does what was merged into them and what was refused and names them; it
cannot be undone. The admin token is
read from RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			admin := newAdmin(server)
			id := args[0]
			if strings.Contains(id, ":") {
				var found report.People
				if err := admin.call(cmd.Context(), http.MethodGet, "/api/v1/people?identity="+url.QueryEscape(id), nil, &found); err != nil {
					return err
				}
				if len(found.People) == 0 {
					return fmt.Errorf("nobody has the identity %s", id)
				}
				id = found.People[0].ID.String()
			}
			if !sure {
				fmt.Fprintf(cmd.OutOrStdout(), "This erases %s for good. Type the id to go on: ", id)
				line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n') // its end is an answer too
				if strings.TrimSpace(line) != id {
					return errors.New("that is another id; nothing was erased")
				}
			}
			var done api.Erasure
			if err := admin.call(cmd.Context(), http.MethodDelete, "/api/v1/people/"+url.PathEscape(id), nil, &done); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "erased %s, met under %d ids, and dead letters that named them: %d; the archive follows in a moment\n", done.Person, len(done.Records), done.Letters)
			return nil
		},
	}
	cmd.Flags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.Flags().BoolVar(&sure, "yes", false, "do not ask")
	return cmd
}
