package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	fastjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	fastjsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// jsonFormat is encoding/json's form but for one thing: a nil slice is [], so
// that no array of the API is ever null and no reader has to ask.
func jsonFormat() huma.Format {
	options := fastjson.JoinOptions(
		fastjsonv1.DefaultOptionsV1(),
		jsontext.EscapeForHTML(false),
		fastjson.FormatNilSliceAsNull(false),
	)
	return huma.Format{
		Marshal:   func(w io.Writer, v any) error { return fastjson.MarshalWrite(w, v, options) },
		Unmarshal: json.Unmarshal,
	}
}

// aliasTypes tells the schema generator how types of the vocabulary look in
// JSON, which it cannot see from their Go form.
func aliasTypes(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[event.Instant](), reflect.TypeFor[instantSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[person.ID](), reflect.TypeFor[personSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[person.AccountID](), reflect.TypeFor[accountSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[event.Live](), reflect.TypeFor[liveSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[person.Kind](), reflect.TypeFor[kindSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[event.SourceKind](), reflect.TypeFor[sourceKindSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[event.LetterState](), reflect.TypeFor[letterStateSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
}

type instantSchema struct{}

// Schema implements huma.SchemaProvider.
func (instantSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}

type personSchema struct{}

// Schema implements huma.SchemaProvider.
func (personSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"prs_0123456789abcdefghjkmnpqrs"}}
}

type accountSchema struct{}

// Schema implements huma.SchemaProvider.
func (accountSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"acc_0123456789abcdefghjkmnpqrs"}}
}

type liveSchema struct{}

// Schema implements huma.SchemaProvider.
func (liveSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{
		string(event.Disarmed), string(event.LiveToAll), string(event.Stopped),
	}}
}

type kindSchema struct{}

// Schema implements huma.SchemaProvider.
func (kindSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Enum: []any{
		string(person.UserID), string(person.AnonymousID), string(person.Email), string(person.Phone),
	}}
}

// specification describes the registered endpoints and those that huma does not
// serve.
func specification() []byte {
	described := humago.New(http.NewServeMux(), config())
	register(described, Options{}, boundary{})
	spec := described.OpenAPI()
	describeRaw(spec)
	describeLive(spec)
	describeDefinitionSchema(spec)
	for _, s := range spec.Components.Schemas.Map() {
		forbidNullArrays(s)
	}
	b, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("api: describe: %v", err)) // the endpoints are fixed at compile time
	}
	return append(b, '\n')
}

// forbidNullArrays mends the generator's default that an array may be null. It
// is a global of huma's, so it is mended here and not switched off there.
func forbidNullArrays(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	forbidNullArrays(s.Items)
	for _, p := range s.Properties {
		forbidNullArrays(p)
	}
}

// describeRaw adds the endpoints that are plain handlers.
func describeRaw(spec *huma.OpenAPI) {
	registry := spec.Components.Schemas
	problem := map[string]*huma.MediaType{
		problemType: {Schema: registry.Schema(reflect.TypeFor[Problem](), true, "")},
	}
	done := map[string]*huma.Response{
		"204":     {Description: "Done"},
		"default": {Description: "Error", Content: problem},
	}
	spec.AddOperation(&huma.Operation{
		OperationID: "open-session", Method: http.MethodPost, Path: sessionPath, Tags: []string{"session"},
		Summary:     "Log in",
		Description: "Answers with a session cookie. Needs no credentials but the token in its body.",
		Security:    []map[string][]string{},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: registry.Schema(reflect.TypeFor[SessionRequest](), true, "")},
		}},
		Responses: done,
	})
	spec.AddOperation(&huma.Operation{
		OperationID: "close-session", Method: http.MethodDelete, Path: sessionPath, Tags: []string{"session"},
		Summary: "Log out", Security: []map[string][]string{}, Responses: done,
	})
}
