package processor

import "github.com/rapporthq/rapport/internal/person"

// cache holds recently used people in two generations: when the young one is
// full it becomes the old one, and what was old and not used since is forgotten.
// Entries that are dirty are also held by the batch, so forgetting is safe only
// between batches: put never drops a dirty entry.
type cache struct {
	limit      int
	young, old map[person.ID]*entry
}

func newCache(limit int) cache {
	return cache{limit: limit, young: map[person.ID]*entry{}, old: map[person.ID]*entry{}}
}

func (c *cache) get(id person.ID) *entry {
	if en, ok := c.young[id]; ok {
		return en
	}
	en, ok := c.old[id]
	if !ok {
		return nil
	}
	c.put(id, en)
	return en
}

func (c *cache) put(id person.ID, en *entry) {
	if len(c.young) >= c.limit {
		next := make(map[person.ID]*entry, c.limit)
		for id, en := range c.old {
			if en.dirty {
				next[id] = en
			}
		}
		c.old, c.young = c.young, next
	}
	c.young[id] = en
}
