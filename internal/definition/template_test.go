package definition_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

func TestEveryTemplateCompiles(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, definition.Templates())
	for _, name := range definition.Templates() {
		source, ok := definition.Template(name)
		require.True(t, ok)
		w, err := definition.Compile(source)
		require.NoError(t, err, name)
		require.NotEmpty(t, w.Goals)
	}
}

// TestTheExamplesOfThePackageCommentCompile keeps the documentation true.
func TestTheExamplesOfThePackageCommentCompile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var examples []string
	for section := range strings.SplitSeq(string(text), "\n// # ") {
		var b strings.Builder
		for line := range strings.Lines(section) {
			if code, ok := strings.CutPrefix(line, "//\t"); ok || line == "//\n" {
				b.WriteString(strings.TrimPrefix(code, "//"))
			}
		}
		if example := strings.TrimSpace(b.String()); example != "" {
			examples = append(examples, example)
		}
	}
	require.Len(t, examples, 3, "the examples are not where they were")
	_, err = definition.Compile([]byte(examples[0]))
	require.NoError(t, err)
	for _, m := range examples[1:] {
		_, err = definition.CompileImportMap([]byte(m))
		require.NoError(t, err)
	}
}
