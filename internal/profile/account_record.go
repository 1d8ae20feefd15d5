package profile

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Account is the record of one account: a company or household of people. It is
// stored as CBOR with integer keys: never reuse a number.
type Account struct {
	ID        person.AccountID `cbor:"1,keyasint"`
	Group     string           `cbor:"2,keyasint"`           // what the company's systems call it
	FirstSeen event.Instant    `cbor:"3,keyasint,omitempty"` // event time of the first word on it
	LastSeen  event.Instant    `cbor:"4,keyasint,omitempty"`
	Traits    map[string]Trait `cbor:"5,keyasint,omitempty"`
	Members   int64            `cbor:"6,keyasint,omitempty"` // who belong to it now

	// Totals are the sums of what the members add, by feature key.
	Totals map[string]Total `cbor:"7,keyasint,omitempty"`

	Told   bool          `cbor:"8,keyasint,omitempty"`  // the members know it as it is
	ToldAt event.Instant `cbor:"9,keyasint,omitempty"`  // partition time of the last telling
	Due    event.Instant `cbor:"10,keyasint,omitempty"` // when they are told next; zero: nothing is new
	Past   bool          `cbor:"11,keyasint,omitempty"` // what is new came with an import
}

// Total is a feature of an account.
type Total struct {
	event.Share

	Members int64 `cbor:"5,keyasint,omitempty"` // who add to it
}

// Member is what an account knows of one of its people.
type Member struct {
	Person person.ID              `cbor:"1,keyasint"` // the record that told us; forwards lead to the person
	Role   string                 `cbor:"2,keyasint,omitempty"`
	Since  event.Instant          `cbor:"3,keyasint,omitempty"`
	Shares map[string]event.Share `cbor:"4,keyasint,omitempty"`
}

// maxAccountTraits bounds an account's record.
const maxAccountTraits = 300

// roleTrait is the trait of a group call that says what the person is in the
// account. It is not a trait of the account.
const roleTrait = "role"

// Declare takes what a group call of time at says of the account. It reports
// whether anything is new; of two words the newer by event time counts.
func (a *Account) Declare(traits json.RawMessage, at event.Instant) (changed bool) {
	gjson.ParseBytes(traits).ForEach(func(key, value gjson.Result) bool {
		name := key.String()
		old, known := a.Traits[name]
		if name == roleTrait || known && old.Time > at || !known && len(a.Traits) >= maxAccountTraits {
			return true
		}
		if a.Traits == nil {
			a.Traits = map[string]Trait{}
		}
		changed = changed || !bytes.Equal(old.Value, []byte(value.Raw))
		a.Traits[name] = Trait{Value: []byte(value.Raw), Time: at}
		return true
	})
	return changed
}

// Object returns the traits as a JSON object, in the order of their names.
func (a *Account) Object() json.RawMessage {
	if len(a.Traits) == 0 {
		return nil
	}
	out := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(a.Traits)) {
		if i > 0 {
			out = append(out, ',')
		}
		quoted, _ := json.Marshal(name) // text is always JSON
		out = append(append(append(out, quoted...), ':'), a.Traits[name].Value...)
	}
	return append(out, '}')
}

// Says reports whether an object of group traits tells nothing that v does not
// hold already, so that a call which is sent with every page costs nothing.
func (v AccountView) Says(traits json.RawMessage) bool {
	same := true
	gjson.ParseBytes(traits).ForEach(func(key, value gjson.Result) bool {
		if key.String() != roleTrait {
			same = gjson.GetBytes(v.Traits, gjson.Escape(key.String())).Raw == value.Raw
		}
		return same
	})
	return same
}

// Add replaces what a member adds to the account's features: from was to is.
// others hands over every other member, and is asked only when a first or last
// time is taken away.
func (a *Account) Add(was, is map[string]event.Share, others func(yield func(Member) bool)) {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(was)), maps.Keys(is))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		old, had := was[key]
		now, has := is[key]
		t := a.Totals[key]
		if had {
			t.Members--
		}
		if has {
			t.Members++
		}
		if t.Members == 0 {
			delete(a.Totals, key)
			continue
		}
		t.Count += now.Count - old.Count
		t.Money = plus(t.Money, now.Money, 1)
		t.Money = plus(t.Money, old.Money, -1)
		if had && (old.First == t.First && now.First != old.First || old.Last == t.Last && now.Last != old.Last) {
			t.First, t.Last = 0, 0
			for m := range others {
				t.reach(m.Shares[key])
			}
		}
		t.reach(now)
		if a.Totals == nil {
			a.Totals = map[string]Total{}
		}
		a.Totals[key] = t
	}
}

func (t *Total) reach(s event.Share) {
	if s.First != 0 && (t.First == 0 || s.First < t.First) {
		t.First = s.First
	}
	t.Last = max(t.Last, s.Last)
}

// plus returns a new map of sums, so that what was told of the old one stays.
func plus(sums, more map[string]event.Micros, sign event.Micros) map[string]event.Micros {
	if len(more) == 0 {
		return sums
	}
	out := maps.Clone(sums)
	if out == nil {
		out = map[string]event.Micros{}
	}
	for currency, amount := range more {
		out[currency] += sign * amount
	}
	return out
}
