package train

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rapporthq/rapport/internal/child"
	"github.com/rapporthq/rapport/internal/fault"
)

// Command is the name of the hidden subcommand that calls Main.
const Command = "train-model"

// word is what the process that trains says, one a line.
type word struct {
	Stage   Stage    `json:"stage,omitempty"`
	Done    float64  `json:"done,omitempty"`
	Message string   `json:"message,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"`
	Failed  string   `json:"failed,omitempty"`
}

// told is what may be said of an error to people.
func told(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Message
	}
	return "the training failed: " + err.Error()
}

// Main works on the job that in describes, and returns the process's exit code. It
// lets the server go first.
func Main(in io.Reader, out io.Writer) int {
	child.Yield()
	var j Job
	if err := gob.NewDecoder(in).Decode(&j); err != nil {
		fmt.Fprintln(os.Stderr, "read the job:", err)
		return 2
	}
	lines := json.NewEncoder(out)
	say := func(w word) { _ = lines.Encode(w) } // a server that is gone ends this process too
	outcome, err := Work(context.Background(), &j, func(stage Stage, done float64, message string) {
		say(word{Stage: stage, Done: done, Message: message})
	})
	if err != nil {
		say(word{Failed: told(err)})
		return 1
	}
	say(word{Outcome: &outcome})
	return 0
}
