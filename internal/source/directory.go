package source

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// keyPrefix begins every write key that is made here, so that a scanner of
// leaked secrets can tell one.
const keyPrefix = "wk_"

// importSource is the source of imported files, of whatever name.
const importSource = "import"

// DirectoryOptions are what a Directory is made of.
type DirectoryOptions struct {
	Appender Appender

	// Default is the write key of the configuration: that of the source default.
	// Empty: there is none.
	Default string

	// Sealing is the key under which the secrets of webhooks are kept.
	Sealing []byte

	// Now is the clock.
	Now func() event.Instant
}

// Directory is the list of sources. It is safe for concurrent use; looking up a
// key waits for nobody.
type Directory struct {
	o     DirectoryOptions
	index atomic.Pointer[index]

	change sync.Mutex // one change at a time: each begins with the last
}

// index is one version of the list. It is never changed.
type index struct {
	body event.SourcesBody
	keys map[[sha256.Size]byte]*holder

	hooks map[string]*Hook // by source; those that can be used
	shown map[string]*Webhook
}

// holder is what a key leads to.
type holder struct {
	source  string
	key     string
	revoked event.Instant
	use     *use // the same through all versions of the list
}

// use counts since the server was started.
type use struct {
	last    atomic.Int64  // that it opened
	refused atomic.Uint64 // calls with it after it was revoked
}

// NewDirectory returns the list of sources with what is folded and journalled of
// it so far.
func NewDirectory(list event.SourcesBody, o DirectoryOptions) *Directory {
	d := &Directory{o: o}
	d.set(list)
	return d
}

// set brings a version of the list into force.
func (d *Directory) set(list event.SourcesBody) {
	next := &index{body: list, keys: map[[sha256.Size]byte]*holder{}, hooks: map[string]*Hook{}, shown: map[string]*Webhook{}}
	var old map[[sha256.Size]byte]*holder
	if was := d.index.Load(); was != nil {
		old = was.keys
	}
	add := func(hash [sha256.Size]byte, h holder) {
		if was := old[hash]; was != nil {
			h.use = was.use
		} else {
			h.use = new(use)
		}
		next.keys[hash] = &h
	}
	for i := range list.Sources {
		s := &list.Sources[i]
		hook, shown := d.hookOf(s)
		if hook != nil {
			next.hooks[s.ID] = hook
		}
		next.shown[s.ID] = shown
		for _, k := range s.Keys {
			var hash [sha256.Size]byte
			if n, err := hex.Decode(hash[:], []byte(k.Hash)); err == nil && n == len(hash) {
				add(hash, holder{source: s.ID, key: k.ID, revoked: k.Revoked})
			}
		}
	}
	if d.o.Default != "" { // last: what the configuration says cannot be taken away
		add(sha256.Sum256([]byte(d.o.Default)), holder{source: event.DefaultSource, key: event.DefaultSource})
	}
	d.index.Store(next)
}

// Source returns the source for which a write key opens.
func (d *Directory) Source(writeKey string) (id string, ok bool) {
	h := d.index.Load().keys[sha256.Sum256([]byte(writeKey))]
	if h == nil || h.revoked != 0 {
		return "", false
	}
	h.use.last.Store(int64(d.o.Now()))
	return h.source, true
}

// Revoked returns when a write key was revoked, and whether it was.
func (d *Directory) Revoked(writeKey string) (event.Instant, bool) {
	h := d.index.Load().keys[sha256.Sum256([]byte(writeKey))]
	if h == nil || h.revoked == 0 {
		return 0, false
	}
	h.use.refused.Add(1)
	return h.revoked, true
}

