package definition_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

func retail(t *testing.T, replace ...string) *definition.Workspace {
	t.Helper()
	source, ok := definition.Template("retail")
	require.True(t, ok)
	text := string(source)
	for i := 0; i < len(replace); i += 2 {
		require.Contains(t, text, replace[i])
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	w, err := definition.Compile([]byte(text))
	require.NoError(t, err)
	return w
}

func TestADifferenceNamesWhatChangesForPeople(t *testing.T) {
	t.Parallel()
	a := retail(t)
	require.Empty(t, definition.Compare(a, a).Changes)

	d := definition.Compare(a, retail(t, "workspace:", "# a word\nworkspace:"))
	require.Empty(t, d.Changes)
	require.Contains(t, d.Sentence, "Only comments")

	d = definition.Compare(a, retail(t, "features:\n", "features:\n  - id: cart-looks\n    count: Cart Viewed\n"))
	require.Len(t, d.Changes, 1)
	require.Equal(t, definition.Change{Kind: "feature", ID: "cart-looks", Verb: definition.Added, Fields: []definition.FieldChange{}, Effect: d.Changes[0].Effect}, d.Changes[0])
	require.True(t, d.Recompute)
	require.Contains(t, d.Sentence, "1 feature is computed for everyone")

	before, after := "\nsegments:\n", "\nsegments:\n  - id: loyal-ones\n    when: orders >= 3\n"
	with, other := retail(t, before, after), retail(t, before, strings.Replace(after, "3", "4", 1))
	d = definition.Compare(with, other)
	require.Len(t, d.Changes, 1)
	require.False(t, d.Recompute)
	require.Equal(t, []definition.FieldChange{{Path: "when", From: "orders >= 3", To: "orders >= 4"}}, d.Changes[0].Fields)
	require.Equal(t, "Its rule has changed; everyone is judged again.", d.Changes[0].Effect)
	require.Equal(t, "Everyone is judged by its rule.", definition.Compare(a, with).Changes[0].Effect)
	require.Equal(t, definition.Removed, definition.Compare(with, a).Changes[0].Verb)
}

func TestSplitAndJoinAreInverse(t *testing.T) {
	t.Parallel()
	for _, name := range definition.Templates() {
		source, _ := definition.Template(name)
		source = append([]byte("# What we are.\n"), source...)
		was, err := definition.Compile(source)
		require.NoError(t, err)
		files := definition.Split(source)
		require.Greater(t, len(files), 3)
		joined, err := definition.Join(files)
		require.NoError(t, err)
		is, err := definition.Compile(joined)
		require.NoError(t, err)
		require.Empty(t, definition.Compare(was, is).Changes)
		require.ElementsMatch(t, files, definition.Split(joined))
		require.Contains(t, string(joined), "# What we are.")
		again, err := definition.Join(definition.Split(joined))
		require.NoError(t, err)
		require.Equal(t, string(joined), string(again))
	}
	for _, odd := range []string{"", "{workspace: {name: A}, goals: []}", "a: [", "workspace:\n  name: A\n"} {
		require.Equal(t, []definition.File{{Name: "definitions.yaml", Source: odd}}, definition.Split([]byte(odd)))
	}
}
