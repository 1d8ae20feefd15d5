package app

import (
	"context"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/deliver"
)

// simulated shows what went to nobody, and lets nobody answer.
type simulated struct{ app *App }

var _ api.Simulator = simulated{}

// Taken implements api.Simulator.
func (s simulated) Taken(channel string, limit int) []api.SimulatedLetter {
	out := []api.SimulatedLetter{}
	for _, t := range s.app.simulated.Letters(channel, limit) {
		out = append(out, api.SimulatedLetter(t))
	}
	return out
}

// Hear implements api.Simulator.
func (s simulated) Hear(ctx context.Context, said api.SimulatedReply) error {
	return s.app.Hear(ctx, deliver.Heard{
		Channel: said.Channel, From: said.From, Text: said.Text, Payload: said.Payload, Keys: said.Keys, Ref: said.Ref,
	})
}
