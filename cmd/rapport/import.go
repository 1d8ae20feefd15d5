package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/ingest/importer"
)

func newImport() *cobra.Command {
	var o importer.Options
	var mapName, url string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE [--map MAP.yaml]",
		Short: "Import a company's history into a running server",
		Long: `Import a company's history into a running server.

FILE is delimited or fixed-width text, JSON Lines, Parquet, or tracking calls as
Segment keeps them, one JSON object a line. It may be compressed with gzip or zstd,
or be a zip of such files. What it is, is seen by its content.

A map says what each column means: which format, who the person is, which event a
row is, when it happened, money, properties, traits, consent. Its language is
described with examples in the documentation of package definition; the ready maps
are examples too. A file of tracking calls needs no map.

Imported events are history: they build profiles and start nothing. An import may be
stopped and started again, and run twice: nothing is counted twice. The same file is
the same rows, compressed or not; a map with message_id makes rows the same across
files, so that a longer file only adds what is new.

Rows that cannot be read go to a reject file (FILE.rejects.csv) with line, reason and
text; rows that the map leaves out are counted by reason. Progress is shown while it
runs. Times and ids that a map makes up are named in the summary.

Ready maps: ` + strings.Join(definition.ReadyImportMaps(), ", ") + `.
The admin token is read from RAPPORT_ADMIN_TOKEN.`,
		Example: `  rapport import orders.csv.gz --map orders.yaml
  rapport import events.jsonl
  rapport import CDNOW_master.txt --map cdnow --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if mapName, err = mapFor(args[0], mapName); err != nil {
				return err
			}
			if o.Map, err = importMap(mapName); err != nil {
				return err
			}
			token := os.Getenv("RAPPORT_ADMIN_TOKEN")
			o.Path = args[0]
			o.Appender = ingest.NewClient(url, token, nil)
			o.Progress = cmd.ErrOrStderr()
			o.Terminal = term.IsTerminal(int(os.Stderr.Fd()))
			if token == "" {
				return errors.New("RAPPORT_ADMIN_TOKEN is not set; it is what the server was started with, or in secrets.json in its data folder")
			}
			sum, err := importer.Run(cmd.Context(), o)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), sum)
			} else {
				err = sum.WriteText(cmd.OutOrStdout())
			}
			if err == nil && sum.Events == 0 && sum.Rejected > 0 {
				err = fmt.Errorf("not one row could be read by this map; the reasons are in %s", sum.Rejects)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&mapName, "map", "", "import map: a file, or the name of a ready one; not needed for tracking calls")
	cmd.Flags().StringVar(&url, "url", "http://127.0.0.1:8700", "the running server")
	cmd.Flags().StringVar(&o.Rejects, "rejects", "", "file for rows that cannot be read (default FILE.rejects.csv)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the summary as JSON")
	return cmd
}

// mapFor is the map that was asked for, or the one that the file needs.
func mapFor(path, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	ok, err := importer.HoldsCalls(path)
	if err == nil && !ok {
		err = fmt.Errorf("%s does not hold tracking calls, so say by --map what its columns mean; ready maps are %s",
			path, strings.Join(definition.ReadyImportMaps(), ", "))
	}
	return "segment", err
}

// importMap reads a map from a file, or takes the ready one of that name.
func importMap(name string) (*definition.ImportMap, error) {
	src, err := os.ReadFile(name) //nolint:gosec // the user names the file
	if errors.Is(err, os.ErrNotExist) {
		ready, ok := definition.ReadyImportMap(name)
		if !ok {
			return nil, fmt.Errorf("import map %q: no such file, and no ready map; ready are %s", name, strings.Join(definition.ReadyImportMaps(), ", "))
		}
		src, err = ready, nil
	}
	if err != nil {
		return nil, fmt.Errorf("import map: %w", err)
	}
	m, err := definition.CompileImportMap(src)
	if err != nil {
		return nil, fmt.Errorf("import map %s:\n%w", name, err)
	}
	return m, nil
}
