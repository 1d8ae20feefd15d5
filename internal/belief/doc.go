// Package belief joins what a company declares, what happens to people, and the
// state model: it reads events as package statemodel sees them, moves what is
// believed of a person by each, and says it in words.
//
// A [Body] is a trained model as it is kept and promoted: plain data that needs
// nothing else to be read. A [Model] is one made ready. What is believed of a
// person at rest is a [Rest], which the fold keeps with them:
//
//	rest, moved := model.Observe(rest, event)   one event, in the order of time
//	path := model.Path(timeline)                all of them, for drawing
//	look := model.Look(rest, now)               state, probabilities and value
//
// Observe and Path take the same steps, the rounding at rest included, so that a
// history filtered again comes to the same bytes as one that was followed.
//
// What moves a belief: the person's own acts, of the kinds that the model was
// trained on, of which those without an amount are counted by the visit; touches, which are grants of deliveries, by the id of their action;
// and what became of a touch: a click, or the time for it having passed. Refunds
// are not acts. Before a person's first act nothing is believed of them: stages
// serve.
//
// The package is pure.
package belief
