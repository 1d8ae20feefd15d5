package conversation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// hear is the person saying something.
func (t *turn) hear(said Said) {
	step, _ := t.def.Step(t.s.Step)
	if step == nil {
		t.handOver("The step at which it stood is no more.", "")
		return
	}
	elsewhere := said.Channel != t.s.Channel
	t.s.Turns++
	t.s.Last, t.s.Channel, t.s.Address = t.w.Now, said.Channel, said.Address
	if !slices.Contains(t.s.Channels, said.Channel) {
		t.s.Channels = append(slices.Clone(t.s.Channels), said.Channel)
	}
	switch {
	case t.s.Awaits == profile.AwaitsCall || t.s.Awaits == profile.AwaitsChoice:
		t.said = append(t.said, "One moment, please.")
	case said.Silent() && (said.Begins == "" || MeansOf(said.Channel) == Spoken): // they call, and what the line is for is no wish of theirs
		t.s.Asking = true
		t.askToGoOn()
	case t.s.Asking:
		t.goOn(step, said)
	case (elsewhere || t.s.Paused) && !t.pressed(step, said):
		t.s.Asking, t.s.Instead = true, other(said.Begins, t.def.ID)
		t.askToGoOn()
	default:
		t.resume()
		t.answer(step, said)
	}
}

func other(begins, of string) string {
	if begins == of {
		return ""
	}
	return begins
}

// pressed reports whether a button answers the question by itself.
func (t *turn) pressed(step *definition.Step, said Said) bool {
	return said.Choice != "" && step.Deed == definition.Ask && t.understand(step, said) != nil
}

// Back asks whether to go on with s, which another conversation had interrupted,
// where that was held.
func Back(w World, def *definition.Conversation, s profile.Conversation, channel, address string) Turn {
	t := &turn{w: w, def: def, s: s}
	t.s.Channel, t.s.Address, t.s.Asking, t.s.Instead = channel, address, true, ""
	t.askToGoOn()
	return t.end()
}

func (t *turn) askToGoOn() {
	q := definition.Question{For: definition.YesNo}
	t.said = append(t.said, put(MeansOf(t.s.Channel), fmt.Sprintf("You were %s. Shall we go on?", strings.TrimSuffix(t.def.About, ".")), &q, yesNo()))
	t.out.Options = yesNo()
}

// goOn is the answer to that question.
func (t *turn) goOn(step *definition.Step, said Said) {
	if said.Begins != "" && said.Begins != t.def.ID {
		t.leave(said.Begins)
		return
	}
	yes, ok := yesOrNo(said)
	switch {
	case ok && yes:
		t.resume()
		t.ask(step)
	case ok:
		t.leave(t.s.Instead)
	case wants(leaving(), said):
		t.leave("")
	case t.understand(step, said) != nil: // they go on by going on
		t.resume()
		t.answer(step, said)
	default:
		t.askToGoOn()
	}
}

// leave ends it for another, or for nothing.
func (t *turn) leave(begin string) {
	t.out.Begin = begin
	if begin == "" {
		t.said = append(t.said, "All right. Write to us whenever you like.")
	}
	t.finish(Left)
}

func (t *turn) resume() {
	if t.s.Paused || t.s.Asking {
		t.s.Paused, t.s.Asking, t.s.Instead = false, false, ""
		t.move(event.Resumed, "")
	}
}

// answer is an answer to the question at which the conversation stands.
func (t *turn) answer(step *definition.Step, said Said) {
	_, i := t.def.Step(step.ID)
	free := step.Question.For == definition.Text
	if free && t.wish(step, said) {
		return
	}
	if a := t.understand(step, said); a != nil {
		t.keep(step, a)
		t.s.Tries = 0
		t.run(t.def.Next(i))
		return
	}
	if !free && t.wish(step, said) {
		return
	}
	if said.Begins != "" && said.Begins != t.def.ID {
		t.s.Paused = true
		t.move(event.Paused, "")
		t.out.Begin = said.Begins
		return
	}
	if t.s.Tries++; t.s.Tries >= step.Question.Tries {
		t.otherwise(step, fmt.Sprintf("The question %q was not answered in %d tries.", step.ID, t.s.Tries))
		return
	}
	t.out.Again = t.s.Tries
	again := "Sorry, I did not understand that. " + wanted(&step.Question)
	if step.Question.Again != "" {
		again = t.text(step.Question.Again)
	}
	if !t.over {
		t.said = append(t.said, strings.TrimSpace(again))
		t.ask(step)
	}
}

