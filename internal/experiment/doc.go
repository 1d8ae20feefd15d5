// Package experiment assigns people to the arms of a comparison and says what
// the comparison shows. It is pure.
//
// Assignment is a hash of the workspace's seed, the scope (a goal, or all of
// them) and the unit, so it needs no table, is the same on every machine, and is
// independent between scopes.
//
// Lift is the difference in means between those who may be treated and those
// held out, with an anytime-valid interval: whoever looks every day, and stops
// when pleased, is still wrong at most one time in twenty. An ordinary interval
// makes no such promise.
//
// What may be asked, and where it is: [Lift] (with CUPED, [PooledSlope]),
// [Relative] and [RatioOfSums]; [Betting] where outcomes are bounded and events
// few; [Compare] for several arms and [Segments] for many looks; [Incidences] for
// retention with what competes with it; [Plan] for how many people and how long;
// [RatioMismatch], [Contamination] and [Novelty] for what makes a number void.
// [Cap] is for cutting outcomes at a quantile that was declared before.
package experiment
