// Package classic holds the classical models of customer base analysis: who will
// come back, how often, and what they will be worth, from how often and when
// people acted. They are the yardstick beside the state-space model, and what
// serves where there is too little data for it.
//
// The models that count repeat acts in continuous time:
//
//   - [NBD]: everybody stays. Acts are Poisson, rates are Gamma. Ehrenberg (1959).
//   - [ParetoNBD]: and people leave at some time, with Gamma rates of leaving.
//     Schmittlein, Morrison & Colombo (1987), Management Science 33(1).
//   - [BGNBD]: people leave right after an act, with a Beta chance. Fader, Hardie &
//     Lee (2005), Marketing Science 24(2). Modified, also right after the first act,
//     MBG/NBD: Batislam, Denizel & Filiztekin (2007), Int. J. Research in Marketing 24(3).
//   - [Filter]: nobody leaves, rates wander. Smith & Miller (1986), JRSS B 48(1);
//     Harvey & Fernandes (1989), JBES 7(4).
//
// In rounds rather than in time: [BGBB]. Fader, Hardie & Shang (2010), Marketing
// Science 29(6). What an act is worth: [GammaGamma]. Colombo & Jiang (1999), and
// Fader, Hardie & Lee (2005), JMR 42(4).
//
// Log-likelihoods are of the times of the acts themselves, not of their number
// only, in the unit of time that ages are given in: they are on one scale with each
// other and with the state-space model's. What is held out is the second half given
// the first: [HeldOut].
//
// Everything is computed in logarithms, and by sums and integrals of positive
// terms: no difference of nearly equal numbers, so people with thousands of acts, or
// whose last act was now, are as exact as others.
package classic
