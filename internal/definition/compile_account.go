package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
)

// AccountFeature is a feature of a company or household: what the people who
// belong to it now have done together.
type AccountFeature struct {
	Feature

	// Key is the id with a hash of all that decides the value, so that values of
	// two versions of a feature are told apart.
	Key string
}

// accounts reads the features of accounts. Each person adds to them what can be
// added up: a count, a sum of money, the time of a first or last.
func (c *compiler) accounts(v value) {
	o := v.object()
	seen := ids{}
	for _, item := range o.take("features").list() {
		f := AccountFeature{Feature: c.feature(item, seen)}
		if additive := []Aggregate{Count, Sum, First, Last}; f.Aggregate != "" &&
			(!slices.Contains(additive, f.Aggregate) || f.Within > 0 || f.Plain || f.OfValue()) {
			item.problem(fmt.Sprintf("%q cannot be added up over the people of an account", f.ID),
				"use count, sum (of money), first or last, over a whole life")
		}
		h := sha256.New()
		put(h, "account/1", c.w.Currency)
		f.describe(h)
		f.Key = f.ID + "@" + hex.EncodeToString(h.Sum(nil)[:6])
		c.w.AccountFeatures = append(c.w.AccountFeatures, f)
	}
	o.end()
}

// WatchingAccounts calls use with each account feature that names e, whatever
// its condition.
func (w *Workspace) WatchingAccounts(e *event.Event, use func(*AccountFeature)) {
	for i := range w.AccountFeatures {
		f := &w.AccountFeatures[i]
		if Names(f.Events, e) || Names(f.Less, e) {
			use(f)
		}
	}
}
