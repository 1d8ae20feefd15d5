package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/definition"
)

func newInit() *cobra.Command {
	var template string
	var own ownLines
	cmd := &cobra.Command{
		Use:   "init FOLDER",
		Short: "Write ready definitions into a folder, to be made one's own",
		Long: `Write ready definitions into a folder, to be made one's own: edit them, look them over with
rapport validate FOLDER, and serve them with rapport serve --definitions FOLDER.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, ok := definition.Template(template)
			if !ok {
				return fmt.Errorf("template %q: there is none; use one of %s", template, strings.Join(definition.Templates(), ", "))
			}
			src = own.into(src)
			if _, err := app.CheckDefinitions(src); err != nil {
				return err
			}
			if err := os.MkdirAll(args[0], 0o750); err != nil {
				return err
			}
			path := filepath.Join(args[0], template+".yaml")
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640) //nolint:gosec // definitions are to be read by others
			if errors.Is(err, os.ErrExist) {
				return fmt.Errorf("%s is there already; choose another folder, or remove it first", path)
			}
			if err != nil {
				return err
			}
			_, err = f.Write(append([]byte(definition.SchemaLine), src...))
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			schema := filepath.Join(args[0], definition.SchemaFile)
			if err := os.WriteFile(schema, definition.Schema(), 0o640); err != nil { //nolint:gosec // as the definitions
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s, and %s for editors.\n", path, schema)
			return nil
		},
	}
	cmd.Flags().StringVar(&template, "template", "retail", "ready definitions to begin with")
	cmd.Flags().StringVar(&own.name, "name", "", "the company's name")
	cmd.Flags().StringVar(&own.currency, "currency", "", "its currency, for instance EUR")
	cmd.Flags().StringVar(&own.zone, "time-zone", "", "its time zone, for instance Europe/Berlin")
	return cmd
}

// ownLines are the lines of a template that are a company's own.
type ownLines struct{ name, currency, zone string }

// into puts them in place of the template's, and a new seed: no two companies
// should hold out the same people.
func (o ownLines) into(src []byte) []byte {
	for key, value := range map[string]string{"name": o.name, "currency": o.currency, "time_zone": o.zone, "seed": strings.ToLower(rand.Text()[:12])} {
		if value == "" {
			continue
		}
		line := regexp.MustCompile(`(?m)^  ` + key + `: .*$`)
		at := line.FindIndex(src)
		if at == nil {
			continue
		}
		src = append(append(append([]byte{}, src[:at[0]]...), fmt.Sprintf("  %s: %q", key, value)...), src[at[1]:]...)
	}
	if o.name != "" { // letters are from the company too
		sender := regexp.MustCompile(`from: "[^"<]* <`)
		src = sender.ReplaceAllFunc(src, func([]byte) []byte {
			return []byte(`from: "` + strings.NewReplacer(`"`, "", "<", "").Replace(o.name) + ` <`)
		})
	}
	return src
}
