package definition

import (
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// PutSegment returns source with a segment of that id, in the place of the one that
// has it or after the others; the rest stays as it is written, to the byte. An
// empty name is that of before, or made of the id. Its error is Problems where
// the source, or the segment, is not right.
func PutSegment(source []byte, id, name, rule string) ([]byte, error) {
	before, err := Compile(source)
	if err != nil {
		return nil, err
	}
	if old, ok := before.Segment(id); ok && name == "" {
		name = old.Name
	}
	root, _ := parse(source)
	lines := strings.Split(strings.TrimRight(string(source), "\n"), "\n")
	o := root.object()
	if v, ok := o.values["segments"]; !ok || v.absent() {
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "segments:" })
		lines = append(append(lines, "", "segments:"), segmentLines("  ", id, name, rule)...)
	} else if lines, err = putAmong(lines, v, id, segmentLinesOf(id, name, rule)); err != nil {
		return nil, err
	}
	out := []byte(strings.Join(lines, "\n") + "\n")
	after, err := Compile(out)
	if err != nil {
		return nil, err
	}
	if s, ok := after.Segment(id); !ok || s.When.Source() != strings.TrimSpace(rule) {
		return nil, fault.New(fault.Unsupported, "the segments are written in a form that is not edited here; put the segment into the file")
	}
	return out, nil
}

func segmentLinesOf(id, name, rule string) func(indent string) []string {
	return func(indent string) []string { return segmentLines(indent, id, name, rule) }
}

// segmentLines writes a segment as an item of a list.
func segmentLines(indent, id, name, rule string) []string {
	out := []string{indent + "- id: " + id}
	if name != "" {
		out = append(out, indent+"  name: "+singleQuoted(name))
	}
	rule = strings.TrimSpace(rule)
	if !strings.Contains(rule, "\n") {
		return append(out, indent+"  when: "+singleQuoted(rule))
	}
	out = append(out, indent+"  when: |-")
	for line := range strings.Lines(rule) {
		out = append(out, strings.TrimRight(indent+"    "+line, " \r\n"))
	}
	return out
}

func singleQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// putAmong puts an item into the lines of the list v, which has one item a line or
// more.
func putAmong(lines []string, v value, id string, item func(indent string) []string) ([]string, error) {
	items := v.list()
	unlike := fault.New(fault.Unsupported, "the segments are written in one line; put each on a line of its own, or put the segment into the file")
	indent, last := "", 0
	for i, it := range items {
		at := it.line - 1
		if at < 0 || at >= len(lines) || i > 0 && at <= last {
			return nil, unlike
		}
		dash := strings.Index(lines[at], "- ")
		if dash < 0 || strings.TrimSpace(lines[at][:dash]) != "" {
			return nil, unlike
		}
		indent, last = lines[at][:dash], at
	}
	if len(items) == 0 {
		return nil, unlike
	}
	from, to := 0, 0
	for i, it := range items {
		if at, ok := it.object().values["id"]; !ok || at.text() != id {
			continue
		}
		from, to = it.line-1, len(lines)
		if i+1 < len(items) {
			to = items[i+1].line - 1
		}
	}
	if to == 0 { // after the last
		from, to = last+1, last+1
		for to < len(lines) && inItem(lines[to], indent) {
			to++
		}
		for to > from && isBlank(lines[to-1]) {
			to--
		}
		return slices.Insert(lines, to, item(indent)...), nil
	}
	end := from + 1
	for end < to && inItem(lines[end], indent) {
		end++
	}
	for end > from+1 && isBlank(lines[end-1]) { // they belong to what follows
		end--
	}
	return slices.Replace(lines, from, end, item(indent)...), nil
}

// inItem reports whether a line goes on with an item whose dash has that indent.
func inItem(line, indent string) bool {
	return isBlank(line) || strings.HasPrefix(line, indent+" ")
}

func isBlank(line string) bool {
	s := strings.TrimSpace(line)
	return s == "" || s[0] == '#'
}
