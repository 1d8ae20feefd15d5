package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/fault"
)

const parquetMagic = "PAR1"

// rowsAtOnce is how many rows of a Parquet file are decoded together.
const rowsAtOnce = 256

// table reads the rows of a Parquet file as JSON objects of the columns that a
// map asks for. It turns a panic of the library, which a damaged file may cause,
// into an error.
type table struct {
	m      *definition.ImportMap
	name   string
	file   *parquet.File
	fields []*shape // of the columns that are asked for
	groups []parquet.RowGroup
	rows   parquet.Rows // of the group under way
	buffer []parquet.Row
	ready  []parquet.Row
	cursor [][]parquet.Value // by leaf: what is left of the row
	number int
	raw    []byte
	done   func() error
}

// beginTable makes ready to read a Parquet file, by way of a temporary file when
// it is compressed or within a zip.
func (r *reading) beginTable(content io.Reader) (err error) {
	t := &table{m: r.opts.Map, name: r.member.name, buffer: make([]parquet.Row, rowsAtOnce)}
	r.table = t
	file, err := os.Open(r.opts.Path)
	if err != nil {
		return fmt.Errorf("open import: %w", err)
	}
	t.done = file.Close
	magic := make([]byte, len(parquetMagic))
	if _, err := io.ReadFull(file, magic); err != nil || string(magic) != parquetMagic {
		_ = file.Close()
		if file, err = os.CreateTemp("", "rapport-import-*.parquet"); err != nil {
			return fmt.Errorf("inflate %s: %w", r.member.name, err)
		}
		t.done = func() error { return errors.Join(file.Close(), os.Remove(file.Name())) }
		if _, err := io.Copy(file, content); err != nil {
			return fmt.Errorf("inflate %s: %w", r.member.name, err)
		}
	}
	if err := t.open(file, r.size); err != nil {
		return err
	}
	total, before := max(t.file.NumRows(), 1), r.done
	r.raw, r.keep = func(int) []byte { return t.raw }, func(int) {}
	r.next = func() (record, error) {
		line, err := t.next()
		r.done = before + int64(float64(r.size)*float64(t.number)/float64(total))
		return record{line: line}, err
	}
	return nil
}

func (t *table) open(file *os.File, size int64) (err error) {
	defer t.rescue(&err)
	if t.file, err = parquet.OpenFile(file, size, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true)); err != nil {
		return fault.Wrap(fault.Invalid, err, "%s is not Parquet, or is damaged: %s", t.name, err)
	}
	root := t.file.Root()
	t.cursor = make([][]parquet.Value, len(t.file.Schema().Columns()))
	leaf := 0
	wanted := map[string]bool{}
	for _, c := range t.m.Columns {
		if c.Made == "" {
			wanted[c.Path[0]] = true
		}
	}
	var names []string
	for _, f := range root.Fields() {
		s, err := shapeOf(f, f.Name(), &leaf, 0, 0)
		if err != nil && wanted[f.Name()] {
			return fault.New(fault.Unsupported, "%s: %s", t.name, err)
		}
		names = append(names, f.Name())
		if wanted[f.Name()] {
			t.fields = append(t.fields, s)
			delete(wanted, f.Name())
		}
	}
	for _, c := range t.m.Columns {
		if c.Made == "" && !c.Optional && wanted[c.Path[0]] {
			return fault.New(fault.Invalid, "%s has no column %q; its columns are %s", t.name, c.Path[0], strings.Join(names, ", "))
		}
	}
	t.groups = t.file.RowGroups()
	return nil
}

// rescue makes an error of a panic.
func (t *table) rescue(err *error) {
	if p := recover(); p != nil {
		*err = fault.New(fault.Invalid, "%s is damaged at row %d: %v", t.name, t.number+1, p)
	}
}

func (t *table) close() error {
	var errs []error
	if t.rows != nil {
		errs = append(errs, t.rows.Close())
	}
	if t.done != nil {
		errs = append(errs, t.done())
	}
	return errors.Join(errs...)
}

// next returns the next row, and io.EOF after the last.
func (t *table) next() (line definition.Line, err error) {
	defer t.rescue(&err)
	for len(t.ready) == 0 {
		if err := t.fill(); err != nil {
			return definition.Line{}, err
		}
	}
	row := t.ready[0]
	t.ready = t.ready[1:]
	clear(t.cursor)
	row.Range(func(leaf int, values []parquet.Value) bool {
		t.cursor[leaf] = values
		return true
	})
	t.number++
	b := append(t.raw[:0], '{')
	for i, f := range t.fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, f.name)
		b = append(b, ':')
		if b, err = f.append(b, t.cursor); err != nil {
			return definition.Line{}, err
		}
	}
	t.raw = append(b, '}')
	return t.m.ObjectAt(bytes.Clone(t.raw), t.number, t.name), nil
}

// fill decodes the next rows.
func (t *table) fill() error {
	if t.rows == nil {
		if len(t.groups) == 0 {
			return io.EOF
		}
		t.rows, t.groups = t.groups[0].Rows(), t.groups[1:]
	}
	n, err := t.rows.ReadRows(t.buffer)
	t.ready = t.buffer[:n]
	if errors.Is(err, io.EOF) {
		if n == 0 {
			err = t.rows.Close()
			t.rows = nil
			return err
		}
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%s is damaged after row %d: %s", t.name, t.number, err)
	}
	return nil
}

