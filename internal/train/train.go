// Package train fits state-space models to histories on all cores: it runs the
// parts of a fit that the pure package splits, hears how the fit goes, and can be
// stopped. The result does not depend on how many cores there are.
package train

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/rapporthq/rapport/internal/statemodel"
)

// Options say how a model is trained.
type Options struct {
	Form statemodel.Form
	// Incumbent is a model of the same form to begin from; nil begins from scratch.
	Incumbent *statemodel.Model
	Starts    int    // beginnings; defaults to those of [statemodel.Options]
	Seed      uint64 // of the beginnings and of drawn models
	// Workers is how many goroutines work. Defaults to the number of processors.
	Workers int
	// Progress hears of every step, from the goroutine that called. It may be nil.
	Progress func(statemodel.Step)
	// Draws is how many models are drawn from what is unsure. 0 leaves it unasked.
	Draws int
}

// Result is a trained model.
type Result struct {
	Model *statemodel.Model
	Trace statemodel.Trace
	// Uncertainty and Drawn are nil if they were not asked for.
	Uncertainty *statemodel.Uncertainty
	Drawn       []*statemodel.Model
}

// Fit trains a model on histories. It ends early, with the context's error, at the
// next step after the context is done.
func Fit(ctx context.Context, histories []statemodel.History, o Options) (Result, error) {
	each := Each(o.Workers)
	m, trace, err := statemodel.Fit(histories, statemodel.Options{
		Form: o.Form, Warm: o.Incumbent, Starts: o.Starts, Seed: o.Seed, Each: each,
		Progress: func(s statemodel.Step) error {
			if o.Progress != nil {
				o.Progress(s)
			}
			return ctx.Err()
		},
	})
	out := Result{Model: m, Trace: trace}
	if err != nil || o.Draws == 0 {
		return out, err
	}
	form := o.Form
	form.Clock = m.Clock // a trend is found by then
	if out.Uncertainty, err = m.Uncertainty(form, histories, each); err != nil {
		return out, err
	}
	out.Drawn = out.Uncertainty.Draw(o.Draws, rand.New(rand.NewPCG(o.Seed, 2))) //nolint:gosec // no secret
	return out, ctx.Err()
}

// Each runs the parts of a fit on so many goroutines, by default one a processor.
// It returns when all have ended.
func Each(workers int) statemodel.Each {
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	return func(n int, f func(int)) {
		parts := make(chan int)
		var wg sync.WaitGroup
		for range min(workers, n) {
			wg.Go(func() {
				for i := range parts {
					f(i)
				}
			})
		}
		for i := range n {
			parts <- i
		}
		close(parts)
		wg.Wait()
	}
}
