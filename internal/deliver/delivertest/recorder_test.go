package delivertest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/fault"
)

// recorder is a Recorder whose other side obeys.
type recorder struct{ delivertest.Recorder }

func (r *recorder) Channel() deliver.Channel { return &r.Recorder }

func (r *recorder) To() string { return "ada@example.com" }

func (r *recorder) Behave(b delivertest.Behaviour) {
	r.Delay = 0
	var answer error
	switch b {
	case delivertest.Refuse:
		answer = fault.New(fault.Invalid, "no such person")
	case delivertest.Defer, delivertest.Down:
		answer = fault.New(fault.Transient, "not now")
	case delivertest.Hang:
		r.Delay = time.Hour
	case delivertest.HangAfter, delivertest.BreakAfter:
		answer = &deliver.UnknownOutcome{Err: errors.New("broken")}
	case delivertest.Accept:
	}
	r.Answer = func(deliver.Letter, int) error { return answer }
}

func (r *recorder) Got() []delivertest.Got {
	var out []delivertest.Got
	for _, l := range r.Letters() {
		out = append(out, delivertest.Got{Delivery: l.Delivery, To: l.To, Subject: l.Content.Subject, Text: l.Content.Text + "\n" + l.Links.Step})
	}
	return out
}

func TestRecorderKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(*testing.T) delivertest.Harness {
		return &recorder{delivertest.Recorder{Name: "recorder"}}
	})
}
