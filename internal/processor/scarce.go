package processor

import (
	"fmt"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/statestore"
)

// What partitions share (budgets, stock) and what guardrails watch is known to the
// coordinator a day late. A shadow price keeps use near what was planned; what is
// used up, or does harm, is closed until the next look, a day on.

func sentKey(goal string) string { return goal + "#sent" }

func harmKey(goal string, m definition.Measure) string { return goal + "#" + string(m) }

const (
	railWindow  = 30 * 24 * time.Hour
	railAtLeast = 100  // touches below which a share says nothing
	priceStep   = 0.25 // of a unit's cost, a day that is off by all that was planned
)

// terms are those of the day: prices move, and what is used up is closed.
func (l *lessons) terms(ws *definition.Workspace, now event.Instant) engine.Terms {
	t := engine.Terms{Trust: decide.UntilCalibrated, Told: l.told(), Prices: map[string]float64{}, Closed: map[string]event.Reason{}}
	until := nextDay(now).Add(2 * time.Hour)
	for i := range ws.Goals {
		g := &ws.Goals[i]
		if b := g.Budget; b.Money > 0 {
			t.Prices[g.ID] = l.price(g.ID, 1, b.Money, b.Per, now)
			if spent := l.used(g.ID, b.Per, now); spent >= b.Money {
				t.Closed[g.ID] = event.Reason{Code: policy.Budget, Until: until, Sentence: fmt.Sprintf("The goal has spent %.2f of its %.2f %s.", spent, b.Money, ws.Currency)}
			}
		}
		for k := range g.Actions {
			a := &g.Actions[k]
			key := engine.ActionKey(g.ID, a.ID)
			if s := a.Stock; s.Units > 0 {
				t.Prices[key] = l.price(key, max(a.Cost, 1), float64(s.Units), s.Per, now)
				if n := l.used(key, s.Per, now); n >= float64(s.Units) {
					t.Closed[key] = event.Reason{Code: policy.OutOfStock, Until: until, Sentence: fmt.Sprintf("%q was taken %.0f times, and there are %d.", a.Name, n, s.Units)}
				}
			}
		}
		for _, r := range g.Guardrails {
			sent, harm := l.used(sentKey(g.ID), railWindow, now), l.used(harmKey(g.ID, r.Measure), railWindow, now)
			if sent >= railAtLeast && harm > float64(r.AtMost*sent) {
				t.Closed[g.ID] = event.Reason{Code: policy.Guardrail, Until: until, Sentence: fmt.Sprintf(
					"The goal is paused by its guardrail: %.0f %s of %.0f sent in 30 days, and at most %.2g %% is allowed.", harm, r.Measure, sent, 100*r.AtMost)}
			}
		}
	}
	l.forgetUse(now)
	return t
}

// price moves the shadow price of key by yesterday's use. unit is what one costs.
func (l *lessons) price(key string, unit, most float64, per time.Duration, now event.Instant) float64 {
	at, found := slices.BinarySearchFunc(l.stored.Prices, key, func(r statestore.PriceRow, key string) int {
		switch {
		case r.Key < key:
			return -1
		case r.Key > key:
			return 1
		}
		return 0
	})
	if !found {
		l.stored.Prices = slices.Insert(l.stored.Prices, at, statestore.PriceRow{Key: key})
	}
	day := float64(24 * time.Hour)
	planned := most * day / max(day, float64(per))
	s := decide.Shadow{Price: l.stored.Prices[at].Price, Step: priceStep * unit}.Day(l.used(key, 24*time.Hour, now), planned)
	l.stored.Prices[at].Price = s.Price
	return s.Price
}

// used is how much of key was used in whole days that begin within the last per;
// at least yesterday.
func (l *lessons) used(key string, per time.Duration, now event.Instant) (sum float64) {
	today := int(now.Time().Unix() / (24 * 60 * 60))
	days := max(1, int(per/(24*time.Hour)))
	for _, r := range l.stored.Used {
		if r.Key == key && r.Day >= today-days && r.Day < today || r.Key == key && r.Day == today && days > 1 {
			sum += r.Amount
		}
	}
	return sum
}

// usedKept is how long use is remembered: as long as the longest budget may be.
const usedKept = 400

func (l *lessons) forgetUse(now event.Instant) {
	oldest := int(now.Time().Unix()/(24*60*60)) - usedKept
	l.stored.Used = slices.DeleteFunc(l.stored.Used, func(r event.UseRow) bool { return r.Day < oldest })
}