// shape is a column, or a group of them, with the levels by which Parquet tells
// what is missing and what repeats (Melnik and others, Dremel, 2010). It is one
// of a leaf (value), a list, a group that stands for its only member, and a group.
type shape struct {
	name     string
	def, rep int // levels at which it is there, and repeats
	optional bool
	first    int // its first leaf
	leaves   int

	value   valueWriter
	list    *shape // its elements
	entries bool   // a list of keys and values: an object
	only    *shape
	members []*shape
}

// shapeOf reads the shape of a node. leaf counts the leaves, also of what cannot
// be read.
func shapeOf(n parquet.Node, name string, leaf *int, def, rep int) (*shape, error) {
	switch {
	case n.Repeated():
		list := &shape{name: name, def: def + 1, rep: rep + 1, first: *leaf}
		element, err := plainShape(n, name, leaf, def+1, rep+1)
		list.list, list.leaves = element, *leaf-list.first
		return list, err
	case n.Optional():
		s, err := plainShape(n, name, leaf, def+1, rep)
		s.optional = true
		return s, err
	default:
		return plainShape(n, name, leaf, def, rep)
	}
}

// plainShape is shapeOf of a node whose own repetition has been seen to.
func plainShape(n parquet.Node, name string, leaf *int, def, rep int) (*shape, error) {
	s := &shape{name: name, def: def, rep: rep, first: *leaf}
	var err error
	if n.Leaf() {
		*leaf++
		s.leaves = 1
		if s.value, err = writerOf(n.Type()); err != nil {
			err = fmt.Errorf("column %s: %w", name, err)
		}
		return s, err
	}
	for _, f := range n.Fields() {
		m, bad := shapeOf(f, f.Name(), leaf, def, rep)
		err = errors.Join(err, bad)
		s.members = append(s.members, m)
	}
	s.leaves = *leaf - s.first
	if len(s.members) != 1 || s.members[0].list == nil {
		return s, err
	}
	// Lists and maps are written as a group around a group that repeats.
	inner := s.members[0]
	switch element := inner.list; {
	case is[*format.ListType](n, deprecated.List):
		if len(element.members) == 1 {
			inner.list = element.members[0]
		}
		s.only, s.members = inner, nil
	case is[*format.MapType](n, deprecated.Map) && len(element.members) == 2:
		inner.entries = true
		s.only, s.members = inner, nil
	}
	return s, err
}

// append writes the value that the cursor is at, and moves it on.
func (s *shape) append(b []byte, cursor [][]parquet.Value) (_ []byte, err error) {
	at := cursor[s.first]
	if len(at) == 0 {
		return append(b, "null"...), nil
	}
	switch {
	case s.optional && at[0].DefinitionLevel() < s.def:
		s.skip(cursor)
		return append(b, "null"...), nil
	case s.value != nil:
		cursor[s.first] = at[1:]
		if at[0].IsNull() {
			return append(b, "null"...), nil
		}
		return s.value(b, at[0])
	case s.only != nil:
		return s.only.append(b, cursor)
	case s.entries:
		return s.appendEach(b, cursor, '{', '}', s.list.appendEntry)
	case s.list != nil:
		return s.appendEach(b, cursor, '[', ']', s.list.append)
	}
	b = append(b, '{')
	for i, m := range s.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, m.name)
		b = append(b, ':')
		if b, err = m.append(b, cursor); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// appendEach writes the elements of a list.
func (s *shape) appendEach(b []byte, cursor [][]parquet.Value, open, end byte, each func([]byte, [][]parquet.Value) ([]byte, error)) (_ []byte, err error) {
	b = append(b, open)
	if cursor[s.first][0].DefinitionLevel() < s.def {
		s.skip(cursor)
		return append(b, end), nil
	}
	for i := 0; ; i++ {
		if i > 0 {
			b = append(b, ',')
		}
		left := len(cursor[s.first])
		if b, err = each(b, cursor); err != nil {
			return b, err
		}
		rest := cursor[s.first]
		if len(rest) == 0 || rest[0].RepetitionLevel() != s.rep || len(rest) == left {
			return append(b, end), nil
		}
	}
}

// appendEntry writes a key and its value as a member of an object.
func (s *shape) appendEntry(b []byte, cursor [][]parquet.Value) ([]byte, error) {
	key, err := s.members[0].append(nil, cursor)
	if err != nil {
		return b, err
	}
	if key[0] != '"' {
		key = appendText(nil, string(key))
	}
	return s.members[1].append(append(append(b, key...), ':'), cursor)
}

// skip moves every leaf on by one value: that which says that there is none.
func (s *shape) skip(cursor [][]parquet.Value) {
	for i := s.first; i < s.first+s.leaves; i++ {
		if len(cursor[i]) > 0 {
			cursor[i] = cursor[i][1:]
		}
	}
}

func appendText(b []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic("importer: text that is not JSON: " + strconv.Quote(text))
	}
	return append(b, quoted...)
}
