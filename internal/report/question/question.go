// Package question answers people's own questions of the archive, in SQL.
//
// Each question is answered by a process of its own, started for it and gone
// with it, that can read the archive's files and nothing else (see package duck
// for what it may). Whatever a question asks for, it can only end that process:
// what folds and serves does not feel it. This package is the near side: it starts
// the process, bounds it in time, memory and number, and reads its answer.
package question

import (
	"context"
	"encoding/json"

	"github.com/rapporthq/rapport/internal/event"
)

// Table is a table of the archive, with the files that hold it.
type Table struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Columns []Column `json:"columns"`

	Files []string `json:"-"` // paths; none while nothing was archived

	// OfRecords is whether rows name a record (record_id), which the table records
	// leads to a person: then the question sees a column person_id too.
	OfRecords bool `json:"-"`

	View string `json:"-"` // the SELECT over the other tables that it is, in place of files
}

// Column is a column of a table or of an answer. Type is DuckDB's.
type Column struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	About string `json:"about,omitempty"`
}

// Archive is what is asked, as it stands at one moment.
type Archive struct {
	Tables     []Table
	AsOf       event.Instant // everything that was folded by then is in it
	PeopleAsOf event.Instant // when the tables people and records were taken
	Release    func()        // the files are no longer needed
}

// documented gives the tables as a question sees them.
func (a Archive) documented() []Table {
	out := make([]Table, len(a.Tables))
	for i, t := range a.Tables {
		if t.OfRecords {
			t.Columns = append([]Column{{
				Name: "person_id", Type: "VARCHAR", About: "the person whose record it is today: through merges, and back when one was undone",
			}}, t.Columns...)
		}
		out[i] = t
	}
	return out
}

// Ask is a question.
type Ask struct {
	SQL   string `json:"sql"`
	Limit int    `json:"limit"` // rows; 0: the default
}

// Answer is what came of it.
type Answer struct {
	Columns []Column `json:"columns"`

	// Rows have a value for each column: null, true or false, a number written as
	// exactly as it is, text, a list, or an object. Times are RFC 3339 in UTC.
	Rows [][]any `json:"rows"`

	Truncated  bool          `json:"truncated"` // there are more rows than Limit, or than fit
	ElapsedMS  float64       `json:"elapsed_ms"`
	AsOf       event.Instant `json:"as_of"`
	PeopleAsOf event.Instant `json:"people_as_of"`
}

// Source gives what is to be asked, as of now. The caller calls its Release.
type Source interface {
	Archive(ctx context.Context) (Archive, error)
}

// What passes between the two processes, as JSON, a value a line.

// Job is what the process is told.
type Job struct {
	SQL         string     `json:"sql"`
	Rows        int        `json:"rows"`         // at most
	Bytes       int        `json:"bytes"`        // of the answer's rows, at most
	MemoryBytes int64      `json:"memory_bytes"` // for the database
	Threads     int        `json:"threads"`
	Millis      int64      `json:"millis"` // to answer in
	Tables      []JobTable `json:"tables"`
}

// JobTable is a table as the process needs it.
type JobTable struct {
	Name      string   `json:"name"`
	Columns   []Column `json:"columns"`
	Files     []string `json:"files"`
	OfRecords bool     `json:"of_records"`
	View      string   `json:"view,omitempty"`
}

// Piece is a part of the process's answer. Exactly one field is set; Done or
// Failed is the last.
type Piece struct {
	Columns []Column        `json:"columns,omitempty"`
	Row     json.RawMessage `json:"row,omitempty"` // a JSON array
	Done    *Done           `json:"done,omitempty"`
	Failed  *Failed         `json:"failed,omitempty"`
}

// Done is the end of an answer.
type Done struct {
	Truncated bool    `json:"truncated"`
	ElapsedMS float64 `json:"elapsed_ms"`
}

// Failed is why there is none.
type Failed struct {
	Why     Why    `json:"why"`
	Message string `json:"message"`
}

// Why says what kept a question from being answered.
type Why string

// The reasons.
const (
	Wrong  Why = "wrong"  // the question: it cannot be read, or names what is not there
	Refuse Why = "refuse" // it would do more than ask
	Memory Why = "memory" // it takes more than there is for it
	Slow   Why = "slow"   // it takes longer than there is for it
)
