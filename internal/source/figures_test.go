package source_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/source"
)

// hours is a TallyStore that holds one count for each hour since the morning of
// the day before noon.
type hours struct{}

func (hours) Tallies(id string, since event.Instant, use func(event.Instant, event.Tally)) error {
	for h := range 36 {
		if at := noon.Add(-time.Duration(h) * time.Hour); id == "shop" && at >= since {
			use(at, event.Tally{Accepted: 10, Duplicates: 1, Last: at})
			use(at, event.Tally{Accepted: 5, Rejected: 2}) // of another partition
		}
	}
	return nil
}

func (hours) LetterSum(string) (event.LetterSum, error) { return event.LetterSum{Open: 3}, nil }

func TestFiguresCountWhatArrivesByMinuteAndReason(t *testing.T) {
	t.Parallel()
	now := noon
	f := source.NewFigures(hours{}, func() event.Instant { return now })
	for n := range 10 {
		a := pages("shop", "a", 2)
		a.At = noon.Add(time.Duration(n) * 20 * time.Second)
		a.SentAt = a.At.Add(-time.Hour - time.Duration(n)*time.Second)
		a.Rejected = []source.Rejection{{Field: "event", Message: "event is missing"}, {Field: "userId", Message: fmt.Sprint("odd ", n)}}
		f.Arrived(a)
		f.Folded("shop", time.Duration(n+1)*time.Millisecond)
	}
	f.Arrived(&source.Arrival{Source: "shop", At: noon, Busy: true, Failed: "come again"})
	f.Arrived(&source.Arrival{Source: "shop", At: noon, Failed: "it could not be stored"})
	f.Arrived(&source.Arrival{At: noon, Failed: "the write key is missing"})
	now = noon.Add(5 * time.Minute)

	got, err := f.Of("shop", nil)
	require.NoError(t, err)
	s := got.SinceStart
	require.Equal(t, uint64(20), s.Accepted)
	require.Equal(t, uint64(20), s.Rejected)
	require.Equal(t, uint64(12), s.Calls)
	require.Equal(t, uint64(1), s.Busy)
	require.Equal(t, uint64(1), s.Failed)
	require.Equal(t, "event is missing", s.Reasons[0].Message)
	require.Equal(t, uint64(10), s.Reasons[0].Count)
	require.InDelta(t, -3604_000, s.Skew.P50, 1, "this client's clock is an hour behind")
	require.InDelta(t, 6, s.Lag.P50, 0.01)
	require.InDelta(t, 10, s.Lag.P99, 0.01)
	require.Equal(t, noon.Add(3*time.Minute), got.LastSeen)
	require.Equal(t, uint64(24*15), got.Day.Accepted)
	require.Equal(t, uint64(3), got.Letters.Open)
	require.Equal(t, uint64(1), f.Strangers().Calls)

	series, err := f.Series("shop")
	require.NoError(t, err)
	require.Len(t, series.Hours, 36)
	require.Less(t, series.Hours[0].Start, series.Hours[1].Start)
	require.Equal(t, uint64(15), series.Hours[0].Accepted)
	require.Len(t, series.Minutes, 4)
	require.Equal(t, uint64(6), series.Minutes[0].Accepted)
	require.Equal(t, uint64(5), series.Minutes[0].Calls)
}

func TestMinutesAreForgottenAfterSixHours(t *testing.T) {
	t.Parallel()
	now := noon
	f := source.NewFigures(hours{}, func() event.Instant { return now })
	f.Arrived(pages("app", "a", 1))
	now = noon.Add(6 * time.Hour)
	a := pages("app", "a", 5)
	a.At = now
	f.Arrived(a)
	series, err := f.Series("app")
	require.NoError(t, err)
	require.Equal(t, []source.Minute{{Start: now, Calls: 1, Accepted: 5, Bytes: 500}}, series.Minutes)
	require.Empty(t, series.Hours)
}

func TestReasonsAreBoundedAndTheFrequentOnesStay(t *testing.T) {
	t.Parallel()
	f := source.NewFigures(hours{}, func() event.Instant { return noon })
	for n := range 1000 {
		f.Arrived(&source.Arrival{Source: "app", At: noon, Rejected: []source.Rejection{{Message: "often"}, {Message: fmt.Sprint("odd ", n)}}})
	}
	got, err := f.Of("app", nil)
	require.NoError(t, err)
	require.LessOrEqual(t, len(got.SinceStart.Reasons), 50)
	require.Equal(t, "often", got.SinceStart.Reasons[0].Message)
	require.Equal(t, uint64(1000), got.SinceStart.Reasons[0].Count)
}
