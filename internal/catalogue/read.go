package catalogue

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Read reads items as shops export them: JSON Lines, an object a line, or
// delimited text by commas whose first line names the columns. Which of the two
// it is, is seen by its first character. The names are those of [Item]; a price
// is in units of the currency, such as 12.50; of delimited text, categories are
// separated by |. Whatever has another name becomes a property. Errors name the
// line.
func Read(r io.Reader) ([]Item, error) {
	b := bufio.NewReader(r)
	first, err := b.Peek(1)
	if errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if first[0] == '{' {
		return readLines(b)
	}
	return readColumns(b)
}

func readLines(r *bufio.Reader) ([]Item, error) {
	var items []Item
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 {
			var fields map[string]json.RawMessage
			if jerr := json.Unmarshal(text, &fields); jerr != nil {
				return nil, fault.Wrap(fault.Invalid, jerr, "line %d is not a JSON object", n)
			}
			item, ierr := itemOf(fields)
			if ierr != nil {
				return nil, fault.Wrap(fault.Invalid, ierr, "line %d: %s", n, ierr.Error())
			}
			items = append(items, item)
		}
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func readColumns(r io.Reader) ([]Item, error) {
	c := csv.NewReader(r)
	names, err := c.Read()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the first line cannot be read: it names the columns, such as id,name,price,currency")
	}
	for i := range names {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(names[i], "\ufeff")))
	}
	if !slices.Contains(names, "id") || !slices.Contains(names, "name") {
		return nil, fault.New(fault.Invalid, "the columns %s have no id or no name: the first line names the columns, such as id,name,price,currency", strings.Join(names, ", "))
	}
	var items []Item
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s", err.Error())
		}
		line, _ := c.FieldPos(0)
		fields := map[string]json.RawMessage{}
		for i, name := range names {
			if v := strings.TrimSpace(row[i]); v != "" {
				fields[name] = column(name, v)
			}
		}
		item, err := itemOf(fields)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "line %d: %s", line, err.Error())
		}
		items = append(items, item)
	}
}

// column returns the text of a column as JSON.
func column(name, text string) json.RawMessage {
	if name == "categories" {
		parts := strings.Split(text, "|")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		return event.Pack(parts)
	}
	return event.Pack(text)
}

// itemOf makes an item of named values, properties of those it has no place for.
func itemOf(fields map[string]json.RawMessage) (Item, error) {
	var i Item
	properties := map[string]json.RawMessage{}
	for name, raw := range fields {
		var err error
		switch name {
		case "id":
			i.ID, err = word(raw)
		case "kind":
			i.Kind, err = word(raw)
		case "name":
			i.Name, err = word(raw)
		case "url":
			i.URL, err = word(raw)
		case "image":
			i.Image, err = word(raw)
		case "currency":
			i.Currency, err = word(raw)
		case "price":
			i.Price, err = price(raw)
		case "categories":
			err = json.Unmarshal(raw, &i.Categories)
		case "properties":
			err = json.Unmarshal(raw, &properties)
		default:
			properties[name] = raw
		}
		if err != nil {
			return Item{}, fault.Wrap(fault.Invalid, err, "%s cannot be read: %s", name, raw)
		}
	}
	if len(properties) > 0 {
		i.Properties = event.Pack(properties)
	}
	return i, nil
}

// word reads text, and numbers as they are written: many ids are.
func word(raw json.RawMessage) (string, error) {
	if len(raw) > 0 && raw[0] != '"' {
		var n json.Number
		err := json.Unmarshal(raw, &n)
		return n.String(), err
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

func price(raw json.RawMessage) (*event.Micros, error) {
	text, err := word(raw)
	if err != nil || text == "" {
		return nil, err
	}
	m, err := event.ParseMicros(text)
	return &m, err
}
