package main

import (
	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/definition"
)

func newSchema() *cobra.Command {
	markdown := false
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of definitions, by which editors complete and check them",
		Long: `Print the JSON Schema of definitions, by which editors complete and check them. Put it beside
the definitions as ` + definition.SchemaFile + `, where the first line that rapport init writes
has editors look for it: do so again after an upgrade.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text := definition.Schema()
			if markdown {
				text = definition.Reference()
			}
			_, err := cmd.OutOrStdout().Write(text)
			return err
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print it as a page to be read")
	return cmd
}