// List returns every source: the default one, if there is one, that of imported
// files, and then in the order in which they were made.
func (d *Directory) List() []Source {
	now := d.index.Load()
	var out []Source
	if d.o.Default != "" {
		h := now.keys[sha256.Sum256([]byte(d.o.Default))]
		out = append(out, Source{
			ID: event.DefaultSource, Name: "Default", Kind: event.ServerSource, Managed: true,
			Keys: []Key{{ID: event.DefaultSource, Hint: hint(d.o.Default), LastUsed: event.Instant(h.use.last.Load())}},
		})
	}
	out = append(out, Source{ID: importSource, Name: "Imported files", Kind: event.ImportSource, Managed: true, Keys: []Key{}})
	for i := range now.body.Sources {
		out = append(out, now.show(&now.body.Sources[i]))
	}
	return out
}

func (x *index) show(s *event.Source) Source {
	out := Source{ID: s.ID, Name: s.Name, Kind: s.Kind, Created: s.Created, Webhook: x.shown[s.ID], Keys: []Key{}}
	for _, k := range s.Keys {
		var hash [sha256.Size]byte
		_, _ = hex.Decode(hash[:], []byte(k.Hash)) // a damaged one is of no holder
		key := Key{ID: k.ID, Hint: k.Hint, Created: k.Created, Revoked: k.Revoked, Reason: k.Reason}
		if h := x.keys[hash]; h != nil {
			key.LastUsed, key.RefusedCalls = event.Instant(h.use.last.Load()), h.use.refused.Load()
		}
		out.Keys = append(out.Keys, key)
	}
	return out
}

// Find returns one source.
func (d *Directory) Find(id string) (Source, error) {
	for _, s := range d.List() {
		if s.ID == id {
			return s, nil
		}
	}
	return Source{}, unknown(id)
}

func unknown(id string) error {
	return fault.New(fault.NotFound, "there is no source %q; GET /api/v1/sources lists them", id).At("id")
}

// hint is what is left of a key for a person to tell it by.
func hint(key string) string {
	const letters = 4
	if len(key) < 3*letters {
		return "" // it would give too much of it away
	}
	return "…" + key[len(key)-letters:]
}

// Add makes a source with a first write key.
func (d *Directory) Add(ctx context.Context, draft Draft, by string) (Source, NewKey, error) {
	name := strings.TrimSpace(draft.Name)
	if name == "" || len(name) > maxName {
		return Source{}, NewKey{}, fault.New(fault.Invalid, "a source needs a name of at most %d bytes", maxName).At("name")
	}
	if draft.ID == "" {
		draft.ID = kebabOf(name)
	}
	if err := checkID(draft.ID); err != nil {
		return Source{}, NewKey{}, err
	}
	if err := checkKind(draft.Kind); err != nil {
		return Source{}, NewKey{}, err
	}
	var made NewKey
	err := d.edit(ctx, by, func(list *event.SourcesBody) error {
		if len(list.Sources) >= MaxSources {
			return fault.New(fault.TooLarge, "there are %d sources already, which is the limit", MaxSources)
		}
		if slices.ContainsFunc(list.Sources, func(s event.Source) bool { return s.ID == draft.ID }) {
			return fault.New(fault.Conflict, "there is a source %q already; choose another id", draft.ID).At("id")
		}
		s := event.Source{ID: draft.ID, Name: name, Kind: draft.Kind, Created: d.o.Now()}
		made = d.addKey(&s)
		list.Sources = append(list.Sources, s)
		return nil
	})
	if err != nil {
		return Source{}, NewKey{}, err
	}
	s, err := d.Find(draft.ID)
	return s, made, err
}

// kebabOf makes an id of a name.
func kebabOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	id := strings.Join(words, "-")
	return strings.TrimRight(id[:min(len(id), maxID)], "-")
}

// addKey adds a new write key to s.
func (d *Directory) addKey(s *event.Source) NewKey {
	key := keyPrefix + strings.ToLower(rand.Text())
	hash := sha256.Sum256([]byte(key))
	id := fmt.Sprintf("key-%d", len(s.Keys)+1) // keys are never taken out
	s.Keys = append(slices.Clone(s.Keys), event.SourceKey{ID: id, Hash: hex.EncodeToString(hash[:]), Hint: hint(key), Created: d.o.Now()})
	return NewKey{Source: s.ID, ID: id, WriteKey: key}
}

