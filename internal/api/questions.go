package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report/question"
)

// Questions answers people's own questions of the archive, and keeps some.
type Questions interface {
	Run(ctx context.Context, ask question.Ask) (question.Answer, error)
	Tables(ctx context.Context) ([]question.Table, error)
	List() []question.Kept
	Save(id string, d question.Draft, now event.Instant) (question.Kept, error)
	Delete(id string) error
}

// QuestionTables documents what can be asked.
type QuestionTables struct {
	Tables []question.Table `json:"tables"`
}

// QuestionList is what is kept to be asked again.
type QuestionList struct {
	Questions []question.Kept `json:"questions"`
}

// QuestionRequest asks a question.
type QuestionRequest struct {
	SQL   string `json:"sql" maxLength:"65536" doc:"one SELECT, in DuckDB's SQL"`
	Limit int    `json:"limit,omitempty" minimum:"1" maximum:"100000" doc:"rows; 1,000 where left out"`
}

// QuestionDraft is a question that is to be kept.
type QuestionDraft question.Draft

func registerQuestions(api huma.API, o Options, b boundary) {
	type runInput struct{ Body QuestionRequest }
	op := operation("run-question", http.MethodPost, "/questions/run", "questions", "Ask the archive, in SQL")
	op.Description = "The question is one SELECT. It is answered in a process of its own, with bounded time and memory; " +
		"what cannot be answered is a 422 that says why. Numbers are written with all their digits. Times are in UTC."
	op.MaxBodyBytes = 2 * maxBody
	add(api, b, op, func(ctx context.Context, in *runInput) (question.Answer, error) {
		answer, err := o.Questions.Run(ctx, question.Ask(in.Body))
		for _, row := range answer.Rows {
			for i := range row {
				row[i] = asWritten(row[i])
			}
		}
		return answer, err
	})

	add(api, b, operation("list-question-tables", http.MethodGet, "/questions/tables", "questions", "The tables that can be asked, column by column"),
		func(ctx context.Context, _ *none) (QuestionTables, error) {
			tables, err := o.Questions.Tables(ctx)
			return QuestionTables{Tables: tables}, err
		})

	add(api, b, operation("list-questions", http.MethodGet, "/questions", "questions", "Questions that are kept, and ready ones"),
		func(context.Context, *none) (QuestionList, error) {
			return QuestionList{Questions: o.Questions.List()}, nil
		})

	type saveInput struct {
		ID   string `path:"id" maxLength:"100" doc:"small letters, digits and hyphens"`
		Body QuestionDraft
	}
	op = operation("save-question", http.MethodPut, "/questions/{id}", "questions", "Keep a question, in place of what was kept under its id")
	op.MaxBodyBytes = 2 * maxBody
	add(api, b, op, func(_ context.Context, in *saveInput) (question.Kept, error) {
		return o.Questions.Save(in.ID, question.Draft(in.Body), event.InstantOf(o.Now()))
	})

	type deleteInput struct {
		ID string `path:"id" maxLength:"100"`
	}
	add(api, b, operation("delete-question", http.MethodDelete, "/questions/{id}", "questions", "Let go of a question"),
		func(_ context.Context, in *deleteInput) (QuestionList, error) {
			if err := o.Questions.Delete(in.ID); err != nil {
				return QuestionList{}, err
			}
			return QuestionList{Questions: o.Questions.List()}, nil
		})
}

// asWritten keeps the digits of numbers, which are text to this API's encoder.
func asWritten(v any) any {
	switch v := v.(type) {
	case json.Number:
		return json.RawMessage(v)
	case []any:
		for i := range v {
			v[i] = asWritten(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = asWritten(v[k])
		}
	}
	return v
}
