package offpolicy

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// Columns names what the columns of a file of decisions are. Whatever is not
// named is context.
type Columns struct {
	Action     string   // Defaults to "action".
	Propensity string   // Defaults to "propensity".
	Reward     string   // Defaults to "reward".
	Person     string   // Defaults to "person"; the file need not have it.
	Ignore     []string // columns that are no context
}

func (c Columns) withDefaults() Columns {
	for at, name := range map[*string]string{&c.Action: "action", &c.Propensity: "propensity", &c.Reward: "reward", &c.Person: "person"} {
		if *at == "" {
			*at = name
		}
	}
	return c
}

// maxCategories is how many values a column of text may have to be context: each
// becomes a feature.
const maxCategories = 100

// Read reads a log from CSV with a header. A context column of numbers is one
// feature; one of anything else is a feature for each value but the first.
// Actions are numbered in the order of their names.
//
// It also returns the columns of c.Ignore, as they stand.
func Read(r io.Reader, c Columns) (Log, map[string][]string, error) {
	c = c.withDefaults()
	in := csv.NewReader(r)
	head, err := in.Read()
	if errors.Is(err, io.EOF) {
		return Log{}, nil, errors.New("the file is empty: its first line must name the columns")
	}
	if err != nil {
		return Log{}, nil, fmt.Errorf("read the names of the columns: %w", err)
	}
	rows, err := in.ReadAll()
	if err != nil {
		return Log{}, nil, fmt.Errorf("read decisions: %w", err)
	}
	columns := map[string][]string{}
	for i, name := range head {
		if _, twice := columns[name]; twice {
			return Log{}, nil, fmt.Errorf("column %q stands twice in the first line", name)
		}
		values := make([]string, len(rows))
		for k, row := range rows {
			values[k] = row[i]
		}
		columns[name] = values
	}
	for _, name := range append([]string{c.Action, c.Propensity, c.Reward}, c.Ignore...) {
		if _, ok := columns[name]; !ok {
			return Log{}, nil, fmt.Errorf("there is no column %q; there are %q", name, head)
		}
	}
	l := Log{Actions: slices.Compact(slices.Sorted(slices.Values(columns[c.Action]))), Decisions: make([]Decision, len(rows))}
	ignored := map[string][]string{}
	for _, name := range c.Ignore {
		ignored[name] = columns[name]
	}
	propensity, err := parse(columns[c.Propensity], c.Propensity)
	if err != nil {
		return Log{}, nil, err
	}
	reward, err := parse(columns[c.Reward], c.Reward)
	if err != nil {
		return Log{}, nil, err
	}
	for i := range l.Decisions {
		a, _ := slices.BinarySearch(l.Actions, columns[c.Action][i])
		l.Decisions[i] = Decision{Action: a, Propensity: propensity[i], Reward: reward[i]}
		if people := columns[c.Person]; people != nil {
			l.Decisions[i].Person = people[i]
		}
	}
	for _, name := range head {
		if slices.Contains([]string{c.Action, c.Propensity, c.Reward, c.Person}, name) || slices.Contains(c.Ignore, name) {
			continue
		}
		if err := l.addContext(name, columns[name]); err != nil {
			return Log{}, nil, err
		}
	}
	return l, ignored, l.Check()
}

// addContext makes features of a column.
func (l *Log) addContext(name string, texts []string) error {
	if values, err := parse(texts, name); err == nil {
		l.Features = append(l.Features, name)
		for i, v := range values {
			l.Decisions[i].Context = append(l.Decisions[i].Context, v)
		}
		return nil
	}
	kinds := slices.Compact(slices.Sorted(slices.Values(texts)))
	if len(kinds) > maxCategories {
		return fmt.Errorf("column %q has %d different texts: too many to be context; leave it out or ignore it", name, len(kinds))
	}
	for _, kind := range kinds[1:] {
		l.Features = append(l.Features, name+"="+kind)
		for i, s := range texts {
			v := 0.0
			if s == kind {
				v = 1
			}
			l.Decisions[i].Context = append(l.Decisions[i].Context, v)
		}
	}
	return nil
}

// parse reads numbers.
func parse(texts []string, name string) ([]float64, error) {
	out := make([]float64, len(texts))
	for i, s := range texts {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("line %d: %q in column %q is not a number", i+2, s, name)
		}
		out[i] = v
	}
	return out, nil
}
