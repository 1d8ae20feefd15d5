package pull

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/fault"
)

// database is a session with a company's PostgreSQL.
type database struct {
	conn   *pgx.Conn
	pull   string
	cursor string // type of the cursor, as PostgreSQL writes it
}

const connectTimeout = 15 * time.Second

// connect opens a session that can only read. What it says of a failure never
// holds the connection string.
func (p *Puller) connect(ctx context.Context, d definition.Pull) (*database, error) {
	text := p.opts.Getenv(d.Database)
	if text == "" {
		return nil, fault.New(fault.Invalid, "the environment variable %s, which names the database of pull %s, is not set where the server runs", d.Database, d.ID)
	}
	cfg, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s does not hold a connection string such as postgres://user:password@host:5432/name", d.Database)
	}
	cfg.ConnectTimeout = connectTimeout
	maps.Copy(cfg.RuntimeParams, map[string]string{
		"default_transaction_read_only": "on", "TimeZone": "UTC", "DateStyle": "ISO", "IntervalStyle": "iso_8601",
		"application_name": "rapport pull " + d.ID,
	})
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fault.Wrap(fault.Transient, err, "no connection to the database in %s: %s", d.Database, reason(err))
	}
	return &database{conn: conn, pull: d.ID}, nil
}

// reason is the part of an error that helps.
func reason(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		text := pg.Message
		if pg.Hint != "" {
			text += " (" + pg.Hint + ")"
		}
		return text
	}
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

func (db *database) close(ctx context.Context) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = db.conn.Close(bounded) // there is nothing to lose: it only read
}

// describe finds the columns of the query that the pull goes by.
func (db *database) describe(ctx context.Context, d definition.Pull) error {
	rows, err := db.conn.Query(ctx, "select * from (\n"+d.Query+"\n) as pull limit 0")
	if err != nil {
		return db.failed("the query", err)
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return db.failed("the query", err)
	}
	types := map[string]uint32{}
	var names []string
	for _, f := range rows.FieldDescriptions() {
		types[f.Name] = f.DataTypeOID
		names = append(names, f.Name)
	}
	need := append([]string{d.Cursor}, d.Key...)
	for _, c := range d.Map.Columns {
		need = append(need, c.Path[0])
	}
	for _, name := range need {
		if types[name] == 0 {
			return fault.New(fault.Invalid, "the query of pull %s gives no column %q; it gives %s", d.ID, name, strings.Join(names, ", "))
		}
	}
	if err := db.conn.QueryRow(ctx, "select format_type($1, null)", types[d.Cursor]).Scan(&db.cursor); err != nil {
		return db.failed("the type of the cursor", err)
	}
	return nil
}

func (db *database) failed(what string, err error) error {
	return fault.Wrap(fault.Transient, err, "%s of pull %s failed: %s", what, db.pull, reason(err))
}

// statement is the query with the condition on the cursor and in its order. The
// cursor is compared with what it was less the overlap.
func (db *database) statement(d definition.Pull, from string) (sql string, args []any) {
	cursor := "pull." + pgx.Identifier{d.Cursor}.Sanitize()
	columns, order := []string{"row_to_json(pull)::text", cursor + "::text"}, []string{cursor}
	for _, k := range d.Key {
		key := "pull." + pgx.Identifier{k}.Sanitize()
		columns, order = append(columns, "coalesce("+key+"::text, '')"), append(order, key)
	}
	condition := cursor + " is not null"
	if from != "" {
		bound := "$1::text::" + db.cursor
		switch {
		case strings.HasPrefix(db.cursor, "timestamp") || db.cursor == "date":
			bound += fmt.Sprintf(" - interval '%d microseconds'", d.Overlap.Microseconds())
		case db.cursor == "bigint" || db.cursor == "integer" || db.cursor == "smallint" || strings.HasPrefix(db.cursor, "numeric"):
			bound = "($1::text::numeric - " + strconv.FormatInt(d.Behind, 10) + ")"
		}
		condition, args = cursor+" >= "+bound, []any{from}
	}
	return "select " + strings.Join(columns, ", ") + " from (\n" + d.Query + "\n) as pull where " + condition + " order by " + strings.Join(order, ", "), args
}

// expect asks the planner how many rows there are from the cursor on; 0 when it
// does not say.
func (db *database) expect(ctx context.Context, d definition.Pull, from string) int64 {
	sql, args := db.statement(d, from)
	var plan []byte
	if err := db.conn.QueryRow(ctx, "explain (format json) "+sql, args...).Scan(&plan); err != nil {
		return 0 // reading says what is wrong
	}
	return planned(plan)
}

// read calls f with every row from the cursor on, in order, as they come.
func (db *database) read(ctx context.Context, d definition.Pull, from string, f func(record) error) error {
	sql, args := db.statement(d, from)
	rows, err := db.conn.Query(ctx, sql, args...)
	if err != nil {
		return db.failed("the query", err)
	}
	defer rows.Close()
	for rows.Next() {
		row := record{key: make([]string, len(d.Key))}
		into := []any{&row.object, &row.cursor}
		for i := range row.key {
			into = append(into, &row.key[i])
		}
		if err := rows.Scan(into...); err != nil {
			return db.failed("a row", err)
		}
		if err := f(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return db.failed("the query", err)
	}
	return ctx.Err()
}
