package profile

import (
	"slices"

	"github.com/rapporthq/rapport/internal/person"
)

// Knows reports whether the link of i to this person was already asked for.
func (p *Person) Knows(i person.Identity) bool { return slices.Contains(p.Linked, i) }

// Settle marks the hand-over of i complete.
func (p *Person) Settle(i person.Identity) {
	p.Settling = slices.DeleteFunc(p.Settling, func(o person.Identity) bool { return o == i })
	if len(p.Settling) == 0 {
		p.Settling = nil
	}
}
