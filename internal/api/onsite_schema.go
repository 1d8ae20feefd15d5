package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// describeOnsite adds what the embedded script calls, which package deliver/web
// answers, so that an app without a browser can show the same inbox.
func describeOnsite(spec *huma.OpenAPI, schemas map[string]*huma.Schema) {
	text := func(about string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: about} }
	truth := func(about string) *huma.Schema { return &huma.Schema{Type: huma.TypeBoolean, Description: about} }
	session := text("as POST /v1/web/session gave it")
	list := func(of, about string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Ref: "#/components/schemas/" + of}, Description: about}
	}
	schemas["InboxHello"] = record([]string{"writeKey"}, map[string]*huma.Schema{
		"writeKey": text("of a source"), "anonymousId": text("of a visitor whom nobody knows"), "userId": text("of somebody who is signed in"),
		"userHash": text("the hex HMAC-SHA256 of userId by the identity key, made on the company's own server"),
	})
	schemas["InboxEntry"] = record([]string{"id", "kind", "at"}, map[string]*huma.Schema{
		"id": text("by which seen and act name it"), "kind": {Type: huma.TypeString, Enum: []any{"message", "answer", "said"}},
		"at": {Type: huma.TypeString, Format: "date-time"}, "by": text("who answered, of the company"), "text": text("what the person said"),
		"card": {Type: huma.TypeObject, AdditionalProperties: true, Description: "to show: headline, text, html, facts, picture, next, locale, dir, brand"},
		"seen": truth(""), "dismissed": truth("put away"), "acted": truth("a next step was taken"),
	})
	schemas["InboxOpened"] = record([]string{"session", "seconds", "entries"}, map[string]*huma.Schema{
		"session": text("of this person, signed; keep it in the page"), "seconds": {Type: huma.TypeInteger, Description: "that it lasts"}, "entries": list("InboxEntry", "the newest first, at most 100"),
	})
	schemas["InboxEntries"] = record([]string{"entries"}, map[string]*huma.Schema{"entries": list("InboxEntry", "the newest first, at most 100")})
	schemas["InboxSeen"] = record([]string{"session", "entries"}, map[string]*huma.Schema{
		"session": session, "entries": {Type: huma.TypeArray, Items: text(""), Description: "ids, at most 100"}, "dismissed": truth("they were put away"),
	})
	schemas["InboxAct"] = record([]string{"session", "entry", "payload"}, map[string]*huma.Schema{
		"session": session, "entry": text("id of the entry, or the choice of a slot"), "payload": text("of one of its next steps"), "id": text("told from others by it: sent twice, it counts once"),
	})
	schemas["InboxSay"] = record([]string{"session", "text"}, map[string]*huma.Schema{
		"session": session, "text": text("what the person wrote, at most 2,000 characters"), "id": text("told from others by it: sent twice, it counts once"),
	})
	schemas["InboxDone"] = record([]string{"success"}, map[string]*huma.Schema{"success": truth(""), "id": text("of what was said")})
	for _, call := range []struct{ name, summary, body, answer string }{
		{"session", "Who is there, and their inbox", "InboxHello", "InboxOpened"},
		{"seen", "What was looked at or put away", "InboxSeen", "InboxDone"},
		{"act", "A next step that was taken, or an answer that was chosen", "InboxAct", "InboxDone"},
		{"say", "What the person wrote", "InboxSay", "InboxDone"},
	} {
		o := trackingOperation("inbox-"+call.name, "/v1/web/"+call.name, call.summary, call.body, call.answer)
		o.Tags, o.Security = []string{"inbox"}, nil // the write key, or the session, is in the body
		spec.AddOperation(o)
	}
	spec.Components.SecuritySchemes["inbox_session"] = &huma.SecurityScheme{Type: "http", Scheme: "bearer", Description: "of POST /v1/web/session; in the address as session where no header can be set"}
	read := func(id, path, summary, media string, answer *huma.Schema) {
		spec.AddOperation(&huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"inbox"}, Summary: summary, Security: []map[string][]string{{"inbox_session": {}}},
			Responses: map[string]*huma.Response{
				"200":     {Description: "OK", Content: map[string]*huma.MediaType{media: {Schema: answer}}},
				"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/TrackingError"}}}},
			},
		})
	}
	read("inbox-read", "/v1/web/inbox", "The inbox as it is", "application/json", &huma.Schema{Ref: "#/components/schemas/InboxEntries"})
	read("inbox-stream", "/v1/web/stream", "The inbox as it changes, as server-sent events", "text/event-stream", text("events: entry, whose data is an InboxEntry that is new or changed; gone, whose data is the id of one that is there no more; ready, when all are told that there are; bye, with the reason, when the session ends"))
}
