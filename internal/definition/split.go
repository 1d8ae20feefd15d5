package definition

import (
	"bytes"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Split writes a source as files, one for each top-level key, with the comments
// that are near them: Join makes the same definitions of them, and Split the same
// files of that. A source that cannot be taken apart by lines, such as one in
// braces, is one file.
func Split(source []byte) []File {
	text := strings.ReplaceAll(string(source), "\r\n", "\n")
	whole := []File{{Name: "definitions.yaml", Source: string(source)}}
	root, src := parse([]byte(text))
	if len(src.problems) > 0 || !root.isMap() {
		return whole
	}
	o, lines := root.object(), strings.Split(text, "\n")
	var files []File
	for i, key := range o.keys {
		begin, end := o.places[key].line, len(lines)
		if i+1 < len(o.keys) {
			next := o.places[o.keys[i+1]].line - 1
			end = next - len(lastCommentAbove(lines[:next]))
		}
		if o.places[key].col != 1 || begin < 1 || end < begin {
			return whole
		}
		if o.values[key].absent() {
			continue
		}
		files = append(files, File{Name: key + ".yaml", Source: fileOf(key, lines, begin, end, o.values[key].node)})
	}
	if len(files) < 2 {
		return whole
	}
	return files
}

// lastCommentAbove returns the lines before a key that belong to it: the comment
// above it, with what Join put between the two.
func lastCommentAbove(lines []string) []string {
	end := len(lines)
	for end > 0 && (strings.HasPrefix(lines[end-1], origin) || strings.TrimSpace(lines[end-1]) == "") {
		end--
	}
	return lines[end-len(lastComment(lines[:end])):]
}

func fileOf(key string, lines []string, begin, end int, node ast.Node) string {
	var out bytes.Buffer
	for _, l := range lastCommentAbove(lines[:begin-1]) {
		if !strings.HasPrefix(l, origin) && strings.TrimSpace(l) != "" {
			out.WriteString(l + "\n")
		}
	}
	_, inline, _ := strings.Cut(lines[begin-1], ":")
	if inline = strings.TrimSpace(inline); strings.HasPrefix(inline, "#") {
		inline = ""
	}
	out.WriteString(strings.TrimRight(key+": "+inline, " ") + "\n")
	var body []string
	for _, l := range lines[begin:end] {
		if !strings.HasPrefix(l, origin) {
			body = append(body, l)
		}
	}
	if inline == "" && node != nil {
		body = indented(body)
	}
	for len(body) > 0 && strings.TrimSpace(body[len(body)-1]) == "" {
		body = body[:len(body)-1]
	}
	writeLines(&out, body)
	return out.String()
}
