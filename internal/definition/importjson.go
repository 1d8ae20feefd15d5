package definition

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
)

// maxDeep is how deep the objects and arrays of one row may be nested, as in the
// tracking API.
const maxDeep = 64

// Object reads a JSON object as a row of a map of format json: the body of a
// webhook, say. Give the result to Rows.
func (m *ImportMap) Object(raw []byte) Line { return m.object(raw, 1, 1, "") }

// ObjectAt is Object of a row of a file: its number, from 1, and the file's name.
func (m *ImportMap) ObjectAt(raw []byte, row int, file string) Line {
	return m.object(raw, row, row, file)
}

func (m *ImportMap) object(raw []byte, number, row int, file string) Line {
	line := Line{Number: number}
	switch {
	case event.NestedDeeper(raw, maxDeep):
		line.Err = fmt.Errorf("nested more than %d levels deep; flatten it", maxDeep)
	case !json.Valid(raw):
		line.Err = notJSON(raw)
	case gjson.ParseBytes(raw).Type != gjson.JSON || bytes.TrimLeft(raw, " \t\r\n")[0] != '{':
		line.Err = errors.New("not a JSON object; write one object a line")
	}
	if line.Err != nil {
		return line
	}
	root := gjson.ParseBytes(raw)
	line.Fields, line.JSON = make([]string, len(m.Columns)), make([]string, len(m.Columns))
	for i, c := range m.Columns {
		if c.Made != "" {
			line.Fields[i] = c.made(row, file)
			line.JSON[i] = quote(line.Fields[i])
			continue
		}
		v := walk(root, c.Path)
		line.JSON[i] = v.Raw
		switch v.Type {
		case gjson.Null:
		case gjson.Number: // as it is written: an id of twenty digits keeps them
			line.Fields[i] = v.Raw
		default:
			line.Fields[i] = v.String()
		}
	}
	return line
}

// notJSON says what is wrong with raw in the words of the standard library.
func notJSON(raw []byte) error {
	var v json.RawMessage
	err := json.Unmarshal(raw, &v)
	if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not valid JSON at byte %d: %w", bad.Offset, bad)
	}
	return errors.New("not valid JSON")
}

// walk follows a path of member names, and of numbers within lists. Of two
// members of one name the last counts, as encoding/json has it.
func walk(v gjson.Result, path []string) gjson.Result {
	for _, step := range path {
		var found gjson.Result
		switch {
		case v.IsObject():
			v.ForEach(func(key, value gjson.Result) bool {
				if key.Str == step {
					found = value
				}
				return true
			})
		case v.IsArray():
			n, err := strconv.Atoi(step)
			v.ForEach(func(_, value gjson.Result) bool {
				if n == 0 && err == nil {
					found = value
				}
				n--
				return n >= 0
			})
		}
		v = found
	}
	return v
}

// validJSON reports whether text is one JSON value, not nested too deep.
func validJSON(text []byte) bool { return !event.NestedDeeper(text, maxDeep) && json.Valid(text) }

// objects reads a JSON object a line.
func (l *Lines) objects(r io.Reader) func() (Line, error) {
	next := textLines(r)
	row := 0
	return func() (Line, error) {
		text, number, err := next()
		if err != nil {
			return Line{}, err
		}
		row++
		return l.m.object(text, number, row, l.File), nil
	}
}

// textLines gives the lines that are not blank, with their numbers. A line is
// valid until the next call.
func textLines(r io.Reader) func() ([]byte, int, error) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	number := 0
	return func() ([]byte, int, error) {
		for s.Scan() {
			number++
			if text := s.Bytes(); len(bytes.TrimSpace(text)) > 0 {
				return text, number, nil
			}
		}
		if err := s.Err(); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", number+1, err)
		}
		return nil, 0, io.EOF
	}
}
