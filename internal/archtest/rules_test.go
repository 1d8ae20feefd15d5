package archtest_test

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/archtest"
)

func TestEachRuleIsSeenToBeBroken(t *testing.T) {
	t.Parallel()
	const imports = `package x; import _ "github.com/rapporthq/rapport/internal/`
	tests := []struct {
		name, file, src string
		want            string // part of the complaint; empty: none
	}{
		{"core does not import machinery", "internal/decide/a.go", imports + `statestore"`, "decide may not import statestore"},
		{"machinery does not import its neighbour", "internal/deliver/a.go", imports + `journal"`, "deliver may not import journal"},
		{"a subpackage follows its parent", "internal/deliver/email/a.go", imports + `journal"`, "deliver may not import journal"},
		{"a parent and its subpackage may meet", "internal/deliver/email/a.go", imports + `deliver"`, ""},
		{"the vocabulary is for everyone", "internal/inbound/a.go", imports + `event"`, ""},
		{"app may import all", "internal/app/a.go", imports + `deliver"`, ""},
		{"a test may import all", "internal/decide/a_test.go", imports + `statestore"`, ""},
		{"a new package is a decision", "internal/utils/a.go", "package x", "internal/utils is not in arrows"},
		{"core starts no goroutines", "internal/engine/a.go", "package x; func f() { go f() }", "no goroutines"},
		{"machinery may start them", "internal/processor/a.go", "package x; func f() { go f() }", ""},
		{"a file has a limit", "internal/engine/a.go", "package x\n" + strings.Repeat("\n", 800), "limit 800"},
		{"a test has a wider one", "internal/engine/a_test.go", "package x\n" + strings.Repeat("\n", 800), ""},
		{"nothing is skipped by hand", "internal/engine/a_test.go", "package x; func f(t T) { t.Skip() }", "testenv.Need"},
		{"nor with a reason", "internal/engine/enginetest/a.go", `package x; func f(tb T) { tb.Skipf("no") }`, "testenv.Need"},
		{"only testenv skips", "internal/testenv/a.go", "package x; func f(t T) { t.Skip() }", ""},
		{"to skip a byte is no matter", "internal/event/a.go", "package x; func f(r R) { r.Skip() }", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, test.file, test.src, parser.ParseComments)
			require.NoError(t, err)
			got := archtest.Check(test.file, fset, f)
			if test.want == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Contains(t, got[0], test.want)
		})
	}
}

func TestForbiddenWordsAreFound(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"cd /" + "work/main", `dir = "/` + `root/x"`, "https://registry." + "npmjs.org/a"} {
		require.Len(t, archtest.CheckWords("a.md", []byte(text)), 1, text)
	}
	for _, text := range []string{"the network/work/flow", "/v1/track", "GET /workspace", "work"} {
		require.Empty(t, archtest.CheckWords("a.md", []byte(text)), text)
	}
}
