// Package processor folds the journal into the state store.
//
// Partitions are shared out among groups; each group is folded by one goroutine,
// so a person has one writer. A group reads records, applies each with package
// engine, and commits people, indexes and the journal position in one batch.
//
// Some effects must be in the journal before they count: choices, grants,
// hand-overs. The group hands them to a sender, which appends them. Each is
// applied exactly once, whatever crashes:
//
//   - an emission is numbered by its sending partition and kept in the state
//     store until the journal has it; the receiving partition remembers the last
//     number that it applied of each sender;
//   - a choice is made for a person who is marked choosing; reading it clears the
//     mark, and a second choice for the same mark has no effect;
//   - a step of a sweep names the person after whom it begins.
//
// After a start, the groups first catch up with the journal's end without
// sending anything, then send what is still owed, and only then go live.
//
// One may not assume that a choice or grant is read in the batch after the one
// that asked for it, nor that partitions move in step.
package processor
