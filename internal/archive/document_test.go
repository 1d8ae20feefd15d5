package archive_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/archive"
)

var update = flag.Bool("update", false, "write the page of tables anew")

const page = "../../docs/tables.md"

// document writes the page of tables.
func document(tables []archive.Table) string {
	var b strings.Builder
	b.WriteString(`# Asking in SQL

Everything that happened is archived as Parquet, in the folder ` + "`archive/`" + ` of the data, and can be asked in SQL within ten seconds: on the page
Questions of the console, over the API (` + "`POST /api/v1/questions/run`" + `), or on the command line, whether or not a server runs:

` + "```" + `sh
rapport sql "SELECT effort, count(*) FROM interactions GROUP BY effort"
` + "```" + `

A question is one SELECT in the dialect of [DuckDB](https://duckdb.org/docs/stable/sql/introduction). It is answered by a process of its own, which can
read these tables and nothing else. The column ` + "`person_id`" + ` is made when you ask: it leads through merges, and back where one was undone.
Anything else that reads Parquet can read the files as they are; they have ` + "`record_id`" + `, which the table ` + "`records`" + ` leads to a person.

<!-- Made by: go test ./internal/archive -run TestThePageOfTables -update -->
`)
	for _, t := range tables {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| Column | Type | What it is |\n|---|---|---|\n", t.Name, t.About)
		if t.HasRecord {
			b.WriteString("| `person_id` | VARCHAR | the person whose record it is today |\n")
		}
		for _, c := range t.Columns {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.Type, strings.ReplaceAll(c.About, "|", `\|`))
		}
		if t.View != "" {
			fmt.Fprintf(&b, "\nIt has no files of its own. With visits that end after 30 minutes of silence (`visit_gap` of the map) it is\n\n```sql\n%s\n```\n", t.View)
		}
	}
	return b.String()
}

func TestThePageOfTablesIsWhatTheArchiveHas(t *testing.T) {
	t.Parallel()
	want := document(archive.Tables(30 * time.Minute))
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o600))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "go test ./internal/archive -run TestThePageOfTables -update")
}
