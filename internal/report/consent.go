package report

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// ConsentHistory is everything that was ever said about contacting a person.
type ConsentHistory struct {
	Mode   string          `json:"mode" enum:"opt_in,opt_out" doc:"what silence means: no, or yes"`
	Topics []Named         `json:"topics" doc:"the topics of the definitions"`
	Now    []ConsentStands `json:"now" doc:"what holds of each channel and topic that something was said about"`
	Said   []ConsentSaid   `json:"said" doc:"latest first"`

	Asked []ConfirmationMove `json:"asked" doc:"what became of questions to confirm a yes, latest first"`
}

// ConfirmationMove is a step of confirming a yes.
type ConfirmationMove struct {
	Time event.Instant `json:"time"`
	event.ConfirmBody
	Sentence string `json:"sentence"`
}

// ConsentStands is what holds of a channel and topic.
type ConsentStands struct {
	ConsentRow
	By string `json:"by" enum:"person,system" doc:"whose word it is"`
}

// ConsentSaid is one statement.
type ConsentSaid struct {
	ConsentStands
	ReceivedAt event.Instant `json:"received_at"`
	Source     string        `json:"source" doc:"what sent it"`
	MessageID  string        `json:"message_id" doc:"of the event on the timeline"`
	Imported   bool          `json:"imported,omitempty"`
	Sentence   string        `json:"sentence"`
}

// ConsentHistory reads what was said about contacting a person, from their
// timeline; NotFound if there is no such person. A person's own word comes from
// preference pages, unsubscriptions and the console; a system's from the trait
// consent, and does not undo the person's.
func (r *Reports) ConsentHistory(ctx context.Context, id person.ID) (ConsentHistory, error) {
	s, err := r.state(ctx)
	if err != nil {
		return ConsentHistory{}, err
	}
	l, err := r.live(ctx, s, id)
	if err != nil {
		return ConsentHistory{}, err
	}
	ws, now := s.defs(), s.clock()
	out := ConsentHistory{Mode: string(ws.Policy.Consent), Topics: []Named{}, Now: []ConsentStands{}, Said: []ConsentSaid{}, Asked: []ConfirmationMove{}}
	for _, t := range ws.Topics {
		out.Topics = append(out.Topics, Named{t.ID, t.Name})
	}
	for _, key := range l.p.ConsentKeys() {
		c, own, _ := l.p.Said(key)
		row := stands(profile.Word{Key: key, Own: own, Consent: c})
		row.Confirmation = confirmation(&l.p, row.Channel)
		out.Now = append(out.Now, row)
	}
	err = r.store.History(ctx, l.p.ID, func(e event.Event) bool {
		if e.Time > now && s.Settings.AsOf != 0 {
			return false
		}
		if e.Kind == event.Confirmed {
			if b, err := event.Unpack[event.ConfirmBody](e); err == nil {
				out.Asked = append(out.Asked, ConfirmationMove{Time: e.Time, ConfirmBody: b, Sentence: sentence(confirmWords(b))})
			}
		}
		for _, w := range profile.Words(e) {
			said := ConsentSaid{
				ConsentStands: stands(w), ReceivedAt: e.ReceivedAt, Source: e.Source, MessageID: e.MessageID, Imported: e.Imported,
			}
			said.Sentence = sentence(consentWords(event.ConsentBody{Channel: said.Channel, Topic: said.Topic, Given: said.Given, Proof: said.Proof}))
			out.Said = append(out.Said, said)
		}
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return ConsentHistory{}, fault.Wrap(fault.Internal, err, "This person's history cannot be read at the moment.")
	}
	slices.Reverse(out.Asked)
	slices.Reverse(out.Said)
	slices.SortStableFunc(out.Said, func(a, b ConsentSaid) int { return cmp.Compare(b.Time, a.Time) })
	return out, nil
}

func stands(w profile.Word) ConsentStands {
	channel, topic, _ := strings.Cut(w.Key, "/")
	by := "system"
	if w.Own {
		by = "person"
	}
	return ConsentStands{ConsentRow: ConsentRow{Channel: channel, Topic: topic, Given: w.Given, Time: w.Time, Proof: w.Proof}, By: by}
}
