package definition_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

const endable = `goals:
  - id: g
    from: [new]
    to: [buyer]
    kpi: {events: Order Completed}
    horizon: 60d
    actions:
      - {id: hello, kind: information, messages: [{id: m, channel: email, appeal: logos, subject: Hello, body: Hello., next_step: {label: Look, url: "https://shop.example/"}}]}
experiments:
  # What is said first.
  - id: one
    goals: g # and no other
    stop: {effect: 1}
    arms:
      - {id: a}
      - {id: b, policy: silence}

  - {id: two, goals: g, stop: {effect: 1}, arms: [{id: a}, {id: b, policy: uniform}]}
`

func TestAnExperimentIsEndedAndTheRestOfTheFileStays(t *testing.T) {
	t.Parallel()
	at := event.InstantOf(time.Date(2026, 4, 1, 9, 30, 0, int(500*time.Millisecond), time.UTC))
	source := completed(endable)
	end := func(id, winner string) string {
		out, err := definition.EndExperiment([]byte(source), id, winner, at)
		require.NoError(t, err)
		source = string(out)
		return source
	}
	require.Contains(t, end("one", ""), "  - id: one\n    ended: 2026-04-01T09:30:01Z\n    goals: g # and no other\n", "who came in that second counts")
	at = at.Add(24 * time.Hour)
	require.Contains(t, end("one", "b"), "  - id: one\n    ended: 2026-04-01T09:30:01Z\n    winner: b\n    goals: g # and no other\n", "it keeps its time")
	require.Contains(t, end("two", "a"), "  - {ended: 2026-04-02T09:30:01Z, winner: a, id: two, goals: g,")
	without := strings.NewReplacer("    ended: 2026-04-01T09:30:01Z\n    winner: b\n", "", "ended: 2026-04-02T09:30:01Z, winner: a, ", "").Replace(source)
	require.Equal(t, strings.TrimRight(completed(endable), "\n"), strings.TrimRight(without, "\n"))
	w, err := definition.Compile([]byte(source))
	require.NoError(t, err)
	require.True(t, w.Experiments[0].Over(at))
	require.Equal(t, "a", w.Experiments[1].Winner)
}

func TestWhatCannotBeEndedIsSaid(t *testing.T) {
	t.Parallel()
	source := completed(strings.Replace(endable, "  - id: one\n", "  - id: one\n    begin: 2026-05-01\n", 1))
	at := event.InstantOf(time.Date(2026, 4, 1, 9, 30, 0, 0, time.UTC))
	for want, c := range map[string][2]string{
		"has not begun":             {"one", ""},
		`no experiment "three"`:     {"three", ""},
		`winner "c": the experimen`: {"two", "c"},
	} {
		_, err := definition.EndExperiment([]byte(source), c[0], c[1], at)
		require.ErrorContains(t, err, want)
	}
}
