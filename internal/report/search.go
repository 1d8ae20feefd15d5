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

// containing returns the places of everybody whose text contains part.
func (t *texts) containing(part []byte) *places {
	in, place := newPlaces(len(t.ends)), 0
	for at := 0; place < len(t.ends); {
		next := bytes.Index(t.all[at:], part)
		if next < 0 {
			break
		}
		at += next
		for place < len(t.ends) && t.ends[place] <= at {
			place++
		}
		switch {
		case place == len(t.ends): // behind everybody, where nothing is left
		case at+len(part) <= t.ends[place]:
			in.add(place)
			at = t.ends[place]
		default: // it reaches from one person's text into the next one's
			at++
		}
	}
	return in
}

// containing lists up to limit people of the digest whose text contains what was
// typed, the latest first.
func (d *digest) containing(typed string, limit int) []person.ID {
	part := []byte(strings.ToLower(typed))
	found := d.texts.containing(part).ordered(d.order, limit)
	out := make([]person.ID, len(found))
	for i, place := range found {
		out[i], _, _ = d.atlas.Person(int(place))
	}
	return out
}
