package own

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel/classic"
)

// Process is what people are assumed to live by. It is read only.
type Process struct {
	law    classic.BGNBD // of coming by themselves, in days
	people []member
	week   [hours]float64 // of everybody
	visits map[string][]visit
	all    []visit
	after  []visit         // what was done after an answer
	delays []time.Duration // from a letter to its answer
	rates  rates

	basis []Basis
}

// member is what is known of one of the copy's people.
type member struct {
	person          *profile.Person
	user, anonymous string
	name            string
	zone            *time.Location
	stage           string
	history         classic.Person
	came            bool // by themselves, ever
	visits          []visit
	week            []uint8 // hours of the week in which they came
}

// Basis is something that the process rests on: seen, or assumed.
type Basis struct {
	What    string  `json:"what"`
	Words   string  `json:"words"`
	Assumed bool    `json:"assumed" doc:"too little was seen to know it"`
	Value   float64 `json:"value,omitempty"`
	Low     float64 `json:"low,omitempty"`
	High    float64 `json:"high,omitempty"`
	Share   bool    `json:"share,omitempty" doc:"value, low and high are shares"`
	Seen    int     `json:"seen,omitempty" doc:"of how many cases"`
}

// Basis says what was observed of the people and what is assumed.
func (p *Process) Basis() []Basis { return p.basis }

const hours = 7 * 24

// fewest is how many people who have come are needed to fit how people come.
const fewest = 30

// Fit fits the process to a copy. ws are the definitions in force.
func Fit(c *Copy, ws *definition.Workspace) (*Process, error) {
	p := &Process{visits: map[string][]visit{}}
	codec := profile.NewCodec()
	var touches []touch
	var histories []classic.Person
	days := 0.0
	for i := range c.People {
		who, err := c.People[i].Profile(codec)
		if err != nil {
			return nil, fmt.Errorf("fit %s: %w", c.People[i].ID, err)
		}
		events, err := c.People[i].Events()
		if err != nil {
			return nil, err
		}
		m := member{person: who, stage: who.Stage, zone: ws.Zone, name: nameOf(who)}
		m.user, m.anonymous, _ = names(who)
		if v, ok := profile.TraitValue(who.Traits.Get("timezone").Value); ok {
			if z, err := ws.ZoneOf(fmt.Sprint(v)); err == nil {
				m.zone = z
			}
		}
		seen := readPast(int32(i), events) //nolint:gosec // a few thousand people
		m.visits = seen.visits
		p.after = append(p.after, seen.answers...)
		touches = append(touches, seen.touches...)
		if m.came = len(m.visits) > 0; m.came {
			m.history = historyOf(m.visits, c.Now)
			histories = append(histories, m.history)
			days += m.history.Age
		}
		for _, v := range m.visits {
			h := hourOf(v.at(), m.zone)
			m.week = append(m.week, uint8(h)) //nolint:gosec // below 168
			p.week[h]++
		}
		p.visits[m.stage] = append(p.visits[m.stage], m.visits...)
		p.all = append(p.all, m.visits...)
		p.people = append(p.people, m)
	}
	if len(p.all) == 0 {
		return nil, fmt.Errorf("nobody of the %d people has done anything yet: there is nothing to go by", len(p.people))
	}
	for _, t := range touches {
		if t.answered > 0 {
			p.delays = append(p.delays, max(time.Second, t.answered.Sub(t.at)))
		}
	}
	p.smoothWeek()
	p.fitComing(histories, days)
	p.rates = ratesOf(touches)
	p.basis = append(p.basis, p.rates.basis(ws)...)
	p.assume()
	return p, nil
}

// historyOf is what the law of coming must know of visits.
func historyOf(visits []visit, now event.Instant) classic.Person {
	first, last := visits[0].at(), visits[len(visits)-1].at()
	return classic.Person{Repeats: len(visits) - 1, Last: inDays(last.Sub(first)), Age: max(inDays(now.Sub(first)), inDays(last.Sub(first))+1e-6)}
}

func inDays(d time.Duration) float64 { return d.Hours() / 24 }

