package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// visit is one stay on the website or in the app, as it unfolds.
type visit struct {
	c        *Company
	p        *someone
	r        *rand.Rand
	at       event.Instant // of the next act
	device   string
	signedIn bool
	inApp    bool
	letter   *post // whose next step they followed; nil: they came by themselves
	acts     int
}

// visit lets p come by. r decides what they do there.
func (c *Company) visit(p *someone, at event.Instant, r *rand.Rand, l *post) {
	if p.account && l == nil && c.trade.elsewhere(c, p, at, r) {
		return
	}
	v := &visit{c: c, p: p, r: r, at: at, letter: l}
	v.arrive()
	if p.old && !p.account {
		v.signIn()
	}
	want := v.appetite()
	u := r.Float64()
	for range 1 + r.IntN(3+int(3*want)) {
		c.trade.look(v)
	}
	switch {
	case u < want:
		c.trade.sell(v)
	case u < 2*want:
		c.trade.dither(v)
	case p.account && chance(r, 0.05):
		v.account()
	case !p.account && chance(r, 0.09):
		v.signUp()
	}
}

// appetite is how likely this visit ends with an order.
func (v *visit) appetite() float64 {
	want := v.p.state.wants()
	if v.at < v.p.sated {
		want *= 0.35 // who bought last week needs little: an order now is one less later
	}
	if v.letter != nil {
		want *= v.letter.pull
	}
	return min(want, 0.85)
}

// pause passes about that many seconds.
func (v *visit) pause(seconds float64) {
	v.at = v.at.Add(time.Duration((1.5 + gamma(v.r, 1.6, seconds)) * float64(time.Second)))
}

func (v *visit) arrive() {
	p := v.p
	switch {
	case p.device == "" || p.devices < 4 && chance(v.r, 0.03):
		p.devices++
		p.device = v.c.deviceName(p.number, p.devices)
		v.signedIn = false
	default:
		v.signedIn = p.account
	}
	v.device = p.device
	v.inApp = (p.app || v.c.trade.onPhone()) && v.signedIn && v.letter == nil && chance(v.r, 0.6)
	if v.inApp {
		v.track("Application Opened", new(object))
	} else if v.signedIn {
		v.c.trade.enter(v)
	}
	switch {
	case v.letter != nil:
		v.page("Landing", v.letter.URL)
	case v.inApp:
		v.page("Home", "")
	default:
		v.page("Home", "/")
	}
}

// deviceName is the anonymous id of the d-th browser of person n.
func (c *Company) deviceName(n, d int) string {
	return fmt.Sprintf("anon-%08x-%d", uint32(mix(c.opts.Seed, uint64(n))), d) //nolint:gosec // a short name, not a number
}

// account is a look at one's own account, and sometimes the end of consent.
func (v *visit) account() {
	v.pause(20)
	v.page("Account", "/account")
	v.pause(30)
	if v.p.consent && chance(v.r, 0.06) {
		v.c.withdraw(v.p, v.at)
	}
}

// signUp opens an account, and may give consent to e-mail.
func (v *visit) signUp() {
	v.pause(40)
	v.signedIn, v.p.account = true, true
	v.identify(true)
	v.pause(2)
	v.track("Signed Up", new(object).text("where", "website"))
}

// signIn tells the shop who is using this device.
func (v *visit) signIn() {
	v.pause(20)
	v.signedIn, v.p.account = true, true
	v.identify(false)
}

func (v *visit) identify(fresh bool) {
	p, o := v.p, &object{}
	o.text("first_name", p.first).text("last_name", p.last).text("email", p.email).text("city", p.city).text("timezone", p.zone)
	plan := "basic"
	if p.vigour > 1.6 {
		plan = "plus"
	}
	o.text("plan", plan)
	if !p.consent && (fresh || p.old && p.said < 12) && p.willing && chance(v.r, 0.9) {
		p.consent = true
		o.raw("consent", []byte(`{"email":true}`))
	}
	e := v.event(event.Identify)
	e.Traits = o.done()
	v.c.say(p, v.at, e)
}

// event begins an event of this visit.
func (v *visit) event(k event.Kind) event.Event {
	e := event.Event{Kind: k, AnonymousID: v.device}
	if v.signedIn {
		e.UserID = v.p.user
	}
	if v.letter != nil && v.acts == 0 {
		e.Context = new(object).text("rapport_delivery", v.letter.Delivery).done()
	}
	v.acts++
	return e
}

func (v *visit) track(name string, properties *object) {
	e := v.event(event.Track)
	e.Name, e.Properties = name, properties.done()
	v.c.say(v.p, v.at, e)
}

func (v *visit) page(name, path string) {
	kind, o := event.Page, new(object)
	if v.inApp {
		kind = event.Screen
	} else {
		o.text("path", path)
	}
	e := v.event(kind)
	e.Name, e.Properties = name, o.done()
	v.c.say(v.p, v.at, e)
}

// server says something about p that the shop's own systems know.
func (c *Company) server(p *someone, at event.Instant, name string, properties *object) {
	c.say(p, at, event.Event{Kind: event.Track, UserID: p.user, Name: name, Properties: properties.done()})
}

// withdraw ends consent to e-mail.
func (c *Company) withdraw(p *someone, at event.Instant) {
	p.consent, p.willing = false, false
	c.say(p, at, event.Event{Kind: event.Identify, UserID: p.user, Traits: []byte(`{"consent":{"email":false}}`)})
}
