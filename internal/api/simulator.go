package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
)

// Simulator is what goes out by channels that have no account, and what their
// people answer.
type Simulator interface {
	// Taken returns the latest letters, newest first; channel "" is all.
	Taken(channel string, limit int) []SimulatedLetter

	// Hear answers as a person would. It returns once that is durable.
	Hear(ctx context.Context, said SimulatedReply) error
}

// SimulatedLetter is a letter that went to nobody.
type SimulatedLetter struct {
	N         uint64        `json:"n" doc:"from 1, in the order in which they went out since the server started"`
	At        event.Instant `json:"at"`
	Channel   string        `json:"channel"`
	Person    string        `json:"person"`
	Delivery  string        `json:"delivery"`
	Ref       string        `json:"ref,omitempty" doc:"by which a reply names this letter"`
	To        string        `json:"to"`
	From      string        `json:"from,omitempty"`
	Subject   string        `json:"subject,omitempty"`
	Text      string        `json:"text"`
	HTML      string        `json:"html,omitempty"`
	StepLabel string        `json:"step_label,omitempty"`
	StepURL   string        `json:"step_url,omitempty"`
	Goal      string        `json:"goal,omitempty"`
	Action    string        `json:"action,omitempty"`
	Message   string        `json:"message,omitempty"`
	Fate      string        `json:"fate" enum:"delivered,refused,dead,broken,vanished,bounced,lost" doc:"what the simulator did with it"`
}

// SimulatedLetters are letters that went to nobody.
type SimulatedLetters struct {
	Letters []SimulatedLetter `json:"letters" doc:"newest first"`
}

// SimulatedReply is what a person is made to say.
type SimulatedReply struct {
	Channel string `json:"channel" maxLength:"64" minLength:"1"`
	From    string `json:"from" maxLength:"512" minLength:"1" doc:"whose it is on the channel: a number, an address"`
	Text    string `json:"text,omitempty" maxLength:"10000"`
	Payload string `json:"payload,omitempty" maxLength:"500" doc:"of a button that is pressed"`
	Keys    string `json:"keys,omitempty" maxLength:"50" doc:"pressed on a phone"`
	Ref     string `json:"ref,omitempty" maxLength:"200" doc:"of the letter that it answers"`
}

// SimulatedHearing tells that a reply is durable.
type SimulatedHearing struct {
	Heard bool `json:"heard"`
}

func registerSimulator(api huma.API, o Options, b boundary) {
	type listInput struct {
		Channel string `query:"channel" maxLength:"64" doc:"channel id; empty: all"`
		Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	}
	list := operation("list-simulated-letters", http.MethodGet, "/simulator/letters", "simulator", "What went out by channels that have no account: to nobody")
	list.Description = "The latest of all channels, since the server started, at most a thousand."
	add(api, b, list, func(_ context.Context, in *listInput) (SimulatedLetters, error) {
		return SimulatedLetters{Letters: o.Simulator.Taken(in.Channel, in.Limit)}, nil
	})

	type replyInput struct{ Body SimulatedReply }
	reply := operation("simulate-reply", http.MethodPost, "/simulator/replies", "simulator", "Answer as a person would")
	add(api, b, reply, func(ctx context.Context, in *replyInput) (SimulatedHearing, error) {
		err := o.Simulator.Hear(ctx, in.Body)
		return SimulatedHearing{Heard: err == nil}, err
	})
}
