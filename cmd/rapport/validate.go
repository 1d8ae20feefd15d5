package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/message/lint"
)

func newValidate() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate FOLDER",
		Short: "Check a folder of definitions, without a server, and list every problem in it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, ws, err := app.ReadDefinitions(args[0])
			if asJSON {
				problems, ok := definition.ProblemsOf(err)
				if err != nil && !ok {
					problems = definition.Problems{{What: err.Error()}}
				}
				answer := map[string]any{"valid": err == nil, "problems": append(definition.Problems{}, problems...), "findings": findings(ws)}
				if werr := writeJSON(cmd.OutOrStdout(), answer); werr != nil || err == nil {
					return werr
				}
				return exitWith(1)
			}
			if err != nil {
				return err
			}
			verdict := "all is well"
			if found := findings(ws); len(found) > 0 {
				verdict = fmt.Sprintf("%d findings about messages, which do not keep it from being applied", len(found))
				for _, f := range found {
					if _, err := fmt.Fprintln(cmd.OutOrStdout(), f); err != nil {
						return err
					}
				}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d features, %d segments, %d stages, %d touchpoints, %d goals, %d messages; %s.\n",
				ws.Name, len(ws.Features), len(ws.Segments), len(ws.Map.Stages), len(ws.Map.Touchpoints), len(ws.Goals), len(ws.AllMessages()), verdict)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the problems as JSON")
	return cmd
}

// findings are what is to be said of the messages of ws, which may be nil.
func findings(ws *definition.Workspace) []lint.Finding {
	if ws == nil {
		return []lint.Finding{}
	}
	return append([]lint.Finding{}, lint.Workspace(ws)...)
}

// exitWith is an error that has been told already: the process ends with it.
type exitWith int

// Error implements error.
func (e exitWith) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// trouble makes the process end with 2, as diff(1) does when it could not compare.
type trouble struct{ error }

// Unwrap gives what the trouble is.
func (t trouble) Unwrap() error { return t.error }

// codeOf returns how the process ends after err, and whether err is still to be
// told.
func codeOf(err error) (code int, tell bool) {
	if e, ok := errors.AsType[exitWith](err); ok {
		return int(e), false
	}
	if _, ok := errors.AsType[trouble](err); ok {
		return 2, true
	}
	return 1, true
}
