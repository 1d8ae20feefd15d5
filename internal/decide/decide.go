// Package decide draws one candidate, silence among them, and says with what
// probability. It is pure: the randomness is a seed derived from the
// opportunity, so a choice can be derived again from what was recorded.
//
// The learner is a [Layout] of coefficients by action, message, channel and hour;
// [Statistics], which add up over partitions and travel; the [Posterior] that they
// make; the score of each offer ([Parts], [Movement]); and [Chooser], which draws by
// Thompson sampling with exact probabilities. A [Record] is all that it takes to
// make a decision again. docs/models/decide.md has the mathematics in one place.
package decide

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Uniform is the policy of this version: every eligible candidate, silence
// included, has the same probability. It is the fair split that a learner needs
// to start from.
const Uniform = "uniform/1"

// Seed derives the seed of a choice from the workspace's salt, the opportunity
// and the person.
func Seed(salt string, id event.Opportunity, who person.ID) uint64 {
	h := fnv.New64a()
	var b [8]byte
	put := func(n uint64) {
		binary.BigEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
	h.Write([]byte(salt))
	put(uint64(id.Partition))
	put(id.Offset)
	put(uint64(id.N))
	h.Write(who[:])
	return h.Sum64()
}

// Share sets the probability of each candidate and returns the indices of those
// that are eligible. What is withheld has none.
func Share(candidates []event.Candidate) (eligible []int) {
	for i := range candidates {
		candidates[i].Probability = 0
		if candidates[i].Withheld.IsZero() {
			eligible = append(eligible, i)
		}
	}
	for _, i := range eligible {
		candidates[i].Probability = 1 / float64(len(eligible))
	}
	return eligible
}

// Draw shares the probability out and returns the index of the candidate drawn.
// At least one candidate, silence, must be eligible.
func Draw(seed uint64, candidates []event.Candidate) int {
	eligible := Share(candidates)
	r := rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)) //nolint:gosec // a recorded draw, not a secret
	return eligible[r.IntN(len(eligible))]
}

// Sentence says in words what was drawn and from what.
func Sentence(candidates []event.Candidate, chosen int, name func(action string) string) string {
	eligible := 0
	for _, c := range candidates {
		if c.Withheld.IsZero() {
			eligible++
		}
	}
	c := candidates[chosen]
	switch {
	case eligible == 1 && len(candidates) == 1:
		return "Silence: the goal has nothing to offer."
	case eligible == 1:
		return "Silence: everything else was withheld."
	case c.Action == event.Silence:
		return fmt.Sprintf("Drew silence, one of %d with probability %.2f.", eligible, c.Probability)
	default:
		return fmt.Sprintf("Drew %q via %s, one of %d with probability %.2f.", name(c.Action), c.Channel, eligible, c.Probability)
	}
}
