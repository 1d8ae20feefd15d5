package definition

import (
	"slices"

	"github.com/rapporthq/rapport/internal/event"
)

// schemaRow is one key of the language of definitions. A test holds the rows to
// the keys and options that the compiler knows.
type schemaRow struct {
	path  string         // with [] for a list, of which one value will do
	of    map[string]any // what is there; nil: a map, whose keys are rows below it
	need  bool           // must be given
	def   any            // what it is when left out, as it would be written
	about string         // for whoever writes it
}

// schemaRows are all keys, each below that which it is in.
func schemaRows() []schemaRow {
	return slices.Concat(
		aboutRows(),
		[]schemaRow{{path: "features[]", about: "What is computed about each person, from all of their history."}},
		featureRows("features"),
		[]schemaRow{
			{path: "accounts", about: "What is computed about companies and households."},
			{path: "accounts.features[]", about: "What the people who belong to an account have done together: a count, a sum of money, a first or a last, over their whole lives."},
		},
		featureRows("accounts.features"),
		peopleRows(), slotRows(), mapRows(), goalRows(), actionRows(), experimentRows(), messageRows(), brandRows(), policyRows(), relationshipRows(), pullRows(), conversationRows(), requestRows(), journeyRows(),
	)
}

func aboutRows() []schemaRow {
	return []schemaRow{
		{path: "workspace", about: "The company."},
		{path: "workspace.name", of: textSchema(), need: true, about: "Its name, as customers know it."},
		{path: "workspace.currency", of: currencySchema(), need: true, about: "ISO 4217, such as EUR. Amounts without a currency are in this one."},
		{path: "workspace.time_zone", of: textSchema(), def: "UTC", about: "IANA name, such as Europe/Paris."},
		{path: "workspace.locales[]", of: localeSchema(), def: defaultLocale, about: "Languages in which people are written to, such as en or pt-BR. Messages are in the first; each should have the others as variants."},
		{path: "workspace.seed", of: textSchema(), def: defaultSeed, about: "Of every random assignment: another seed holds other people out."},
	}
}

