package definition

import (
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// Draft is a conversation as its author writes it: the map of one conversation, by
// itself.
type Draft struct {
	Source   []byte     // the whole definitions with the draft in them
	Compiled *Workspace // nil while there are problems
	Problems Problems   // lines are those of the draft where they are in it
}

// StepText is where a step is in a draft, and what is written there.
type StepText struct {
	Line int            // of its dash, from 1
	End  int            // of its last line
	Keys map[string]any // as JSON would have it
}

// ConversationText returns the map of one conversation as it is written in source.
func ConversationText(source []byte, id string) (string, error) {
	root, _ := parse(source)
	lines := strings.Split(strings.TrimRight(string(source), "\n"), "\n")
	from, to, indent, err := conversationLines(root, lines, id)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, l := range lines[from:to] {
		if !strings.HasPrefix(strings.TrimSpace(l), origin) {
			b.WriteString(l[min(len(indent)+2, len(l)):] + "\n")
		}
	}
	return b.String(), nil
}

// conversationLines finds the lines of a conversation, from its dash on.
func conversationLines(root value, lines []string, id string) (from, to int, indent string, err error) {
	items := root.object().values["conversations"].list()
	for i, it := range items {
		if at, ok := it.object().values["id"]; !ok || at.text() != id {
			continue
		}
		from = it.line - 1
		dash := strings.Index(lines[from], "- ")
		if dash < 0 || strings.TrimSpace(lines[from][:dash]) != "" {
			return 0, 0, "", fault.New(fault.Unsupported, "the conversations are written in one line; put each on a line of its own")
		}
		indent, to = lines[from][:dash], len(lines)
		if i+1 < len(items) {
			to = items[i+1].line - 1
		}
		end := from + 1
		for end < to && inItem(lines[end], indent) {
			end++
		}
		for end > from+1 && isBlank(lines[end-1]) {
			end--
		}
		return from, end, indent, nil
	}
	return 0, 0, "", fault.New(fault.NotFound, "there is no conversation %q", id)
}

// DraftConversation puts a draft in the place of the conversation of that id, or
// after the others, and compiles what comes of it.
func DraftConversation(source []byte, id, text string) (Draft, error) {
	lines := strings.Split(strings.TrimRight(string(source), "\n"), "\n")
	root, src := parse(source)
	if len(src.problems) > 0 {
		return Draft{}, src.problems
	}
	item := func(indent string) (out []string) {
		for i, l := range strings.Split(strings.TrimRight(text, "\n "), "\n") {
			lead := indent + "  "
			if i == 0 {
				lead = indent + "- "
			}
			out = append(out, strings.TrimRight(lead+l, " \r"))
		}
		return out
	}
	first := 0
	if from, to, indent, err := conversationLines(root, lines, id); err == nil {
		lines, first = slices.Replace(lines, from, to, item(indent)...), from
	} else if v := root.object().values["conversations"]; v.absent() {
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "conversations:" })
		lines = append(lines, "", "conversations:")
		first = len(lines)
		lines = append(lines, item("  ")...)
	} else if lines, err = putAmong(lines, v, id, item); err != nil {
		return Draft{}, err
	} else {
		first = slices.Index(lines, item("  ")[0])
	}
	d := Draft{Source: []byte(strings.Join(lines, "\n") + "\n")}
	ws, err := Compile(d.Source)
	if ps, wrong := ProblemsOf(err); wrong {
		d.Problems = ps.within(d.Source, first)
		return d, nil
	}
	d.Compiled = ws
	return d, err
}

// within makes lines of a source those of a part of it that begins at line first,
// from 0.
func (ps Problems) within(source []byte, first int) Problems {
	begin := Problems{{Line: first + 1}}
	begin.locate(source)
	out := slices.Clone(ps)
	for i := range out {
		if out[i].File == begin[0].File && out[i].Line >= begin[0].Line {
			out[i].Line, out[i].File = out[i].Line-begin[0].Line+1, ""
			out[i].Column = max(1, out[i].Column-2)
		}
	}
	return out
}

// StepTexts returns where the steps of a draft are.
func StepTexts(text string) []StepText {
	root, src := parse([]byte(text))
	if len(src.problems) > 0 || !root.isMap() {
		return nil
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	items := root.object().values["steps"].list()
	out := make([]StepText, 0, len(items))
	for i, it := range items {
		s := StepText{Line: it.line}
		s.Keys, _ = it.plainValue().(map[string]any)
		end := len(lines)
		if i+1 < len(items) {
			end = items[i+1].line - 1
		}
		indent := lines[it.line-1][:len(lines[it.line-1])-len(strings.TrimLeft(lines[it.line-1], " "))]
		s.End = it.line
		for s.End < end && inItem(lines[s.End], indent) {
			s.End++
		}
		for s.End > s.Line && isBlank(lines[s.End-1]) {
			s.End--
		}
		out = append(out, s)
	}
	return out
}
