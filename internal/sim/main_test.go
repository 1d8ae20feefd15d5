package sim_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(tidy{m}) }

// tidy closes what several tests read, once all have run.
type tidy struct{ m *testing.M }

func (t tidy) Run() int {
	code := t.m.Run()
	closeLived()
	return code
}
