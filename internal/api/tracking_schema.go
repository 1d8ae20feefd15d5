package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// describeTracking adds the calls of the tracking API, which package ingest
// answers, so that clients generated from the description can send events too.
// They take what the Segment spec says and more; what is described is what a client
// of ours sends. The clients' test of package app holds it to the server.
func describeTracking(spec *huma.OpenAPI) {
	spec.Components.SecuritySchemes["write_key"] = &huma.SecurityScheme{
		Type: "http", Scheme: "basic", Description: "the write key of a source as the user name, and no password",
	}
	schemas := spec.Components.Schemas.Map()
	schemas["TrackingCall"] = trackingCall(nil)
	schemas["BatchedCall"] = trackingCall([]any{"identify", "track", "page", "screen", "group", "alias"})
	schemas["TrackingBatch"] = record([]string{"batch"}, map[string]*huma.Schema{
		"batch":   {Type: huma.TypeArray, Items: &huma.Schema{Ref: "#/components/schemas/BatchedCall"}, Description: "at most 2,500 events and 4 MiB"},
		"context": {Type: huma.TypeObject, AdditionalProperties: true, Description: "of every event, where that says nothing else"},
		"sentAt":  {Type: huma.TypeString, Format: "date-time", Description: "by the sender's clock, which corrects the timestamps of the events"},
	})
	schemas["TrackingAnswer"] = record([]string{"success"}, map[string]*huma.Schema{"success": {Type: huma.TypeBoolean}})
	schemas["BatchAnswer"] = record([]string{"success", "accepted", "rejected"}, map[string]*huma.Schema{
		"success":  {Type: huma.TypeBoolean},
		"accepted": {Type: huma.TypeInteger},
		"rejected": {Type: huma.TypeArray, Items: record([]string{"index", "message"}, map[string]*huma.Schema{
			"index":   {Type: huma.TypeInteger, Description: "in the batch, from 0"},
			"field":   {Type: huma.TypeString},
			"message": {Type: huma.TypeString, Description: "how to mend it; the event waits in the dead letters"},
		})},
	})
	schemas["TrackingError"] = record([]string{"error"}, map[string]*huma.Schema{
		"error": record([]string{"message", "kind"}, map[string]*huma.Schema{
			"message": {Type: huma.TypeString}, "field": {Type: huma.TypeString}, "kind": {Type: huma.TypeString},
		}),
	})
	for _, call := range []struct{ name, summary string }{
		{"track", "Something that a person did"},
		{"identify", "Who a person is"},
		{"page", "A page that a person looked at"},
		{"screen", "A screen of an app that a person looked at"},
		{"group", "The account that a person belongs to"},
		{"alias", "Another id of the same person"},
	} {
		spec.AddOperation(trackingOperation("send-"+call.name, "/v1/"+call.name, call.summary, "TrackingCall", "TrackingAnswer"))
	}
	spec.AddOperation(trackingOperation("send-batch", "/v1/batch", "Many calls at once", "TrackingBatch", "BatchAnswer"))
	describeSlots(spec, schemas)
	describeOnsite(spec, schemas)
}

// describeSlots adds what places ask, which package slots answers.
func describeSlots(spec *huma.OpenAPI, schemas map[string]*huma.Schema) {
	text := func(about string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: about} }
	texts := func(about string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}, Description: about}
	}
	schemas["SlotsQuestion"] = record([]string{"slots"}, map[string]*huma.Schema{
		"anonymousId": text("of a visitor whom nobody knows"), "userId": text("of somebody who is signed in"),
		"userHash": text("the hex HMAC-SHA256 of userId by the identity key, made on the company's own server"),
		"slots":    texts("ids, each once"), "within": text("for how long the page waits, such as 200ms; at most 5s"),
		"scores": {Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeNumber}, Description: "of a model of one's own, by goal/action, in money"},
	})
	schemas["SlotsAnswer"] = record([]string{"call", "slots"}, map[string]*huma.Schema{
		"call": text("names the question"),
		"slots": {Type: huma.TypeObject, Description: "by slot", AdditionalProperties: record([]string{"reason"}, map[string]*huma.Schema{
			"choice": text("what POST /v1/served is told; left out: nothing was chosen in time"), "goal": text(""), "action": text("silence: what is there anyway"), "message": text(""),
			"parameters": {Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}, Description: "as the action is set"},
			"content":    {Type: huma.TypeObject, AdditionalProperties: true, Nullable: true, Description: "to show: headline, text, html, facts, picture, next; null: what is there anyway"},
			"fallback":   {Type: huma.TypeBoolean, Description: "nothing was chosen in time"}, "reason": text("one sentence"),
		})},
	})
	schemas["SlotsReport"] = record([]string{"served"}, map[string]*huma.Schema{
		"choice": text("as it was answered"), "choices": texts("several of them"),
		"served": {Type: huma.TypeBoolean, Description: "whether what was chosen, or what is there anyway where that was, came into sight"}, "why": text("it did not"),
	})
	spec.AddOperation(trackingOperation("decide", "/v1/decide", "What to show in places that ask", "SlotsQuestion", "SlotsAnswer"))
	spec.AddOperation(trackingOperation("serve-slots", "/v1/served", "What was seen of it", "SlotsReport", "TrackingAnswer"))
}

func trackingOperation(id, path, summary, body, answer string) *huma.Operation {
	content := func(schema string) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/" + schema}}}
	}
	return &huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: path, Tags: []string{"tracking"}, Summary: summary,
		Description: "Answers when the events are durable. With 429 and 503, send it again after Retry-After.",
		Security:    []map[string][]string{{"write_key": {}}},
		RequestBody: &huma.RequestBody{Required: true, Content: content(body)},
		Responses: map[string]*huma.Response{
			"200":     {Description: "OK", Content: content(answer)},
			"default": {Description: "Error", Content: content("TrackingError")},
		},
	}
}

// trackingCall is a call by itself, or one of a batch, which says its type.
func trackingCall(types []any) *huma.Schema {
	id := func(about string) *huma.Schema {
		longest := 512
		return &huma.Schema{Type: huma.TypeString, MaxLength: &longest, Description: about}
	}
	longest := 99
	fields := map[string]*huma.Schema{
		"userId": id("the person's id in the company's own systems"), "anonymousId": id("of a browser or an app, before anybody signs in"),
		"previousId": id("alias: the id that the person had"), "groupId": id("group: the account's id"),
		"event": id("track: what happened, such as Order Completed"), "name": id("page and screen"), "category": id("page and screen"),
		"properties": {Type: huma.TypeObject, AdditionalProperties: true, Description: "of what happened"},
		"traits":     {Type: huma.TypeObject, AdditionalProperties: true, Description: "of the person, or of the account"},
		"context":    {Type: huma.TypeObject, AdditionalProperties: true},
		"messageId":  {Type: huma.TypeString, MaxLength: &longest, Description: "told from others by it: sent twice, it counts once; given out when left out"},
		"timestamp":  {Type: huma.TypeString, Format: "date-time", Description: "when it happened; now when left out"},
		"sentAt":     {Type: huma.TypeString, Format: "date-time"},
	}
	if types == nil {
		return record(nil, fields)
	}
	fields["type"] = &huma.Schema{Type: huma.TypeString, Enum: types}
	return record([]string{"type"}, fields)
}

func record(required []string, fields map[string]*huma.Schema) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Required: required, Properties: fields, AdditionalProperties: true}
}
