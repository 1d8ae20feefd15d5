package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/event"
)

// Conversations are the dialogues that are defined.
type Conversations interface {
	Conversations(ctx context.Context) (ConversationList, error)
	Conversation(ctx context.Context, id string) (ConversationPage, error)

	// Draft is Conversation for a source that is not in force.
	Draft(ctx context.Context, id, source string) (ConversationPage, error)

	// Simulate holds a conversation with nobody, on several channels.
	Simulate(ctx context.Context, id string, s Simulation) (Simulated, error)

	// Parity compares what can be done on which channel, and what became of it.
	Parity(ctx context.Context) (Parity, error)
}

// ConversationRow is a conversation in a list.
type ConversationRow struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Words  []string `json:"words" doc:"that begin it"`
	Events []string `json:"events" doc:"that begin it"`
	Steps  int      `json:"steps"`
	Tests  int      `json:"tests"`
	Failed int      `json:"failed" doc:"of the tests"`
}

// ConversationList is all of them.
type ConversationList struct {
	Conversations []ConversationRow `json:"conversations"`
}

// ConversationStep is a step as it is drawn.
type ConversationStep struct {
	ID      string             `json:"id"`
	Deed    string             `json:"deed" enum:"say,ask,look_up,act,decide,branch,hand_over,end"`
	Text    string             `json:"text" doc:"what it says, asks, calls, or ends with"`
	For     string             `json:"for,omitempty" doc:"of a question: the make of its answer"`
	Options []event.Option     `json:"options,omitempty"`
	Leads   []ConversationLead `json:"leads"`
	Line    int                `json:"line" doc:"of the source, from 1"`
	End     int                `json:"end_line"`
	Keys    map[string]any     `json:"keys" doc:"as it is written"`
}

// ConversationLead is a way from one step to another.
type ConversationLead struct {
	To  string `json:"to" doc:"id of a step; empty: it is over"`
	Why string `json:"why" doc:"rule of a branch, else, or otherwise; empty: just so"`
}

// ConversationTestResult is a test and whether it holds.
type ConversationTestResult struct {
	Name    string `json:"name"`
	Channel string `json:"channel"`
	Diff    string `json:"diff" doc:"empty: it holds; else what the script says (-) and what was said (+)"`
}

// ConversationSlot is a slot for which a conversation asks the arbiter.
type ConversationSlot struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Actions []string `json:"actions" doc:"that have something to say there, as goal/action"`
}

// ConversationPage is one conversation, drawn and written.
type ConversationPage struct {
	ID       string                   `json:"id"`
	Name     string                   `json:"name"`
	Source   string                   `json:"source" doc:"YAML of this conversation alone"`
	Problems []SourceProblem          `json:"problems" doc:"lines are those of source"`
	Steps    []ConversationStep       `json:"steps" doc:"empty while there are problems"`
	Tests    []ConversationTestResult `json:"tests"`
	Calls    []string                 `json:"calls" doc:"that it makes"`
	Slots    []ConversationSlot       `json:"slots" doc:"for which it asks the arbiter"`

	Definitions string `json:"definitions,omitempty" doc:"of a draft: the whole definitions with it in them, to be applied"`
	Base        string `json:"base" doc:"hash of the version in force"`
}

// SimulatedSaying is what a person is made to say.
type SimulatedSaying struct {
	Text    string `json:"text,omitempty" maxLength:"5000"`
	Choice  string `json:"choice,omitempty" maxLength:"64" doc:"id of a button"`
	Keys    string `json:"keys,omitempty" maxLength:"50" doc:"on a phone"`
	Channel string `json:"channel,omitempty" maxLength:"64" doc:"another than the play's, to go on elsewhere"`
	Wait    string `json:"wait,omitempty" maxLength:"20" doc:"in place of saying something: let time pass, such as 2d"`
}

// SimulationPlay is a conversation on one channel, from its beginning.
type SimulationPlay struct {
	Channel string            `json:"channel" maxLength:"64"`
	Said    []SimulatedSaying `json:"said" maxItems:"200"`
}

// SimulatedAnswer is what a call answers in a simulation.
type SimulatedAnswer struct {
	Status int            `json:"status" maximum:"599" minimum:"0" doc:"of HTTP; 0: no answer"`
	Result map[string]any `json:"result,omitempty"`
}

// Simulation asks for plays, all of the same conversation.
type Simulation struct {
	Source  string                     `json:"source,omitempty" maxLength:"200000" doc:"a draft; absent: as it is in force"`
	Plays   []SimulationPlay           `json:"plays" maxItems:"8"`
	Results map[string]SimulatedAnswer `json:"results,omitempty" doc:"what calls answer, by id"`
	Decides map[string]string          `json:"decides,omitempty" doc:"what is decided, as goal/action by slot; silence for those that are absent"`
	Traits  map[string]any             `json:"traits,omitempty" doc:"of the person"`
	Person  string                     `json:"person,omitempty" maxLength:"64" doc:"id of somebody whose traits and rules are taken; nothing is said to them"`
}

