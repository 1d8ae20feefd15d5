package app_test

import (
	"os"
	"testing"

	"github.com/rapporthq/rapport/internal/report/duck"
)

// TestMain is both sides: the servers of tests ask, and what they start answers.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == duck.Command {
		os.Exit(duck.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}
