package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/pull"
)

func newPulls() *cobra.Command {
	var server string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "pulls",
		Short: "See what a running server pulls from databases, and run a pull now",
		Long: `See what a running server pulls from databases, and run a pull now.

A pull is declared in the definitions, under pulls: a query to a PostgreSQL
database, the column that grows when a row is new or has changed, the columns that
tell rows apart, how often, and what the columns mean. The connection string is in
the environment of the server, in the variable that the pull names. The admin token
is read from RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.NoArgs,
	}
	cmd.PersistentFlags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print what the server answers")
	list := &cobra.Command{
		Use:   "list",
		Short: "List the pulls and how they stand",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list api.PullList
			if err := newAdmin(server).call(cmd.Context(), http.MethodGet, "/api/v1/pulls", nil, &list); err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			return writePulls(cmd.OutOrStdout(), list.Pulls)
		},
	}
	var wait bool
	run := &cobra.Command{
		Use:   "run ID",
		Short: "Run a pull now",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/api/v1/pulls/" + url.PathEscape(args[0])
			var s pull.Standing
			admin := newAdmin(server)
			if err := admin.call(cmd.Context(), http.MethodPost, path+"/runs", nil, &s); err != nil {
				return err
			}
			for before := s.Started; wait && (s.Running || s.Started == before); {
				select {
				case <-cmd.Context().Done():
					return cmd.Context().Err()
				case <-time.After(500 * time.Millisecond):
				}
				if err := admin.call(cmd.Context(), http.MethodGet, path, nil, &s); err != nil {
					return err
				}
				if s.Running {
					fmt.Fprintf(cmd.ErrOrStderr(), "%d of about %d rows, at %s\n", s.Run.Rows, s.Run.Expected, s.Cursor)
				}
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), s)
			}
			return writePulls(cmd.OutOrStdout(), []pull.Standing{s})
		},
	}
	run.Flags().BoolVar(&wait, "wait", false, "wait for the end of the run, and tell how far it is")
	cmd.AddCommand(list, run)
	return cmd
}

// writePulls prints a line for each pull, and under it what is wrong.
func writePulls(out io.Writer, list []pull.Standing) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		state := "next run " + s.NextRun.String()
		if s.Running {
			state = fmt.Sprintf("running: %d of about %d rows", s.Run.Rows, s.Run.Expected)
		}
		fmt.Fprintf(w, "%s\tcursor %s\tlast run %s\t%s\t%d events of %d rows\n", s.ID, s.Cursor, s.LastRun, state, s.Total.Events, s.Total.Rows)
		if s.Error != "" {
			fmt.Fprintf(w, "  failed %d times: %s\n", s.Failures, s.Error)
		}
		if s.Total.Rejected > 0 {
			fmt.Fprintf(w, "  not readable: %d rows, listed with reasons in %s on the server\n", s.Total.Rejected, s.RejectFile)
		}
	}
	return w.Flush()
}
