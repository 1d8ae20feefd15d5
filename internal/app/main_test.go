package app_test

import (
	"os"
	"testing"

	"github.com/rapporthq/rapport/internal/report/duck"
	"github.com/rapporthq/rapport/internal/train"
)

// TestMain is both sides: the servers of tests ask, and what they start answers.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case duck.Command:
			os.Exit(duck.Main(os.Stdin, os.Stdout))
		case heldTraining:
			if _, err := os.Open(os.Args[2]); err == nil { // a pipe: somebody writes to it now
				os.Exit(train.Main(os.Stdin, os.Stdout))
			}
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
