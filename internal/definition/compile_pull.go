package definition

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Pull is a query to a company's database that is run again and again, and whose
// rows become events.
type Pull struct {
	ID   string
	Name string

	// Database is the name of the environment variable that holds the connection
	// string of a PostgreSQL database. The string itself, with its password, is
	// never part of the definitions.
	Database string

	Query  string        // a select, without a condition on the cursor and without order
	Cursor string        // the column that grows when a row is new or has changed
	Key    []string      // the columns that tell rows apart
	Every  time.Duration // from start to start

	// Overlap is how far behind the cursor each run begins, for rows that were
	// committed late; Behind is the same where the cursor is a number.
	Overlap time.Duration
	Behind  int64

	Live Liveness
	Once bool // a row counts the first time only, and not again when it has changed
	Map  *ImportMap
}

// Liveness says which rows of a pull are events that may start something, and
// which are history.
type Liveness string

// The kinds of liveness.
const (
	AfterFirst Liveness = "after_first" // the first run is history, what comes later is live
	Always     Liveness = "always"
	Never      Liveness = "never"
)

const (
	defaultPullEvery = 5 * time.Minute
	shortestPull     = 5 * time.Second
	defaultOverlap   = time.Minute
	defaultBehind    = 1000
)

var variableName = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// What a query begins with, and what it may not hold: it is put within another.
var (
	queryStart     = regexp.MustCompile(`(?i)^(\(|(select|with|values|table)\b)`)
	queryParameter = regexp.MustCompile(`\$(\d|cursor\b)`)
)

func (c *compiler) pulls(v value) error {
	seen := ids{}
	for _, item := range v.list() {
		p, err := c.pull(item, seen)
		if err != nil {
			return err
		}
		c.w.Pulls = append(c.w.Pulls, p)
	}
	return nil
}

func (c *compiler) pull(v value, seen ids) (Pull, error) {
	o := v.object()
	at := o.take("id")
	p := Pull{ID: at.id()}
	seen.add(at, p.ID)
	p.Name = o.take("name").titled(p.ID)
	if db := o.take("database"); db.need("name the environment variable that holds the connection string, such as SHOP_DATABASE_URL") {
		if p.Database = db.text(); db.isText() && !variableName.MatchString(p.Database) {
			db.problem("is not the name of an environment variable",
				"write one such as SHOP_DATABASE_URL, and set it where the server runs; a connection string holds a password and has no place here")
			p.Database = ""
		}
	}
	p.Query = c.query(o.take("query"))
	if cursor := o.take("cursor"); cursor.need("name the column that grows when a row is new or has changed, such as updated_at") {
		p.Cursor = strings.TrimSpace(cursor.text())
	}
	key := o.take("key")
	key.needSome("name the columns that tell rows apart, such as key: id")
	p.Key = key.texts()
	every := o.take("every")
	p.Every = every.span(defaultPullEvery)
	if !every.absent() && p.Every < shortestPull {
		every.problem("is too often", "write 5s or more")
	}
	p.Overlap, p.Behind = defaultOverlap, defaultBehind
	if overlap := o.take("overlap"); !overlap.absent() {
		if _, err := fmt.Sscan(overlap.text(), &p.Behind); err != nil || !isDigits(overlap.text()) {
			p.Behind, p.Overlap = defaultBehind, overlap.duration(defaultOverlap)
		}
	}
	p.Live = Liveness(o.take("live").oneOf(true, string(AfterFirst), string(Always), string(Never)))
	p.Once = o.take("once").flag()
	m := o.take("map")
	m.need("say what the columns mean, as in an import map: map: {columns, identity, event, time}")
	if !m.absent() {
		rows := m.object()
		for key, why := range map[string]string{
			"message_id": "key tells the rows of a pull apart", "group_by": "each row of a pull is for itself; group in the query",
			"row_number": "the rows of a pull have no numbers", "file_name": "the rows of a pull come from no file",
		} {
			if rows.has(key) {
				rows.values[key].problem(why, "remove it")
			}
		}
		ic := &importCompiler{m: &ImportMap{Hash: c.w.Hash, Name: p.ID}, query: true}
		if err := ic.compile(rows); err != nil {
			return p, err
		}
		p.Map = ic.m
	}
	o.end()
	return p, nil
}

func (c *compiler) query(v value) string {
	if !v.need("write a select that gives the rows, such as select id, customer, total, updated_at from orders") {
		return ""
	}
	q := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v.text()), ";"))
	switch {
	case !v.isText():
	case !queryStart.MatchString(q):
		v.problem("is not a query", "write a select, or a with that ends in one")
	case queryParameter.MatchString(q):
		v.problem("has a parameter", "remove it: the condition on the cursor, and the order, are added to the query")
	}
	return q
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
