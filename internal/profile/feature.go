package profile

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// mostValue bounds the JSON of a property that a First or Last feature keeps, in
// bytes. Longer values, lists and objects do not count.
const mostValue = 256

// Changes is what an event changed of what is known of a person, as far as rules
// can ask for it.
type Changes struct {
	All      bool  // anything may have changed
	Traits   bool  //
	State    bool  // what is believed of them was looked at again
	Features []int // places, perhaps several times

	// Identities are listed from now on, and their homes are to be told. Refused
	// are those that are not, for want of room.
	Identities []person.Identity
	Refused    []Refusal

	// Crowded are accounts that the person is no member of, for want of room.
	Crowded []string
}

// Merge adds what o changed.
func (c *Changes) Merge(o Changes) {
	c.All = c.All || o.All
	c.Traits = c.Traits || o.Traits
	c.State = c.State || o.State
	c.Features = append(c.Features, o.Features...)
	c.Identities = append(c.Identities, o.Identities...)
	c.Refused = append(c.Refused, o.Refused...)
	c.Crowded = append(c.Crowded, o.Crowded...)
}

// None reports whether nothing changed.
func (c *Changes) None() bool { return !c.All && !c.Traits && !c.State && len(c.Features) == 0 }

// observeFeatures adds e to every feature that it concerns.
func (p *Person) observeFeatures(ws *definition.Workspace, e event.Event, ch *Changes) {
	ws.Watching(&e, func(f *definition.Feature) {
		if f.Where != nil && !counts(f, e) {
			return
		}
		v := p.Features.At(f.ID)
		if v == nil {
			fresh := Feature{}
			if !observe(f, &fresh, ws.Currency, &e) {
				return
			}
			p.Features.Put(f.ID, fresh)
		} else if !observe(f, v, ws.Currency, &e) {
			return
		}
		ch.Features = append(ch.Features, f.Place())
	})
}

// counts asks f's condition. It has its own copy of e, so that events move to the
// heap only where a feature has one. A condition that takes too many steps to
// decide does not hold.
func counts(f *definition.Feature, e event.Event) bool {
	if f.Where == nil {
		return true
	}
	ok, err := f.Where.Holds(definition.Vars{Now: e.Time, Event: &e})
	return ok && err == nil
}

// observe adds e, which f counts, to v. It reports whether v changed.
func observe(f *definition.Feature, v *Feature, currency string, e *event.Event) bool {
	switch f.Aggregate {
	case definition.Count:
		if f.Within > 0 {
			return v.grain(f, e, 1, Money{})
		}
		v.Count++
	case definition.Rate:
		if f.Within > 0 {
			return v.grain(f, e, 1, Money{})
		}
		v.Count++
		if at := arrived(e); v.At == 0 || at < v.At {
			v.At = at
		}
	case definition.Sum:
		m, ok := amountOf(f, currency, e)
		if !ok {
			return false
		}
		if f.Within > 0 {
			return v.grain(f, e, 0, m)
		}
		v.Money = added(v.Money, m)
	case definition.First, definition.Last:
		return v.extreme(f, e)
	case definition.Distinct:
		return v.distinct(f, e)
	case definition.Recent:
		return v.recent(f.Keep, arrived(e))
	}
	return true
}

// arrived is when e counts in windows and histories: when it happened, and not
// before it was known. A clock that runs ahead would otherwise empty a window of
// everything else.
func arrived(e *event.Event) event.Instant {
	if e.ReceivedAt != 0 && e.Time > e.ReceivedAt {
		return e.ReceivedAt
	}
	return e.Time
}

// amountOf is MoneyOf for a feature. Plain numbers have no currency.
func amountOf(f *definition.Feature, currency string, e *event.Event) (Money, bool) {
	m, ok := MoneyOf(e, definition.KPI{Events: f.Events, Property: f.Property, Less: f.Less, LessOf: f.LessOf}, currency)
	if f.Plain {
		m.Currency = ""
	}
	return m, ok
}

func added(sums Sums, m Money) Sums {
	if sum := sums.At(m.Currency); sum != nil {
		*sum += m.Amount
		return sums
	}
	sums.Put(m.Currency, m.Amount)
	return sums
}

