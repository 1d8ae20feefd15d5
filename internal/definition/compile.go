package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition/zone"
)

// The defaults of what a definition leaves out.
const (
	defaultVisitGap = 30 * time.Minute
	defaultWindow   = 30 * day
	defaultEvery    = 7 * day
	defaultGlobal   = 0.05 // share kept out of everything
	defaultHoldout  = 0.10 // share kept out of a goal
	defaultSeed     = "rapport"
	defaultProperty = "revenue"

	maxHoldout = 0.5
)

// Compile checks source and returns the workspace that it defines. Its error is
// Problems: all of them at once. The source may be one file, or several joined
// by LoadDir.
func Compile(source []byte) (*Workspace, error) {
	root, src := parse(source)
	sum := sha256.Sum256(source)
	c := &compiler{w: &Workspace{Hash: hex.EncodeToString(sum[:]), YAML: slices.Clone(source)}}
	if len(src.problems) == 0 {
		if err := c.workspace(root.object()); err != nil {
			return nil, err
		}
	}
	src.problems.locate(source)
	if err := src.problems.err(); err != nil {
		return nil, err
	}
	return c.w, nil
}

type compiler struct {
	w      *Workspace
	voc    *vocabulary
	stages []string // ids
	reach  []string // ids of the channels
}

// workspace compiles everything, in the order in which things refer to each other.
func (c *compiler) workspace(o *object) error {
	about, features, m := o.take("workspace"), o.take("features"), o.take("map")
	goals, policy, channels := o.take("goals"), o.take("policy"), o.take("channels")
	o.end()
	c.about(about)
	c.features(features)
	voc, err := newVocabulary(c.w.Features)
	if err != nil {
		return err
	}
	c.voc = voc
	c.channels(channels)
	c.lifecycle(m)
	c.policy(policy)
	c.goals(goals)
	return nil
}

func (c *compiler) about(v value) {
	v.need("begin with workspace: {name, currency, time_zone}")
	o := v.object()
	name, currency := o.take("name"), o.take("currency")
	c.w.zones = new(zone.Table)
	c.w.Zone = o.take("time_zone").zone(c.w.zones)
	c.w.Seed = defaultSeed
	if seed := strings.TrimSpace(o.take("seed").text()); seed != "" {
		c.w.Seed = seed
	}
	if !v.absent() {
		name.need("name the company, as its customers know it")
		currency.need("money always has a currency: write its three letters, such as EUR")
	}
	c.w.Name = strings.TrimSpace(name.text())
	c.w.Currency = currency.currency("")
	o.end()
}

func (c *compiler) features(v value) {
	seen := ids{}
	for _, item := range v.list() {
		o := item.object()
		at := o.take("id")
		f := Feature{ID: at.id()}
		f.Name = o.take("name").titled(f.ID)
		seen.add(at, f.ID)
		if slices.Contains(reserved(), celName(f.ID)) {
			at.problem(fmt.Sprintf("%q means something else in expressions", f.ID), "choose another id")
		}
		c.aggregate(o, &f)
		o.end()
		c.w.Features = append(c.w.Features, f)
	}
}

// aggregate reads what a feature folds and how.
func (c *compiler) aggregate(o *object, f *Feature) {
	for _, a := range []Aggregate{Count, Sum, First, Last} {
		events := o.take(string(a))
		if events.absent() {
			continue
		}
		if f.Aggregate != "" {
			events.problem(fmt.Sprintf("is a %s already", f.Aggregate), "use one of count, sum, first and last")
			continue
		}
		f.Aggregate, f.Events = a, events.texts()
	}
	if f.Aggregate == "" {
		o.problem("computes nothing", "add count, sum, first or last with the name of an event, such as count: Order Completed")
	}
	of, less, lessOf := o.take("of"), o.take("less"), o.take("less_of")
	if f.Aggregate == Sum {
		f.Property, f.Less, f.LessOf = amounts(of, less, lessOf)
		return
	}
	for _, extra := range []value{of, less, lessOf} {
		if !extra.absent() && f.Aggregate != "" {
			extra.problem("belongs to sums", fmt.Sprintf("remove it, or use sum instead of %s", f.Aggregate))
		}
	}
}

// amounts reads which property of events is added, and which of others is taken off.
func amounts(of, less, lessOf value) (property string, minus []string, minusOf string) {
	property = strings.TrimSpace(of.text())
	if property == "" {
		property = defaultProperty
	}
	minus, minusOf = less.texts(), strings.TrimSpace(lessOf.text())
	if len(minus) == 0 && minusOf != "" {
		lessOf.problem("takes off nothing", "add less with the name of an event, or remove it")
	}
	if minusOf == "" {
		minusOf = property
	}
	return property, minus, minusOf
}

func (c *compiler) channels(v value) {
	seen := ids{}
	for _, item := range v.list() {
		o := item.object()
		at, from := o.take("id"), o.take("from")
		ch := Channel{ID: at.oneOf(false, "email", "webhook"), From: strings.TrimSpace(from.text())}
		seen.add(at, ch.ID)
		if ch.ID == "email" && from.need(`e-mail has a sender: write from: "Shop <hello@shop.example>"`) {
			if _, err := mail.ParseAddress(ch.From); err != nil && from.isText() {
				from.problem(fmt.Sprintf("%q is not an e-mail address", ch.From), `write it like "Shop <hello@shop.example>"`)
			}
		}
		o.end()
		c.w.Channels = append(c.w.Channels, ch)
		c.reach = append(c.reach, ch.ID)
	}
}

func (c *compiler) policy(v value) {
	o := v.object()
	p := &c.w.Policy
	p.Consent = ConsentMode(o.take("consent").oneOf(true, string(OptIn), string(OptOut)))
	p.Holdout = o.take("holdout").share(defaultGlobal, maxHoldout)
	for _, item := range o.take("caps").list() {
		k := item.object()
		limit := Cap{Channel: k.take("channel").oneKnown("channel", c.reach), AtMost: k.take("at_most").count(1_000_000)}
		per := k.take("per")
		if per.need("say in which time, such as 7d") {
			limit.Per = per.span(0)
		}
		k.end()
		p.Caps = append(p.Caps, limit)
	}
	if quiet := o.take("quiet_hours"); !quiet.absent() {
		q := quiet.object()
		from, to := q.take("from"), q.take("to")
		from.need("write when quiet begins, such as 21:00")
		to.need("write when quiet ends, such as 08:00")
		p.QuietHours = QuietHours{From: from.clock(), To: to.clock()}
		q.end()
	}
	o.end()
}
