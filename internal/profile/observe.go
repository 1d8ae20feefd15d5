package profile

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// consentTrait is the trait in which an identify call may carry consent:
// {"consent": {"email": true, "email/offers": false}}.
const consentTrait = "consent"

// Observe adds one of the person's own events to what is known of them. The
// result does not depend on the order of events, but for traits and consent of
// the same instant, where the later arrival wins. It returns what changed.
func Observe(ws *definition.Workspace, p *Person, e event.Event) Changes {
	var ch Changes
	p.see(e.Time)
	p.Events++
	var traits gjson.Result
	if e.Kind == event.Identify {
		traits = gjson.ParseBytes(e.Traits)
	} else if mayHave(e.Context, "traits") {
		traits = gjson.GetBytes(e.Context, "traits")
	}
	p.identify(ws, &e, traits, &ch)
	if e.Kind == event.Identify || traits.IsObject() {
		p.observeTraits(e, traits)
		ch.Traits = true
	}
	p.observeAccount(ws, e, &ch)
	p.observeFeatures(ws, e, &ch)
	return ch
}

func (p *Person) see(at event.Instant) {
	if p.FirstSeen == 0 || at < p.FirstSeen {
		p.FirstSeen = at
	}
	p.LastSeen = max(p.LastSeen, at)
}

// Meet takes the identities that e came with, of somebody of whom nothing was known.
// It is no act of theirs.
func (p *Person) Meet(ws *definition.Workspace, e event.Event) Changes {
	var ch Changes
	if p.FirstSeen == 0 {
		p.FirstSeen = e.Time
	}
	p.LastSeen = max(p.LastSeen, e.Time)
	p.identify(ws, &e, gjson.Result{}, &ch)
	return ch
}

// mayHave reports whether the JSON may have a key; false is certain. It is many
// times quicker than reading it. A key may be written with escapes.
func mayHave(object []byte, key string) bool {
	return bytes.Contains(object, []byte(key)) || bytes.IndexByte(object, '\\') >= 0
}

func (p *Person) observeTraits(e event.Event, traits gjson.Result) {
	traits.ForEach(func(key, value gjson.Result) bool {
		name := key.String()
		if name == consentTrait && value.IsObject() {
			eachDeclared(e, value, p.declare)
			return true
		}
		if old := p.Traits.At(name); old != nil && old.Time > e.Time {
			return true
		}
		p.Traits.Put(name, Trait{Value: []byte(value.Raw), Time: e.Time})
		return true
	})
}

// eachDeclared calls use with what the trait consent of e says.
func eachDeclared(e event.Event, trait gjson.Result, use func(key string, c Consent)) {
	trait.ForEach(func(k, v gjson.Result) bool {
		use(k.String(), Consent{Given: v.Bool(), Time: e.Time, Proof: "identify from " + e.Source})
		return true
	})
}

// Word is what an event says about consent.
type Word struct {
	Key string // see ConsentKey
	Own bool   // the person's word; else a company's system declares it
	Consent
}

// Words returns what e says about consent, in the order in which it says it.
func Words(e event.Event) (out []Word) {
	if e.Kind == event.Consented {
		if c, err := event.Unpack[event.ConsentBody](e); err == nil {
			out = append(out, Word{Key: ConsentKey(c.Channel, c.Topic), Own: true, Consent: Consent{Given: c.Given, Time: e.Time, Proof: c.Proof}})
		}
		return out
	}
	if e.Kind.Own() {
		return nil
	}
	trait := gjson.GetBytes(e.Context, "traits."+consentTrait)
	if e.Kind == event.Identify {
		trait = gjson.GetBytes(e.Traits, consentTrait)
	}
	if trait.IsObject() {
		eachDeclared(e, trait, func(key string, c Consent) { out = append(out, Word{Key: key, Consent: c}) })
	}
	return out
}

// GiveConsent records what the person said about key unless something newer is
// known.
func (p *Person) GiveConsent(key string, c Consent) { newer(&p.Consent, key, c) }

