package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/sim"
)

// demoSystems are the systems of the demo's shop, which its conversations ask.
type demoSystems struct {
	server *http.Server
	url    string
}

// openDemoSystems serves them on loopback. The caller must Close them.
func openDemoSystems(ctx context.Context) (*demoSystems, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the systems of the demo's shop: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rapport/orders", demoOrder)
	mux.HandleFunc("POST /rapport/returns", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"label":"sent"}`) })
	s := &demoSystems{server: &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}, url: "http://" + l.Addr().String()}
	go func() { _ = s.server.Serve(l) }() // ends when it is closed
	return s, nil
}

// Close ends them.
func (s *demoSystems) Close() error { return s.server.Close() }

// demoOrder tells where an order is, which depends on its number.
func demoOrder(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		With struct {
			Number string `json:"number"`
		} `json:"with"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&asked); err != nil || asked.With.Number == "" {
		http.Error(w, `{"error":"which order"}`, http.StatusBadRequest)
		return
	}
	status := "on its way"
	switch asked.With.Number[len(asked.With.Number)-1] {
	case '0', '1':
		status = "being packed"
	case '2', '3', '4':
		status = "at your door since this morning"
	case '7':
		status = "late"
	case '9':
		http.Error(w, `{"error":"no such order"}`, http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"status": status}) // who asked has gone
}

// demoMail is the demo's e-mail: letters go to the people of the simulated company,
// and what is said in a conversation to the simulator, where whoever asked reads it.
type demoMail struct {
	deliver.Channel
	said deliver.Channel
}

// Send implements deliver.Channel.
func (m demoMail) Send(ctx context.Context, l deliver.Letter) error {
	if l.Goal == "" {
		return m.said.Send(ctx, l)
	}
	return m.Channel.Send(ctx, l)
}

// talk lets people of the company talk to it, and staff see to what no conversation
// knows, until ctx ends.
func (a *App) talk(ctx context.Context, world *sim.Live, seed uint64) error {
	return sim.NewTalkers(sim.TalkOptions{
		Live: world, Seed: seed, Hear: a.Hear, Logger: a.opts.Logger,
		Answers: func(n uint64) (out []sim.Answer) {
			for _, t := range a.simulated.Letters("", demoLetters) {
				if t.N <= n {
					break
				}
				out = append(out, sim.Answer{N: t.N, Channel: t.Channel, To: t.To})
			}
			slices.Reverse(out)
			return out
		},
	}).Run(ctx)
}

// demoLetters is how many letters may come between two looks at them.
const demoLetters = 300

// staff answers what is open, each request after its own time.
func (a *App) staff(ctx context.Context) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	r := requests{a.control}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		list, err := r.Requests(ctx, true, "", demoRequests)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		for _, row := range list.Requests {
			act, due := nextAct(row, a.opts.Now().Sub(row.Opened))
			if !due {
				continue
			}
			if _, err := r.Act(ctx, row.Person, act); err != nil && ctx.Err() == nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
	}
}

// demoRequests is how many requests the staff look at at once.
const demoRequests = 100

// nextAct is what the demo's staff do next about a request that is so old.
func nextAct(row api.RequestRow, age time.Duration) (act event.RequestBody, due bool) {
	h := xxhash.Sum64String(row.ID)
	who := []string{"eve", "sam", "kim"}[h%3]
	act = event.RequestBody{Request: row.ID, By: who}
	slow := time.Duration(1+(h>>8)%10) * 8 * time.Hour
	if (h>>16)%10 == 0 { // forgotten for long
		slow = 20 * 24 * time.Hour
	}
	switch {
	case row.Channel == "" && age > slow: // nobody wrote: somebody was to ring them
		act.Act, act.Outcome = event.RequestClosed, []string{"spoke with them", "nobody answered"}[(h>>4)%2]
	case row.Owner == "" && age > slow/4:
		act.Act, act.Owner = event.RequestAssigned, who
	case row.Channel != "" && row.Owner != "" && row.Answers == 0 && age > slow:
		act.Act, act.Text = event.RequestAnswered, `Dear {{ first_name | default: "customer" }}, we have seen to it. Is everything right now?`
	case row.Answers > 0 && age > 2*slow:
		act.Act, act.Outcome = event.RequestClosed, []string{"replaced", "answered", "refunded"}[(h>>4)%3]
	default:
		return act, false
	}
	return act, true
}
