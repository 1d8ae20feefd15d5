package importer

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Summary says what an import did. Its JSON is what rapport import --json prints.
type Summary struct {
	File   string `json:"file"`
	Map    string `json:"map"`
	Source string `json:"source"` // of every event: names the content of the file

	Rows     int            `json:"rows"`     // lines with something in them, without the header
	Events   int            `json:"events"`   // without the identify calls
	Traits   int            `json:"traits"`   // identify calls
	Said     int            `json:"said"`     // what people said of consent, and addresses that cannot be reached
	People   int            `json:"people"`   // who have at least one event
	Skipped  map[string]int `json:"skipped"`  // rows that the map leaves out, by reason
	Rejected int            `json:"rejected"` // rows that could not be read
	Rejects  string         `json:"rejects,omitempty"`

	From  event.Instant `json:"from"`
	To    event.Instant `json:"to"`
	Money []Money       `json:"money"` // by event, then currency

	// Invented says, in sentences, which times and ids the map makes up.
	Invented []string `json:"invented,omitempty"`

	Bytes   int64   `json:"bytes"` // of text, inflated
	Seconds float64 `json:"seconds"`
}

// Money is the sum of the amounts of the rows of one event in one currency.
type Money struct {
	Event    string `json:"event"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"` // decimal, exact
}

// WriteText writes the summary for people.
func (s Summary) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d rows, %d events of %d people", s.File, s.Rows, s.Events, s.People)
	if s.Events > 0 {
		fmt.Fprintf(&b, ", from %s to %s", s.From, s.To)
	}
	fmt.Fprintf(&b, ", in %.1f s\n", s.Seconds)
	for _, sentence := range s.Invented {
		fmt.Fprintf(&b, "  %s\n", sentence)
	}
	if s.Traits+s.Said > 0 {
		fmt.Fprintf(&b, "  traits said %d times, consent or an address that cannot be reached %d times\n", s.Traits, s.Said)
	}
	for _, m := range s.Money {
		fmt.Fprintf(&b, "  %s: %s %s\n", m.Event, m.Amount, m.Currency)
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(&b, "  left out, %s: %d rows\n", reason, s.Skipped[reason])
	}
	if s.Rejected > 0 {
		fmt.Fprintf(&b, "  not readable: %d rows, listed with reasons in %s\n", s.Rejected, s.Rejects)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tally counts while an import runs.
type tally struct {
	Summary

	people map[person.ID]struct{}
	traits map[person.ID][sha256.Size]byte // hash of what the last identify call said
	money  map[moneyKey]event.Micros
}

type moneyKey struct{ event, currency string }

func newTally(o Options, source string) *tally {
	return &tally{
		Summary: Summary{File: o.Path, Map: o.Map.Name, Source: source, Skipped: map[string]int{}, Invented: o.Map.Invented},
		people:  map[person.ID]struct{}{},
		traits:  map[person.ID][sha256.Size]byte{},
		money:   map[moneyKey]event.Micros{},
	}
}

func (t *tally) amount(g *group) {
	if g.money.currency != "" {
		t.money[g.money] += g.amount
	}
}

// newTraits reports whether e says something else than the last identify call
// for the same person.
func (t *tally) newTraits(e event.Event) bool {
	sum := sha256.Sum256(e.Traits)
	if t.traits[e.To] == sum {
		return false
	}
	t.traits[e.To] = sum
	return true
}

func (t *tally) event(e event.Event) {
	t.people[e.To] = struct{}{}
	switch e.Kind {
	case event.Identify:
		t.Traits++
		return
	case event.Consented, event.Receipt:
		t.Said++
		return
	default:
	}
	t.Events++
	if t.From.IsZero() || e.Time < t.From {
		t.From = e.Time
	}
	if t.To.IsZero() || e.Time > t.To {
		t.To = e.Time
	}
}

func (t *tally) summary(rejects *rejectFile, size int64, took time.Duration) Summary {
	s := t.Summary
	s.People, s.Bytes, s.Seconds = len(t.people), size, took.Seconds()
	if s.Rejected > 0 {
		s.Rejects = rejects.path
	}
	s.Money = []Money{}
	for k, amount := range t.money {
		s.Money = append(s.Money, Money{Event: k.event, Currency: k.currency, Amount: amount.String()})
	}
	slices.SortFunc(s.Money, func(a, b Money) int {
		return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Currency, b.Currency))
	})
	return s
}
