package report

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// searchBytes bounds what is kept in memory of one person for searching.
const searchBytes = 256

// searchText is what is searched of a person besides their identities: the name
// and every trait that is text, in lower case, a line each.
func searchText(p *profile.Person) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(nameOf(p)))
	for _, t := range p.Traits {
		v := gjson.ParseBytes(t.Value.Value)
		if v.Type == gjson.String && b.Len()+len(v.Str) < searchBytes {
			b.WriteString("\n" + strings.ToLower(v.Str))
		}
	}
	return b.String()
}

// containing lists up to limit people of the digest whose text contains what was
// typed, the latest first.
func (d *digest) containing(typed string, limit int) []person.ID {
	typed = strings.ToLower(strings.TrimSpace(typed))
	var out []person.ID
	for _, i := range d.order {
		if len(out) == limit {
			break
		}
		if strings.Contains(d.texts[i], typed) {
			id, _, _ := d.atlas.Person(int(i))
			out = append(out, id)
		}
	}
	return out
}
