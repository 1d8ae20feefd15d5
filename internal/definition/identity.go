package definition

import (
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/person"
)

// The limits of identities where the definitions say nothing.
const (
	defaultUserIDs = 1
	defaultOthers  = 5
	mostLimit      = 1000
)

// IdentityLimit is how many identities of kind k a person may have. Each type of
// external id counts by itself.
func (w *Workspace) IdentityLimit(k person.Kind) int {
	if strings.HasPrefix(string(k), string(person.External)) {
		k = person.External
	}
	if n, ok := w.identities[k]; ok {
		return n
	}
	if k == person.UserID {
		return defaultUserIDs
	}
	return defaultOthers
}

// identity compiles the section identity: {limits: {email: 5, ...}}.
func (c *compiler) identity(v value) {
	o := v.object()
	limits := o.take("limits").object()
	for _, k := range []person.Kind{person.AnonymousID, person.Email, person.Phone, person.DeviceToken, person.External} {
		at := limits.take(strings.TrimSuffix(string(k), ":"))
		if at.absent() {
			continue
		}
		if c.w.identities == nil {
			c.w.identities = map[person.Kind]int{}
		}
		c.w.identities[k] = at.count(mostLimit)
	}
	if at := limits.take(string(person.UserID)); !at.absent() && at.count(mostLimit) != defaultUserIDs {
		at.problem(fmt.Sprintf("a person has %d user id, and more only where an alias call or somebody in charge says so", defaultUserIDs), "leave it out")
	}
	limits.end()
	o.end()
}
