package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/profile"
)

func asFault(err error) (*fault.Error, bool) { return errors.AsType[*fault.Error](err) }

// held is one conversation that was held with somebody.
type held struct {
	of, channel, step, outcome string
	move                       event.Move
	turns                      int
}

// Parity implements api.Conversations. It reads the timelines of those who ever
// said something.
func (c conversations) Parity(ctx context.Context) (api.Parity, error) {
	ws, err := c.compiled(ctx, "current")
	if err != nil {
		return api.Parity{}, err
	}
	all, err := c.held(ctx)
	if err != nil {
		return api.Parity{}, err
	}
	var out api.Parity
	for _, ch := range ws.Channels {
		if ch.ID != "webhook" {
			out.Channels = append(out.Channels, ch.ID)
		}
	}
	for i := range ws.Conversations {
		task := parityOf(ws, &ws.Conversations[i], out.Channels, all)
		out.Tasks = append(out.Tasks, task)
		out.Gaps = append(out.Gaps, gapsOf(task)...)
	}
	slices.SortStableFunc(out.Gaps, func(a, b api.ParityGap) int { return cmp.Compare(b.People, a.People) })
	return out, nil
}

func (c conversations) held(ctx context.Context) ([]held, error) {
	var all []held
	err := c.data.State.WhoContacted(func(p *profile.Person) error {
		of := map[string]*held{}
		err := c.data.State.History(ctx, p.ID, func(e event.Event) bool {
			if e.Kind != event.Conversed {
				return true
			}
			b, err := event.Unpack[event.ConversedBody](e)
			if err != nil {
				return true
			}
			h := of[b.Conversation]
			if h == nil {
				h = &held{of: b.Of, channel: b.Channel}
				of[b.Conversation] = h
			}
			h.move, h.step, h.outcome, h.turns = b.Move, b.Step, b.Outcome, b.Turns
			return true
		})
		for _, h := range of {
			all = append(all, *h)
		}
		return err
	})
	return all, err
}

func parityOf(ws *definition.Workspace, def *definition.Conversation, channels []string, all []held) api.ParityTask {
	task := api.ParityTask{ID: def.ID, Name: def.Name}
	for _, ch := range channels {
		task.Cells = append(task.Cells, cellOf(ws, def, ch, all))
	}
	for i := range def.Steps {
		s := api.ParityStep{Step: def.Steps[i].ID}
		for _, h := range all {
			if h.of == def.ID && h.step == s.Step {
				s.Reached++
				if gone(h) {
					s.Dropped++
				}
			}
		}
		if s.Reached > 0 {
			task.Steps = append(task.Steps, s)
		}
	}
	return task
}

// gone reports whether somebody stopped before the end.
func gone(h held) bool {
	return h.move == event.Paused || h.move == event.Ended && (h.outcome == conversation.Left || h.outcome == conversation.Dropped)
}

func cellOf(ws *definition.Workspace, def *definition.Conversation, channel string, all []held) api.ParityCell {
	cell := api.ParityCell{Channel: channel, Available: true}
	if channel == "push" || channel == "web-push" {
		cell.Available, cell.Why = false, "nobody can answer a notification; it can lead to where they can"
		cell.Lacking = []api.ParityLacking{}
		return cell
	}
	turns, ended := 0, 0
	for _, h := range all {
		if h.of != def.ID || h.channel != channel {
			continue
		}
		cell.People++
		switch {
		case gone(h):
			cell.Left++
		case h.move == event.HandedOver:
			cell.Handed++
		case h.move == event.Ended:
			cell.Done++
			if !slices.Contains(cell.Outcomes, h.outcome) {
				cell.Outcomes = append(cell.Outcomes, h.outcome)
			}
		}
		if h.move == event.Ended || h.move == event.HandedOver {
			turns, ended = turns+h.turns, ended+1
		}
	}
	if ended > 0 {
		cell.Turns = float64(turns) / float64(ended)
	}
	slices.Sort(cell.Outcomes)
	cell.Tests, cell.Same = conversation.SameOn(ws, def, channel)
	cell.Lacking = []api.ParityLacking{}
	for _, l := range conversation.LackingOn(ws, def, channel) {
		cell.Lacking = append(cell.Lacking, api.ParityLacking(l))
	}
	for i := range def.Steps {
		if _, other := def.Steps[i].On[channel]; other {
			cell.Otherwise = append(cell.Otherwise, def.Steps[i].ID)
		}
	}
	return cell
}

// gapsOf are the gaps of one task, each met by those who began it anywhere, or
// where it is.
func gapsOf(t api.ParityTask) (gaps []api.ParityGap) {
	everybody := 0
	for _, c := range t.Cells {
		everybody += c.People
	}
	for _, c := range t.Cells {
		switch {
		case !c.Available:
			gaps = append(gaps, api.ParityGap{Task: t.ID, Channel: c.Channel, People: everybody, Sentence: fmt.Sprintf("%s cannot be done by %s: %s.", t.Name, c.Channel, c.Why)})
		case c.Same < c.Tests:
			gaps = append(gaps, api.ParityGap{Task: t.ID, Channel: c.Channel, People: max(c.People, 1), Sentence: fmt.Sprintf(
				"%s comes to another end by %s: %d of its %d tests.", t.Name, c.Channel, c.Tests-c.Same, c.Tests)})
		}
		for _, l := range c.Lacking {
			gaps = append(gaps, api.ParityGap{Task: t.ID, Channel: c.Channel, People: c.People, Step: l.Step, Lacking: l.Facts, Sentence: fmt.Sprintf(
				"%s tells less by %s at the step “%s”: %s.", t.Name, c.Channel, l.Step, strings.Join(l.Facts, ", "))})
		}
		if c.Left > 0 {
			gaps = append(gaps, api.ParityGap{Task: t.ID, Channel: c.Channel, People: c.Left, Sentence: fmt.Sprintf(
				"%s was begun and not finished by %s%s.", t.Name, c.Channel, where(t.Steps))})
		}
	}
	return gaps
}

// where names the step at which most stopped.
func where(steps []api.ParityStep) string {
	worst := api.ParityStep{}
	for _, s := range steps {
		if s.Dropped > worst.Dropped {
			worst = s
		}
	}
	if worst.Dropped == 0 {
		return ""
	}
	return fmt.Sprintf(", mostly at the step “%s”", worst.Step)
}
