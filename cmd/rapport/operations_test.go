package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the table of options in docs/operations.md")

// TestTheOperationsPageHasEveryOption holds the page to the flags and variables
// that serve reads.
func TestTheOperationsPageHasEveryOption(t *testing.T) {
	t.Parallel()
	const begin, end = "-update -->\n", "<!-- end of options -->"
	path := filepath.Join(testenv.Root(t), "docs", "operations.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(page), begin)
	require.True(t, ok, "the table is not where it was")
	got, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "the table does not end")
	want := options()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+begin+want+end+after), 0o600))
		return
	}
	require.Equal(t, want, got, "run: go test ./cmd/rapport -update")
}

// options is the table.
func options() string {
	var b strings.Builder
	b.WriteString("\n| option | default | is |\n| --- | --- | --- |\n")
	newServe().Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return // it is for measurements
		}
		def := ""
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "0s" { // those are told in words
			def = "`" + f.DefValue + "`"
		}
		fmt.Fprintf(&b, "| `--%s` | %s | %s |\n", f.Name, def, f.Usage)
	})
	b.WriteString("\n| environment variable | is |\n| --- | --- |\n")
	for _, v := range serveVariables(&config.Config{}) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.name, v.about)
	}
	return b.String() + "\n"
}

// TestServeReadsNoOtherVariables finds those that are read past the table.
func TestServeReadsNoOtherVariables(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("serve.go")
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(source), "os.Getenv(v.name)"))
	require.Equal(t, 2, strings.Count(string(source), "os.Getenv("), "add the variable to serveVariables")
}