func peopleRows() []schemaRow {
	limit := func(key, what string) schemaRow {
		return schemaRow{path: "identity.limits." + key, of: countSchema(mostLimit), def: defaultOthers, about: "How many " + what + " a person may have."}
	}
	return []schemaRow{
		{path: "identity", about: "How people are told apart."},
		{path: "identity.limits", about: "How many identities of each kind a person may have, so that a shared one does not make one person of many."},
		limit("anonymous_id", "anonymous ids"), limit("email", "e-mail addresses"), limit("phone", "phone numbers"),
		limit("device_token", "device tokens"), limit("external", "external ids of each type"),
		{path: "identity.limits.user_id", of: countSchema(defaultUserIDs), def: defaultUserIDs, about: "A person has one user id."},

		{path: "segments[]", about: "Who belongs together. A person may be in any number."},
		{path: "segments[].id", of: idSchema(), need: true, about: `What in_segment("id") calls it.`},
		{path: "segments[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "segments[].when", of: textSchema(), need: true, about: `Who belongs to it, in CEL, such as did("Order Completed", 3, days(90)).`},

		{path: "complaints", about: "What opens a person's complaint or request. While one is open nothing is sold to them: only actions of kind repair."},
		{path: "complaints.events[]", of: textSchema(), need: true, about: "Events that open one, such as Complaint Raised."},
		{path: "complaints.until[]", of: textSchema(), need: true, about: "Events that close it, such as Complaint Answered."},

		{path: "topics[]", about: "What people may want to hear about, or not."},
		{path: "topics[].id", of: idSchema(), need: true, about: "What goals and messages call it."},
		{path: "topics[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
	}
}

func slotRows() []schemaRow {
	return slices.Concat([]schemaRow{
		{path: "slots[]", about: "Places on pages, in apps and on agents' screens that ask what to show."},
		{path: "slots[].id", of: idSchema(), need: true, about: "What messages name as their channel, and who asks calls it."},
		{path: "slots[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},

		{path: "slots[].keep", of: spanSchema(), def: "1h", about: "For how long what was chosen for a person stays. At most 90d; 0 chooses anew each time."},
		{path: "slots[].fallback", about: "What is shown where nothing was chosen, or not in time. Defaults to what is there anyway."},
	}, partsRows("slots[].fallback."))
}

func mapRows() []schemaRow {
	return []schemaRow{
		{path: "map", about: "The lifecycle: its stages, and where people and the company meet."},
		{path: "map.visit_gap", of: spanSchema(), def: "30m", about: "Silence that ends a visit."},
		{path: "map.stages[]", need: true, about: "In lifecycle order. A person is in the last that holds."},
		{path: "map.stages[].id", of: idSchema(), need: true, about: "What touchpoints, goals and rules call it."},
		{path: "map.stages[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "map.stages[].when", of: textSchema(), about: "Who is in it, in CEL, such as orders > 0. The first stage has none, every other has one."},
		{path: "map.touchpoints[]", about: "Where people and the company meet. The first that claims an event has it."},
		{path: "map.touchpoints[].id", of: idSchema(), need: true, about: "What reports call it."},
		{path: "map.touchpoints[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "map.touchpoints[].stage", of: textSchema(), need: true, about: "The stage that it belongs to: its row of the map."},
		{path: "map.touchpoints[].channel", of: idSchema(), need: true, about: "Its column of the map, such as web, email or store."},
		{path: "map.touchpoints[].direction", of: oneOfSchema(string(Inbound), string(Outbound)), need: true, about: "Who begins: inbound is the person, outbound is the company."},
		{path: "map.touchpoints[].events[]", of: textSchema(), need: true, about: "The events that belong here: a name of a track call, page, page:NAME, screen, or what became of a delivery, such as Delivery Clicked."},
		{path: "map.touchpoints[].where", of: textSchema(), about: "Which of these events belong here, in CEL over event, properties and context."},
		{path: "map.touchpoints[].window", of: spanSchema(), def: "30d", about: "Within which coming back is continuing."},
	}
}

func goalRows() []schemaRow {
	return []schemaRow{
		{path: "goals[]", about: "Where people should be, what may be done towards it, and the money that measures it."},
		{path: "goals[].id", of: idSchema(), need: true, about: "What reports call it."},
		{path: "goals[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "goals[].who", of: textSchema(), about: "Whom it is for, in CEL. Defaults to everyone."},
		{path: "goals[].from[]", of: textSchema(), need: true, about: "Stages in which people are worked on."},
		{path: "goals[].to[]", of: textSchema(), need: true, about: "Stages where they should be."},
		{path: "goals[].kpi", need: true, about: "The money that measures it."},
		{path: "goals[].kpi.name", of: textSchema(), def: "Revenue", about: "For people to read."},
		{path: "goals[].kpi.events[]", of: textSchema(), need: true, about: "The events whose money counts, such as Order Completed."},
		{path: "goals[].kpi.of", of: textSchema(), def: defaultProperty, about: "Path of the property that is the money."},
		{path: "goals[].kpi.less[]", of: textSchema(), about: "Events whose money is taken off, such as Order Refunded."},
		{path: "goals[].kpi.less_of", of: textSchema(), about: "Path of the property that is taken off. Defaults to of."},
		{path: "goals[].horizon", of: spanSchema(), need: true, about: "How long a person is measured, such as 60d."},
		{path: "goals[].holdout", of: shareSchema(), def: "10%", about: "Share of people kept out of the goal, to 50%."},
		{path: "goals[].every", of: spanSchema(), def: "7d", about: "How often a person is reconsidered."},
		{path: "goals[].topic", of: textSchema(), about: "Topic of its messages, unless they say another. One of topics."},
		{path: "goals[].margin", of: shareSchema(), def: "100%", about: "Share of the KPI's money that is earned."},
		{path: "goals[].discount", of: shareSchema(), def: "10%", about: "By how much a year makes money worth less."},
		{path: "goals[].budget", about: "What may be spent on touches."},
		{path: "goals[].budget.money", of: amountSchema(), need: true, about: "How much, in the workspace's currency."},
		{path: "goals[].budget.per", of: spanSchema(), def: "30d", about: "In which time."},
		{path: "goals[].guardrails[]", about: "What pauses the goal."},
		{path: "goals[].guardrails[].measure", of: oneOfSchema(string(Complaints), string(Unsubscribes), string(Bounces)), need: true, about: "What is watched, over 30 days."},
		{path: "goals[].guardrails[].at_most", of: shareSchema(), need: true, about: "Share of what the goal sent that is too much, such as 0.1%."},
		{path: "goals[].actions[]", need: true, about: "What may be done towards it."},
	}
}

func policyRows() []schemaRow {
	return []schemaRow{
		{path: "policy", about: "What is kept to whatever the goals."},
		{path: "policy.consent", of: oneOfSchema(string(OptIn), string(OptOut)), def: string(OptIn), about: "Whether silence is a no (opt_in) or a yes (opt_out)."},
		{path: "policy.holdout", of: shareSchema(), def: "5%", about: "Share of people kept out of everything, to 50%."},
		{path: "policy.caps[]", about: "How many messages a person gets at most."},
		{path: "policy.caps[].channel", of: textSchema(), about: "Which messages count: those on one of channels. Defaults to all."},
		{path: "policy.caps[].at_most", of: countSchema(1_000_000), need: true, about: "How many."},
		{path: "policy.caps[].per", of: spanSchema(), need: true, about: "In which time, such as 7d."},
		{path: "policy.quiet_hours", about: "When nothing is sent, in the person's own zone."},
		{path: "policy.quiet_hours.from", of: clockSchema(), need: true, about: `When quiet begins, such as "21:00".`},
		{path: "policy.quiet_hours.to", of: clockSchema(), need: true, about: `When quiet ends, such as "08:00".`},

		{path: "channels[]", about: "Ways of reaching people."},
		{path: "channels[].id", of: oneOfSchema(ChannelIDs()...), need: true, about: "Which way."},
		{path: "channels[].from", of: textSchema(), about: `The sender, which e-mail must have, such as "Shop <hello@shop.example>"; a number for sms, whatsapp and voice.`},
		{path: "channels[].double_opt_in", about: "A yes to the channel counts once they confirm it there: by a link and a press in e-mail, by a word or a button elsewhere. Until then nothing but the question is sent. It takes policy.consent: opt_in. Consents from before, and imported ones, count as they are."},
		{path: "channels[].double_opt_in.sources[]", of: textSchema(), about: "Whose yes must be confirmed: names of sources, or console. Left out: everybody's. A yes that the address itself says, such as START by text message, is confirmed by that."},
		{path: "channels[].double_opt_in.message", of: textSchema(), about: "Of messages: what asks. Its first next step is reply: " + event.ConfirmReply + ". Left out: a text of ours in the languages of locales."},
		{path: "channels[].double_opt_in.reminders[]", of: spanSchema(), def: []any{"1d", "3d"}, about: "How long after the question they are reminded, at most 3 times; [] is never."},
		{path: "channels[].double_opt_in.expires", of: spanSchema(), def: "7d", about: "When asking is over: from then on it is as if they had not agreed."},
		{path: "channels[].providers[]", about: "Accounts that carry the channel, the one to be tried first first. Without any, what the server is configured with, else the simulator, which sends nothing to anybody."},
		{path: "channels[].providers[].id", of: idSchema(), need: true, about: "What the console calls it."},
		{path: "channels[].providers[].kind", of: oneOfSchema(ProviderKinds()...), need: true, about: "With whom the account is, or by which protocol."},
		{path: "channels[].providers[].settings", of: map[string]any{"type": "object", "additionalProperties": textSchema()}, about: "The account's plain words, such as account_sid; of kind web, origins: the sites that may show the inbox, with commas between."},
		{path: "channels[].providers[].secrets", of: map[string]any{"type": "object", "additionalProperties": patternSchema(variableName.String())}, about: "By what they open, the names of environment variables of the server that hold secrets, such as auth_token: SHOP_TWILIO_TOKEN; never a secret itself."},
		{path: "channels[].providers[].per_second", of: patternSchema(`^\s*[0-9.]+\s*$`, "number"), about: "How many letters a second it takes at most. Without it, no limit."},
	}
}

func relationshipRows() []schemaRow {
	return []schemaRow{
		{path: "relationship", about: "What the state model is told. Without it, the events of the first goal's KPI are what people do."},
		{path: "relationship.discount", of: shareSchema(), about: "By how much a year makes money worth less. Defaults to that of the first goal."},
		{path: "relationship.begins[]", about: "What may tell how a relationship begins, such as the acquisition channel or a declared trait; at most 6. Training finds out which of them does, on people held out, and uses that one."},
		{path: "relationship.begins[].trait", of: textSchema(), about: "A trait, as known by the act that begins the relationship. Or:"},
		{path: "relationship.begins[].property", of: textSchema(), about: "A path in the properties of the event that begins it, or in its context: context.campaign.source."},
		{path: "relationship.acts[]", need: true, about: "What people do of their own accord, by kind; at most 8."},
		{path: "relationship.acts[].id", of: idSchema(), need: true, about: "What models call it."},
		{path: "relationship.acts[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "relationship.acts[].events[]", of: textSchema(), need: true, about: "The events of the kind, such as Order Completed."},
		{path: "relationship.acts[].of", of: textSchema(), about: "Path of the property that is its amount. Without it, acts have no amount."},
		{path: "relationship.acts[].margin", of: shareSchema(), def: "100%", about: "Share of the amount that is earned."},
		{path: "relationship.acts[].worth", of: amountSchema(), def: 0, about: "What an act without an amount is worth, in the workspace's currency."},
	}
}

func pullRows() []schemaRow {
	return []schemaRow{
		{path: "pulls[]", about: "Queries to PostgreSQL whose rows become events."},
		{path: "pulls[].id", of: idSchema(), need: true, about: "What the list of pulls calls it."},
		{path: "pulls[].name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
		{path: "pulls[].database", of: textSchema(), need: true, about: "An environment variable of the server that holds the connection string, such as SHOP_DATABASE_URL; never the string itself."},
		{path: "pulls[].query", of: textSchema(), need: true, about: "A select. The condition on the cursor and the order are added."},
		{path: "pulls[].cursor", of: textSchema(), need: true, about: "The column that grows when a row is new or has changed."},
		{path: "pulls[].key[]", of: textSchema(), need: true, about: "The columns that tell rows apart."},
		{path: "pulls[].every", of: spanSchema(), def: "5m", about: "From start to start."},
		{path: "pulls[].overlap", of: patternSchema(`^\s*(\d+|`+spanPattern+`)\s*$`, "number"), def: "1m", about: "What is read again, for rows that were committed late: a length of time, or a number where the cursor is one."},
		{path: "pulls[].live", of: oneOfSchema(string(AfterFirst), string(Always), string(Never)), def: string(AfterFirst), about: "Which runs are news that may set goals in motion: after_first takes the first run for history."},
		{path: "pulls[].once", of: flagSchema(), def: false, about: "Whether a row that has changed is the same event, rather than another."},
		{path: "pulls[].map", of: map[string]any{"type": "object"}, need: true, about: "How a row becomes events: as in an import map of format json, nested values by paths."},
	}
}
