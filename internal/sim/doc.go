// Package sim is a lifelike company to try Rapport on: people of an online shop
// who browse, buy, send back, ask, tire and leave, each in their own time zone
// and their own way, and who answer letters or do not.
//
// Company is the world: pure, and the same for a seed. It knows what our engine
// can only infer: the hidden state of each person, and what they would have done
// had nobody written to them (see [Company.Truth]). Its laws are not those of
// any model that we fit: stays in a state are not exponential, letters tire, and
// effects come late.
//
// Rehearse lets the engine work on a company on a virtual clock, in one
// goroutine, and Checker holds what happened against the promises of the engine.
// A rehearsal may be of a copy of one's own people in place of a company: package
// own takes and fits it, and two versions of the definitions can be played beside
// each other by a Player.
//
// Live lets a company go on living beside a running server, days in seconds.
package sim