// fitComing fits how people come by themselves, or says what is assumed.
func (p *Process) fitComing(histories []classic.Person, days float64) {
	b := Basis{What: "How often people come, and when they leave", Seen: len(histories)}
	if len(histories) >= fewest {
		if law, fit, err := classic.FitBGNBD(histories, true); err == nil && len(fit.Degenerate) == 0 && plain(law) {
			p.law = law
			b.Value = law.FromStart(30)
			b.Words = fmt.Sprintf("Fitted to the %d visits of %d people (MBG/NBD); each keeps the rate that their own visits speak for, and may leave for good after any of them.", len(p.all), len(histories))
			p.basis = append(p.basis, b)
			return
		}
	}
	// A rate known about as well as from one visit, and one visit in ten the last.
	repeats := float64(len(p.all) - len(histories))
	rate := max(repeats+1, 1) / max(days, 1)
	p.law = classic.BGNBD{R: 1, Alpha: 1 / rate, A: 1, B: 9, Modified: true}
	b.Assumed, b.Value, b.Low, b.High, b.Share = true, .1, .02, .3, true
	b.Words = fmt.Sprintf("Too little to fit a law to (%d people who came): visits at the rate seen, and after each one the chance that it was the last.", len(histories))
	p.basis = append(p.basis, b)
}

func plain(m classic.BGNBD) bool {
	for _, v := range []float64{m.R, m.Alpha, m.A, m.B} {
		if math.IsNaN(v) || v < 1e-3 || v > 1e5 {
			return false
		}
	}
	return true
}

// assume says what nobody can see in the past of these people alone.
func (p *Process) assume() {
	p.basis = append(p.basis,
		Basis{What: "When they come", Words: "At the hours of the week at which each of them has come, in their own time zone, smoothed towards everybody's.", Seen: len(p.all)},
		Basis{What: "What they do, and spend", Words: "What was really done in a visit, with its amounts: mostly one of their own, else one of somebody in the same stage.", Seen: len(p.all)},
		Basis{
			What: "Visits that a letter only moved", Assumed: true, Value: displaced(Middle), Low: displaced(High), High: displaced(Low), Share: true,
			Words: "The share of answers that stand in for a visit that would have come anyway. The past cannot tell; with a holdout the measured lift of your goals can.",
		},
		Basis{
			What: "What stays as it is", Assumed: true,
			Words: "Nobody new comes; seasons, prices and competitors do not change; letters neither win people over for good nor drive them away, but for the answers and withdrawals of consent above.",
		},
	)
}

// smoothWeek makes of counts what an hour of the week is to the mean one.
func (p *Process) smoothWeek() {
	total := 0.0
	for h := range p.week {
		p.week[h] += .2
		total += p.week[h]
	}
	for h := range p.week {
		p.week[h] *= hours / total
	}
}

// smooth is how many visits of everybody weigh as much in somebody's week as theirs.
const smooth = 12

// weekOf is how much likelier than in the mean hour the person comes in each.
func (p *Process) weekOf(m *member) (week [hours]float64) {
	n := float64(len(m.week))
	for h := range week {
		week[h] = p.week[h] * smooth / (smooth + n)
	}
	for _, h := range m.week {
		week[h] += hours / (smooth + n)
	}
	return week
}

func hourOf(at event.Instant, zone *time.Location) int {
	t := at.Time().In(zone)
	return int(t.Weekday())*24 + t.Hour()
}

// nameOf is what the person is called, as far as they said.
func nameOf(p *profile.Person) string {
	text := func(trait string) string {
		v, _ := profile.TraitValue(p.Traits.Get(trait).Value)
		s, _ := v.(string)
		return s
	}
	if name := text("name"); name != "" {
		return name
	}
	first, last := text("first_name"), text("last_name")
	switch {
	case first != "" && last != "":
		return first + " " + last
	case first+last != "":
		return first + last
	}
	if user, anonymous, ok := names(p); ok {
		return user + anonymous
	}
	return p.ID.String()
}

// beta is what is known of a share after k of n, with prior having been as good as
// strength cases.
type beta struct{ a, b float64 }

func betaOf(prior, strength float64, k, n int) beta {
	return beta{prior*strength + float64(k), (1-prior)*strength + float64(n-k)}
}

func (x beta) mean() float64 { return x.a / (x.a + x.b) }

func (x beta) quantile(q float64) float64 { return distuv.Beta{Alpha: x.a, Beta: x.b}.Quantile(q) }

// at is the share as an assumption has it.
func (x beta) at(s Answers) float64 {
	switch s {
	case Low:
		return x.quantile(.05)
	case High:
		return x.quantile(.95)
	default:
		return x.mean()
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
