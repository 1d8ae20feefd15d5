package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
)

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FOLDER",
		Short: "Check a folder of definitions and list every problem in it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, ws, err := app.ReadDefinitions(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d features, %d stages, %d touchpoints, %d goals; all is well.\n",
				ws.Name, len(ws.Features), len(ws.Map.Stages), len(ws.Map.Touchpoints), len(ws.Goals))
			return nil
		},
	}
}