// SimulatedPlay is what was said.
type SimulatedPlay struct {
	Channel string              `json:"channel"`
	Lines   []conversation.Line `json:"lines"`
	Outcome string              `json:"outcome" doc:"empty: it goes on"`
	Turns   int                 `json:"turns" doc:"of the person"`
}

// Simulated are the plays, in the order in which they were asked for.
type Simulated struct {
	Problems []SourceProblem `json:"problems" doc:"of a draft; then nothing is played"`
	Plays    []SimulatedPlay `json:"plays"`
}

// ParityCell is a task on a channel.
type ParityCell struct {
	Channel   string   `json:"channel"`
	Available bool     `json:"available"`
	Why       string   `json:"why,omitempty" doc:"it is not"`
	People    int      `json:"people" doc:"who began it there"`
	Done      int      `json:"done" doc:"of them: came to an outcome of its own"`
	Handed    int      `json:"handed_over" doc:"to people"`
	Left      int      `json:"left" doc:"or dropped"`
	Turns     float64  `json:"turns" doc:"of those who came to an end, on average"`
	Outcomes  []string `json:"outcomes"`
	Tests     int      `json:"tests" doc:"of the conversation, played here"`
	Same      int      `json:"same" doc:"of them: came to the same outcome by the same calls"`
	Otherwise []string `json:"otherwise" doc:"steps that are said in other words here"`

	Lacking []ParityLacking `json:"lacking" doc:"what is told elsewhere and not here, as the tests have it"`
}

// ParityLacking is what a step does not tell on a channel.
type ParityLacking struct {
	Step  string   `json:"step"`
	Facts []string `json:"facts" doc:"numbers, dates, addresses, and what is filled in for a person, as they are written elsewhere"`
}

// ParityStep is how many stopped at a step.
type ParityStep struct {
	Step    string `json:"step"`
	Reached int    `json:"reached"`
	Dropped int    `json:"dropped"`
}

// ParityTask is one task on every channel.
type ParityTask struct {
	ID    string       `json:"id"`
	Name  string       `json:"name"`
	Cells []ParityCell `json:"cells"`
	Steps []ParityStep `json:"steps" doc:"where people stopped, in the order of the conversation"`
}

// ParityGap is something that cannot be done, or is not finished, somewhere.
type ParityGap struct {
	Task     string `json:"task"`
	Channel  string `json:"channel"`
	People   int    `json:"people" doc:"who meet it"`
	Sentence string `json:"sentence"`

	Step    string   `json:"step,omitempty" doc:"at which less is told"`
	Lacking []string `json:"lacking,omitempty" doc:"what is not told there"`
}

// Parity compares every task on every channel.
type Parity struct {
	Channels []string     `json:"channels"`
	Tasks    []ParityTask `json:"tasks"`
	Gaps     []ParityGap  `json:"gaps" doc:"by how many people meet them"`
}

// ConversationPath is the conversation of an address.
type ConversationPath struct {
	ID string `path:"id" doc:"conversation id" example:"change-plan"`
}

func registerConversations(api huma.API, o Options, b boundary) {
	add(api, b, operation("list-conversations", http.MethodGet, "/conversations", "conversations", "All conversations, and whether their tests hold"),
		func(ctx context.Context, _ *none) (ConversationList, error) {
			return o.Conversations.Conversations(ctx)
		})

	add(api, b, operation("get-conversation", http.MethodGet, "/conversations/{id}", "conversations", "One conversation, drawn and written"),
		func(ctx context.Context, in *ConversationPath) (ConversationPage, error) {
			return o.Conversations.Conversation(ctx, in.ID)
		})

	type draftInput struct {
		ConversationPath
		Body struct {
			Source string `json:"source" maxLength:"200000"`
		}
	}
	draft := operation("draft-conversation", http.MethodPost, "/conversations/{id}/draft", "conversations", "How a draft reads, and the definitions with it in them; nothing is applied")
	draft.MaxBodyBytes = maxSource
	add(api, b, draft, func(ctx context.Context, in *draftInput) (ConversationPage, error) {
		return o.Conversations.Draft(ctx, in.ID, in.Body.Source)
	})

	type simulateInput struct {
		ConversationPath
		Body Simulation
	}
	simulate := operation("simulate-conversation", http.MethodPost, "/conversations/{id}/simulate", "conversations", "Hold a conversation with nobody, on several channels side by side")
	simulate.MaxBodyBytes = maxSource
	add(api, b, simulate, func(ctx context.Context, in *simulateInput) (Simulated, error) {
		return o.Conversations.Simulate(ctx, in.ID, in.Body)
	})

	add(api, b, operation("get-parity", http.MethodGet, "/parity", "conversations", "What can be done on which channel, and what became of it"),
		func(ctx context.Context, _ *none) (Parity, error) { return o.Conversations.Parity(ctx) })
}
