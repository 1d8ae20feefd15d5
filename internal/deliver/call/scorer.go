package call

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/pace"
	"github.com/rapporthq/rapport/internal/person"
)

// ScorerOptions are the parts of a Scorer. All but Heard and Log are required.
type ScorerOptions struct {
	Channel     *Channel
	Definitions func(ctx context.Context) (*definition.Workspace, error)

	// Subject describes a person to the model. It fails when they are nobody any more.
	Subject func(ctx context.Context, ws *definition.Workspace, p person.ID) (map[string]any, error)

	Appender interface {
		Append(ctx context.Context, events []event.Event) error
	}
	Now   func() event.Instant
	Heard func(ok bool) // of each answer, or that there was none
	Log   *slog.Logger
}

// Scorer asks the company's own model before choices. Whatever comes of it becomes a
// Scored event: where the model fails, the choice is made without.
type Scorer struct {
	opts ScorerOptions

	mu      sync.Mutex
	waiting map[event.Opportunity]person.ID // asked, or to be asked
	queue   []event.Opportunity
	more    chan struct{}
}

const (
	scorersAtOnce = 16
	largestScore  = 1e6 // money
)

// NewScorer returns a scorer that asks nothing before Run.
func NewScorer(o ScorerOptions) *Scorer {
	if o.Heard == nil {
		o.Heard = func(bool) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Scorer{opts: o, waiting: map[event.Opportunity]person.ID{}, more: make(chan struct{}, 1)}
}

// Score asks for a choice of p's, unless that is under way. It does not block.
func (s *Scorer) Score(p person.ID, choice event.Opportunity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, is := s.waiting[choice]; is {
		return
	}
	s.waiting[choice] = p
	s.queue = append(s.queue, choice)
	s.wake()
}

func (s *Scorer) wake() {
	select {
	case s.more <- struct{}{}:
	default: // it is awake
	}
}

func (s *Scorer) next() (choice event.Opportunity, p person.ID, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return choice, p, false
	}
	choice, s.queue = s.queue[0], s.queue[1:]
	if len(s.queue) > 0 {
		s.wake()
	}
	return choice, s.waiting[choice], true
}

// Run asks until ctx ends. What was not asked by then is asked by the next run: its
// people are still marked.
func (s *Scorer) Run(ctx context.Context) error {
	var asking sync.WaitGroup
	for range scorersAtOnce {
		asking.Go(func() { s.run(ctx) })
	}
	asking.Wait()
	return nil
}

func (s *Scorer) run(ctx context.Context) {
	for {
		choice, p, ok := s.next()
		if !ok {
			select {
			case <-s.more:
				continue
			case <-ctx.Done():
				return
			}
		}
		for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
			err := s.ask(ctx, choice, p)
			if err == nil || ctx.Err() != nil {
				break
			}
			s.opts.Log.ErrorContext(ctx, "what a model answered could not be kept", slog.Any("error", err))
			pace.Rest(ctx, wait)
		}
		s.mu.Lock()
		delete(s.waiting, choice)
		s.mu.Unlock()
	}
}

// ask asks once and writes down what came of it.
func (s *Scorer) ask(ctx context.Context, choice event.Opportunity, p person.ID) error {
	body := event.ScoredBody{ID: choice}
	var err error
	body.Scores, err = s.answer(ctx, choice, p)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		body.Failed = err.Error()
	}
	s.opts.Heard(err == nil)
	now := s.opts.Now()
	return s.opts.Appender.Append(ctx, []event.Event{{
		Kind: event.Scored, To: p, Source: "scorer", MessageID: "scored:" + choice.String(), Time: now, ReceivedAt: now, Body: event.Pack(body),
	}})
}

func (s *Scorer) answer(ctx context.Context, choice event.Opportunity, p person.ID) (map[string]float64, error) {
	ws, err := s.opts.Definitions(ctx)
	if err != nil {
		return nil, err
	}
	def, ok := ws.Call(ws.Scorer.Call)
	if !ok {
		return nil, fmt.Errorf("no model is declared any more")
	}
	subject, err := s.opts.Subject(ctx, ws, p)
	if err != nil {
		return nil, err
	}
	actions := []string{}
	for _, g := range ws.Goals {
		for _, a := range g.Actions {
			actions = append(actions, g.ID+"/"+a.ID)
		}
	}
	question, err := json.Marshal(map[string]any{"person": subject, "actions": actions, "currency": ws.Currency})
	if err != nil {
		return nil, fmt.Errorf("the person cannot be described: %w", err)
	}
	answer, err := s.opts.Channel.Ask(ctx, def, "score-"+choice.String(), question)
	if err != nil {
		return nil, err
	}
	return readScores(def.Name, answer, actions)
}

// readScores takes the scores of actions that there are; a model may know others.
func readScores(name string, answer []byte, actions []string) (map[string]float64, error) {
	var is struct {
		Scores map[string]float64 `json:"scores"`
	}
	if err := json.Unmarshal(answer, &is); err != nil || is.Scores == nil {
		return nil, fmt.Errorf("%s did not answer {\"scores\": {\"goal/action\": money}}", name)
	}
	out := map[string]float64{}
	for _, key := range actions {
		x, ok := is.Scores[key]
		if ok && math.Abs(x) > largestScore {
			return nil, fmt.Errorf("%s says that %s is worth %g, which is no amount of money", name, key, x)
		}
		if ok {
			out[key] = x
		}
	}
	return out, nil
}
