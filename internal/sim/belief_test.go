package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/sim"
)

func TestInARehearsalWhatIsBelievedIsHeldBesideTheTruth(t *testing.T) {
	t.Parallel()
	retail, ok := definition.Template("retail")
	require.True(t, ok)
	yaml := string(retail) + "\nrelationship:\n  acts:\n    - {id: order, name: Order, events: Order Completed, of: revenue, margin: 30%}\n    - {id: visit, name: Visit, events: [page, Product Viewed]}\n"
	p, err := sim.NewPlayer(t.Context(), sim.RehearseOptions{Seed: 5, People: 500, Days: 130, LiveDay: 20, Tick: 6 * time.Hour, Definitions: []byte(yaml), Beliefs: true})
	require.NoError(t, err)
	var last sim.Frame
	for !p.Over() {
		if p.Learning() && last.Day < 100 {
			require.Nil(t, last.Beliefs, "nothing is believed before a model is learned")
		}
		last, err = p.Day(t.Context())
		require.NoError(t, err)
	}
	b := last.Beliefs
	require.NotNil(t, b)
	require.Empty(t, b.Missing)
	require.Greater(t, b.People, 200)

	cells, binned, gone := 0, 0, 0
	for truth, row := range b.Cells {
		for state, n := range row {
			cells += n
			f, err := p.People(sim.Which{Truth: truth, State: state, Bin: -1})
			require.NoError(t, err)
			require.Equal(t, n, f.All, "the people behind a cell are as many as it says")
		}
	}
	for i, bin := range b.Bins {
		binned += bin.People
		f, err := p.People(sim.Which{Truth: -1, State: -1, Bin: i})
		require.NoError(t, err)
		require.Equal(t, bin.People, f.All)
		for _, face := range f.People {
			require.GreaterOrEqual(t, face.Gone, bin.From)
			require.LessOrEqual(t, face.Gone, bin.To)
		}
		if bin.People > 0 {
			require.LessOrEqual(t, bin.Low, bin.True)
			require.GreaterOrEqual(t, bin.High, bin.True)
		}
	}
	for _, face := range requireFaces(t, p, p.Cast().Gone) {
		require.Equal(t, "gone", face.Truth)
		gone++
	}
	require.Equal(t, b.People, cells)
	require.Equal(t, b.People, binned)
	require.GreaterOrEqual(t, gone, b.Gone)
	require.Greater(t, b.Score.Mean, b.Score.Plain, "the belief tells more of who has left than how many have")

	story, err := p.Story(t.Context(), 0)
	require.NoError(t, err)
	require.NotNil(t, story.Belief)
	require.NotEmpty(t, story.Belief.Points)
	require.Len(t, story.Belief.Points[0].P, len(b.States))
	require.NoError(t, p.Close())
}

func requireFaces(t *testing.T, p *sim.Player, truth int) []sim.Face {
	t.Helper()
	f, err := p.People(sim.Which{Truth: truth, State: -1, Bin: -1})
	require.NoError(t, err)
	require.Len(t, f.People, f.All)
	return f.People
}

func TestWithTooFewLivesNothingIsBelievedAndItIsSaidWhy(t *testing.T) {
	t.Parallel()
	p, err := sim.NewPlayer(t.Context(), sim.RehearseOptions{Seed: 5, People: 20, Days: 40, Tick: 6 * time.Hour, Beliefs: true})
	require.NoError(t, err)
	var last sim.Frame
	for !p.Over() {
		last, err = p.Day(t.Context())
		require.NoError(t, err)
	}
	require.NotNil(t, last.Beliefs)
	require.Contains(t, last.Beliefs.Missing, "people")
	require.NoError(t, p.Close())
}
