package definition

import "slices"

// journeyRows are the keys of journeys and broadcasts.
func journeyRows() []schemaRow {
	const step = "journeys[].steps[]."
	return slices.Concat(
		[]schemaRow{{path: "journeys[]", about: "Authored flows with waits and branches, each for one person at a time."}},
		flowRows("journeys[].", "journey"),
		[]schemaRow{
			{path: "journeys[].begin", need: true, about: "Who begins it, and when: at an event, or once a rule holds."},
			{path: "journeys[].begin.events[]", of: textSchema(), about: "Events of theirs that begin it, as on the map."},
			{path: "journeys[].begin.when", of: textSchema(), about: "For whom, in CEL. Without events, somebody begins when it comes to hold."},
			{path: "journeys[].begin.already", of: flagSchema(), def: false, about: "Whether those of whom the rule holds when the journey comes into force begin too."},
			{path: "journeys[].begin.again", of: spanSchema(), about: "How long after beginning it somebody who is through may begin it again. Defaults to never."},
			{path: "journeys[].leave", of: textSchema(), about: "In CEL: where it holds, somebody is through at once, wherever they stand."},
			{path: "journeys[].inside", of: oneOfSchema("finish", "move"), def: "finish", about: "Whether those inside finish by the steps that they began under, or go on by the changed ones."},

			{path: "journeys[].steps[]", need: true, about: "What happens, each step leading to the one below it."},
			{path: step + "id", of: idSchema(), about: "What go, levers and reports call it. Defaults to step-N."},
			{path: step + "name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
			{path: step + "send", about: "A message, by what it says as an action of a goal. It is sent as soon as policy lets it."},
			{path: step + "wait", of: map[string]any{"anyOf": []any{spanSchema(), map[string]any{"$ref": "#/$defs/journeys.steps.wait"}}}, about: "A length of time such as 3d, or what is waited for."},
			{path: step + "wait.for", of: spanSchema(), about: "How long, where nothing is waited for."},
			{path: step + "wait.events[]", of: textSchema(), about: "Events of theirs that end it."},
			{path: step + "wait.when", of: textSchema(), about: "In CEL: what ends it when it holds."},
			{path: step + "wait.at_most", of: spanSchema(), about: "How long something is waited for; then the journey goes on otherwise."},
			{path: step + "wait.at", of: clockSchema(), about: "Then until this time of day, in the person's zone."},
			{path: step + "wait.days[]", of: oneOfSchema(weekdays()...), about: "Then until one of these days."},
			{path: step + "branch[]", about: "Ways on. The first that holds is taken; the step below where none does."},
			{path: step + "branch[].when", of: textSchema(), about: "When, in CEL. Defaults to always."},
			{path: step + "branch[].go", of: textSchema(), need: true, about: "The step that comes then."},
			{path: step + "split[]", about: "Ways on by chance, two or more; who takes which stays so for life."},
			{path: step + "split[].arm", of: idSchema(), need: true, about: "What reports call it."},
			{path: step + "split[].share", of: shareSchema(), need: true, about: "Share of the people; all of them add up to 100%."},
			{path: step + "split[].go", of: textSchema(), need: true, about: "The step that comes then."},
			{path: step + "hand_over", of: textSchema(), about: "What colleagues are to see to: it becomes a request in the inbox."},
			{path: step + "owner", of: textSchema(), about: "Who sees to it."},
			{path: step + "end", of: idSchema(), about: "The outcome with which it ends."},
			{path: step + "go", of: textSchema(), about: "The step that comes next. Defaults to the one below."},
			{path: step + "otherwise", of: textSchema(), about: "The step that comes where nothing could be sent, or what was waited for did not come. Defaults to the one that comes next."},
		},
		sendRows(step+"send."),
		[]schemaRow{{path: "broadcasts[]", about: "One message to those of whom a rule holds, at a time."}},
		flowRows("broadcasts[].", "broadcast"),
		[]schemaRow{
			{path: "broadcasts[].at", of: patternSchema(`^\s*\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}\s*$`), need: true, about: "When, such as 2026-12-01 09:00, by the company's clock."},
			{path: "broadcasts[].local", of: flagSchema(), def: false, about: "Whether that is by each person's own clock."},
			{path: "broadcasts[].to", of: textSchema(), about: "To whom, in CEL, as of that time. Defaults to everyone."},
		},
		sendRows("broadcasts[]."),
	)
}

// flowRows are what journeys and broadcasts have in common.
func flowRows(path, what string) []schemaRow {
	return []schemaRow{
		{path: path + "id", of: idSchema(), need: true, about: "What reports call it. Goals, journeys and broadcasts share their ids."},
		{path: path + "name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: path + "topic", of: textSchema(), about: "Topic of its messages, unless they say another. One of topics."},
		{path: path + "transactional", of: flagSchema(), def: false, about: "Whether it is what people are owed, such as a receipt: it passes holdouts, consent, caps and quiet hours."},
		{path: path + "holdout", of: shareSchema(), def: 0, about: "Share of people kept out of the " + what + ", to 50%, to measure it against. Those kept out of everything are kept out anyway."},
		{path: path + "horizon", of: spanSchema(), def: "60d", about: "How long a person is measured after beginning it."},
		{path: path + "kpi", about: "The money that measures it. Defaults to none."},
		{path: path + "kpi.name", of: textSchema(), def: "Revenue", about: "For people to read."},
		{path: path + "kpi.events[]", of: textSchema(), need: true, about: "The events whose money counts, such as Order Completed."},
		{path: path + "kpi.of", of: textSchema(), def: defaultProperty, about: "Path of the property that is the money."},
		{path: path + "kpi.less[]", of: textSchema(), about: "Events whose money is taken off, such as Order Refunded."},
		{path: path + "kpi.less_of", of: textSchema(), about: "Path of the property that is taken off. Defaults to of."},
	}
}

// sendRows are what is said of something that is sent.
func sendRows(path string) []schemaRow {
	return slices.Concat([]schemaRow{
		{path: path + "try", of: spanSchema(), def: "1d", about: "How long it is tried while caps, quiet hours, an open request or something else that passes hold it; then it is left out."},
		{path: path + "weigh", of: flagSchema(), def: false, about: "Whether it is weighed against silence and everything else, as what goals choose among is. Without it, they give way."},
	}, doingRows(path))
}
