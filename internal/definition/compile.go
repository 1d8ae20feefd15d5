package definition

import (
	"crypto/sha256"
	"encoding/hex"
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
	w        *Workspace
	voc      *vocabulary
	stages   []string // ids
	reach    []string // ids of the channels
	places   []string // ids of the slots
	apart    []apart
	subjects []string // ids of the topics
	systems  []string // ids of the calls
	confirm  []confirming
}

// workspace compiles everything, in the order in which things refer to each other.
func (c *compiler) workspace(o *object) error {
	about, features, m, segments := o.take("workspace"), o.take("features"), o.take("map"), o.take("segments")
	accounts := o.take("accounts")
	topics, goals, policy, channels := o.take("topics"), o.take("goals"), o.take("policy"), o.take("channels")
	identity := o.take("identity")
	pulls := o.take("pulls")
	slots, complaints := o.take("slots"), o.take("complaints")
	calls, conversations, requests := o.take("calls"), o.take("conversations"), o.take("requests")
	journeys, broadcasts := o.take("journeys"), o.take("broadcasts")
	relationship, scorer := o.take("relationship"), o.take("scorer")
	experiments := o.take("experiments")
	brand, snippets, messages := o.take("brand"), o.take("snippets"), o.take("messages")
	o.end()
	var err error
	if c.voc, err = newVocabulary(); err != nil {
		return err
	}
	c.about(about)
	c.identity(identity)
	c.features(features)
	c.accounts(accounts)
	if err := c.voc.speakOf(c.w.Features); err != nil {
		return err
	}
	c.topics(topics)
	c.channels(channels)
	c.slots(slots)
	c.complaints(complaints)
	parts := c.segmentIDs(segments)
	c.lifecycle(m)
	c.segments(parts)
	c.policy(policy)
	c.brand(brand)
	c.snippets(snippets)
	c.messages(messages)
	c.confirmations()
	c.goals(goals)
	c.journeys(journeys, broadcasts)
	c.exclusions()
	c.w.programs = c.w.listPrograms()
	c.experiments(experiments)
	c.calls(calls)
	c.scorer(scorer)
	c.requests(requests)
	if err := c.conversations(conversations); err != nil {
		return err
	}
	c.relationship(relationship)
	c.w.implicit = c.voc.sortedImplicit()
	c.w.watch = newWatch(c.w.Features, c.w.implicit)
	c.w.voc = c.voc
	c.versions()
	c.w.Basis = c.basis()
	return c.pulls(pulls)
}

func (c *compiler) about(v value) {
	v.need("begin with workspace: {name, currency, time_zone}")
	o := v.object()
	name, currency := o.take("name"), o.take("currency")
	c.w.zones = new(zone.Table)
	c.w.Zone = o.take("time_zone").zone(c.w.zones)
	c.w.Seed = defaultSeed
	c.w.Locales = o.take("locales").locales()
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
