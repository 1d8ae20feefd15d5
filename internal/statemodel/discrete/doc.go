// Package discrete holds hidden Markov models of counts in discrete time: the
// non-homogeneous one of Netzer, Lattin & Srinivasan (2008), whose transitions
// depend on what was done to a person, with Poisson counts and lasting differences
// between people. It is a reference: other programs compute the same likelihoods, so
// what is shared with the continuous-time model can be held to theirs.
//
// What drives a transition is given by buckets: people in one bucket were treated
// alike. Expected counts by bucket make the M-step independent of the size of the
// data, which is what makes it fast.
package discrete
