package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/source"
)

func newSources() *cobra.Command {
	var server string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "List the sources of a running server, and make and revoke their write keys",
		Long: `List the sources of a running server, and make and revoke their write keys.

A source is a system that sends events, with write keys of its own. A key is
shown once, when it is made; the server keeps only its hash. The admin token is
read from RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.NoArgs,
	}
	cmd.PersistentFlags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print what the server answers")
	cmd.AddCommand(newSourcesList(&server, &asJSON), newSourcesAdd(&server, &asJSON), newSourcesKey(&server, &asJSON),
		newSourcesRevoke(&server, &asJSON), newSourcesRestore(&server, &asJSON))
	return cmd
}

func newSourcesList(server *string, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the sources and their write keys",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list api.SourceList
			if err := newAdmin(*server).call(cmd.Context(), http.MethodGet, "/api/v1/sources", nil, &list); err != nil {
				return err
			}
			if *asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			sources := make([]source.Source, len(list.Sources))
			for i := range list.Sources {
				sources[i] = list.Sources[i].Source
			}
			return writeSources(cmd.OutOrStdout(), sources)
		},
	}
}

// writeSources prints a line for each source, and one for each key under it.
func writeSources(out io.Writer, list []source.Source) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.ID, s.Kind, s.Name)
		for _, k := range s.Keys {
			state := "opens"
			if k.Revoked != 0 {
				state = "revoked " + k.Revoked.String()
				if k.Reason != "" {
					state += ": " + k.Reason
				}
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\n", k.ID, k.Hint, state)
		}
	}
	return w.Flush()
}

func newSourcesAdd(server *string, asJSON *bool) *cobra.Command {
	var draft source.Draft
	var kind string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a source, and print its write key",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			draft.Name, draft.Kind = args[0], event.SourceKind(kind)
			return askForKey(cmd, *server, *asJSON, "/api/v1/sources", draft)
		},
	}
	cmd.Flags().StringVar(&draft.ID, "id", "", "id, kebab-case (default: made of the name)")
	cmd.Flags().StringVar(&kind, "kind", string(event.ServerSource), "server, browser, webhook, import or pull")
	return cmd
}

func newSourcesKey(server *string, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:   "key SOURCE",
		Short: "Make another write key for a source, and print it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return askForKey(cmd, *server, *asJSON, "/api/v1/sources/"+url.PathEscape(args[0])+"/keys", nil)
		},
	}
}

// askForKey posts, and prints the write key that comes back.
func askForKey(cmd *cobra.Command, server string, asJSON bool, path string, body any) error {
	var made api.SourceWithKey
	if err := newAdmin(server).call(cmd.Context(), http.MethodPost, path, body, &made); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if asJSON {
		return writeJSON(out, made)
	}
	_, err := fmt.Fprintf(out, "Source     %s\nKey        %s\nWrite key  %s\nThe write key is shown this once.\n", made.Key.Source, made.Key.ID, made.Key.WriteKey)
	return err
}

func newSourcesRevoke(server *string, asJSON *bool) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "revoke SOURCE KEY",
		Short: "Close a write key at once",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeKey(cmd, *server, *asJSON, args, "revoke", api.RevokeRequest{Reason: reason})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever asks later")
	return cmd
}

func newSourcesRestore(server *string, asJSON *bool) *cobra.Command {
	return &cobra.Command{
		Use:   "restore SOURCE KEY",
		Short: "Take the revocation of a write key back",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeKey(cmd, *server, *asJSON, args, "restore", nil)
		},
	}
}

func changeKey(cmd *cobra.Command, server string, asJSON bool, args []string, what string, body any) error {
	var s source.Source
	path := fmt.Sprintf("/api/v1/sources/%s/keys/%s/%s", url.PathEscape(args[0]), url.PathEscape(args[1]), what)
	if err := newAdmin(server).call(cmd.Context(), http.MethodPost, path, body, &s); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), s)
	}
	return writeSources(cmd.OutOrStdout(), []source.Source{s})
}
