package definition

// conversationRows are the keys of conversations and of what they ask.
func conversationRows() []schemaRow {
	const step, test = "conversations[].steps[].", "conversations[].tests[]."
	return []schemaRow{
		{path: "calls[]", about: "Systems of the company that conversations ask, by signed HTTP."},
		{path: "calls[].id", of: idSchema(), need: true, about: "What steps call it."},
		{path: "calls[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "calls[].url", of: textSchema(), need: true, about: "Where it answers: POST of JSON, answered by JSON."},
		{path: "calls[].secret", of: textSchema(), about: "An environment variable of the server that holds the signing key, such as SHOP_CALL_SECRET; never the key itself."},
		{path: "calls[].timeout", of: spanSchema(), def: "5s", about: "How long an answer is waited for, to 30s."},
		{path: "calls[].patience", of: spanSchema(), def: "15m", about: "How long a conversation waits for the answer, with all that is tried again; then it goes on as if there were none."},

		{path: "scorer", about: "A model of the company's own, whose scores are added to those of actions."},
		{path: "scorer.trait", of: textSchema(), about: "A trait that holds them: an object of money by goal/action, such as {\"second-order/gift\": 1.2}."},
		{path: "scorer.call", of: idSchema(), about: "Which of calls is asked before each choice about a delivery. Where it fails, the choice is made without."},

		{path: "conversations[]", about: "Dialogues, each for every channel that can hold it."},
		{path: "conversations[].id", of: idSchema(), need: true, about: "What next steps and reports call it."},
		{path: "conversations[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "conversations[].about", of: textSchema(), about: "How it is spoken of in: You were ... Shall we go on? Such as: changing your plan."},
		{path: "conversations[].begin", about: "What begins it, besides a next step."},
		{path: "conversations[].begin.words[]", of: textSchema(), about: "What a person says to begin it, such as: change my plan."},
		{path: "conversations[].begin.events[]", of: textSchema(), about: "Events of theirs that begin it, as on the map."},
		{path: "conversations[].begin.when", of: textSchema(), about: "For whom, in CEL. Defaults to everyone."},
		{path: "conversations[].patience", of: spanSchema(), def: "1d", about: "How long an answer is waited for before it rests."},
		{path: "conversations[].keep", of: spanSchema(), def: "7d", about: "How long it can be gone on with, on any channel, when it rests."},

		{path: "conversations[].steps[]", need: true, about: "What happens, each step leading to the one below it."},
		{path: step + "id", of: idSchema(), about: "What go and answers call it; in CEL and Liquid with underscores for dashes."},
		{path: step + "say", of: textSchema(), about: "Something to say. Liquid may be in it."},
		{path: step + "ask", of: textSchema(), about: "A question. Liquid may be in it."},
		{path: step + "look_up", of: textSchema(), about: "One of calls that changes nothing. What it answers is in answers.ID."},
		{path: step + "act", of: textSchema(), about: "One of calls that does something."},
		{path: step + "decide", of: textSchema(), about: "One of slots, for which the arbiter is asked: the message that it chooses is said, or nothing. What it chose is in answers.ID: goal, action (silence where nothing was), message."},
		{path: step + "branch[]", about: "Ways on. The first that holds is taken; the step below where none does."},
		{path: step + "branch[].when", of: textSchema(), about: "When, in CEL over the person, answers and channel. Defaults to always."},
		{path: step + "branch[].go", of: textSchema(), need: true, about: "The step that comes then."},
		{path: step + "hand_over", of: textSchema(), about: "What is said when people take over."},
		{path: step + "end", of: idSchema(), about: "The outcome with which it ends."},
		{path: step + "on", of: map[string]any{"type": "object"}, about: "Other words by channel, such as on: {voice: Which plan?}."},
		{path: step + "go", of: textSchema(), about: "The step that comes next. Defaults to the one below."},
		{path: step + "otherwise", of: textSchema(), about: "The step that comes where a question is given up or a call fails, without which people take over; or where nothing was decided."},
		{path: step + "with", of: map[string]any{"type": "object"}, about: "What a call is told, by key. Liquid may be in it."},

		{path: step + "for", of: oneOfSchema(string(Choice), string(YesNo), string(Number), string(Date), string(Amount), string(Text)), about: "The make of the answer. Defaults to choice where there are options, else to text."},
		{path: step + "options[]", about: "What can be chosen."},
		{path: step + "options[].id", of: idSchema(), need: true, about: "What the answer is then."},
		{path: step + "options[].label", of: textSchema(), about: "What people read. Defaults to the id in words."},
		{path: step + "options[].words[]", of: textSchema(), about: "Words that mean it too."},
		{path: step + "least", of: patternSchema(`^[-+0-9.eE]+$`, "number"), about: "The least number or amount."},
		{path: step + "most", of: patternSchema(`^[-+0-9.eE]+$`, "number"), about: "The most."},
		{path: step + "matches", of: textSchema(), about: "A regular expression that the whole text must match."},
		{path: step + "when", of: oneOfSchema("past", "future"), about: "Where the date must lie; today is in both."},
		{path: step + "again", of: textSchema(), about: "What is said when the answer was none. Liquid may be in it."},
		{path: step + "tries", of: countSchema(mostTries), def: defaultTries, about: "How many such answers give the question up."},

		{path: "conversations[].tests[]", about: "Scripts that it is held to by rapport check."},
		{path: test + "name", of: textSchema(), need: true, about: "What the test promises."},
		{path: test + "channel", of: idSchema(), def: "web", about: "On which it is held."},
		{path: test + "traits", of: map[string]any{"type": "object"}, about: "Of the person."},
		{path: test + "today", of: textSchema(), about: "The day, such as 2026-03-01."},
		{path: test + "results", of: map[string]any{"type": "object"}, about: "What calls answer, by id: {status: 200, result: {...}}, or {lost: true}."},
		{path: test + "decides", of: map[string]any{"type": "object"}, about: "What is decided, by slot: {in-talk: second-order/gift}. Silence for those that are not named."},
		{path: test + "script", of: textSchema(), need: true, about: "What is said: < by the person, > by the company, = the outcome, @ another channel, ! a call, ? a decision."},
	}
}

// requestRows are the keys of what becomes of what people ask for.
func requestRows() []schemaRow {
	const rule = "requests.rules[]."
	return []schemaRow{
		{path: "requests", about: "What becomes of what people want seen to."},
		{path: "requests.answer_within", of: spanSchema(), def: "8h", about: "When an answer is due; then it escalates."},
		{path: "requests.canned[]", about: "Answers that are kept ready."},
		{path: "requests.canned[].id", of: idSchema(), need: true, about: "What the inbox calls it."},
		{path: "requests.canned[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "requests.canned[].text", of: textSchema(), need: true, about: "What it says. Liquid may be in it."},
		{path: "requests.rules[]", about: "What people have to see to, and how it is recognised."},
		{path: rule + "id", of: idSchema(), need: true, about: "What the inbox calls such requests."},
		{path: rule + "name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: rule + "words[]", of: textSchema(), about: "Words in what a person writes, such as complaint."},
		{path: rule + "events[]", of: textSchema(), about: "Events of theirs, such as Payment Failed."},
		{path: rule + "contacts", of: countSchema(mostContacts), about: "How many times they came to the company within the time of within."},
		{path: rule + "within", of: spanSchema(), def: "7d", about: "The time in which contacts count."},
		{path: rule + "when", of: textSchema(), about: "For whom, in CEL. Defaults to everyone."},
		{path: rule + "answer_within", of: spanSchema(), about: "When an answer is due. Defaults to that of all requests."},
		{path: rule + "owner", of: textSchema(), about: "Who sees to it."},
		{path: rule + "sells", of: flagSchema(), def: false, about: "Whether selling goes on meanwhile."},
		{path: rule + "say", of: textSchema(), about: "What the person is told at once. Liquid may be in it."},
	}
}
