package decide_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// candidates gives silence and n actions, the withheld ones by index.
func candidates(n int, withheld ...int) []event.Candidate {
	out := []event.Candidate{{Goal: "g", Action: event.Silence}}
	for i := range n {
		out = append(out, event.Candidate{Goal: "g", Action: fmt.Sprint("a", i), Channel: "email"})
	}
	for _, i := range withheld {
		out[i].Withheld = event.Reason{Code: "capped", Sentence: "Capped."}
	}
	return out
}

func TestEveryEligibleCandidateHasTheSameProbabilityAndTheRestNone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 7)) //nolint:gosec // a test
	for range 500 {
		n := r.IntN(8)
		var withheld []int
		for i := 1; i <= n; i++ {
			if r.IntN(2) == 0 {
				withheld = append(withheld, i)
			}
		}
		cs := candidates(n, withheld...)
		for i := range cs {
			cs[i].Probability = 9 // whatever was there before
		}
		eligible := decide.Share(cs)
		require.Equal(t, 0, eligible[0], "silence is always eligible")
		require.Len(t, eligible, n+1-len(withheld))
		for i, c := range cs {
			want := 1 / float64(len(eligible))
			if !c.Withheld.IsZero() {
				want = 0
			}
			require.Equal(t, want, c.Probability, "candidate %d", i) //nolint:testifylint // exact on purpose
		}
	}
}

// The seeds are those that the engine derives: of neighbouring offsets in one
// partition, of one offset in all, and of many people at one place.
func TestDrawsComeAsOftenAsTheirProbabilitySays(t *testing.T) {
	t.Parallel()
	// Exceeded once in a thousand, by degrees of freedom.
	limit := map[int]float64{1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47, 6: 22.46}
	ada := person.IDOf(0, person.NewIdentity(person.UserID, "ada"))
	seeds := map[string]func(i int) uint64{
		"offsets": func(i int) uint64 {
			return decide.Seed("salt", event.Opportunity{Partition: 3, Offset: uint64(i), N: 1}, ada)
		},
		"far offsets":   func(i int) uint64 { return decide.Seed("salt", event.Opportunity{Offset: uint64(i) << 32, N: 1}, ada) },
		"opportunities": func(i int) uint64 { return decide.Seed("salt", event.Opportunity{Offset: 9, N: i}, ada) },
		"people": func(i int) uint64 {
			return decide.Seed("", event.Opportunity{Offset: 9, N: 1}, person.IDOf(0, person.NewIdentity(person.UserID, fmt.Sprint(i))))
		},
		"numbers": func(i int) uint64 { return uint64(i) },
	}
	for name, seed := range seeds {
		for n := range limit {
			const draws = 20_000
			cs := candidates(n+1, 1) // the first action is withheld
			count := make([]float64, len(cs))
			for i := range draws {
				count[decide.Draw(seed(i), cs)]++
			}
			require.Zero(t, count[1], "what is withheld is never drawn")
			chi, want := 0.0, draws/float64(n+1)
			for i, c := range count {
				if i != 1 {
					chi += (c - want) * (c - want) / want
				}
			}
			require.Less(t, chi, limit[n], "%s, %d to draw from: %v", name, n+1, count)
		}
	}
}

func TestTheSameSeedDrawsTheSame(t *testing.T) {
	t.Parallel()
	// Recorded choices are explained by drawing again: these never change while
	// the policy is called uniform/1.
	var got []int
	for seed := range uint64(12) {
		cs := candidates(4)
		got = append(got, decide.Draw(seed, cs))
		require.Equal(t, got[seed], decide.Draw(seed, cs))
	}
	require.Equal(t, []int{2, 2, 3, 4, 2, 3, 2, 2, 3, 1, 3, 4}, got)
	require.Equal(t, "uniform/1", decide.Uniform)
}

func TestEveryPartOfAnOpportunityChangesTheSeed(t *testing.T) {
	t.Parallel()
	ada, bob := person.IDOf(0, person.NewIdentity(person.UserID, "ada")), person.IDOf(0, person.NewIdentity(person.UserID, "bob"))
	o := event.Opportunity{Partition: 1, Offset: 2, N: 3}
	seeds := map[uint64]string{}
	for name, s := range map[string]uint64{
		"base":      decide.Seed("salt", o, ada),
		"salt":      decide.Seed("pepper", o, ada),
		"partition": decide.Seed("salt", event.Opportunity{Partition: 2, Offset: 2, N: 3}, ada),
		"offset":    decide.Seed("salt", event.Opportunity{Partition: 1, Offset: 3, N: 3}, ada),
		"n":         decide.Seed("salt", event.Opportunity{Partition: 1, Offset: 2, N: 4}, ada),
		"person":    decide.Seed("salt", o, bob),
	} {
		require.Empty(t, seeds[s], "%s does not count", name)
		seeds[s] = name
	}
}

func TestADrawIsToldInWords(t *testing.T) {
	t.Parallel()
	name := func(id string) string { return "The " + id }
	for _, c := range []struct {
		cs     []event.Candidate
		chosen int
		want   string
	}{
		{candidates(0), 0, "Silence: the goal has nothing to offer."},
		{candidates(2, 1, 2), 0, "Silence: everything else was withheld."},
		{candidates(2, 1), 0, "Drew silence, one of 2 with probability 0.50."},
		{candidates(2), 2, `Drew "The a1" via email, one of 3 with probability 0.33.`},
	} {
		decide.Share(c.cs)
		require.Equal(t, c.want, decide.Sentence(c.cs, c.chosen, name))
	}
}
