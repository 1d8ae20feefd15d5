// Package duck is the only door to DuckDB. It is the far side of package
// question: a process that answers one question and ends.
//
// The process can do no harm. DuckDB may open the archive's files by name and no
// other, and its settings are locked; the statement must be a single SELECT,
// which is asked of DuckDB's own parser before anything is bound; the operating
// system lets the process write no file at all, bounds its memory, and gives it
// what time the server leaves over. It ends when its input does, so it does not
// outlive the server.
package duck

import (
	"bufio"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/rapporthq/rapport/internal/report/question"
)

// Command is the name of the hidden subcommand that calls Main.
const Command = "answer-question"

// Main answers the question on in and returns the process's exit code. It bounds
// what this process can do, for good.
func Main(in io.Reader, out io.Writer) int {
	r := bufio.NewReaderSize(in, 1<<20)
	var job question.Job
	d := json.NewDecoder(r)
	if err := d.Decode(&job); err != nil {
		fmt.Fprintln(os.Stderr, "read question:", err)
		return 2
	}
	go func() {
		_, _ = io.Copy(io.Discard, r) // whoever asked is gone when this ends, and so are we
		os.Exit(3)
	}()
	limit(job.MemoryBytes)
	w := bufio.NewWriterSize(out, 64<<10)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	last := question.Piece{}
	done, err := answer(job, e)
	if err != nil {
		last.Failed = failure(err)
	} else {
		last.Done = done
	}
	if err := errors.Join(e.Encode(last), w.Flush()); err != nil {
		fmt.Fprintln(os.Stderr, "answer:", err)
		return 1
	}
	return 0
}

// refused is a question that would do more than ask.
type refused struct{ message string }

func (e *refused) Error() string { return e.message }

func failure(err error) *question.Failed {
	f := &question.Failed{Why: question.Wrong, Message: err.Error()}
	duckErr, isDuck := errors.AsType[*duckdb.Error](err)
	no, isRefused := errors.AsType[*refused](err)
	switch {
	case isRefused:
		f.Why, f.Message = question.Refuse, no.message
	case errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "INTERRUPT"):
		f.Why = question.Slow
	case isDuck && duckErr.Type == duckdb.ErrorTypeOutOfMemory || strings.Contains(err.Error(), "bad_alloc") || strings.Contains(err.Error(), "Out of Memory"):
		f.Why = question.Memory
		f.Message, _, _ = strings.Cut(f.Message, "\n")
	case isDuck && duckErr.Type == duckdb.ErrorTypePermission:
		f.Why = question.Refuse
		f.Message = "a question reads the tables of the archive and no files: " + f.Message
	}
	return f
}

func answer(job question.Job, e *json.Encoder) (*question.Done, error) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(job.Millis)*time.Millisecond)
	defer cancel()
	conn, err := open(ctx, job)
	if err != nil {
		return nil, err
	}
	if err := checkStatement(ctx, conn, job.SQL); err != nil {
		return nil, err
	}
	s, err := conn.PrepareContext(ctx, job.SQL)
	if err != nil {
		return nil, err
	}
	stmt, ok := s.(*duckdb.Stmt)
	if !ok {
		return nil, errors.New("the database gives statements of an unknown form")
	}
	if t, err := stmt.StatementType(); err != nil || t != duckdb.STATEMENT_TYPE_SELECT {
		return nil, &refused{notSelect}
	}
	rows, err := stmt.QueryContext(ctx, nil)
	if err != nil {
		return nil, err
	}
	truncated, err := send(rows, job, e)
	if err != nil {
		return nil, err
	}
	return &question.Done{Truncated: truncated, ElapsedMS: float64(time.Since(started).Microseconds()) / 1000}, nil
}

const notSelect = "a question is one SELECT (or WITH … SELECT, FROM, DESCRIBE, SHOW TABLES, SUMMARIZE); nothing can be changed here"