// declare records what a trait says about key unless something newer is known.
func (p *Person) declare(key string, c Consent) { newer(&p.Declared, key, c) }

func newer(known *Sorted[Consent], key string, c Consent) {
	if old := known.At(key); old == nil || old.Time <= c.Time {
		known.Put(key, c)
	}
}

// Said returns what holds about key: the newer of what the person said and what
// traits declare, except that a person's withdrawal stands until they give
// consent again themselves. own tells that it is the person's word.
func (p *Person) Said(key string) (c Consent, own, ok bool) {
	said, declared := p.Consent.At(key), p.Declared.At(key)
	switch {
	case said == nil && declared == nil:
		return Consent{}, false, false
	case said == nil:
		return *declared, false, true
	case declared == nil || said.Time >= declared.Time || !said.Given && declared.Given:
		return *said, true, true
	default:
		return *declared, false, true
	}
}

// ConsentKeys returns everything that something was said about, sorted.
func (p *Person) ConsentKeys() []string {
	var keys []string
	for _, said := range [...]Sorted[Consent]{p.Consent, p.Declared} {
		for _, c := range said {
			keys = append(keys, c.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Money is an amount in a currency.
type Money struct {
	Currency string
	Amount   event.Micros
}

// MoneyOf returns what e adds to a KPI: positive for its events, negative for
// those that reduce it. ok is false when e is neither or has no amount. An
// amount without a currency is in the given one.
func MoneyOf(e *event.Event, k definition.KPI, currency string) (m Money, ok bool) {
	path, sign := k.Property, event.Micros(1)
	switch {
	case definition.Names(k.Events, e):
	case definition.Names(k.Less, e):
		sign = -1
		if k.LessOf != "" {
			path = k.LessOf
		}
	default:
		return Money{}, false
	}
	v := gjson.GetBytes(e.Properties, path)
	if !v.Exists() {
		return Money{}, false
	}
	amount, err := event.ParseMicros(v.String())
	if v.Type == gjson.Number {
		amount, err = event.ParseMicros(v.Raw)
	}
	if err != nil {
		return Money{}, false
	}
	if c := gjson.GetBytes(e.Properties, "currency"); c.Type == gjson.String && c.Str != "" {
		currency = strings.ToUpper(strings.TrimSpace(c.Str)) // ISO 4217, as the definitions have it
	}
	if sign < 0 && amount < 0 { // some shops say that a refund is -5, others that it is 5
		amount = -amount
	}
	return Money{Currency: currency, Amount: sign * amount}, true
}

// Refold returns p with everything that is computed from events computed again
// from history (oldest first) under ws. Identities, goals, deliveries, touches and
// timers stay as they are; the walk is the caller's to redo.
func Refold(ws *definition.Workspace, p *Person, history func(yield func(event.Event) bool)) *Person {
	fresh := *p
	fresh.FirstSeen, fresh.LastSeen, fresh.Events = 0, 0, 0
	fresh.Traits, fresh.Features, fresh.Consent, fresh.Declared, fresh.Confirming = nil, nil, nil, nil, nil
	fresh.Identities, fresh.Met, fresh.Refusals = slices.Clone(p.Identities), slices.Clone(p.Met), slices.Clone(p.Refusals)
	fresh.Accounts, fresh.Shares = nil, nil
	for e := range history {
		fresh.Replay(ws, e)
	}
	// Whose identities are is no matter of events alone: homes were asked.
	fresh.Identities, fresh.Met, fresh.Refusals = p.Identities, p.Met, p.Refusals
	return &fresh
}

// Replay observes e if it is the person's own, takes consent from Consented
// events, and counts receipts. It is what a refold and a hand-over do with each past event. It returns
// what changed.
func (p *Person) Replay(ws *definition.Workspace, e event.Event) (ch Changes) {
	switch {
	case !e.Kind.Own():
		return Observe(ws, p, e)
	case e.Kind == event.Receipt: // features may count what became of deliveries
		p.observeFeatures(ws, e, &ch)
	case e.Kind == event.Replied:
		p.see(e.Time)
	case e.Kind == event.Consented:
		p.see(e.Time)
		if c, err := event.Unpack[event.ConsentBody](e); err == nil {
			p.GiveConsent(ConsentKey(c.Channel, c.Topic), Consent{Given: c.Given, Time: e.Time, Proof: c.Proof})
		}
	case e.Kind == event.Confirmed:
		p.confirm(e)
	}
	return ch
}

// Recall computes some features from history (oldest first), as if they had been
// declared all along: those of ws for which wanted is true.
func Recall(ws *definition.Workspace, wanted func(*definition.Feature) bool, history func(yield func(event.Event) bool)) (out Sorted[Feature]) {
	for e := range history {
		if e.Kind.Own() && e.Kind != event.Receipt {
			continue
		}
		ws.Watching(&e, func(f *definition.Feature) {
			if !wanted(f) || !counts(f, e) {
				return
			}
			v := out.Get(f.ID)
			if observe(f, &v, ws.Currency, &e) {
				out.Put(f.ID, v)
			}
		})
	}
	return out
}

// TraitValues returns the traits as plain values.
func (p *Person) TraitValues() map[string]any {
	if len(p.Traits) == 0 {
		return nil
	}
	out := make(map[string]any, len(p.Traits))
	for _, t := range p.Traits {
		if v, ok := TraitValue(t.Value.Value); ok {
			out[t.Key] = v
		}
	}
	return out
}

// FeatureValues returns the features at now as plain values, by id.
func (p *Person) FeatureValues(ws *definition.Workspace, now event.Instant) map[string]any {
	out := make(map[string]any, len(ws.Features))
	for i := range ws.Features {
		f := &ws.Features[i]
		v := p.Value(f, ws.Currency, now)
		if at, ok := v.(event.Instant); ok {
			v = at.Time()
		}
		out[f.ID] = v
	}
	return out
}

// TraitValue is the value of a trait as rules find it; ok is false where they find
// none.
func TraitValue(raw []byte) (v any, ok bool) {
	ok = json.Unmarshal(raw, &v) == nil
	return v, ok
}

// Trait returns a trait as text; empty when there is none.
func (p *Person) Trait(name string) string {
	return gjson.ParseBytes(p.Traits.Get(name).Value).String()
}

// Consents reports whether p may be contacted on channel, and about topic when
// one is named. The most specific word counts: channel/topic, then channel, then
// "*"; but a withdrawal outweighs every yes to a part of what it covers that is
// not newer. mode decides when nothing was said. What has yet to be confirmed is no
// consent.
func (p *Person) Consents(channel, topic string, mode definition.ConsentMode) bool {
	c, ok := p.ConsentOn(channel, topic)
	if !ok {
		return mode == definition.OptOut
	}
	return c.Given && !p.Confirming.Get(channel).Lacking()
}

// ConsentOn returns the word that decides about channel and topic; ok is false
// when nothing was said.
func (p *Person) ConsentOn(channel, topic string) (decides Consent, ok bool) {
	keys := []string{"*", channel}
	if topic != "" {
		keys = append(keys, ConsentKey(channel, topic))
	}
	var withdrawn event.Instant // the newest withdrawal of more than what k names
	gone, byThem := false, false
	for _, k := range keys {
		c, own, said := p.Said(k)
		if !said || c.Given && gone && (withdrawn >= c.Time || byThem && !own) {
			continue
		}
		decides, ok = c, true
		if !c.Given {
			withdrawn, gone, byThem = max(withdrawn, c.Time), true, byThem || own
		}
	}
	return decides, ok
}

// IsForward reports whether the record is no person: it points to another, or is
// that of an identity that is nobody's.
func (p *Person) IsForward() bool { return !p.Forward.IsZero() || p.Vacant }