// wish is what a person may say whatever is asked.
func (t *turn) wish(step *definition.Step, said Said) bool {
	switch {
	case said.Choice != "":
		return false
	case wants(people(), said) || said.Keys == "0":
		t.handOver("They asked for a person.", "")
	case wants(leaving(), said):
		t.leave("")
	case wants([]string{"repeat", "again", "pardon", "say that again"}, said) || said.Keys == "*":
		t.ask(step)
	default:
		return false
	}
	return true
}

func people() []string {
	return []string{"agent", "human", "a human", "person", "a person", "operator", "talk to somebody", "talk to someone", "speak to somebody", "speak to someone", "talk to a person", "talk to a human"}
}

func leaving() []string { return []string{"cancel", "never mind", "nevermind", "quit", "exit"} }

func wants(list []string, said Said) bool {
	return slices.Contains(list, words(said.Text))
}

// wanted says what an answer has to be.
func wanted(q *definition.Question) string {
	unit := ""
	switch q.For {
	case definition.Choice:
		return "Please choose one of these."
	case definition.YesNo:
		return "Please say yes or no."
	case definition.Date:
		switch {
		case q.Past:
			return "Please give a date that has been, such as 3 March."
		case q.Future:
			return "Please give a date that is to come, such as 3 March."
		}
		return "Please give a date, such as 3 March."
	case definition.Amount:
		unit = "n amount"
	case definition.Number:
		unit = " number"
	case definition.Text:
		return ""
	}
	switch {
	case q.Least != nil && q.Most != nil:
		return fmt.Sprintf("Please give a%s from %g to %g.", unit, *q.Least, *q.Most)
	case q.Least != nil:
		return fmt.Sprintf("Please give a%s of at least %g.", unit, *q.Least)
	case q.Most != nil:
		return fmt.Sprintf("Please give a%s of at most %g.", unit, *q.Most)
	default:
		return fmt.Sprintf("Please give a%s.", unit)
	}
}

func (t *turn) understand(step *definition.Step, said Said) []byte {
	if step.Deed != definition.Ask {
		return nil
	}
	return Understand(&step.Question, t.options(step), said, Frame{Today: t.w.Now.Time().In(t.w.Zone), Currency: t.w.Currency})
}

// ask puts the question at which the conversation stands.
func (t *turn) ask(step *definition.Step) {
	if step.Deed != definition.Ask {
		return
	}
	text, options := t.text(step.Said(t.s.Channel)), t.options(step)
	if t.over {
		return
	}
	t.tell(step, text)
	for _, o := range options {
		t.tell(step, o.Label)
	}
	t.said = append(t.said, put(MeansOf(t.s.Channel), text, &step.Question, options))
	t.out.Options = options
}

// options are those of a question, as this person reads them.
func (t *turn) options(step *definition.Step) []event.Option {
	if step.Question.For == definition.YesNo {
		return yesNo()
	}
	var out []event.Option
	for _, o := range step.Question.Options {
		out = append(out, event.Option{ID: o.ID, Label: t.text(o.Label)})
	}
	return out
}

func (t *turn) say(step *definition.Step) {
	if text := t.text(step.Said(t.s.Channel)); text != "" && !t.over {
		t.tell(step, text)
		t.said = append(t.said, text)
	}
}

// tell notes what a step tells.
func (t *turn) tell(step *definition.Step, text string) {
	t.out.Told = append(t.out.Told, Told{Step: step.ID, Text: text, Source: step.Said(t.s.Channel)})
}

// text renders a text for the person. One that cannot be read ends in the hands of
// people.
func (t *turn) text(source string) string {
	vars := t.w.Text
	vars.Now, vars.Zone, vars.Answers = t.w.Now, t.w.Zone, t.answers()
	out, err := render(source, vars)
	if err != nil && !t.over {
		t.handOver(fmt.Sprintf("A text could not be written for this person: %v.", err), "")
	}
	return out
}
