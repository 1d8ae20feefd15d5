package definition

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLine is the longest line of an import, in bytes.
const maxLine = 1 << 20

// Lines divides the text of a file into lines and fields as an import map says.
// The text must have been decompressed already.
type Lines struct {
	File string // the name of the file, for a column that holds it

	m     *ImportMap
	next  func() (fields []string, line int, err error)
	whole func() (Line, error) // of formats whose lines are not divided into fields
	place []int                // for each column of the file, its place in it; nil: the same; -1: not there
	begun bool
	row   int
}

// Line is one row of a file: a line, a record that a quoted field stretched over
// several, or a row of a table.
type Line struct {
	Number int      // of its first line, from 1
	Fields []string // as text, in the order of the map's columns; valid until the next call of Next
	JSON   []string // of formats whose values have types: the same as JSON; "" or null: none
	Err    error    // what is wrong with this row; reading can go on
}

// Lines reads r, which it neither closes nor reads beyond its end. A map of
// format parquet or segment is not read by it.
func (m *ImportMap) Lines(r io.Reader) *Lines {
	b := bufio.NewReaderSize(r, 64<<10)
	if bom, err := b.Peek(3); err == nil && bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	var in io.Reader = b
	if m.Latin1 {
		in = &latin1{r: b}
	}
	l := &Lines{m: m}
	switch {
	case m.Format == Parquet || m.Format == SegmentCalls:
		l.whole = func() (Line, error) {
			return Line{}, fmt.Errorf("a file of format %s is not text in columns", m.Format)
		}
	case m.Format == JSON:
		l.whole = l.objects(in)
	case m.Format == Delimited && m.Delimiter != 0:
		l.next = csvRecords(in, m.Delimiter)
	default:
		l.next = plainLines(in, m.split)
	}
	return l
}

// Next returns the next line that is not blank, and io.EOF after the last. Any
// other error means that the file cannot be read, or is not one of this map.
func (l *Lines) Next() (Line, error) {
	if l.whole != nil {
		return l.whole()
	}
	if !l.begun {
		l.begun = true
		if err := l.header(); err != nil {
			return Line{}, err
		}
	}
	fields, n, err := l.next()
	l.row++
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		return Line{Number: n, Err: fmt.Errorf("not readable: %w", bad.Err)}, nil
	case err != nil:
		return Line{}, err
	}
	columns := l.m.inFile()
	if l.place == nil && len(columns) == len(l.m.Columns) {
		return Line{Number: n, Fields: fields}, nil
	}
	if l.place == nil && len(fields) != len(columns) {
		return Line{Number: n, Err: fmt.Errorf("%d fields, and not the %d of the map", len(fields), len(columns))}, nil
	}
	picked := make([]string, len(l.m.Columns))
	for i, c := range l.m.Columns {
		at := i
		switch {
		case c.Made != "":
			picked[i] = c.made(l.row, l.File)
			continue
		case l.place != nil:
			at = l.place[i]
		}
		switch {
		case at >= len(fields):
			return Line{Number: n, Err: fmt.Errorf("%d fields: column %s is missing", len(fields), c.Name)}, nil
		case at >= 0:
			picked[i] = fields[at]
		}
	}
	return Line{Number: n, Fields: picked}, nil
}

// inFile returns the columns that the file has; those made up come after them.
func (m *ImportMap) inFile() []ImportColumn {
	all := m.Columns
	for len(all) > 0 && all[len(all)-1].Made != "" {
		all = all[:len(all)-1]
	}
	return all
}

// header reads the names of the columns and finds those of the map among them.
func (l *Lines) header() error {
	if !l.m.Header {
		return nil
	}
	fields, _, err := l.next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		return fmt.Errorf("read the header: %w", err)
	}
	if l.m.Format == FixedWidth {
		return nil
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = strings.TrimSpace(f)
	}
	columns := l.m.inFile()
	place := make([]int, len(columns))
	for i, c := range columns {
		if place[i] = slices.Index(names, c.Name); place[i] < 0 && !c.Optional {
			return fmt.Errorf("the file has no column %q; its header names %s", c.Name, strings.Join(names, ", "))
		}
	}
	for i, at := range place {
		if at != i || len(names) != len(place) {
			l.place = place
		}
	}
	return nil
}

func csvRecords(r io.Reader, delimiter rune) func() ([]string, int, error) {
	c := csv.NewReader(r)
	c.Comma = delimiter
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	return func() ([]string, int, error) {
		fields, err := c.Read()
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, bad.StartLine, err
		}
		if err != nil {
			return nil, 0, err
		}
		line, _ := c.FieldPos(0)
		return fields, line, nil
	}
}

func plainLines(r io.Reader, split func(string) []string) func() ([]string, int, error) {
	next := textLines(r)
	return func() ([]string, int, error) {
		text, number, err := next()
		if err != nil {
			return nil, 0, err
		}
		return split(string(text)), number, nil
	}
}

// split divides a line by white space or by position.
func (m *ImportMap) split(line string) []string {
	if m.Format == Delimited {
		return strings.Fields(line)
	}
	chars := []rune(line)
	columns := m.inFile()
	fields := make([]string, len(columns))
	for i, c := range columns {
		from, to := min(c.Start-1, len(chars)), min(c.Start-1+c.Width, len(chars))
		fields[i] = string(chars[from:to])
	}
	return fields
}

// latin1 turns ISO 8859-1 into UTF-8.
type latin1 struct {
	r    *bufio.Reader
	rest []byte
}

func (l *latin1) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(l.rest) > 0 {
			k := copy(p[n:], l.rest)
			l.rest = l.rest[k:]
			n += k
			continue
		}
		if n > 0 && l.r.Buffered() == 0 {
			return n, nil
		}
		c, err := l.r.ReadByte()
		if err != nil {
			if n > 0 && errors.Is(err, io.EOF) {
				return n, nil
			}
			return n, err
		}
		l.rest = utf8.AppendRune(nil, rune(c))
	}
	return n, nil
}
