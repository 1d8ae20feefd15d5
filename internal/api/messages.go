package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/lint"
	"github.com/rapporthq/rapport/internal/message/render"
)

// Messages are what the company says, authored once.
type Messages interface {
	Messages(ctx context.Context) (MessageList, error)

	// Preview writes a message for a person on every channel. Nothing is sent.
	Preview(ctx context.Context, r MessagePreviewRequest) (MessagePreview, error)

	// People writes a message for everybody and counts what goes wrong. Nothing is
	// sent.
	People(ctx context.Context, key string) (MessageReport, error)

	// Links calls the addresses that messages lead to, none within the own network.
	Links(ctx context.Context) (LinkReport, error)
}

// LinkReport is what became of the addresses in messages.
type LinkReport struct {
	Looked   int              `json:"looked" doc:"addresses that were called"`
	Personal int              `json:"personal" doc:"that are filled in for each person, and were not"`
	Left     int              `json:"left" doc:"that were not, since there are so many"`
	Findings []MessageFinding `json:"findings" doc:"of those that lead nowhere"`
}

// MessageFinding is one thing about a message that will not work.
type MessageFinding lint.Finding

// Findings puts findings into the form of the API.
func Findings(all []lint.Finding) []MessageFinding {
	out := make([]MessageFinding, len(all))
	for i, f := range all {
		out[i] = MessageFinding(f)
	}
	return out
}

// MessageRow is a message in a list.
type MessageRow struct {
	Key      string           `json:"key" doc:"tells it apart: its id, or goal/action/id of one that is an action's own"`
	ID       string           `json:"id"`
	Headline string           `json:"headline" doc:"as it is written, in Liquid"`
	Appeal   string           `json:"appeal"`
	Channels []string         `json:"channels"`
	Locales  []string         `json:"locales" doc:"that in which it is written first"`
	Used     []string         `json:"used" doc:"goal/action of those that use it"`
	Findings []MessageFinding `json:"findings"`
}

// MessageList is all of them.
type MessageList struct {
	Messages []MessageRow     `json:"messages"`
	Brand    []MessageFinding `json:"brand" doc:"findings about the brand"`
	Locales  []string         `json:"locales" doc:"in which people are written to"`
}

// MessagePreviewRequest says which message is written for whom.
type MessagePreviewRequest struct {
	Key    string `json:"key,omitempty" maxLength:"250" doc:"of one that is defined"`
	Source string `json:"source,omitempty" maxLength:"200000" doc:"instead of key: YAML of a draft, as it would stand under messages"`
	Person string `json:"person,omitempty" maxLength:"64" doc:"person id; absent: somebody of whom nothing is known"`
	Locale string `json:"locale,omitempty" maxLength:"35" doc:"instead of the person's own"`
}

// MessageOnChannel is a message as it would reach the person on one channel.
type MessageOnChannel struct {
	Channel   string            `json:"channel"`
	To        string            `json:"to,omitempty" doc:"the person's address there; empty: none is known"`
	Rendering *render.Rendering `json:"rendering,omitempty" doc:"absent: it cannot be written for this person"`
	Findings  []MessageFinding  `json:"findings"`
}

// MessagePreview is a message on all of its channels.
type MessagePreview struct {
	Problems []SourceProblem    `json:"problems" doc:"of a draft; then nothing is rendered"`
	Person   string             `json:"person,omitempty"`
	Name     string             `json:"name,omitempty" doc:"of the person"`
	Locale   string             `json:"locale" doc:"in which it is written for them"`
	Locales  []string           `json:"locales" doc:"in which it can be"`
	Channels []MessageOnChannel `json:"channels"`
	Findings []MessageFinding   `json:"findings" doc:"whoever gets it"`
}

// MessagePerson is somebody for whom something goes wrong.
type MessagePerson struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// MessageTrouble is a finding of some people.
type MessageTrouble struct {
	Finding MessageFinding  `json:"finding"`
	Count   int             `json:"count"`
	People  []MessagePerson `json:"people" doc:"of them, the first"`
}

// MessageReport is a message written for everybody.
type MessageReport struct {
	People   int              `json:"people" doc:"for whom it was written"`
	Whole    bool             `json:"whole" doc:"that is everybody; else only as many as there was time for"`
	Troubles []MessageTrouble `json:"troubles" doc:"by how many people have them"`
	Locales  []MessageLocale  `json:"locales" doc:"in which language it is for how many"`
}

// MessageLocale is how many people read a message in a language.
type MessageLocale struct {
	Locale string `json:"locale"`
	Count  int    `json:"count"`
}

func registerMessages(api huma.API, o Options, b boundary) {
	add(api, b, operation("list-messages", http.MethodGet, "/messages", "messages", "All messages, and what will not work in them"),
		func(ctx context.Context, _ *none) (MessageList, error) { return o.Messages.Messages(ctx) })

	type previewInput struct{ Body MessagePreviewRequest }
	preview := operation("preview-message", http.MethodPost, "/messages/preview", "messages", "A message, or a draft, as one person would get it on every channel; nothing is sent")
	preview.MaxBodyBytes = maxSource
	add(api, b, preview, func(ctx context.Context, in *previewInput) (MessagePreview, error) {
		return o.Messages.Preview(ctx, in.Body)
	})

	type peopleInput struct {
		Key string `query:"key" maxLength:"250" required:"true" doc:"of the message"`
	}
	add(api, b, operation("check-message", http.MethodGet, "/messages/people", "messages", "For how many people a message would lack something, and who they are; nothing is sent"),
		func(ctx context.Context, in *peopleInput) (MessageReport, error) {
			return o.Messages.People(ctx, in.Key)
		})
	add(api, b, operation("check-links", http.MethodPost, "/messages/links", "messages", "Call the addresses that messages lead to, and tell which lead nowhere"),
		func(ctx context.Context, _ *none) (LinkReport, error) { return o.Messages.Links(ctx) })
	registerLetter(api, o, b)
}

// letterPolicy lets a letter look as it does in a mail program, and do nothing: it
// runs no script, sends nothing, and only the console may frame it.
const letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; sandbox allow-popups; frame-ancestors 'self'"

// registerLetter serves the letter of a preview as a page of its own: within the
// console's page its styles and pictures would be refused.
func registerLetter(api huma.API, o Options, b boundary) {
	type input struct {
		Key    string `query:"key" maxLength:"250" required:"true" doc:"of the message"`
		Person string `query:"person" maxLength:"64" doc:"person id; absent: somebody of whom nothing is known"`
		Locale string `query:"locale" maxLength:"35" doc:"instead of the person's own"`
	}
	type output struct {
		Type   string `header:"Content-Type"`
		Policy string `header:"Content-Security-Policy"`
		Framed string `header:"X-Frame-Options"`
		Body   []byte
	}
	op := operation("get-message-letter", http.MethodGet, "/messages/letter", "messages", "The e-mail of a preview, as a page")
	huma.Register(api, op, func(ctx context.Context, in *input) (*output, error) {
		p, err := o.Messages.Preview(ctx, MessagePreviewRequest{Key: in.Key, Person: in.Person, Locale: in.Locale})
		if err != nil {
			return nil, b.problem(ctx, err)
		}
		for _, c := range p.Channels {
			if c.Rendering != nil && c.Rendering.Email != nil {
				return &output{Type: "text/html; charset=utf-8", Policy: letterPolicy, Framed: "SAMEORIGIN", Body: []byte(c.Rendering.Email.HTML)}, nil
			}
		}
		return nil, b.problem(ctx, fault.New(fault.NotFound, "the message %q does not go by e-mail, or cannot be written for this person", in.Key))
	})
}
