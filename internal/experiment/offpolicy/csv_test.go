package offpolicy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/experiment/offpolicy"
)

func TestALogIsReadWithItsContext(t *testing.T) {
	t.Parallel()
	l, extra, err := offpolicy.Read(strings.NewReader(`person,action,propensity,reward,recency,stage,target
ada,mail,0.5,3.5,2,new,0.9
ben,none,0.5,0,7,old,0.1
ada,push,0.25,1,3,lapsed,0.2
`), offpolicy.Columns{Ignore: []string{"target"}})
	require.NoError(t, err)
	require.Equal(t, []string{"mail", "none", "push"}, l.Actions)
	require.Equal(t, []string{"recency", "stage=new", "stage=old"}, l.Features)
	require.Equal(t, offpolicy.Decision{Person: "ada", Context: []float64{2, 1, 0}, Action: 0, Propensity: 0.5, Reward: 3.5}, l.Decisions[0])
	require.Equal(t, []float64{3, 0, 0}, l.Decisions[2].Context)
	require.Equal(t, []string{"0.9", "0.1", "0.2"}, extra["target"])
}

func TestALogThatCannotBeReadSaysWhereAndWhy(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"":                                   "first line must name the columns",
		"action,reward\na,1\n":               `no column "propensity"`,
		"action,propensity,reward\na,half,1": `line 2: "half" in column "propensity"`,
		"action,propensity,reward\na,0.5,1\na,0,1": "decision 2: its probability is 0",
		"action,action,reward\n":                   `"action" stands twice`,
		"action,propensity,reward\n":               "holds no decisions",
		"action,propensity,reward\na,1\n":          "wrong number of fields",
	} {
		_, _, err := offpolicy.Read(strings.NewReader(text), offpolicy.Columns{})
		require.ErrorContains(t, err, says, text)
	}
	many := "action,propensity,reward,note\n"
	for i := range 200 {
		many += "a,1,1,note" + strings.Repeat("x", i) + "\n"
	}
	_, _, err := offpolicy.Read(strings.NewReader(many), offpolicy.Columns{})
	require.ErrorContains(t, err, "200 different texts")
}
