package api

import (
	"encoding/json"
	"errors"
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
		Unmarshal: unmarshal,
	}
}

// unmarshal is json.Unmarshal with errors in the words of who wrote the JSON.
func unmarshal(text []byte, v any) error {
	err := json.Unmarshal(text, v)
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return err
	}
	var want string
	switch wrong.Type.Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint64:
		want = "a whole number of at most 64 bits"
	case reflect.Struct, reflect.Map:
		want = "an object"
	case reflect.Slice:
		want = "an array"
	default:
		want = "a " + wrong.Type.Kind().String()
	}
	return fmt.Errorf("%s: got %s, want %s", wrong.Field, wrong.Value, want)
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
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"prs_3q88fafcwvy4tjbb80jkp8ycdc"}}
}

type accountSchema struct{}

// Schema implements huma.SchemaProvider.
func (accountSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"acc_38ry1smcff9w5jp0y34ejk8sa8"}}
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
	return &huma.Schema{
		Type: huma.TypeString, Pattern: "^(user_id|anonymous_id|email|phone|device_token|external:.+)$",
		Description: "external: is followed by the type of the external id",
	}
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
	describeTracking(spec)
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

// problemResponse is every answer that is an error.
func problemResponse(spec *huma.OpenAPI) *huma.Response {
	return &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{
		problemType: {Schema: spec.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")},
	}}
}

// describeRaw adds the endpoints that are plain handlers.
func describeRaw(spec *huma.OpenAPI) {
	registry := spec.Components.Schemas
	done := map[string]*huma.Response{
		"204":     {Description: "Done"},
		"default": problemResponse(spec),
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
