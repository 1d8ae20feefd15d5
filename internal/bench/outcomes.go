package bench

import (
	"context"
	"errors"
	"log/slog"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// outcomes is what a data folder knows of deliveries, and of what it counted.
type outcomes struct {
	counted    map[string]int  // events, by message id
	chosen     map[string]bool // deliveries, by id
	granted    map[string]bool
	suppressed map[string]bool
	outcome    map[string][]event.Outcome // of the sending itself
	open       int                        // granted, and without an outcome
}

// readOutcomes opens a data folder that nobody serves and reads everybody's
// timeline.
func readOutcomes(ctx context.Context, data string) (o outcomes, err error) {
	d, err := app.OpenData(data, slog.New(slog.DiscardHandler))
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	o = outcomes{
		counted: map[string]int{}, chosen: map[string]bool{}, granted: map[string]bool{}, suppressed: map[string]bool{},
		outcome: map[string][]event.Outcome{},
	}
	err = d.State.EachPerson(ctx, func(_ *profile.Person, history func(func(event.Event) bool) error) error {
		var unread error
		read := func(e event.Event) bool {
			unread = o.take(e)
			return unread == nil
		}
		return errors.Join(history(read), unread)
	})
	if err != nil {
		return o, err
	}
	for p := range person.Partitions {
		rows, err := d.State.Outbox(person.Partition(p))
		if err != nil {
			return o, err
		}
		for _, row := range rows {
			if row.Delivery.Phase != profile.Queued {
				o.open++
			}
		}
	}
	return o, nil
}

// take takes in an event of a timeline.
func (o *outcomes) take(e event.Event) error {
	switch e.Kind {
	case event.Choice:
		c, err := event.UnpackChosen(&e)
		if err != nil {
			return err
		}
		if c.Candidate.Action != event.Silence {
			o.chosen[c.ID.Delivery()] = true
		}
	case event.Grant:
		g, err := event.UnpackGrant(&e)
		o.granted[g.Delivery] = true
		return err
	case event.Suppressed:
		s, err := event.Unpack[event.SuppressedBody](e)
		o.suppressed[s.Delivery] = !s.Held
		return err
	case event.Receipt:
		r, err := event.Unpack[event.ReceiptBody](e)
		o.outcome[r.Delivery] = append(o.outcome[r.Delivery], r.Outcome)
		return err
	default:
		if !e.Kind.Own() {
			o.counted[e.MessageID]++
		}
	}
	return nil
}
