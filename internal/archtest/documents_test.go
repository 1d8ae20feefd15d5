package archtest_test

import (
	"io/fs"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page of invariants is only worth what its tests are.
func TestArchitecturePageNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(root(t), "docs/architecture.md")
	require.NoError(t, err)
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)`").FindAllStringSubmatch(string(page), -1)
	require.NotEmpty(t, named)

	written := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, src := range files(t, "_test.go") {
		for _, m := range declaration.FindAllSubmatch(src, -1) {
			written[string(m[1])] = true
		}
	}
	for _, m := range named {
		require.True(t, written[m[1]], "docs/architecture.md names %s, which is not there any more", m[1])
	}
}
