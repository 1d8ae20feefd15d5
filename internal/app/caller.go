package app

import (
	"context"
	"os"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver/call"
)

// caller asks the systems of the company, for its conversations and its choices.
func (a *App) caller() *call.Channel {
	c := call.Open(call.Options{
		Calls: func(ctx context.Context, id string) (definition.Call, bool) {
			ws, err := a.Definitions(ctx)
			if err != nil {
				return definition.Call{}, false
			}
			return ws.Call(id)
		},
		Secret: os.LookupEnv, Ledger: a, Now: a.opts.Now,
	})
	a.closers = append(a.closers, c.Close)
	return c
}
