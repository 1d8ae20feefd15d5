package definition

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/rapporthq/rapport/internal/fault"
)

// origin is the comment that LoadDir puts before what it takes from a file, so
// that problems are shown where they were written: "#@ FILE:LINE of the next line".
const origin = "#@ "

// LoadDir joins the *.yaml files at the top of fsys into one source, in the order
// of their names, so that the same files always give the same bytes. Lists under
// the same top-level key are put one after another, maps are put together; two
// files that give the same key of a map are a problem that Compile reports. A
// single file is returned as it is.
func LoadDir(fsys fs.FS) ([]byte, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("list the definitions: %w", err)
	}
	var names []string
	for _, e := range entries { // sorted by name, says package fs
		if ext := path.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, e.Name())
		}
	}
	files := make([]File, len(names))
	for i, name := range names {
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read the definitions: %w", err)
		}
		files[i] = File{Name: name, Source: string(source)}
	}
	return Join(files)
}

// File is one file of definitions.
type File struct {
	Name   string `json:"name"`
	Source string `json:"source"`
}

// Join joins files into one source, as LoadDir does those of a folder.
func Join(files []File) ([]byte, error) {
	switch len(files) {
	case 0:
		return nil, fault.New(fault.NotFound, "the folder has no *.yaml file: put definitions in it, or start from a template")
	case 1:
		return []byte(files[0].Source), nil
	}
	j := &joiner{blocks: map[string][]block{}}
	for _, f := range slices.SortedStableFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) }) {
		j.add(f.Name, []byte(f.Source))
	}
	if len(j.problems) > 0 {
		return nil, j.problems
	}
	return j.source(), nil
}

// joiner gathers the top-level keys of several files.
type joiner struct {
	keys     []string // in the order first met
	blocks   map[string][]block
	problems Problems
}

// block is what one file has under one top-level key.
type block struct {
	file   string
	line   int      // of the first of lines
	inline string   // what follows the key on its line
	head   []string // comments above the first key of the file
	lines  []string // below the key
	list   bool
	place  Problem // of the key, for complaints
}

func (j *joiner) add(file string, source []byte) {
	root, src := parse(source)
	o := root.object()
	for i := range src.problems {
		src.problems[i].File = file
	}
	j.problems = append(j.problems, src.problems...)
	if len(src.problems) > 0 {
		return
	}
	lines := strings.Split(strings.ReplaceAll(string(source), "\r\n", "\n"), "\n")
	for i, key := range o.keys {
		at := o.places[key]
		if o.values[key].absent() {
			continue
		}
		end := len(lines)
		if i+1 < len(o.keys) {
			end = o.places[o.keys[i+1]].line - 1
		}
		if at.line < 1 || at.line > len(lines) || end < at.line || at.col != 1 {
			j.refuse(file, at, "top-level keys begin a line", "write each on a line of its own")
			return
		}
		_, inline, _ := strings.Cut(lines[at.line-1], ":")
		if t := strings.TrimSpace(inline); strings.HasPrefix(t, "#") {
			inline = ""
		}
		_, list := o.values[key].node.(*ast.SequenceNode)
		b := block{file: file, line: at.line + 1, inline: strings.TrimSpace(inline), lines: lines[at.line:end], list: list}
		if i == 0 {
			b.head = lastComment(lines[:at.line-1])
		}
		b.place = Problem{File: file, Path: at.path, Line: at.line, Column: at.col}
		j.put(key, b)
	}
}

func (j *joiner) refuse(file string, at value, what, mend string) {
	j.problems = append(j.problems, Problem{File: file, Path: at.path, Line: at.line, Column: at.col, What: what, Mend: mend})
}

// put adds a block, which must be of the same make as those of other files.
func (j *joiner) put(key string, b block) {
	others := j.blocks[key]
	if len(others) == 0 {
		j.keys = append(j.keys, key)
	} else if first := others[0]; first.list != b.list {
		b.place.What = fmt.Sprintf("%s is a list in one file and a map in another", key)
		b.place.Mend = fmt.Sprintf("write it as in %s", first.file)
		j.problems = append(j.problems, b.place)
	} else if b.inline != "" || first.inline != "" {
		b.place.What = fmt.Sprintf("%s is in several files and cannot be joined, because one has it on the line of its key", key)
		b.place.Mend = fmt.Sprintf("write it below its key here and in %s", first.file)
		j.problems = append(j.problems, b.place)
	}
	j.blocks[key] = append(others, b)
}

func (j *joiner) source() []byte {
	var out bytes.Buffer
	for _, key := range j.keys {
		blocks := j.blocks[key]
		blocks[0].writeHead(&out)
		fmt.Fprintf(&out, "%s%s:%d\n", origin, blocks[0].file, blocks[0].line-1)
		out.WriteString(strings.TrimRight(key+": "+blocks[0].inline, " ") + "\n")
		for i, b := range blocks {
			if i > 0 {
				b.writeHead(&out)
			}
			fmt.Fprintf(&out, "%s%s:%d\n", origin, b.file, b.line)
			lines := b.lines
			if b.inline == "" {
				lines = indented(lines)
			}
			writeLines(&out, lines)
		}
	}
	return out.Bytes()
}

func (b *block) writeHead(out *bytes.Buffer) {
	if len(b.head) > 0 {
		fmt.Fprintf(out, "%s%s:%d\n", origin, b.file, 1)
		writeLines(out, b.head)
	}
}

func writeLines(out *bytes.Buffer, lines []string) {
	for _, l := range lines {
		out.WriteString(l + "\n")
	}
}

// lastComment returns the comment that ends lines, without blank lines after it.
func lastComment(lines []string) []string {
	end := len(lines)
	for end > 0 && strings.TrimSpace(lines[end-1]) == "" {
		end--
	}
	begin := end
	for begin > 0 && strings.HasPrefix(lines[begin-1], "#") && !strings.HasPrefix(lines[begin-1], origin) {
		begin--
	}
	return lines[begin:end]
}

// indented shifts lines so that the least indented begins at two spaces.
func indented(lines []string) []string {
	least := -1
	for _, l := range lines {
		text := strings.TrimLeft(l, " ")
		if n := len(l) - len(text); text != "" && text[0] != '#' && (least < 0 || n < least) {
			least = n
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		text := strings.TrimLeft(l, " ")
		if text == "" {
			continue
		}
		out[i] = strings.Repeat(" ", max(len(l)-len(text)-max(least, 0), 0)+2) + text
	}
	return out
}

// locate turns lines of a joined source into lines of the files it came from.
func (ps Problems) locate(source []byte) {
	if len(ps) == 0 || !bytes.HasPrefix(source, []byte(origin)) {
		return
	}
	lines := strings.Split(string(source), "\n")
	for i := range ps {
		for n := min(ps[i].Line, len(lines)); n > 0; n-- {
			from, ok := strings.CutPrefix(lines[n-1], origin)
			file, number, found := cutLast(from, ":")
			first, err := strconv.Atoi(number)
			if !ok || !found || err != nil {
				continue
			}
			ps[i].File, ps[i].Line = file, first+ps[i].Line-n-1
			break
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
