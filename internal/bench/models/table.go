package models

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest/importer"
)

// act is a row of the file: something that somebody did.
type act struct {
	who    int32 // index into names
	touch  int16 // 1 + index into touches; 0: their own act
	at     event.Instant
	amount float64 // NaN: none was given
}

// raw is what a file holds.
type raw struct {
	names   []string
	acts    []act
	touches []string // their classes
	clock   bool     // times say the time of day

	rows     int
	leftOut  map[string]int // rows, by reason
	rejected []string       // reasons of the first rows that could not be read, with line and mend
	bad      int            // rows that could not be read
}

// told is how many bad rows are shown, and tolerated the share that is put up with.
const (
	told      = 5
	tolerated = .01
)

func (r *raw) reject(line int, format string, args ...any) {
	r.bad++
	if len(r.rejected) < told {
		r.rejected = append(r.rejected, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	}
}

// tooBad says what is wrong with a file of which too little could be read.
func (r *raw) tooBad() error {
	if r.bad == 0 || float64(r.bad) <= tolerated*float64(r.rows) {
		return nil
	}
	return fmt.Errorf("%d of %d rows cannot be read:\n  %s", r.bad, r.rows, strings.Join(r.rejected, "\n  "))
}

// columns are where a table has what is needed; -1: nowhere.
type columns struct{ customer, time, amount int }

// columnsOf finds columns by the names that they usually have.
func columnsOf(header []string) (columns, error) {
	find := func(names ...string) int {
		for _, name := range names {
			for i, h := range header {
				h = strings.ToLower(strings.Trim(strings.TrimSpace(h), "\ufeff\""))
				if strings.NewReplacer(" ", "", "_", "", "-", "").Replace(h) == name {
					return i
				}
			}
		}
		return -1
	}
	c := columns{
		customer: find("customer", "customerid", "cust", "custid", "user", "userid", "person", "personid", "client", "clientid", "household", "householdkey", "id"),
		time:     find("time", "date", "timestamp", "datetime", "day", "transactiondate", "orderdate", "invoicedate", "at", "t"),
		amount:   find("amount", "value", "revenue", "spend", "sales", "price", "total", "salesvalue"),
	}
	if c.customer < 0 || c.time < 0 {
		return c, fmt.Errorf("line 1: the header is %q: it needs the columns customer and time, and may have amount; rename them, or say by --map what columns mean", strings.Join(header, ","))
	}
	return c, nil
}

// table reads a delimited file with a header, row by row.
type table struct {
	columns
	csv     *csv.Reader
	comma   bool // numbers may be written with a decimal comma
	closing io.Closer
}

func openTable(path string) (*table, error) {
	f, err := importer.Open(path)
	if err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(f, 256<<10)
	begin, err := r.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		_ = f.Close()
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	header, _, _ := strings.Cut(string(begin), "\n")
	t := &table{csv: csv.NewReader(r), closing: f}
	t.csv.Comma = delimiterOf(header)
	t.comma = t.csv.Comma != ','
	t.csv.FieldsPerRecord = -1
	t.csv.LazyQuotes = true
	t.csv.ReuseRecord = true
	names, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s is empty: it needs the header customer,time,amount and rows", path)
	}
	if err == nil {
		t.columns, err = columnsOf(names)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return t, nil
}

// delimiterOf is the delimiter that a header has most of.
func delimiterOf(header string) rune {
	best, most := ',', 0
	for _, d := range ",;\t|" {
		if n := strings.Count(header, string(d)); n > most {
			best, most = d, n
		}
	}
	return best
}

func (t *table) close() { _ = t.closing.Close() }

// next gives a row; empty lines are none. Line is where it is in the file.
func (t *table) next() (customer, at, amount string, line int, err error) {
	for {
		row, err := t.csv.Read()
		line, _ = t.csv.FieldPos(0)
		if err != nil {
			return "", "", "", line, err
		}
		if len(row) == 1 && strings.TrimSpace(row[0]) == "" {
			continue
		}
		get := func(i int) string {
			if i < 0 || i >= len(row) {
				return ""
			}
			return strings.TrimSpace(row[i])
		}
		return get(t.customer), get(t.time), get(t.amount), line, nil
	}
}

// readTable reads a table of customer, time and amount. It goes through it twice:
// at first only to learn how times are written.
func readTable(path, order string, progress func(rows int)) (*raw, error) {
	how, err := howWritten(path, order)
	if err != nil {
		return nil, err
	}
	t, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer t.close()
	out := &raw{leftOut: map[string]int{}, clock: how.clock}
	index := map[string]int32{}
	for {
		customer, when, value, line, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		out.rows++
		progress(out.rows)
		if err != nil {
			out.reject(line, "%v: close quotes, or double those within", err)
			continue
		}
		if absent(customer) {
			out.leftOut["no customer"]++
			continue
		}
		at, ok := how.parse(when)
		if !ok {
			out.reject(line, "time %q is not written like the others, %s; %s", when, how.name, howToWrite)
			continue
		}
		amount, ok := t.money(value)
		if !ok {
			out.reject(line, "amount %q is not a number: write it like 1234.50, or leave it empty", value)
			continue
		}
		who, known := index[customer]
		if !known {
			who = int32(len(out.names)) //nolint:gosec // two thousand million customers do not fit in memory
			customer = strings.Clone(customer)
			index[customer] = who
			out.names = append(out.names, customer)
		}
		out.acts = append(out.acts, act{who: who, at: at, amount: amount})
	}
	if out.rows == 0 {
		return nil, fmt.Errorf("%s has a header and no rows", path)
	}
	return out, out.tooBad()
}

func howWritten(path, order string) (style, error) {
	t, err := openTable(path)
	if err != nil {
		return style{}, err
	}
	defer t.close()
	w, seen, first := watch{styles(order)}, 0, ""
	for !w.sure() {
		customer, when, _, line, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || absent(customer) {
			continue // told when the rows are read
		}
		if w.see(when) {
			seen++
		} else if first == "" {
			first = fmt.Sprintf("line %d: time %q cannot be read; %s", line, when, howToWrite)
		}
	}
	if seen == 0 && first != "" {
		return style{}, errors.New(first)
	}
	return w.style()
}

func absent(text string) bool {
	switch strings.ToLower(text) {
	case "", "nan", "na", "n/a", "null", "none":
		return true
	}
	return false
}

// money reads an amount: with or without a sign of currency, or none at all.
func (t *table) money(text string) (float64, bool) {
	if absent(text) {
		return math.NaN(), true
	}
	text = strings.Trim(text, "$€£¥ ")
	if t.comma && strings.Count(text, ",") == 1 && strings.LastIndexByte(text, ',') > strings.LastIndexByte(text, '.') {
		text = strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
	} else {
		text = strings.ReplaceAll(text, ",", "")
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}
