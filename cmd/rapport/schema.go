package main

import (
	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/definition"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of definitions, by which editors complete and check them",
		Long: `Print the JSON Schema of definitions, by which editors complete and check them. Put it beside
the definitions as ` + definition.SchemaFile + `, where the first line that rapport init writes
has editors look for it: do so again after an upgrade.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(definition.Schema())
			return err
		},
	}
}
