package definition_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

const twoDialogues = `# of the shop
workspace: {name: Shop, currency: EUR}
map:
  stages: [{id: new}]

conversations:
  - id: first
    steps:
      - say: Hello.   # friendly
      - id: which
        ask: Which one?
        options:
          - {id: a}
          - {id: b}
      - end: done

  # the second
  - id: second
    steps: [{end: done}]

topics: [{id: news}]
`

func TestAConversationIsEditedByItselfAndTheRestStaysToTheByte(t *testing.T) {
	t.Parallel()
	text, err := definition.ConversationText([]byte(twoDialogues), "first")
	require.NoError(t, err)
	require.Equal(t, "id: first\nsteps:\n  - say: Hello.   # friendly\n  - id: which\n    ask: Which one?\n    options:\n      - {id: a}\n      - {id: b}\n  - end: done\n", text)

	same, err := definition.DraftConversation([]byte(twoDialogues), "first", text)
	require.NoError(t, err)
	require.Equal(t, twoDialogues, string(same.Source))

	steps := definition.StepTexts(text)
	require.Len(t, steps, 3)
	require.Equal(t, []int{3, 3, 4, 8, 9, 9}, []int{steps[0].Line, steps[0].End, steps[1].Line, steps[1].End, steps[2].Line, steps[2].End})
	require.Equal(t, "Which one?", steps[1].Keys["ask"])

	changed, err := definition.DraftConversation([]byte(twoDialogues), "first", strings.Replace(text, "Which one?", "Which of them?", 1))
	require.NoError(t, err)
	require.Equal(t, strings.Replace(twoDialogues, "Which one?", "Which of them?", 1), string(changed.Source))
	c, _ := changed.Compiled.Conversation("first")
	require.Equal(t, "Which of them?", c.Steps[1].Text)

	third, err := definition.DraftConversation([]byte(twoDialogues), "third", "id: third\nsteps: [{end: done}]\n")
	require.NoError(t, err)
	require.Len(t, third.Compiled.Conversations, 3)
}

func TestProblemsOfADraftAreAtItsOwnLines(t *testing.T) {
	t.Parallel()
	text, err := definition.ConversationText([]byte(twoDialogues), "first")
	require.NoError(t, err)
	d, err := definition.DraftConversation([]byte(twoDialogues), "first", strings.Replace(text, "end: done", "ende: done", 1))
	require.NoError(t, err)
	require.Nil(t, d.Compiled)
	require.NotEmpty(t, d.Problems)
	require.Equal(t, 9, d.Problems[0].Line)
}
