package email

import (
	"context"
	"strings"
	"sync"

	"github.com/rapporthq/rapport/internal/fault"
)

// crowds bound how many letters to one domain are under way. The zero value is ready
// for use.
type crowds struct {
	mu sync.Mutex
	at map[string]*crowd
}

// crowd are the letters to one domain: those under way, and those that wait.
type crowd struct {
	places  chan struct{}
	letters int
}

// enter waits for a place among those to the recipient's domain, of which there are
// so many. The caller must leave.
func (c *crowds) enter(ctx context.Context, to string, places int) (leave func(), err error) {
	if places == 0 {
		return func() {}, nil
	}
	domain := strings.ToLower(to[strings.LastIndexByte(to, '@')+1:])
	c.mu.Lock()
	one := c.at[domain]
	if one == nil {
		if c.at == nil {
			c.at = map[string]*crowd{}
		}
		one = &crowd{places: make(chan struct{}, places)}
		c.at[domain] = one
	}
	one.letters++
	c.mu.Unlock()
	gone := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if one.letters--; one.letters == 0 {
			delete(c.at, domain)
		}
	}
	select {
	case one.places <- struct{}{}:
		return func() { <-one.places; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, fault.Wrap(fault.Transient, ctx.Err(), "stopped while waiting for one of %d letters to %s to end", places, domain)
	}
}
