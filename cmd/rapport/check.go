package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/links"
)

func newCheck() *cobra.Command {
	var look bool
	cmd := &cobra.Command{
		Use:   "check FOLDER",
		Short: "Check a folder of definitions as validate does, and hold its conversations to their tests",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, ws, err := app.ReadDefinitions(args[0])
			if err != nil {
				return err
			}
			failures, played := conversation.Test(ws)
			out := cmd.OutOrStdout()
			for _, f := range failures {
				_, err := fmt.Fprintf(out, "%s: %s\n%s\n", f.Conversation, f.Test, f.Diff)
				if err != nil {
					return err
				}
			}
			if len(failures) > 0 {
				_, err := fmt.Fprintf(out, "%d of %s failed. What the script says is marked -, what was said is marked +.\n", len(failures), tests(played))
				return errors.Join(err, exitWith(1))
			}
			if look {
				if err := checkLinks(cmd, ws); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(out, "%s: %s of %d conversations; all is well.\n", ws.Name, tests(played), len(ws.Conversations))
			return err
		},
	}
	cmd.Flags().BoolVar(&look, "links", false, "call the addresses that messages lead to, none within the own network, and fail where one leads nowhere")
	return cmd
}

func checkLinks(cmd *cobra.Command, ws *definition.Workspace) error {
	r := app.CheckLinks(cmd.Context(), ws, links.Options{})
	out := cmd.OutOrStdout()
	for _, f := range r.Findings {
		if _, err := fmt.Fprintln(out, f.String()); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d links were looked at, %d of each person's own were not, %d were too many; %d lead nowhere.\n", r.Looked, r.Personal, r.Left, len(r.Findings))
	if len(r.Findings) > 0 {
		return errors.Join(err, exitWith(1))
	}
	return err
}

func tests(n int) string {
	return strings.TrimSuffix(fmt.Sprintf("%d tests", n), map[bool]string{true: "s"}[n == 1])
}