// Rename gives a source another name.
func (d *Directory) Rename(ctx context.Context, id, name, by string) (Source, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxName {
		return Source{}, fault.New(fault.Invalid, "a source needs a name of at most %d bytes", maxName).At("name")
	}
	return d.editOne(ctx, id, by, func(s *event.Source) error {
		s.Name = name
		return nil
	})
}

// AddKey adds a write key to a source, so that the one in use can be exchanged
// without a gap.
func (d *Directory) AddKey(ctx context.Context, id, by string) (Source, NewKey, error) {
	var made NewKey
	s, err := d.editOne(ctx, id, by, func(s *event.Source) error {
		if len(s.Keys) >= MaxKeys {
			return fault.New(fault.TooLarge, "source %s has had %d keys, which is the limit; make another source", id, MaxKeys)
		}
		made = d.addKey(s)
		return nil
	})
	return s, made, err
}

// Revoke closes a write key, with the reason: it opens no more from the return
// of this call on. A key that is revoked already keeps its time.
func (d *Directory) Revoke(ctx context.Context, id, key, reason, by string) (Source, error) {
	reason = strings.TrimSpace(reason)
	if len(reason) > maxReason {
		return Source{}, fault.New(fault.Invalid, "the reason is over %d bytes; shorten it", maxReason).At("reason")
	}
	return d.editKey(ctx, id, key, by, func(k *event.SourceKey) {
		if k.Revoked == 0 {
			k.Revoked, k.Reason = d.o.Now(), reason
		}
	})
}

// Restore takes a revocation back.
func (d *Directory) Restore(ctx context.Context, id, key, by string) (Source, error) {
	return d.editKey(ctx, id, key, by, func(k *event.SourceKey) { k.Revoked, k.Reason = 0, "" })
}

func (d *Directory) editKey(ctx context.Context, id, key, by string, with func(*event.SourceKey)) (Source, error) {
	return d.editOne(ctx, id, by, func(s *event.Source) error {
		s.Keys = slices.Clone(s.Keys)
		for i := range s.Keys {
			if s.Keys[i].ID == key {
				with(&s.Keys[i])
				return nil
			}
		}
		return fault.New(fault.NotFound, "source %s has no key %q", id, key).At("key")
	})
}

func (d *Directory) editOne(ctx context.Context, id, by string, with func(*event.Source) error) (Source, error) {
	err := d.edit(ctx, by, func(list *event.SourcesBody) error {
		for i := range list.Sources {
			if list.Sources[i].ID == id {
				return with(&list.Sources[i])
			}
		}
		if id == importSource {
			return fault.New(fault.Invalid, "the source import is Rapport's own: files come in by the admin token").At("id")
		}
		if id == event.DefaultSource && d.o.Default != "" {
			return fault.New(fault.Invalid, "the source default is of the configuration: change its write key there (RAPPORT_WRITE_KEY, or secrets.json in the data folder) and start again").At("id")
		}
		return unknown(id)
	})
	if err != nil {
		return Source{}, err
	}
	return d.Find(id)
}

// edit changes a copy of the list, and brings it into force once it is durable.
// After an error of the journal the change may be there after all: the next
// start finds out, and until then what was in force stays so.
func (d *Directory) edit(ctx context.Context, by string, with func(*event.SourcesBody) error) error {
	d.change.Lock()
	defer d.change.Unlock()
	was := d.index.Load().body
	list := event.SourcesBody{Sources: slices.Clone(was.Sources), Outages: slices.Clone(was.Outages), By: by}
	if err := with(&list); err != nil {
		return err
	}
	now := d.o.Now()
	e := event.Event{Kind: event.Sources, Source: "control", Time: now, ReceivedAt: now, Body: event.Pack(list)}
	if err := d.o.Appender.Append(ctx, []event.Event{e}); err != nil {
		return fmt.Errorf("store the list of sources: %w", err)
	}
	d.set(list)
	return nil
}
