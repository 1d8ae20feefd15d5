package definition_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

const splitting = `journeys:
  - id: welcome
    begin: {events: Signed Up}
    horizon: 30d
    kpi: {events: Order Completed}
    steps:
      - {id: way, split: [{arm: as-now, share: 25%, go: bye}, {arm: with-call, share: 75%, go: ring}]}
      - {id: ring, hand_over: Ring them., owner: care}
      - {id: bye, end: welcomed}
experiments:
  - id: which-way
    split: welcome/way
    stop: {effect: 1}
`

func TestAnExperimentOfASplitHasItsArmsAndTheJourneysKPI(t *testing.T) {
	t.Parallel()
	w, err := definition.Compile([]byte(completed(splitting)))
	require.NoError(t, err)
	e, ok := w.Experiment("which-way")
	require.True(t, ok)
	require.Equal(t, definition.SplitOf{Journey: "welcome", Step: "way"}, e.Split)
	require.Equal(t, []float64{0.25, 0.75}, e.Shares())
	require.Equal(t, "With call", e.Arms[e.Arm("with-call")].Name)
	require.Equal(t, 30*24*time.Hour, e.Within, "the journey's horizon")
	require.Equal(t, []string{"Order Completed"}, w.KPI(&e).Events)
	j, _ := w.Journey("welcome")
	require.Empty(t, j.Step("way").Won)
}

func TestTheWinnerOfASplitIsTheWayFromThenOn(t *testing.T) {
	t.Parallel()
	w, err := definition.Compile([]byte(completed(splitting + "    ended: 2026-04-01\n    winner: with-call\n")))
	require.NoError(t, err)
	j, _ := w.Journey("welcome")
	require.Equal(t, "with-call", j.Step("way").Won)
}

func TestWhatAnExperimentOfASplitCannotBeIsSaid(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]string{
		"split: welcome/way=>split: welcome/wya":                                            "experiments[0].split: there is no split of a journey \"welcome/wya\"; did you mean \"welcome/way\"?",
		"split: welcome/way=>split: welcome/ring":                                           `there is no split of a journey "welcome/ring"`,
		"split: welcome/way=>split: welcome/way\n    assignment: adaptive":                  "experiments[0].assignment: means nothing beside split",
		"split: welcome/way=>split: welcome/way\n    arms: [{id: a}, {id: b}]":              "experiments[0].arms: stands beside split",
		"    kpi: {events: Order Completed}\n=>":                                            `experiments[0].split: the journey "welcome" has no kpi`,
		"    split: welcome/way\n=>":                                                        "name the goals whose people are compared, or the split of a journey",
		"stop: {effect: 1}\n=>stop: {effect: 1}\n    ended: 2026-04-01\n    winner: ring\n": `there is no arm "ring"`,
	} {
		from, to, _ := strings.Cut(change, "=>")
		_, err := definition.Compile([]byte(completed(strings.Replace(splitting, from, to, 1))))
		require.ErrorContains(t, err, want, change)
	}
}
