package train_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/train"
)

// channels is a company whom people come to by three channels. They begin as often
// in the upper state as upper says; colours and cities say nothing.
func channels(n int, upper map[string]float64) *train.Job {
	j := job(n)
	j.By = []definition.Beginning{{Trait: "colour"}, {Property: "context.campaign.source"}, {Trait: "city"}}
	names := []string{"advert", "friend", ""}
	j.Histories = begun(n, 5, func(i int) float64 { return upper[names[i%3]] })
	for i := range j.Histories {
		j.Began = append(j.Began, []string{[]string{"red", "blue"}[i/3%2], names[i%3], fmt.Sprint("city ", i)})
	}
	return j
}

func TestRelationshipsThatBeginDifferentlyByChannelAreBelievedToDoSo(t *testing.T) {
	t.Parallel()
	r := trained()
	require.NoError(t, r.err)
	j, b := *r.job, r.out.Body
	require.NotNil(t, b.Start, "%+v", b.Trained.Starts)
	require.Equal(t, "context.campaign.source", b.Start.Property)
	require.Equal(t, []int{210, 210, 210}, b.Start.People)
	tried := b.Trained.Starts
	require.Equal(t, []bool{false, true, false}, []bool{tried[0].Kept, tried[1].Kept, tried[2].Kept})
	require.Contains(t, tried[0].Sentence, "not told from nothing")
	require.Contains(t, tried[1].Sentence, "tells how relationships begin")
	require.Contains(t, tried[2].Sentence, "fewer than two of its values")

	raw, err := b.Encode()
	require.NoError(t, err)
	_, err = belief.New(raw)
	require.NoError(t, err)

	top := b.Model.States() - 1
	advert, friend, none, later := b.Model.Start[b.Class("advert")][top], b.Model.Start[b.Class("friend")][top], b.Model.Start[b.Class("")][top], b.Model.Start[b.Class("a new one")][top]
	require.Less(t, advert, .35)
	require.Greater(t, friend, .7)
	require.InDelta(t, (advert+friend+none)/3, later, 1e-9, "whoever comes by a channel of later begins as people do on the whole")

	// The next training asks this model with its own classes, whatever it tries itself.
	j.Incumbent = b
	for i, class := range []uint8{b.Class("advert"), b.Class("friend"), b.Class("")} {
		require.Equal(t, class, j.AsIncumbent(i).Class)
	}
	j.By = j.By[:1]
	require.Zero(t, j.AsIncumbent(1).Class, "what is no longer declared is not known")
}

func TestChannelsThatSayNothingOfHowRelationshipsBeginAreNotUsed(t *testing.T) {
	t.Parallel()
	out, err := train.Work(t.Context(), channels(190, map[string]float64{"advert": .5, "friend": .5, "": .5}), func(train.Stage, float64, string) {})
	require.NoError(t, err)
	require.Nil(t, out.Body.Start, "%+v", out.Body.Trained.Starts)
	require.Len(t, out.Body.Model.Start, 1)
	require.Len(t, out.Body.Trained.Starts, 3)
}
