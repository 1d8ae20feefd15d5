package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/definition"
)

const (
	definitionSchemaPath = "/api/v1/definitions/schema"
	definitionSchemaType = "application/schema+json"
)

func definitionSchema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", definitionSchemaType)
	_, _ = w.Write(definition.Schema()) // the client left; nothing to do
}

func describeDefinitionSchema(spec *huma.OpenAPI) {
	spec.AddOperation(&huma.Operation{
		OperationID: "get-definition-schema", Method: http.MethodGet, Path: definitionSchemaPath, Tags: []string{"definitions"},
		Summary:     "The JSON Schema of definitions",
		Description: "By which editors complete and check definitions, as JSON Schema 2020-12.",
		Responses: map[string]*huma.Response{
			"default": problemResponse(spec),
			"200":     {Description: "OK", Content: map[string]*huma.MediaType{definitionSchemaType: {Schema: &huma.Schema{Type: huma.TypeObject}}}},
		},
	})
}
