package simulator

import (
	"slices"
	"sync"

	"github.com/rapporthq/rapport/internal/event"
)

// Taken is a letter that a simulated provider took.
type Taken struct {
	N         uint64        `json:"n" doc:"from 1, in the order in which they were taken"`
	At        event.Instant `json:"at"`
	Channel   string        `json:"channel"`
	Person    string        `json:"person"`
	Delivery  string        `json:"delivery"`
	Ref       string        `json:"ref,omitempty" doc:"by which a reply names this letter"`
	To        string        `json:"to"`
	From      string        `json:"from,omitempty"`
	Subject   string        `json:"subject,omitempty"`
	Text      string        `json:"text"`
	HTML      string        `json:"html,omitempty"`
	StepLabel string        `json:"step_label,omitempty"`
	StepURL   string        `json:"step_url,omitempty"`
	Goal      string        `json:"goal,omitempty"`
	Action    string        `json:"action,omitempty"`
	Message   string        `json:"message,omitempty"`
	Fate      string        `json:"fate" doc:"what the simulator did with it"`
}

// boxSize is how many letters a box keeps, and boxBytes roughly how many bytes of
// them.
const (
	boxSize  = 1000
	boxBytes = 16 << 20
)

// Box keeps the latest letters of all simulated channels. Its zero value is ready
// for use; a nil one keeps nothing.
type Box struct {
	mu      sync.Mutex
	n       uint64
	bytes   int
	letters []Taken // oldest first
}

func (b *Box) put(t Taken) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	t.N = b.n
	b.letters = append(b.letters, t)
	b.bytes += len(t.Text) + len(t.HTML)
	for len(b.letters) > boxSize || len(b.letters) > 1 && b.bytes > boxBytes {
		b.bytes -= len(b.letters[0].Text) + len(b.letters[0].HTML)
		b.letters = b.letters[1:]
	}
}

// Forget drops the letters to people of whom gone holds.
func (b *Box) Forget(gone func(person string) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters = slices.DeleteFunc(b.letters, func(t Taken) bool {
		if !gone(t.Person) {
			return false
		}
		b.bytes -= len(t.Text) + len(t.HTML)
		return true
	})
}

// Letters returns the latest letters, newest first: those of one channel, or with
// "" of all; at most limit.
func (b *Box) Letters(channel string, limit int) []Taken {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Taken{}
	for i := len(b.letters) - 1; i >= 0 && len(out) < limit; i-- {
		if channel == "" || b.letters[i].Channel == channel {
			out = append(out, b.letters[i])
		}
	}
	return out
}
