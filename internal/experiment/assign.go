package experiment

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/rapporthq/rapport/internal/person"
)

// Arm is a side of a goal's comparison.
type Arm string

// The arms. Their texts are those of profile.Arm.
const (
	Treated       Arm = "treated"
	GoalHoldout   Arm = "goal_holdout"
	GlobalHoldout Arm = "global_holdout"
)

// Global is the scope of the permanent holdout from all goals. No goal may have
// this id.
const Global = "*"

// assignVersion goes into every hash; changing it re-randomises everybody.
const assignVersion = "rapport/assign/1"

// Assign returns the arm of unit under a goal: kept out of everything with
// probability global, else kept out of this goal with probability own, else
// treated. The global holdout is the same people for every goal; goal holdouts
// are independent of it and of each other. Raising a share only moves people
// from treated to holdout, lowering it only moves them back.
func Assign(seed, goal string, unit person.ID, global, own float64) Arm {
	switch {
	case HeldOut(seed, Global, unit, global):
		return GlobalHoldout
	case HeldOut(seed, goal, unit, own):
		return GoalHoldout
	default:
		return Treated
	}
}

// HeldOut reports whether unit is in the share (0 to 1) of people kept out of
// scope: a goal id, or Global.
func HeldOut(seed, scope string, unit person.ID, share float64) bool {
	return Uniform(seed, scope, unit) < share
}

// Pick returns the index of the arm of an experiment that unit is in, by the arms'
// shares, which are at least 0 and sum to 1. It is independent of holdouts and of
// other experiments.
func Pick(seed, experiment string, unit person.ID, shares []float64) int {
	u, last := Uniform(seed, "experiment/"+experiment, unit), 0
	for i, s := range shares {
		if s <= 0 {
			continue
		}
		if last = i; u < s {
			break
		}
		u -= s
	}
	return last
}

// HoldoutShare is the probability that Assign does not return Treated.
func HoldoutShare(global, own float64) float64 { return global + (1-global)*own }

// Uniform returns a number in [0, 1) that depends on all its arguments and
// looks random. It has 53 bits.
func Uniform(seed, scope string, unit person.ID) float64 {
	b := make([]byte, 0, 128)
	for _, s := range [...]string{assignVersion, seed, scope} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, unit[:]...)
	h := sha256.Sum256(b)
	return float64(binary.BigEndian.Uint64(h[:8])>>11) / (1 << 53)
}
