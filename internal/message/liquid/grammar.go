package liquid

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/osteele/liquid/parser"

	"github.com/rapporthq/rapport/internal/fault"
)

// grammar tells the library's parser which tags are blocks.
type grammar struct{}

// block is the syntax of one block tag, its clauses and its end.
type block struct {
	name    string
	parents []string // of a clause or an end
	end     bool
}

// BlockSyntax implements parser.Grammar.
func (grammar) BlockSyntax(name string) (parser.BlockSyntax, bool) {
	switch name {
	case "if", "unless", "case", "for", "capture", "comment", "raw":
		return block{name: name}, true
	case "elsif":
		return block{name: name, parents: []string{"if", "unless"}}, true
	case "else":
		return block{name: name, parents: []string{"case", "for", "if", "unless"}}, true
	case "when":
		return block{name: name, parents: []string{"case"}}, true
	case "endif", "endunless", "endcase", "endfor", "endcapture", "endcomment", "endraw":
		return block{name: name, parents: []string{strings.TrimPrefix(name, "end")}, end: true}, true
	default:
		return nil, false
	}
}

// The methods of parser.BlockSyntax.

func (b block) IsBlock() bool        { return true }
func (b block) IsBlockEnd() bool     { return b.end }
func (b block) IsBlockStart() bool   { return len(b.parents) == 0 }
func (b block) IsClause() bool       { return len(b.parents) > 0 && !b.end }
func (b block) ParentTags() []string { return b.parents }
func (b block) RequiresParent() bool { return len(b.parents) > 0 }
func (b block) TagName() string      { return b.name }

func (b block) CanHaveParent(parent parser.BlockSyntax) bool {
	return len(b.parents) == 0 || parent != nil && slices.Contains(b.parents, parent.TagName())
}

// checkTokens refuses what the library's parser would let pass: tags left open,
// unknown filters, ranges as values, and blocks that are nested too deep.
// It returns the library's filters that are used.
func checkTokens(tokens []parser.Token) (map[string]reflect.Value, error) {
	var skipping string // the tag that ends a comment or raw block
	used := map[string]reflect.Value{}
	for _, tok := range tokens {
		if skipping != "" {
			if tok.Type == parser.TagTokenType && tok.Name == skipping {
				skipping = ""
			}
			continue
		}
		switch tok.Type {
		case parser.TextTokenType:
			if strings.Contains(tok.Source, "{{") || strings.Contains(tok.Source, "{%") {
				line := tok.SourceLoc.LineNo + strings.Count(tok.Source[:strings.Index(tok.Source, "{")], "\n")
				return nil, fault.New(fault.Invalid, "line %d: a {{ or {%% is not closed on its line, or holds nothing", line)
			}
		case parser.TagTokenType, parser.ObjTokenType:
			if tok.Name == "comment" || tok.Name == "raw" {
				skipping = "end" + tok.Name
			}
			if err := checkArgs(tok, used); err != nil {
				return nil, err
			}
		case parser.TrimLeftTokenType, parser.TrimRightTokenType:
		}
	}
	if skipping != "" {
		return nil, fault.New(fault.Invalid, "{%% %s %%} is missing", skipping)
	}
	return used, nil
}

var (
	stringPattern = regexp.MustCompile(`'[^']*'|"[^"\\]*"`)
	filterPattern = regexp.MustCompile(`\|\s*([\p{L}_][\p{L}\p{M}\p{N}_?-]*)`)
	rangePattern  = regexp.MustCompile(`^[\w-]+\s+in\s*\([^()|\[\]]*\.\.[^()|\[\]]*\)(?:\s+[A-Za-z][^|]*)?$`)
)

func checkArgs(tok parser.Token, used map[string]reflect.Value) error {
	if !strings.ContainsAny(tok.Args, "|.") {
		return nil
	}
	args := tok.Args
	if !strings.Contains(args, `\`) {
		// A string may say anything. With a backslash in it our idea of where it
		// ends could differ from the parser's, so then nothing is taken for a string.
		args = stringPattern.ReplaceAllString(args, "''")
	}
	if n := strings.Count(args, ".."); n > 0 {
		if tok.Name != "for" || n > 1 || !rangePattern.MatchString(args) {
			return fault.New(fault.Invalid, "line %d: a range such as (1..5) may stand only after \"in\" in a for tag", tok.SourceLoc.LineNo)
		}
	}
	var lib collect // made only for templates that filter: it costs more than the rest of a short one
	for _, m := range filterPattern.FindAllStringSubmatch(args, -1) {
		name := m[1]
		if _, known := used[name]; known || slices.Contains(own, name) {
			continue
		}
		if lib == nil {
			lib = standard()
		}
		fn, known := lib[name]
		if !known {
			return fault.New(fault.Invalid, "line %d: there is no filter %q; use one of %s", tok.SourceLoc.LineNo, name, filterNames(lib))
		}
		used[name] = reflect.ValueOf(fn)
	}
	return nil
}
