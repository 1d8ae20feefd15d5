package definition

// momentSchema is a day, or an instant with its zone.
func momentSchema() map[string]any {
	return patternSchema(`^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?\s*$`)
}

func experimentRows() []schemaRow {
	return []schemaRow{
		{path: "experiments[]", about: "Randomised comparisons of messages, actions, policies, and ways through journeys."},
		{path: "experiments[].id", of: idSchema(), need: true, about: "What decisions and reports call it. Another id draws other people."},
		{path: "experiments[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "experiments[].goals[]", of: textSchema(), about: "Whose people are compared. The KPI of the first measures it. One of goals and split is needed."},
		{path: "experiments[].split", of: textSchema(), about: "Instead of goals and arms: a step of a journey that splits people, as journey/step. Its arms are compared, by the journey's kpi."},
		{path: "experiments[].assignment", of: oneOfSchema(string(ByHash), string(ByLearner)), def: string(ByHash), about: "Who decides in which arm somebody is: fixed is a hash, once and for all; adaptive is the learner, anew at each decision."},
		{path: "experiments[].begin", of: momentSchema(), about: "From when on people are compared, such as 2026-03-01. Without it: as soon as it is in force."},
		{path: "experiments[].within", of: spanSchema(), about: "For how long a person is measured after the first decision that the arms make differently. With assignment: adaptive, after each such decision. Defaults to the goal's horizon, and there to 14d."},
		{path: "experiments[].stop", need: true, about: "When it has been answered."},
		{path: "experiments[].stop.effect", of: amountSchema(), need: true, about: "The smallest difference in the KPI a person that is worth knowing, in the workspace's currency."},
		{path: "experiments[].stop.alpha", of: shareSchema(), def: "5%", about: "Chance of ever being wrong, over all looks and all pairs of arms, to 50%."},
		{path: "experiments[].stop.end", of: momentSchema(), about: "From when on it is over, answered or not. Without it: not before somebody ends it."},
		{path: "experiments[].ended", of: momentSchema(), about: "When somebody ended it: nobody is counted from then on."},
		{path: "experiments[].winner", of: textSchema(), about: "The arm by which everybody is met since it ended. Without it, people are met as if there were no experiment."},
		{path: "experiments[].arms[]", about: "With goals: what is compared: 2 to 8, the first is the one that the others are compared with."},
		{path: "experiments[].arms[].id", of: idSchema(), need: true, about: "What decisions and reports call it."},
		{path: "experiments[].arms[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "experiments[].arms[].weight", of: amountSchema(), def: 1, about: "How many people it gets, relative to the others."},
		{path: "experiments[].arms[].actions[]", of: textSchema(), about: "Actions that may be taken, by id or as goal/action. Without it: all of the goals."},
		{path: "experiments[].arms[].messages[]", of: textSchema(), about: "Messages that may be said, by id or as action/message: of the actions that they belong to no others are. Other actions are not restricted."},
		{path: "experiments[].arms[].policy", of: patternSchema(`^\s*(learned|uniform|silence|best-single\s+\S+)\s*$`), def: string(LearnedPolicy), about: "Who decides: learned is the learner, uniform is chance alone, best-single ACTION takes that action whenever it is possible, silence does nothing."},
	}
}
