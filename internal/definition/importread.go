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
	m     *ImportMap
	next  func() (fields []string, line int, err error)
	place []int // for each column of the map, its place in the file; nil: the same
	begun bool
}

// Line is one line of a file, or one record that a quoted field stretched over
// several.
type Line struct {
	Number int      // of its first line, from 1
	Fields []string // in the order of the map's columns; valid until the next call of Next
	Err    error    // what is wrong with this line; reading can go on
}

// Lines reads r, which it neither closes nor reads beyond its end.
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
	if m.Format == Delimited && m.Delimiter != 0 {
		l.next = csvRecords(in, m.Delimiter)
	} else {
		l.next = plainLines(in, m.split)
	}
	return l
}

// Next returns the next line that is not blank, and io.EOF after the last. Any
// other error means that the file cannot be read, or is not one of this map.
func (l *Lines) Next() (Line, error) {
	if !l.begun {
		l.begun = true
		if err := l.header(); err != nil {
			return Line{}, err
		}
	}
	fields, n, err := l.next()
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		return Line{Number: n, Err: fmt.Errorf("not readable: %w", bad.Err)}, nil
	case err != nil:
		return Line{}, err
	}
	if l.place == nil {
		return Line{Number: n, Fields: fields}, nil
	}
	picked := make([]string, len(l.place))
	for i, at := range l.place {
		if at >= len(fields) {
			return Line{Number: n, Err: fmt.Errorf("%d fields: column %s is missing", len(fields), l.m.Columns[i].Name)}, nil
		}
		picked[i] = fields[at]
	}
	return Line{Number: n, Fields: picked}, nil
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
	place := make([]int, len(l.m.Columns))
	for i, c := range l.m.Columns {
		if place[i] = slices.Index(names, c.Name); place[i] < 0 {
			return fmt.Errorf("the file has no column %q; its header names %s", c.Name, strings.Join(names, ", "))
		}
	}
	if len(names) != len(place) || !slices.IsSorted(place) {
		l.place = place
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
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	number := 0
	return func() ([]string, int, error) {
		for s.Scan() {
			number++
			if text := s.Text(); strings.TrimSpace(text) != "" {
				return split(text), number, nil
			}
		}
		if err := s.Err(); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", number+1, err)
		}
		return nil, 0, io.EOF
	}
}

// split divides a line by white space or by position.
func (m *ImportMap) split(line string) []string {
	if m.Format == Delimited {
		return strings.Fields(line)
	}
	chars := []rune(line)
	fields := make([]string, len(m.Columns))
	for i, c := range m.Columns {
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
