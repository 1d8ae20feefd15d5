package belief_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// blind is the shop's model where acts could not be seen in some times.
func blind(t *testing.T, dark ...belief.Dark) *belief.Model {
	t.Helper()
	body := *shop(t).Body
	body.Dark = dark
	raw, err := body.Encode()
	require.NoError(t, err)
	m, err := belief.New(raw)
	require.NoError(t, err)
	return m
}

// TestWhileTheOnlySourceIsDeadSilenceIsNoEvidence has a source dead for 60 days after
// all kinds of lives: what is believed at their end is what was to be expected when
// they began, whatever would have come, as if nobody had looked.
func TestWhileTheOnlySourceIsDeadSilenceIsNoEvidence(t *testing.T) {
	t.Parallel()
	seeing, moved := shop(t), 0
	for seed := range uint64(60) {
		events := life(seed, 10+int(seed%40))
		for i := range events { // a touch goes on being answered or not, so there are none
			if events[i].Kind != event.Track {
				events[i].Kind = event.Page
			}
		}
		dies := events[len(events)-1].Time
		ends := dies.Add(60 * 24 * time.Hour)
		m := blind(t, belief.Dark{From: dies, To: ends, Source: "shop"})
		b := m.Refilter(nil, slices.Values(events))
		require.Equal(t, seeing.Refilter(nil, slices.Values(events)).At, b.At)

		law, err := seeing.Filter().Decode(seeing.Refilter(nil, slices.Values(events)).Law)
		require.NoError(t, err)
		require.NoError(t, seeing.Filter().Advance(law, statemodel.Day(dies.Time()))) // until then silence was seen
		live, gone := seeing.Filter().Ahead(law, 60)
		got, err := m.Outlook(b, ends, 30)
		require.NoError(t, err)
		for i, p := range live {
			require.InDelta(t, p, got.States[i].P, 1e-6, "seed %d", seed)
		}
		require.InDelta(t, gone, 1-got.Active, 1e-6, "seed %d", seed)

		looked, err := seeing.Outlook(b, ends, 30)
		require.NoError(t, err)
		if looked.Active < got.Active-.01 {
			moved++
		}
	}
	require.Greater(t, moved, 20, "silence that was seen would have been evidence")
}

// TestWhatIsDarkIsDarkHoweverAHistoryIsRead follows and filters again, with what is
// dark before, between and after events, and overlapping.
func TestWhatIsDarkIsDarkHoweverAHistoryIsRead(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		var dark []belief.Dark
		for range 1 + r.IntN(4) {
			from := day(r.Float64() * 200)
			dark = append(dark, belief.Dark{From: from, To: from.Add(time.Duration(r.IntN(60*24)) * time.Hour)})
		}
		m := blind(t, dark...)
		events := life(seed, 60)
		b := follow(m, events)
		require.Equal(t, b, m.Refilter(nil, slices.Values(events)), "seed %d", seed)
		now := b.At.Add(20 * 24 * time.Hour)
		path := m.Path(slices.Values(events), now)
		out, err := m.Outlook(b, now, 30)
		require.NoError(t, err)
		last := path.Points[len(path.Points)-1]
		for i, p := range out.States {
			require.InDelta(t, p.P, last.P[i], 1e-4, "seed %d", seed)
		}
	}
}

func TestOfASourceThatHasNothingToDoWithOrdersNothingIsDark(t *testing.T) {
	t.Parallel()
	events := life(3, 40)
	m := blind(t, belief.Dark{From: day(10), To: day(90), Acts: []string{"visit"}})
	require.Equal(t, follow(shop(t), events).Law, follow(m, events).Law)
}

func TestWhileASourceIsDeadNobodyIsSaidToBeSlipping(t *testing.T) {
	t.Parallel()
	var events []event.Event
	for i := range 12 {
		events = append(events, order(float64(i)*8, "30"))
	}
	seeing, m := shop(t), blind(t, belief.Dark{From: day(89), To: day(149)})
	b, seen := follow(m, events), follow(seeing, events)
	m.Note(b, day(149))
	seeing.Note(seen, day(149))
	require.Contains(t, seeing.Sentence(seen, day(149), time.UTC), "would have been expected")
	require.NotContains(t, m.Sentence(b, day(149), time.UTC), "would have been expected")
	require.Contains(t, m.Sentence(b, day(149), time.UTC), "Nothing could be seen from 4 April to 3 June: a source was not connected.", fmt.Sprint(day(89).Time()))
	require.Greater(t, b.Active, seen.Active)
	require.NotEmpty(t, m.Path(slices.Values(events), day(149)).Dark)
}

func TestAHistoryToLearnFromSaysWhatIsDark(t *testing.T) {
	t.Parallel()
	m := blind(t, belief.Dark{From: day(-50), To: day(5)}, belief.Dark{From: day(20)})
	h, ok := m.Body.History(slices.Values([]event.Event{order(0, "20"), order(9, "30")}), day(40))
	require.True(t, ok)
	require.NoError(t, h.Check(m.Body.Model.Shape()))
	require.Len(t, h.Dark, 2)
	require.InDelta(t, h.Start, h.Dark[0].From, 1e-9)
	require.InDelta(t, h.End, h.Dark[1].To, 1e-9)
}
