// Package lifecycle measures how people move over a company's lifecycle map:
// which touchpoint an event belongs to, who made the effort, where visits begin
// and end, whether people come back of their own accord, and where they go next.
// It is pure.
//
// A [Classifier] turns one event into an interaction as it arrives, keeping a
// person's place in a profile.Walk. An [Atlas] replays the histories of many
// people in event-time order and gives every figure of the map, together with
// the people behind it. Both use the same rule, [Classifier.Step].
//
// The rules, in short:
//
//   - An interaction is one occurrence of a touchpoint. An event that no
//     touchpoint claims is not one.
//   - At an outbound touchpoint it is outreach: we went to them.
//   - At an inbound touchpoint it is an act of their own. It is a response if it
//     carries one of our delivery ids, is a receipt of our delivery, or belongs
//     to a visit that began so; else it is unprompted.
//   - A visit is a run of own acts with less than Map.VisitGap between them.
//   - A person comes back by starting a later visit, unprompted.
//
// Figures count people, each once, because one busy person's thousand events say
// little about the next person, and intervals that treat them as a thousand
// independent facts are much too narrow.
package lifecycle
