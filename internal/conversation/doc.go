// Package conversation holds dialogues as state machines. A definition.Conversation
// is authored once; Advance moves one person's place in it, a profile.Conversation,
// by what they said, by what a system answered or by the passing of time, and gives
// what is to be said and asked next. It is pure: the engine calls it within the
// fold, the simulator and the tests of definitions (Play) call it with nobody there.
//
// A turn is everything that is said until the person is asked something: one text
// for every channel, with the options of the question. How it is put depends on
// what the channel can show: buttons, keys and speech, a letter, or plain text.
// What comes back is understood by the same rules (Understand), so that "2", a
// button, "the small one, please" and a letter above a quoted one are one answer.
//
// The state is the person's. When they say something on another channel, or after
// the conversation has rested, they are asked whether to go on; only a button says
// by itself what it answers.
package conversation
