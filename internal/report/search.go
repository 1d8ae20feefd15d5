package report

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

const (
	searchBytes = 256 // bound of what is kept in memory of one person for searching
	searchGuess = 48  // what is kept of most
)

// texts are what searches find people by besides their identities, one person's
// behind the other's: a million strings would cost the collector more than they are.
type texts struct {
	all  []byte
	ends []int // of each person's
}

func (t *texts) grow(people int) {
	t.all, t.ends = slices.Grow(t.all, people*searchGuess), slices.Grow(t.ends, people)
}

// add adds the next person's: the name and every trait that is text, in lower case,
// a line each.
func (t *texts) add(p *profile.Person) {
	start := len(t.all)
	t.all = append(t.all, strings.ToLower(nameOf(p))...)
	for _, trait := range p.Traits {
		v := gjson.ParseBytes(trait.Value.Value)
		if v.Type == gjson.String && len(t.all)-start+len(v.Str) < searchBytes {
			t.all = append(append(t.all, '\n'), strings.ToLower(v.Str)...)
		}
	}
	t.ends = append(t.ends, len(t.all))
}

// of is the text of the person at a place.
func (t *texts) of(place int) []byte {
	start := 0
	if place > 0 {
		start = t.ends[place-1]
	}
	return t.all[start:t.ends[place]]
}

// containing lists up to limit people of the digest whose text contains what was
// typed, the latest first.
func (d *digest) containing(typed string, limit int) []person.ID {
	part := []byte(strings.ToLower(strings.TrimSpace(typed)))
	var out []person.ID
	for _, i := range d.order {
		if len(out) == limit {
			break
		}
		if bytes.Contains(d.texts.of(int(i)), part) {
			id, _, _ := d.atlas.Person(int(i))
			out = append(out, id)
		}
	}
	return out
}
