package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition/zone"
	"github.com/rapporthq/rapport/internal/event"
)

// nature is what a person is born with and keeps.
type nature struct {
	number   int
	user     string // the company's name for them, once they have an account
	first    string
	last     string
	email    string
	city     string
	zone     string
	rhythm   rhythm
	arrives  event.Instant
	old      bool    // had an account before the story begins
	vigour   float64 // how active compared with others: a Gamma law with mean 1
	basket   float64 // median price of what they buy
	category int     // of the catalogue, their favourite
	appeal   string  // ethos, logos or pathos: what reaches them
	patience float64 // letters in ten days that they take without harm
	returns  float64 // share of orders that they send back
	willing  bool    // gives consent when asked
	private  bool    // their mail program opens every letter by itself
	app      bool    // has the shop's app
}

// birth draws the nature of person n. It depends on the seed and n only.
func (c *Company) birth(n int) nature {
	r := stream(c.opts.Seed, n, forNature, 0)
	p := nature{number: n, user: fmt.Sprintf("u-%05d", 10_000+n)}
	p.first, p.last = pick(r, firstNames()), pick(r, lastNames())
	p.email = fmt.Sprintf("%s.%s%d@example.com", ascii(p.first), ascii(p.last), n)
	home := c.place(r.Float64())
	p.zone, p.city = home.zone, pick(r, home.cities)
	p.rhythm = rhythm{zone: home.location, evening: 19.2 + 1.6*r.NormFloat64(), lunch: 0.1 + 0.3*r.Float64(), weekend: 0.6 + 1.2*r.Float64()}
	p.vigour = min(max(gamma(r, 2, 1), 0.08), 6)
	p.basket = lognormal(r, 34, 0.45)
	p.category = r.IntN(len(c.shop.categories))
	p.appeal = pick(r, []string{"ethos", "logos", "pathos"})
	p.patience = 1.2 + 2.2*r.Float64()
	p.returns = 0.02 + 0.14*r.Float64()*r.Float64()
	p.willing, p.private, p.app = chance(r, 0.72), chance(r, 0.3), chance(r, 0.25)
	p.arrives, p.old = c.arrival(n)
	return p
}

// arrival says when person n first turns up. A third have been customers before
// the story begins and turn up in its first fortnight; the others are acquired
// over Options.Spread, and after that at a steady rate for ever.
func (c *Company) arrival(n int) (at event.Instant, old bool) {
	const fortnight = 14 * day
	r := stream(c.opts.Seed, n, forArrival, 0)
	share, within := r.Float64(), r.Float64()
	if n >= c.opts.People {
		return c.opts.Start.Add(c.opts.Spread + days((float64(n-c.opts.People)+within)*365/float64(c.opts.People))), false
	}
	if share < 0.35 {
		return c.opts.Start.Add(time.Duration(within * float64(fortnight))), true
	}
	return c.opts.Start.Add(time.Duration(within * float64(c.opts.Spread))), false
}

// place is where some of the people live.
type place struct {
	share    float64
	zone     string
	location *time.Location
	cities   []string
}

func places() []place {
	all := []place{
		{0.30, "America/New_York", nil, []string{"New York", "Boston", "Atlanta", "Toronto", "Philadelphia"}},
		{0.18, "America/Los_Angeles", nil, []string{"Los Angeles", "Seattle", "Portland", "Vancouver"}},
		{0.20, "Europe/London", nil, []string{"London", "Leeds", "Bristol", "Glasgow", "Cardiff"}},
		{0.20, "Europe/Berlin", nil, []string{"Berlin", "Hamburg", "Leipzig", "Cologne"}},
		{0.05, "Asia/Tokyo", nil, []string{"Tokyo", "Osaka", "Kyoto"}},
		{0.04, "Australia/Sydney", nil, []string{"Sydney", "Newcastle"}},
		{0.03, "America/Sao_Paulo", nil, []string{"Sao Paulo", "Curitiba"}},
	}
	var zones zone.Table
	for i := range all {
		z, err := zones.Load(all[i].zone)
		if err != nil {
			panic("sim: the embedded time zones lack " + all[i].zone)
		}
		all[i].location = z
	}
	return all
}

// place returns the place at u (0 to 1) of the cumulative shares.
func (c *Company) place(u float64) *place {
	for i := range c.places {
		if u < c.places[i].share {
			return &c.places[i]
		}
		u -= c.places[i].share
	}
	return &c.places[0]
}

// ascii makes a name fit for an address.
func ascii(name string) string {
	return strings.NewReplacer("é", "e", "ö", "oe", "ü", "ue", "ï", "i", "ç", "c", "ã", "a", "í", "i", "ñ", "n", " ", "", "'", "").
		Replace(strings.ToLower(name))
}

func firstNames() []string {
	return []string{
		"Ada", "Amelia", "Amir", "Anna", "Ben", "Bruno", "Carla", "Chen", "Chloe", "Daniel", "Diana", "Diego", "Elena", "Eli",
		"Emma", "Erik", "Fatima", "Felix", "Freya", "Grace", "Hana", "Hugo", "Ines", "Isaac", "Ivy", "Jakob", "Jamal", "Jonas",
		"Julia", "Kaito", "Kofi", "Lara", "Leo", "Lina", "Lucas", "Maeve", "Malik", "Maria", "Mateo", "Maya", "Mina", "Nadia",
		"Noah", "Nora", "Olga", "Omar", "Oscar", "Paula", "Priya", "Ravi", "Rosa", "René", "Sam", "Sara", "Sven", "Tara", "Theo",
		"Tom", "Uma", "Vera", "Victor", "Yara", "Yuki", "Zoé",
	}
}

func lastNames() []string {
	return []string{
		"Adams", "Alvarez", "Bauer", "Becker", "Bennett", "Brown", "Carter", "Chen", "Clarke", "Costa", "Davies", "Diaz", "Evans",
		"Fischer", "Foster", "Garcia", "Green", "Haddad", "Hall", "Hughes", "Ito", "Jackson", "Jansen", "Johnson", "Kaya", "Keller",
		"Khan", "Kim", "Klein", "Kowalski", "Larsen", "Lee", "Lopez", "Meyer", "Mills", "Moreau", "Morris", "Müller", "Murphy",
		"Nakamura", "Nguyen", "Novak", "Okafor", "Olsen", "Osei", "Park", "Patel", "Pereira", "Price", "Reid", "Rossi", "Sato",
		"Schmidt", "Silva", "Singh", "Smith", "Tanaka", "Taylor", "Turner", "Vogel", "Walker", "Weber", "Wright", "Young",
	}
}