// open opens an empty database in which the tables of the archive can be read,
// and nothing else.
func open(ctx context.Context, job question.Job) (*duckdb.Conn, error) {
	var files []string
	for _, t := range job.Tables {
		files = append(files, t.Files...)
	}
	settings := []string{
		fmt.Sprintf("SET memory_limit='%dB'", job.MemoryBytes),
		fmt.Sprintf("SET threads=%d", max(job.Threads, 1)),
		"SET temp_directory=''", // nothing is written
		"SET autoinstall_known_extensions=false",
		"SET autoload_known_extensions=false",
		"SET TimeZone='UTC'",
		"SET preserve_insertion_order=false",
		"SET allowed_paths=" + list(files),
		"SET enable_external_access=false",
		"SET lock_configuration=true",
	}
	c, err := duckdb.NewConnector("", func(x driver.ExecerContext) error {
		for _, s := range settings {
			if _, err := x.ExecContext(ctx, s, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	cc, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn, ok := cc.(*duckdb.Conn)
	if !ok {
		return nil, errors.New("the database gives connections of an unknown form")
	}
	for _, turn := range []func(t question.JobTable) bool{ // those first that others refer to: records, then what is in files
		func(t question.JobTable) bool { return !t.OfRecords && t.View == "" },
		func(t question.JobTable) bool { return t.OfRecords },
		func(t question.JobTable) bool { return t.View != "" },
	} {
		for _, t := range job.Tables {
			if turn(t) {
				err = errors.Join(err, define(ctx, conn, t))
			}
		}
	}
	return conn, err
}

func define(ctx context.Context, conn *duckdb.Conn, t question.JobTable) error {
	columns := make([]string, len(t.Columns))
	empty := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = "t." + name(c.Name)
		empty[i] = "NULL::" + c.Type + " AS " + name(c.Name)
	}
	// Files of before a column was added do not have it: nothing is known there.
	from := "(SELECT " + strings.Join(empty, ", ") + " WHERE false)"
	if len(t.Files) > 0 {
		from = "(SELECT * FROM read_parquet(" + list(t.Files) + ", union_by_name=true, hive_partitioning=false) UNION ALL BY NAME FROM " + from + ")"
	}
	sql := "CREATE VIEW " + name(t.Name) + " AS SELECT " + strings.Join(columns, ", ") + " FROM " + from + " t"
	if t.OfRecords {
		sql = "CREATE VIEW " + name(t.Name) + " AS SELECT coalesce(r.person_id, t.record_id) AS person_id, " + strings.Join(columns, ", ") +
			" FROM " + from + " t LEFT JOIN records r ON r.record_id = t.record_id"
	}
	if t.View != "" {
		sql = "CREATE VIEW " + name(t.Name) + " AS " + t.View
	}
	_, err := conn.ExecContext(ctx, sql, nil)
	return err
}

// name quotes an identifier, and text a string.
func name(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func list(items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = text(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// checkStatement asks DuckDB's parser what the question is. It runs nothing of it.
func checkStatement(ctx context.Context, conn *duckdb.Conn, sql string) error {
	rows, err := conn.QueryContext(ctx, "SELECT json_serialize_sql("+text(sql)+")::VARCHAR", nil)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // it was only read
	got := make([]driver.Value, 1)
	if err := rows.Next(got); err != nil {
		return err
	}
	var parsed struct {
		Error      bool              `json:"error"`
		Type       string            `json:"error_type"`
		Message    string            `json:"error_message"`
		Statements []json.RawMessage `json:"statements"`
	}
	if s, ok := got[0].(string); !ok || json.Unmarshal([]byte(s), &parsed) != nil {
		return errors.New("the database says nothing of the question")
	}
	switch {
	case parsed.Error && parsed.Type == "parser":
		// Preparing tells where it is wrong, but it would run all statements but the
		// last: what cannot be parsed has none.
		return errors.New("the question cannot be read: " + parsed.Message)
	case parsed.Error:
		return &refused{notSelect}
	case len(parsed.Statements) != 1:
		return &refused{"a question is one statement, and this is " + fmt.Sprint(len(parsed.Statements))}
	}
	return nil
}

// send writes the rows, as many as the job allows.
func send(rows driver.Rows, job question.Job, e *json.Encoder) (truncated bool, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	names := rows.Columns()
	columns := make([]question.Column, len(names))
	for i := range columns {
		columns[i].Name = names[i]
		if t, ok := rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
			columns[i].Type = typeName(t.ColumnTypeDatabaseTypeName(i))
		}
	}
	if err := e.Encode(question.Piece{Columns: columns}); err != nil {
		return false, err
	}
	values := make([]driver.Value, len(names))
	size := 0
	for n := 0; ; n++ {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		case n == job.Rows:
			return true, nil
		}
		row := []byte{'['}
		for i, v := range values {
			if i > 0 {
				row = append(row, ',')
			}
			if row, err = appendValue(row, v, columns[i].Type); err != nil {
				return false, fmt.Errorf("column %s: %w", names[i], err)
			}
		}
		row = append(row, ']')
		if size += len(row); size > job.Bytes {
			return true, nil
		}
		if err := e.Encode(question.Piece{Row: row}); err != nil {
			return false, err
		}
	}
}