// extreme keeps the earliest or latest event, and its property where that is
// asked for. Of values at one instant, the greater text is the last and the
// lesser the first, so that the order of arrival does not matter.
func (v *Feature) extreme(f *definition.Feature, e *event.Event) bool {
	order := cmp.Compare(e.Time, v.At)
	var value []byte
	if f.OfValue() {
		got := gjson.GetBytes(e.Properties, f.Property)
		if !got.Exists() || got.Type == gjson.Null || got.IsObject() || got.IsArray() || len(got.Raw) > mostValue {
			return false
		}
		value = []byte(got.Raw)
		order = cmp.Or(order, bytes.Compare(value, v.Value))
	}
	if f.Aggregate == definition.First {
		order = -order
	}
	if never := v.At == 0 && v.Value == nil; order <= 0 && (!never || f.Aggregate == definition.Last) {
		return false
	}
	v.At, v.Value = e.Time, value
	return true
}

// grainOf numbers the grains of f's window.
func grainOf(f *definition.Feature, at event.Instant) int64 {
	width := f.Grain().Microseconds()
	n := int64(at) / width
	if int64(at)%width < 0 {
		n--
	}
	return n
}

// reach is how many grains before the present one a window goes back.
func reach(f *definition.Feature) int64 { return int64(f.Within / f.Grain()) }

// grain counts e in its hour or day. Grains that are out of reach of the latest
// are forgotten: what is kept is the same in whatever order events come.
func (v *Feature) grain(f *definition.Feature, e *event.Event, count int64, m Money) bool {
	at := grainOf(f, arrived(e))
	if n := len(v.Grain); n > 0 && at < v.Grain[n-1].At-reach(f) {
		return false
	}
	i, found := slices.BinarySearchFunc(v.Grain, at, func(g Grain, at int64) int { return cmp.Compare(g.At, at) })
	if !found {
		v.Grain = slices.Insert(v.Grain, i, Grain{At: at})
	}
	g := &v.Grain[i]
	g.Count += count
	if f.Aggregate == definition.Sum {
		g.Money = added(g.Money, m)
	}
	oldest := v.Grain[len(v.Grain)-1].At - reach(f)
	v.Grain = slices.DeleteFunc(v.Grain, func(g Grain) bool { return g.At < oldest })
	return true
}

// distinct remembers the value of e's property by its hash. Beyond as many as
// are told apart it keeps those met latest, which no order of events changes.
func (v *Feature) distinct(f *definition.Feature, e *event.Event) bool {
	got := gjson.GetBytes(e.Properties, f.Property)
	if !got.Exists() || got.Type == gjson.Null {
		return false
	}
	s := Seen{Hash: xxhash.Sum64String(got.String())}
	if f.Within > 0 {
		s.At = grainOf(f, arrived(e))
		if len(v.Seen) > 0 && s.At < v.Seen[0].At-reach(f) {
			return false
		}
	}
	if i := slices.IndexFunc(v.Seen, func(o Seen) bool { return o.Hash == s.Hash }); i >= 0 {
		if v.Seen[i].At >= s.At {
			return false
		}
		v.Seen = slices.Delete(v.Seen, i, i+1)
	}
	at, _ := slices.BinarySearchFunc(v.Seen, s, func(a, b Seen) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.Hash, b.Hash)) })
	v.Seen = slices.Insert(v.Seen, at, s)
	if f.Within > 0 {
		oldest := v.Seen[0].At - reach(f)
		v.Seen = slices.DeleteFunc(v.Seen, func(o Seen) bool { return o.At < oldest })
	}
	v.Seen = v.Seen[:min(len(v.Seen), definition.MostDistinct)]
	return true
}

// recent keeps the latest times.
func (v *Feature) recent(keep int, at event.Instant) bool {
	i, _ := slices.BinarySearchFunc(v.Times, at, func(a, b event.Instant) int { return cmp.Compare(b, a) })
	if i >= keep {
		return false
	}
	v.Times = slices.Insert(v.Times, i, at)
	v.Times = v.Times[:min(len(v.Times), keep)]
	return true
}

