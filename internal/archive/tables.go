package archive

import (
	"reflect"
	"strings"
	"time"
)

const (
	tableEvents     = "events"
	tableDecisions  = "decisions"
	tableDeliveries = "deliveries"
	tableChanges    = "state_changes"
	tablePeople     = "people"
	tableRecords    = "records"
)

// Table documents a table.
type Table struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Columns []Column `json:"columns"`

	// HasRecord is whether its rows are about records, which records lead to people.
	HasRecord bool `json:"-"`

	// View is DuckDB's SELECT over the other tables that it is asked by, where it has
	// no files.
	View string `json:"-"`
}

// Column documents a column. Type is DuckDB's.
type Column struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	About string `json:"about"`
}

// Tables documents every table of an archive. Visits end after a silence of gap.
func Tables(gap time.Duration) []Table {
	return []Table{
		{
			Name: tableEvents, About: "What customers did: every event that was applied, once. Duplicates are left out.",
			Columns: columnsOf[eventRow](), HasRecord: true,
		},
		{
			Name: tableInteractions, About: "Occurrences of touchpoints: what customers did, and what we did, as the map has it, with who began it and in which visit.",
			Columns: interactionColumns(), View: interactionsView(gap),
		},
		{
			Name: tableDecisions, About: "Choices that took effect, silence included, with everything that was considered.",
			Columns: columnsOf[decisionRow](), HasRecord: true,
		},
		{
			Name: tableDeliveries, About: "What became of deliveries: a row for each grant, receipt and suppression.",
			Columns: columnsOf[deliveryRow](), HasRecord: true,
		},
		{
			Name: tableChanges, About: "Everything else on timelines: moves between stages, segments and states of the relationship, goals joined, consent, merges, what was asked for and refused; and changes of definitions and settings.",
			Columns: columnsOf[changeRow](), HasRecord: true,
		},
		{Name: tablePeople, About: "People as they stand, at the time of the latest snapshot.", Columns: columnsOf[personRow]()},
		{
			Name: tableRecords, About: "Whose a record is today that began as somebody's of their own: a browser before its user signed in. Records that are people themselves are not in it.",
			Columns: columnsOf[recordRow](),
		},
	}
}

func columnsOf[T any]() []Column {
	t := reflect.TypeFor[T]()
	out := make([]Column, t.NumField())
	for i := range out {
		f := t.Field(i)
		name, form, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		out[i] = Column{Name: name, Type: typeOf(f.Type, form), About: f.Tag.Get("about")}
	}
	return out
}

// typeOf is the type under which DuckDB reads a column.
func typeOf(t reflect.Type, form string) string {
	switch {
	case strings.Contains(form, "timestamp("):
		return "TIMESTAMP WITH TIME ZONE"
	case strings.Contains(form, "decimal(6:18)"):
		return "DECIMAL(18,6)"
	case strings.Contains(form, "json"):
		return "JSON"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "VARCHAR"
	case reflect.Bool:
		return "BOOLEAN"
	case reflect.Int32:
		return "INTEGER"
	case reflect.Int64:
		return "BIGINT"
	case reflect.Uint64:
		return "UBIGINT"
	case reflect.Float64:
		return "DOUBLE"
	default:
		panic("archive: column of type " + t.String())
	}
}
