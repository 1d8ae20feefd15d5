package definition

import "slices"

func actionRows() []schemaRow {
	const action = "goals[].actions[]."
	return append([]schemaRow{
		{path: action + "id", of: idSchema(), need: true, about: "What reports call it."},
		{path: action + "name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
	}, doingRows(action)...)
}

// doingRows are what is said of an action, whatever does it.
func doingRows(action string) []schemaRow {
	return slices.Concat([]schemaRow{
		{path: action + "kind", of: oneOfSchema("offer", "information", "education", "question", "repair"), need: true, about: "What is done."},
		{path: action + "when", of: textSchema(), about: "For whom it is, in CEL. Defaults to everyone who comes to it."},
		{path: action + "cool_down", of: spanSchema(), about: "How long it is not done again. Defaults to none."},
		{path: action + "cost", of: amountSchema(), def: 0, about: "Of one touch, in the workspace's currency."},
		{path: action + "margin", of: amountSchema(), def: 0, about: "Money that it is expected to bring at once, beyond what comes without it; what it really brings is learned."},
		{path: action + "stock", about: "How often it can be taken."},
		{path: action + "stock.units", of: countSchema(1_000_000_000), need: true, about: "How often."},
		{path: action + "stock.per", of: spanSchema(), def: "1d", about: "In which time."},
		{path: action + "hours", about: "Part of the day, in the person's own zone, in which it may go out. Defaults to all of it."},
		{path: action + "hours.from", of: clockSchema(), need: true, about: "When it may begin to go out, such as 09:00."},
		{path: action + "hours.to", of: clockSchema(), need: true, about: "Until when."},
		{path: action + "within", of: spanSchema(), def: 0, about: "How long after the choice it may still go out: the hour is chosen within it. At most 7d. Defaults to at once."},
		{path: action + "excludes[]", of: textSchema(), about: "Actions that are not shown beside it, in another slot that is asked about at the same time: an id of the same goal, or goal/action."},
		{path: action + "parameters[]", about: "What may be set one way or another, such as how much an offer takes off."},
		{path: action + "parameters[].id", of: idSchema(), need: true, about: "What messages call it: {{ parameters.ID }}."},
		{path: action + "parameters[].values[]", of: textSchema(), about: "The values that are possible."},
		{path: action + "parameters[].from", of: amountSchema(), about: "Where a range begins, in place of values."},
		{path: action + "parameters[].to", of: amountSchema(), about: "Where it ends."},
		{path: action + "parameters[].steps", of: countSchema(maxSettings), def: defaultSteps, about: "How many values stand for the range."},
		{path: action + "parameters[].cost", of: amountSchema(), def: 0, about: "What a unit of it costs, in the workspace's currency."},
		{path: action + "uses[]", of: textSchema(), about: "Which of messages, the shared ones, say it too."},
		{path: action + "messages[]", about: "Ways of saying it, of which one is chosen."},
	}, oneMessageRows(action+"messages[]."))
}

func messageRows() []schemaRow {
	return append([]schemaRow{
		{path: "messages[]", about: "What is authored once and shared: by actions that use it, on every channel."},
	}, oneMessageRows("messages[].")...)
}

// oneMessageRows are the keys of a message in the list at path.
func oneMessageRows(path string) []schemaRow {
	rows := []schemaRow{
		{path: path + "id", of: idSchema(), need: true, about: "What reports call it."},
		{path: path + "channels[]", of: textSchema(), about: "How it may reach people: each way is weighed on its own. Of channels."},
		{path: path + "channel", of: textSchema(), about: "The one way in which it reaches people, instead of channels."},
		{path: path + "topic", of: textSchema(), about: "What consent is asked for. Defaults to the goal's, then to the action's kind."},
		{path: path + "appeal", of: oneOfSchema("ethos", "logos", "pathos"), need: true, about: "How it persuades: by who speaks, by reason, or by feeling."},
		{path: path + "on", of: map[string]any{"type": "object"}, about: "By channel, what is said otherwise there, such as on: {sms: {body: Short.}}. On whatsapp also template: {name, language, parameters, buttons, links}; buttons: true where it was approved with a quick reply for each next step that is answered, before all others; links: https://rapport.shop.example/m/c/ where it was approved with a button for each next step that is a link (at most 2), after those, whose address begins so and goes on with {{1}}."},
		{path: path + "locales", of: map[string]any{"type": "object"}, about: "By language, what is said in it, such as locales: {fr: {headline: Bonjour}}, with on for channels."},
	}
	return append(rows, partsRows(path)...)
}

// partsRows are the keys of what a message at path says.
func partsRows(path string) []schemaRow {
	rows := []schemaRow{
		{path: path + "headline", of: textSchema(), about: "What it is about, in a few words: the subject of an e-mail, the title of a push. Liquid may be in it."},
		{path: path + "subject", of: textSchema(), about: "Another word for headline."},
		{path: path + "preheader", of: textSchema(), about: "What mail programs show beside the subject. Defaults to how the body begins."},
		{path: path + "body", of: textSchema(), need: true, about: "Markdown, with Liquid in it."},
		{path: path + "facts[]", about: "What is worth knowing at a glance."},
		{path: path + "facts[].label", of: textSchema(), need: true, about: "What it is, such as Plan. Liquid may be in it."},
		{path: path + "facts[].value", of: textSchema(), need: true, about: "How it is, such as {{ traits.plan }}."},
		{path: path + "picture", about: "A picture."},
		{path: path + "picture.url", of: textSchema(), need: true, about: "Where it is: https:// and a host that is written out. Liquid may follow."},
		{path: path + "picture.alt", of: textSchema(), about: "What it shows, for those who do not see it."},
	}
	rows = append(rows, schemaRow{path: path + "next_step", about: "The next conversation. Every message offers one, here or in next_steps."})
	rows = append(rows, stepRows(path+"next_step.")...)
	rows = append(rows, schemaRow{path: path + "next_steps[]", about: "The next conversations, that which matters most first."})
	return append(rows, stepRows(path+"next_steps[].")...)
}

func stepRows(path string) []schemaRow {
	return []schemaRow{
		{path: path + "label", of: textSchema(), need: true, about: "What the button says. Liquid may be in it."},
		{path: path + "url", of: textSchema(), about: "Where it leads: https:// and a host that is written out. Liquid may follow."},
		{path: path + "conversation", of: idSchema(), about: "Which conversation it begins. With url, that is where it is held for those whose channel only has links."},
		{path: path + "reply", of: idSchema(), about: "The id of the answer that it gives."},
		{path: path + "keyword", of: textSchema(), about: "What a text message answers with. Defaults to a word of the label."},
		{path: path + "say[]", of: textSchema(), about: "Further words that mean it when they are spoken."},
	}
}

func brandRows() []schemaRow {
	return []schemaRow{
		{path: "brand", about: "How the company looks in what it writes."},
		{path: "brand.name", of: textSchema(), about: "Defaults to the workspace's."},
		{path: "brand.logo", of: textSchema(), about: "Where the picture is: https:// and a host that is written out."},
		{path: "brand.accent", of: patternSchema(`^\s*#[0-9A-Fa-f]{6}\s*$`), def: "#1f5fbf", about: "Of buttons and links."},
		{path: "brand.on_accent", of: patternSchema(`^\s*#[0-9A-Fa-f]{6}\s*$`), about: "Of the words on buttons. Defaults to black or white, whichever is easier to read."},
		{path: "brand.ink", of: patternSchema(`^\s*#[0-9A-Fa-f]{6}\s*$`), def: "#1c2127", about: "Of words."},
		{path: "brand.ground", of: patternSchema(`^\s*#[0-9A-Fa-f]{6}\s*$`), def: "#f3f4f6", about: "Of the page behind."},
		{path: "brand.font", of: patternSchema(`^\s*[A-Za-z0-9 ,'-]{1,200}\s*$`), about: "Family, as in CSS, such as Georgia, serif."},
		{path: "brand.address", of: textSchema(), about: "By post; the law of many places demands it of e-mail."},

		{path: "snippets[]", about: "Pieces of Liquid that messages share."},
		{path: "snippets[].id", of: idSchema(), need: true, about: "What messages get it by: {% render 'ID' %}."},
		{path: "snippets[].text", of: textSchema(), need: true, about: "Liquid."},
	}
}

func localeSchema() map[string]any { return patternSchema(localePattern) }