// Value returns the value of f at now, as definition.Known has it.
func (p *Person) Value(f *definition.Feature, currency string, now event.Instant) any {
	v := p.Features.At(f.ID)
	if v == nil {
		v = new(Feature)
	}
	switch f.Aggregate {
	case definition.Count:
		if f.Within > 0 {
			return v.within(f, now)
		}
		return v.Count
	case definition.Sum:
		return v.sum(f, currency, now).Float()
	case definition.Rate:
		return v.Rate(f, now)
	case definition.Distinct:
		return v.different(f, now)
	case definition.First, definition.Last:
		if f.OfValue() {
			return PlainValue(v.Value)
		}
		return v.At
	case definition.Recent:
	}
	return nil
}

// PlainValue is the value of a JSON text; nil where it has none.
func PlainValue(raw []byte) any {
	v, _ := TraitValue(raw)
	return v
}

// OldestGrain is the first grain of f's window at now.
func OldestGrain(f *definition.Feature, now event.Instant) int64 { return grainOf(f, now) - reach(f) }

// within counts the events of the window.
func (v *Feature) within(f *definition.Feature, now event.Instant) (n int64) {
	oldest := OldestGrain(f, now)
	for _, g := range v.Grain {
		if g.At >= oldest {
			n += g.Count
		}
	}
	return n
}

func (v *Feature) sum(f *definition.Feature, currency string, now event.Instant) (sum event.Micros) {
	if f.Plain {
		currency = ""
	}
	if f.Within == 0 {
		return v.Money.Get(currency)
	}
	oldest := OldestGrain(f, now)
	for _, g := range v.Grain {
		if g.At >= oldest {
			sum += g.Money.Get(currency)
		}
	}
	return sum
}

// Sums returns a Sum at now by currency; plain numbers are under "". The caller
// must not change it.
func (p *Person) Sums(f *definition.Feature, now event.Instant) Sums {
	v := p.Features.Get(f.ID)
	if f.Within == 0 {
		return v.Money
	}
	var out Sums
	oldest := OldestGrain(f, now)
	for _, g := range v.Grain {
		if g.At < oldest {
			continue
		}
		for _, m := range g.Money {
			out = added(out, Money{Currency: m.Key, Amount: m.Value})
		}
	}
	return out
}

// RateOf is the value of a Rate with a window in which there are n events.
func RateOf(f *definition.Feature, n int64) float64 {
	return float64(n) * float64(f.Per.Microseconds()) / float64(f.Within.Microseconds())
}

// Rate is the count by the units of the window, or by the units that have begun
// since the first event. It is made of whole numbers each time it is asked.
func (v *Feature) Rate(f *definition.Feature, now event.Instant) float64 {
	unit := f.Per.Microseconds()
	if f.Within > 0 {
		return RateOf(f, v.within(f, now))
	}
	if v.Count == 0 || unit == 0 {
		return 0
	}
	return float64(v.Count) / float64(max(int64(now-v.At), 0)/unit+1)
}

func (v *Feature) different(f *definition.Feature, now event.Instant) (n int64) {
	if f.Within == 0 {
		return int64(len(v.Seen))
	}
	oldest := OldestGrain(f, now)
	for _, s := range v.Seen {
		if s.At >= oldest {
			n++
		}
	}
	return n
}

// next returns when the value of f changes by itself after now; zero is never.
func (v *Feature) next(f *definition.Feature, now event.Instant) event.Instant {
	if f.Aggregate == definition.Rate && f.Within == 0 {
		unit := event.Instant(f.Per.Microseconds())
		if v.Count == 0 || unit == 0 {
			return 0
		}
		return v.At + (max(now-v.At, 0)/unit+1)*unit
	}
	if f.Within == 0 {
		return 0
	}
	oldest := OldestGrain(f, now)
	for _, g := range v.Grain {
		if g.At >= oldest {
			return leaves(f, g.At)
		}
	}
	for _, s := range slices.Backward(v.Seen) {
		if s.At >= oldest {
			return leaves(f, s.At)
		}
	}
	return 0
}

// leaves is when a grain has left the window of f.
func leaves(f *definition.Feature, grain int64) event.Instant {
	return event.Instant((grain + reach(f) + 1) * f.Grain().Microseconds())
}
