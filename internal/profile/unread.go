package profile

import (
	"fmt"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// Unread returns why parts of e that should have counted do not: an amount that
// is no number, consent in a form that says nothing. The event counts all the
// same; the person's timeline tells of the rest.
func Unread(ws *definition.Workspace, e event.Event) (why []event.Reason) {
	ws.Watching(&e, func(f *definition.Feature) {
		if f.Aggregate != definition.Sum || !counts(f, e) {
			return
		}
		if _, ok := amountOf(f, ws.Currency, &e); ok {
			return
		}
		path := f.Property
		if !definition.Names(f.Events, &e) {
			path = f.LessOf
		}
		v := gjson.GetBytes(e.Properties, path)
		if !v.Exists() || v.Type == gjson.Null {
			return
		}
		why = append(why, event.Reason{Code: "unreadable_amount", Sentence: fmt.Sprintf(
			"%s of “%s” is %s, which is no decimal number such as 12.50: it does not count towards %s.", path, e.Label(), v.Raw, f.Name)})
	})
	if e.Kind == event.Identify {
		if c := gjson.GetBytes(e.Traits, consentTrait); c.Exists() && !c.IsObject() {
			why = append(why, event.Reason{Code: "unreadable_consent", Sentence: fmt.Sprintf(
				"The trait consent is %s, which says nothing about any channel: send {\"email\": true}.", c.Raw)})
		}
	}
	return why
}
