package own

import (
	"time"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// pause is what parts one visit from the next, as on the map.
const pause = 30 * time.Minute

// visit is what somebody did at a stretch.
type visit struct {
	events []event.Event
	answer string // the delivery that it followed; empty: they came by themselves
	who    int32  // of the copy's people
}

func (v *visit) at() event.Instant { return v.events[0].Time }

// touch is something sent to somebody, and what came of it.
type touch struct {
	at       event.Instant
	delivery string
	action   string
	quiet    bool // when it was sent they had not come by themselves for long
	sent     bool
	opened   bool
	answered event.Instant // when; zero: it was not
	withdrew bool
}

// past is what a timeline shows of somebody.
type past struct {
	visits  []visit // those of their own accord
	answers []visit // those that followed a letter
	touches []touch
}

// readPast takes a timeline, oldest first, apart.
func readPast(who int32, timeline []event.Event) past {
	var p past
	byDelivery := map[string]int{}
	var open *visit
	var last, lastOwn event.Instant
	end := func() {
		if open == nil {
			return
		}
		if open.answer == "" {
			p.visits = append(p.visits, *open)
		} else {
			p.answers = append(p.answers, *open)
		}
		open = nil
	}
	for i := range timeline {
		e := timeline[i]
		switch e.Kind {
		case event.Track, event.Page, event.Screen:
			if e.Bot {
				continue
			}
			if open != nil && e.Time.Sub(last) > pause {
				end()
			}
			if open == nil {
				open = &visit{who: who}
			}
			last = e.Time
			open.events = append(open.events, e)
			if d := gjson.GetBytes(e.Context, deliveryOf).String(); d != "" && open.answer == "" {
				open.answer = d
				if n, ok := byDelivery[d]; ok && p.touches[n].answered == 0 {
					p.touches[n].answered = e.Time
				}
			}
			if open.answer == "" {
				lastOwn = e.Time
			}
		case event.Grant:
			if g, err := event.Unpack[event.GrantBody](e); err == nil && g.Goal != "" {
				byDelivery[g.Delivery] = len(p.touches)
				p.touches = append(p.touches, touch{at: e.Time, delivery: g.Delivery, action: g.Action, quiet: lastOwn == 0 || e.Time.Sub(lastOwn) > quietAfter})
			}
		case event.Receipt:
			p.receipt(e, byDelivery)
		case event.Consented:
			if c, err := event.Unpack[event.ConsentBody](e); err == nil && !c.Given {
				p.withdrew(e.Time)
			}
		case event.Identify:
			gjson.GetBytes(e.Traits, "consent").ForEach(func(_, given gjson.Result) bool {
				if !given.Bool() {
					p.withdrew(e.Time)
				}
				return true
			})
		default:
		}
	}
	end()
	return p
}

// quietAfter is from when on somebody counts as quiet who has not come.
const quietAfter = 30 * 24 * time.Hour

func (p *past) receipt(e event.Event, byDelivery map[string]int) {
	r, err := event.Unpack[event.ReceiptBody](e)
	n, ours := byDelivery[r.Delivery]
	if err != nil || !ours || r.Machine {
		return
	}
	t := &p.touches[n]
	switch r.Outcome {
	case event.Sent:
		t.sent = true
	case event.Opened:
		t.opened = true
	case event.Clicked:
		t.opened = true
		if t.answered == 0 {
			t.answered = e.Time
		}
	default:
	}
}

// regret is how long after a letter the end of consent counts as its doing.
const regret = 3 * 24 * time.Hour

func (p *past) withdrew(at event.Instant) {
	if n := len(p.touches) - 1; n >= 0 && at.Sub(p.touches[n].at) <= regret {
		p.touches[n].withdrew = true
	}
}

// names are how somebody is called in events: the id by which they sign in, or that
// of a browser. ok is false for who has neither.
func names(p *profile.Person) (user, anonymous string, ok bool) {
	for _, i := range p.Identities {
		switch {
		case i.Kind == person.UserID && user == "":
			user = i.Value
		case i.Kind == person.AnonymousID && anonymous == "":
			anonymous = i.Value
		}
	}
	if user != "" {
		anonymous = ""
	}
	return user, anonymous, user != "" || anonymous != ""
}
