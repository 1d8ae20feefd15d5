package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/report/question"
)

func newSQL() *cobra.Command {
	var url, data string
	var asCSV, asJSON, tables bool
	var limit int
	cmd := &cobra.Command{
		Use:   `sql "SELECT …"`,
		Short: "Ask the archive of everything that happened, in SQL",
		Long: `Ask the archive of everything that happened, in SQL (DuckDB's).

The question goes to a running server, or with --data to the archive in a data
folder, whether or not a server has it. It is one SELECT; times are in UTC, amounts
DECIMAL. --tables lists what can be asked, column by column. The admin token is read
from RAPPORT_ADMIN_TOKEN; a data folder needs none.`,
		Example: `  rapport sql "SELECT name, count(*) FROM events GROUP BY name ORDER BY 2 DESC"
  rapport sql --tables
  rapport sql --data data --csv "SELECT * FROM people"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if tables == (len(args) == 1) {
				return errors.New(`give one question, or --tables; for instance: rapport sql "SELECT count(*) FROM events"`)
			}
			out := cmd.OutOrStdout()
			if tables {
				list, err := tablesOf(cmd, url, data)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(out, list)
				}
				return writeTables(out, list)
			}
			var a question.Answer
			var err error
			if data != "" {
				a, err = app.QuestionsOf(data, answerer()).Run(cmd.Context(), question.Ask{SQL: args[0], Limit: limit})
			} else {
				a, err = askServer(cmd, url, api.QuestionRequest{SQL: args[0], Limit: limit})
			}
			switch {
			case err != nil:
				return err
			case asJSON:
				return writeJSON(out, a)
			case asCSV:
				err = writeCSV(out, a)
			default:
				err = writeAnswer(out, a)
			}
			if a.Truncated {
				fmt.Fprintf(cmd.ErrOrStderr(), "There are more than these %d rows; --limit asks for more.\n", len(a.Rows))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&url, "url", "http://127.0.0.1:8700", "the running server")
	f.StringVar(&data, "data", "", "ask the archive in this data folder, without a server")
	f.BoolVar(&asCSV, "csv", false, "print the answer as CSV")
	f.BoolVar(&asJSON, "json", false, "print the answer as JSON")
	f.BoolVar(&tables, "tables", false, "list the tables and their columns")
	f.IntVar(&limit, "limit", 1000, "rows at most, up to 100000")
	return cmd
}

// askServer keeps numbers as the server writes them.
func askServer(cmd *cobra.Command, url string, ask api.QuestionRequest) (a question.Answer, err error) {
	var text json.RawMessage
	if err := newAdmin(url).call(cmd.Context(), http.MethodPost, "/api/v1/questions/run", ask, &text); err != nil {
		return a, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&a)
	return a, err
}

func tablesOf(cmd *cobra.Command, url, data string) ([]question.Table, error) {
	if data != "" {
		return app.QuestionsOf(data, answerer()).Tables(cmd.Context())
	}
	var list api.QuestionTables
	err := newAdmin(url).call(cmd.Context(), http.MethodGet, "/api/v1/questions/tables", nil, &list)
	return list.Tables, err
}

func writeTables(out io.Writer, list []question.Table) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, t := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %s\n", t.Name, t.About)
		for _, c := range t.Columns {
			fmt.Fprintf(w, "  %s\t%s\t%s\n", c.Name, c.Type, c.About)
		}
	}
	return w.Flush()
}

// cells are the values of a row as text; null is empty.
func cells(row []any) []string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
		case string:
			out[i] = v
		default:
			b, err := json.Marshal(v)
			if err != nil {
				b = fmt.Append(nil, v)
			}
			out[i] = string(b)
		}
	}
	return out
}

func names(a question.Answer) []string {
	out := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		out[i] = c.Name
	}
	return out
}

func writeCSV(out io.Writer, a question.Answer) error {
	w := csv.NewWriter(out)
	rows := [][]string{names(a)}
	for _, row := range a.Rows {
		rows = append(rows, cells(row))
	}
	return w.WriteAll(rows)
}

func writeAnswer(out io.Writer, a question.Answer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, c)
		}
		fmt.Fprintln(w)
	}
	line(names(a))
	for _, row := range a.Rows {
		line(cells(row))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d rows in %.0f ms, as of %s (people as of %s)\n", len(a.Rows), a.ElapsedMS, a.AsOf, a.PeopleAsOf)
	return nil
}
