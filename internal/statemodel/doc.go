// Package statemodel is the belief about where each customer's relationship
// stands: a hidden Markovian arrival process with personal frailty.
//
// A relationship is in one of S live states, or gone. Live states drift between
// neighbours at rates Up and Down; state s is left for good at rate Exit[s]·η. In
// state s the person acts of their own accord, by acts of kind k, at rate
// Rate[k][s]·θ. The frailties θ and η are lasting differences between people,
// Gamma-distributed with mean one, and are integrated on a fixed grid of nodes.
// A touch moves the state by a stochastic matrix. Amounts are evidence of the
// state. For one node, with b a row vector over the live states:
//
//	quiet for a time Δ:  b ← b·exp(D0·Δ)        silence is evidence
//	own act of kind k:   b ← b·diag(Rate[k]·θ)
//	touch of class a:    b ← b·K[a]
//	response r to a:     b ← b·diag(P(r | s, a))·K[a, r]
//
// with D0 = q − diag(q·1 + Exit·η + Σ_k Rate[k]·θ). As q joins neighbours only, D0
// is similar to a symmetric matrix: its spectrum is real, and one stable
// eigensolver serves every node.
//
// One live state with a Gamma law of η is exactly the Pareto/NBD model
// (Schmittlein, Morrison & Colombo 1987); without η it is its homogeneous-exit
// form. The states and what moves them are those of Netzer, Lattin & Srinivasan
// (2008, Marketing Science 27) in continuous time; the arrival process is that of
// Neuts (1979); the closed forms of the E-step are those of Van Loan (1978) and
// Bladt & Sørensen (2005), taken in the eigenbasis.
//
// The package is pure: no clock, no goroutine, no randomness of its own. Fits
// split their work by [Options.Each], which a caller may run in parallel; sums
// are merged in a fixed order, so that a fit does not depend on how it was run.
//
// Times are days, as floats, counted from any fixed origin: by [Day] from the
// Unix epoch.
package statemodel
