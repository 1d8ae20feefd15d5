package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// SuppressRequest is a list of addresses that must not be used, whoever has them.
type SuppressRequest struct {
	Why    event.Outcome `json:"why" enum:"bounced,complained" doc:"why they are on the list"`
	Emails []string      `json:"emails" minItems:"1" maxItems:"10000"`
}

// Suppression is what became of the list.
type Suppression struct {
	Taken   int              `json:"taken" doc:"addresses that are not used from now on; one that was suppressed before keeps its day and reason"`
	Refused []RefusedAddress `json:"refused"`
}

// RefusedAddress is one that was not taken.
type RefusedAddress struct {
	Index   int    `json:"index" doc:"in the list, from 0"`
	Address string `json:"address"`
	Problem string `json:"problem"`
}

func registerSuppressions(api huma.API, o Options, b boundary) {
	if o.Identities == nil {
		o.Identities = noIdentities{}
	}
	type input struct{ Body SuppressRequest }
	op := operation("suppress-addresses", http.MethodPost, "/suppressions", "people", "Suppress addresses: nothing is sent to them any more, whoever has them, now or later")
	op.Description = "For lists of other tools, so that nobody is written to again who complained, or whose mailbox is gone. " +
		"Who only unsubscribed from something belongs in an import of contacts, with their consent."
	add(api, b, op, func(ctx context.Context, in *input) (Suppression, error) {
		out := Suppression{Refused: []RefusedAddress{}}
		var taken []person.Identity
		for i, text := range in.Body.Emails {
			address := person.NewIdentity(person.Email, strings.TrimSpace(text))
			if before, after, ok := strings.Cut(address.Value, "@"); !ok || before == "" || after == "" || strings.ContainsAny(address.Value, " \t\r\n,;<>") {
				out.Refused = append(out.Refused, RefusedAddress{i, text, "is no e-mail address: write it as ada@example.com"})
				continue
			}
			taken = append(taken, address)
		}
		if out.Taken = len(taken); out.Taken == 0 {
			return out, nil
		}
		return out, o.Identities.Suppress(ctx, in.Body.Why, taken)
	})
}
