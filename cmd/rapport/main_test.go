package main

import (
	"os"
	"strings"
	"testing"
)

// TestMain is both sides: tests start this program with a command, and then it is
// the whole of Rapport.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		main()
		return
	}
	os.Exit(m.Run())
}
