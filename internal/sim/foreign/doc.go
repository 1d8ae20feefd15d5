// Package foreign is a company with known truth that is of the family of no model
// we fit, in which policies are tried against each other. Relationships stay in a
// state for times that have a memory (log-normal), people differ in how active they
// are, what they spend and what is to their taste, weekends are theirs; a touch is
// reacted to days later (Weibull) or not at all, wears people out, and may annoy.
//
// Whatever happens by chance hangs on the seed, the person, the day or the number
// of the stay, and the purpose alone, so that two policies differ only where they
// act and can be compared person by person.
//
// Ours is what the product does, of the same parts: a state model of package
// statemodel fitted to a log, movement and price of attention by package decide,
// Thompson sampling with a floor, and learning on while it acts from what fourteen
// days brought. Package weekly has the company of which the best policy is known
// exactly.
package foreign
