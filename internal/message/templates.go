package message

import (
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/message/liquid"
)

// Templates are the texts of a workspace's messages, read once: to read those of a
// long letter costs as much as to write it. They do not change, and may be used by
// many at once.
type Templates struct{ bySource map[string]*liquid.Template }

// ReadTemplates reads all texts of the messages that programs of ws send. One that
// cannot be read is left out, and says so when it is written.
func ReadTemplates(ws *definition.Workspace) *Templates {
	t := &Templates{bySource: map[string]*liquid.Template{}}
	for _, program := range ws.Programs() {
		for i := range program.Actions {
			for _, m := range program.Actions[i].Messages {
				for _, said := range everyWay(m) {
					t.read(said, ws.Snippets)
				}
			}
		}
	}
	return t
}

func (t *Templates) read(said definition.Parts, snippets liquid.Snippets) {
	for _, p := range parts(said) {
		if _, known := t.bySource[p.source]; known {
			continue
		}
		if tmpl, err := p.parse(snippets); err == nil {
			t.bySource[p.source] = tmpl
		}
	}
}

// parse is part.parse, by what was read before. A source is the same whatever part it
// is, but for a URL's, of which more is asked.
func (t *Templates) parse(p part, snippets liquid.Snippets) (*liquid.Template, error) {
	if t != nil && !p.url {
		if tmpl, ok := t.bySource[p.source]; ok {
			return tmpl, nil
		}
	}
	return p.parse(snippets)
}
