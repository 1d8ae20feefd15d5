package definition

import (
	"strings"
	"time"
)

// Conversation is a dialogue that is authored once, for every channel that can
// hold it.
type Conversation struct {
	ID    string
	Name  string
	About string // how it is spoken of: "You were ABOUT."
	Begin Begin

	// Patience is how long an answer is waited for before the conversation rests;
	// Keep is how long it can then be gone on with.
	Patience time.Duration
	Keep     time.Duration

	Steps []Step // at least one; each leads to the one below it unless it says otherwise
	Tests []ConversationTest
}

// Begin says what begins a conversation.
type Begin struct {
	Words  []string // that a person says: all of them, and no other words but small ones
	Events []string // labels of their own events
	When   *Expr    // for whom; nil: everyone
}

// Deed is what a step does.
type Deed string

// The deeds.
const (
	Say      Deed = "say"
	Ask      Deed = "ask"
	LookUp   Deed = "look_up" // a call that changes nothing
	Act      Deed = "act"     // a call that does something
	Decide   Deed = "decide"  // asks the arbiter what to say, if anything
	Fork     Deed = "branch"
	HandOver Deed = "hand_over"
	End      Deed = "end"
)

// Deeds returns all of them.
func Deeds() []Deed { return []Deed{Say, Ask, LookUp, Act, Decide, Fork, HandOver, End} }

// Step is one step of a conversation.
type Step struct {
	ID   string // its own, or step-N
	Deed Deed
	Text string            // Liquid: of Say, Ask and HandOver
	On   map[string]string // in place of Text on a channel

	Question Question          // of Ask
	Call     string            // id, of LookUp and Act
	With     map[string]string // Liquid by key: what is sent, of LookUp and Act
	Slot     string            // id, of Decide: what may be said is what may be shown there
	Branches []Branch          // of Fork
	Outcome  string            // of End

	Go string // id of the next; empty: the one below
	// Otherwise is the id of the step where an Ask is given up, a call fails or a Decide
	// comes to silence. Empty: it is handed over; after a Decide it goes on.
	Otherwise string
}

// Said returns what the step says on a channel.
func (s *Step) Said(channel string) string {
	if text, ok := s.On[channel]; ok {
		return text
	}
	return s.Text
}

// AnswerKey is how answers are spoken of in CEL and Liquid: answers.KEY.
func (s *Step) AnswerKey() string { return strings.ReplaceAll(s.ID, "-", "_") }

// Wanted is the make of an answer.
type Wanted string

// The makes of answers.
const (
	Choice Wanted = "choice"
	YesNo  Wanted = "yes_no"
	Number Wanted = "number"
	Date   Wanted = "date"
	Amount Wanted = "amount"
	Text   Wanted = "text"
)

// Question is what an Ask wants to know.
type Question struct {
	For     Wanted
	Options []Option // of a Choice
	Least   *float64 // of a Number or Amount; nil: no limit
	Most    *float64
	Matches string // regular expression that a Text must match whole; empty: any
	Again   string // Liquid, said when the answer was none; empty: a sentence that says what is wanted
	Tries   int    // answers that are none before it is given up
	Past    bool   // of a Date: it may not lie ahead; else, with Future, not behind
	Future  bool
}

// Option is an answer to choose.
type Option struct {
	ID    string
	Label string   // Liquid
	Words []string // that mean it too
}

// Branch is a way on from a Fork. The first that holds is taken.
type Branch struct {
	When *Expr // nil: always
	Go   string
}

// Step returns the step named id and its place.
func (c *Conversation) Step(id string) (*Step, int) {
	for i := range c.Steps {
		if c.Steps[i].ID == id {
			return &c.Steps[i], i
		}
	}
	return nil, -1
}

// Next returns the step that follows step i where nothing else is said.
func (c *Conversation) Next(i int) *Step {
	if to := c.Steps[i].Go; to != "" {
		s, _ := c.Step(to)
		return s
	}
	if i+1 < len(c.Steps) {
		return &c.Steps[i+1]
	}
	return nil
}

// Conversation returns the conversation named id.
func (w *Workspace) Conversation(id string) (*Conversation, bool) {
	for i := range w.Conversations {
		if w.Conversations[i].ID == id {
			return &w.Conversations[i], true
		}
	}
	return nil, false
}

// ConversationTest is a script that a conversation is held to. See package
// conversation for the form of scripts.
type ConversationTest struct {
	Name    string
	Channel string
	Traits  map[string]any       // of the person
	Results map[string]Answering // what calls answer, by id
	Decides map[string]string    // what is decided, as goal/action, by slot; silence where there is none
	Today   string               // YYYY-MM-DD; empty: the first day of 2026
	Script  string
}

// Answering is what a call answers in a test.
type Answering struct {
	Status int            // of HTTP; 0: no answer at all
	Result map[string]any // JSON
}

// Call is a system of the company that conversations ask, by signed HTTP.
type Call struct {
	ID      string
	Name    string
	URL     string
	Secret  string // the environment variable that holds the signing key; empty: not signed
	Timeout time.Duration

	// Patience is how long a conversation waits for the answer, retries and all.
	Patience time.Duration
}

// Call returns the call named id.
func (w *Workspace) Call(id string) (Call, bool) {
	for _, c := range w.Calls {
		if c.ID == id {
			return c, true
		}
	}
	return Call{}, false
}

// Requests says what becomes of what people ask for.
type Requests struct {
	AnswerWithin time.Duration // until it escalates
	Canned       []Canned
	Rules        []RequestRule
}

// Canned is an answer that is kept ready.
type Canned struct {
	ID   string
	Name string
	Text string // Liquid
}

// RequestRule recognises what people have to see to. Any of Words, Events and
// Contacts does it, for those of whom When holds.
type RequestRule struct {
	ID           string
	Name         string
	Words        []string // in what a person writes
	Events       []string // labels
	Contacts     int      // so many within Within; 0: not by them
	Within       time.Duration
	When         *Expr
	AnswerWithin time.Duration
	Owner        string
	Sells        bool   // selling goes on meanwhile
	Say          string // Liquid: said to the person at once; empty: nothing
}

// Rule returns the rule named id.
func (r *Requests) Rule(id string) (RequestRule, bool) {
	for _, rule := range r.Rules {
		if rule.ID == id {
			return rule, true
		}
	}
	return RequestRule{}, false
}
