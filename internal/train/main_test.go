package train_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/rapporthq/rapport/internal/train"
)

// died is a process that ends before it is done, as one does when memory is short.
const died = "end-early"

// TestMain is both sides: trainers ask, and what they start trains.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case train.Command:
			os.Exit(train.Main(os.Stdin, os.Stdout))
		case died:
			os.Exit(3)
		}
	}
	goleak.VerifyTestMain(m)
}
