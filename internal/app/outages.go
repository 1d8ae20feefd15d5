package app

import (
	"context"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/source"
)

// dark is what could not be seen, as a model's body has it.
func (a *App) dark() []belief.Dark {
	var out []belief.Dark
	for _, o := range a.directory.Outages() {
		if o.Connected {
			continue
		}
		out = append(out, belief.Dark{From: o.From, To: o.To, Acts: o.Acts, Source: o.Source})
	}
	return out
}

// sourceList is the list of sources. What is believed of people follows from the body of
// the model in force and the events alone, so what could not be seen is a part of that
// body: a change of it brings another body into force, by an event in every partition,
// and everybody's history is filtered again.
type sourceList struct {
	*source.Directory

	app *App
}

// SetOutages replaces those of a source.
func (s sourceList) SetOutages(ctx context.Context, id string, of []event.Outage, by string) ([]event.Outage, error) {
	all, err := s.Directory.SetOutages(ctx, id, of, by)
	if err != nil {
		return nil, err
	}
	hash, err := models{s.app}.InForce(ctx)
	if err != nil || hash == "" {
		return all, err
	}
	return all, models{s.app}.follow(ctx, event.ModelBody{Hash: hash, By: by, Message: "the same model, told when sources were not connected"})
}

// lit is the hash of a model's body with what could not be seen as it is known now;
// hash itself where that is what it says.
func (m models) lit(ctx context.Context, hash string) (string, error) {
	raw, err := m.data.Journal.Body(ctx, hash)
	if err != nil {
		return "", err
	}
	body, err := belief.Parse(raw)
	if err != nil {
		return "", err
	}
	dark := m.dark()
	if slices.EqualFunc(body.Dark, dark, func(a, b belief.Dark) bool {
		return a.From == b.From && a.To == b.To && a.Source == b.Source && slices.Equal(a.Acts, b.Acts)
	}) {
		return hash, nil
	}
	body.Dark = dark
	if raw, err = body.Encode(); err != nil {
		return "", err
	}
	return m.data.Journal.PutBody(ctx, raw)
}
