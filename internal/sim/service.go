package sim

import (
	"math/rand/v2"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// service is the trade of a company that people pay by the period.
type service struct {
	phone    bool
	arrival  string // event of somebody who is known
	acts     []act
	nearly   string // event of somebody who looks at the prices
	start    string // events of paying
	renewal  string
	end      string
	extra    string  // what members pay for beside
	often    float64 // how much more seldom members buy that than others subscribe
	price    event.Micros
	period   time.Duration
	trouble  string  // event of something that goes wrong, in a visit
	troubles float64 // share of visits
	asks     question
}

// act is something that people do in a visit.
type act struct {
	share   float64 // of what they do
	name    string
	then    string  // what follows it, most of the time
	members bool    // only those who have an account do it
	page    bool    // it is a page and not a deed
	minutes float64 // that it takes
}

func lessons() *service {
	return &service{
		phone: true, nearly: "Paywall Viewed",
		acts: []act{
			{share: 0.62, name: "Lesson Started", then: "Lesson Completed", minutes: 5},
			{share: 0.20, name: "Video Playback Started", then: "Video Playback Completed", minutes: 3},
			{share: 0.06, name: "Lesson Shared", members: true, minutes: 1},
			{share: 0.12, name: "Store", page: true, minutes: 0.5},
		},
		start: "Subscription Started", renewal: "Subscription Renewed", end: "Subscription Cancelled", extra: "Order Completed", often: 0.12,
		price: 9_990_000, period: 30 * day,
		asks: question{opened: "Support Ticket Opened", answered: "Support Ticket Answered", topics: []string{"payment", "lesson", "account"}, hours: 9},
	}
}

func software() *service {
	return &service{
		arrival: "Signed In", nearly: "Trial Started",
		acts: []act{
			{share: 0.55, name: "Feature Used", members: true, minutes: 6},
			{share: 0.12, name: "Project Created", members: true, minutes: 4},
			{share: 0.05, name: "Invite Sent", then: "Account Added User", members: true, minutes: 2},
			{share: 0.04, name: "Integration Connected", members: true, minutes: 8},
			{share: 0.14, name: "Docs", page: true, minutes: 3},
			{share: 0.10, name: "Pricing", page: true, minutes: 1},
		},
		start: "Subscription Started", renewal: "Subscription Renewed", end: "Subscription Cancelled", extra: "Plan Upgraded", often: 0.06,
		price: 49_000_000, period: 30 * day,
		trouble: "Error Shown", troubles: 0.10,
		asks: question{opened: "Support Ticket Opened", answered: "Support Ticket Answered", topics: []string{"error", "how to", "billing"}, hours: 6, chats: 0.5},
	}
}

func network() *service {
	return &service{
		nearly: "Contract Terms Viewed",
		acts: []act{
			{share: 0.40, name: "Usage Viewed", members: true, minutes: 1},
			{share: 0.30, name: "Account Viewed", members: true, minutes: 2},
			{share: 0.08, name: "Data Limit Reached", members: true, minutes: 0.2},
			{share: 0.22, name: "Plans", page: true, minutes: 2},
		},
		start: "Contract Started", renewal: "Bill Paid", end: "Contract Ended", extra: "Top-Up Completed", often: 0.30,
		price: 24_000_000, period: 30 * day,
		trouble: "Call Dropped", troubles: 0.22,
		asks: question{opened: "Support Call Started", answered: "Support Call Ended", topics: []string{"bill", "coverage", "plan"}, hours: 0.3},
	}
}

func (s *service) onPhone() bool      { return s.phone }
func (s *service) question() question { return s.asks }

func (s *service) enter(v *visit) {
	if s.arrival != "" {
		v.track(s.arrival, new(object))
	}
}

func (s *service) elsewhere(*Company, *someone, event.Instant, *rand.Rand) bool { return false }

func (s *service) look(v *visit) {
	if v.p.old && !v.p.member && v.p.state != gone {
		s.join(v) // who was a member before the story begins is one
	}
	v.pause(20)
	u := v.r.Float64()
	for _, a := range s.acts {
		if u -= a.share; u >= 0 {
			continue
		}
		switch {
		case a.members && !v.signedIn, a.page:
			v.page(pick(v.r, []string{"Home", a.pageName()}), "")
		default:
			v.track(a.name, new(object).text("where", v.where()))
			if v.pause(60 * a.minutes); a.then != "" && chance(v.r, 0.75) {
				v.track(a.then, new(object).text("where", v.where()))
			}
		}
		break
	}
	if s.trouble != "" && v.signedIn && chance(v.r, s.troubles/3) {
		s.goWrong(v)
	}
}

func (a act) pageName() string {
	if a.page {
		return a.name
	}
	return "Features"
}

func (v *visit) where() string {
	if v.inApp {
		return "app"
	}
	return "web"
}

// goWrong is trouble. Some ask about it, and it leaves its mark.
func (s *service) goWrong(v *visit) {
	v.track(s.trouble, new(object))
	if chance(v.r, 0.25) {
		v.c.ask(v.p, v.at.Add(10*time.Minute), v.r)
	}
	if v.p.state == customer || v.p.state == regular {
		v.c.shorten(v.p, v.at, 0.05)
	}
}

func (s *service) dither(v *visit) {
	v.pause(40)
	v.track(s.nearly, new(object))
}

// sell is the beginning of a membership or, for members, something beside it.
func (s *service) sell(v *visit) {
	if !v.signedIn {
		if v.p.account {
			v.signIn()
		} else {
			v.signUp()
		}
	}
	v.pause(50)
	if !v.p.member {
		s.join(v)
		return
	}
	if chance(v.r, s.often) {
		s.earn(v.c, v.p, v.at, s.extra, s.price/4)
		v.c.bought(v.p, v.at, v.r)
	}
}

func (s *service) join(v *visit) {
	v.p.member = true
	v.p.orders++
	s.earn(v.c, v.p, v.at, s.start, s.price)
	v.c.plan(v.p, item{at: v.at.Add(s.period), what: renews})
	v.c.bought(v.p, v.at, v.r)
}

// earn takes money, as the company's own systems tell of it.
func (s *service) earn(c *Company, p *someone, at event.Instant, name string, amount event.Micros) {
	p.ledger = append(p.ledger, sale{at, amount})
	c.server(p, at, name, new(object).money("revenue", amount).text("currency", c.opts.Currency))
}

// renew is the end of a period that was paid for: who is gone ends it there.
func (c *Company) renew(p *someone, at event.Instant) {
	s, ok := c.trade.(*service)
	if !ok || !p.member {
		return
	}
	r := rand.New(&p.life)
	if p.state == gone || p.state == drifting && chance(r, 0.2) {
		p.member = false
		c.server(p, at, s.end, new(object))
		return
	}
	s.earn(c, p, at, s.renewal, s.price)
	c.plan(p, item{at: at.Add(s.period), what: renews})
}
