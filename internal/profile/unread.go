package profile

import (
	"fmt"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// Unread returns why parts of e that should have counted do not: an amount that
// is no number, consent in a form that says nothing. The event counts all the
// same; the person's timeline tells of the rest.
func Unread(ws *definition.Workspace, e event.Event) (why []event.Reason) {
	for i := range ws.Features {
		f := &ws.Features[i]
		if f.Aggregate != definition.Sum {
			continue
		}
		kpi := definition.KPI{Events: f.Events, Property: f.Property, Less: f.Less, LessOf: f.LessOf}
		if _, ok := MoneyOf(e, kpi, ws.Currency); ok {
			continue
		}
		path := f.Property
		if slices.Contains(f.Less, e.Label()) && f.LessOf != "" {
			path = f.LessOf
		}
		v := gjson.GetBytes(e.Properties, path)
		if !slices.Contains(f.Events, e.Label()) && !slices.Contains(f.Less, e.Label()) || !v.Exists() || v.Type == gjson.Null {
			continue
		}
		why = append(why, event.Reason{Code: "unreadable_amount", Sentence: fmt.Sprintf(
			"%s of “%s” is %s, which is no decimal number such as 12.50: it does not count towards %s.", path, e.Label(), v.Raw, f.Name)})
	}
	if e.Kind == event.Identify {
		if c := gjson.GetBytes(e.Traits, consentTrait); c.Exists() && !c.IsObject() {
			why = append(why, event.Reason{Code: "unreadable_consent", Sentence: fmt.Sprintf(
				"The trait consent is %s, which says nothing about any channel: send {\"email\": true}.", c.Raw)})
		}
	}
	return why
}
