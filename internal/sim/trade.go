package sim

import (
	"math/rand/v2"

	"github.com/rapporthq/rapport/internal/event"
)

// trade is what a company does for a living: what people do there, and what they
// pay for. How relationships come and go is the same everywhere.
type trade interface {
	// onPhone reports that everybody has the app.
	onPhone() bool

	// enter is what comes before the first page of somebody who is known.
	enter(v *visit)

	// look is one thing that they look at or do.
	look(v *visit)

	// sell is a visit that ends with money, dither one that nearly does.
	sell(v *visit)
	dither(v *visit)

	// elsewhere lets them come by other than by a visit, and reports whether they did.
	elsewhere(c *Company, p *someone, at event.Instant, r *rand.Rand) bool

	// question is how they ask.
	question() question
}

// question is how people ask a company, and how it answers.
type question struct {
	opened, answered string // events
	topics           []string
	hours            float64 // median time until the answer
	chats            float64 // share that is asked in the chat instead
}

// Kinds are what a company may do for a living.
func Kinds() []string { return []string{"shop", "app", "saas", "telco"} }

// TemplateFor names the definitions for a kind of company.
func TemplateFor(kind string) string {
	if kind == "shop" {
		return "retail"
	}
	return kind
}

// tradeOf returns nil for a kind that is none.
func tradeOf(kind string) trade {
	switch kind {
	case "shop":
		return shopkeeping{}
	case "app":
		return lessons()
	case "saas":
		return software()
	case "telco":
		return network()
	default:
		return nil
	}
}
