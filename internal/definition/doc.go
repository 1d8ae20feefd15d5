// Package definition holds what a company declares about itself: its lifecycle
// map, features, segments, goals, actions, messages, topics and policy. Definitions are YAML;
// Compile checks them and gives the form that the engine runs on. The package
// also holds import maps, which say how the lines of a text file become events.
//
// A compiled Workspace or ImportMap is immutable and safe for concurrent use.
// The package does no I/O: LoadDir reads the file system that it is given.
//
// # Reading
//
// Unknown keys are errors, and Problems lists everything that is wrong at once,
// each with its place and what to write instead. Where a list is wanted, one
// value will do. Lengths of time are written 30m, 36h, 14d or 8w, times of day
// 21:00, shares 5% or 0.05. Ids are kebab-case. Anchors, aliases and tags are
// refused, so that a definition reads the same to a person and to a machine.
// Schema describes all of this to editors.
//
// # Definitions
//
//	workspace:
//	  name: The Shop          # as customers know it
//	  currency: EUR           # ISO 4217; amounts without a currency are in this one
//	  time_zone: Europe/Paris # IANA; defaults to UTC
//	  seed: retail-1          # of every random assignment; defaults to "rapport"
//
//	features:                 # what is computed about each person, from all of their history
//	  - {id: orders, name: Orders, count: Order Completed}
//	  - {id: revenue, sum: [Order Completed], of: revenue, less: Order Refunded, less_of: total}
//	  - {id: first-order, first: Order Completed}
//	  - {id: last-order, last: Order Completed}
//	  - {id: big-orders, count: Order Completed, where: properties.revenue > 100}
//	  - {id: orders-30d, count: Order Completed, within: 30d}
//	  - {id: items, sum: Order Completed, of: quantity, as: number} # or money, the default
//	  - {id: last-category, last: Product Viewed, of: category}     # what it was, not when
//	  - {id: pace, rate: Order Completed, per: month, within: 90d}  # per day, week or month
//	  - {id: products, distinct: Product Viewed, of: product_id, within: 7d}
//	  - {id: pricing, count: ["page:Pricing", screen]}              # event labels as on the map
//
//	segments:                 # who belongs together; a person may be in any number
//	  - {id: regulars, name: Regulars, when: 'did("Order Completed", 3, days(90))'}
//	  - {id: left-cart, when: 'did_then_not("Product Added", "Order Completed", hours(4))'}
//	  - {id: big-spenders, when: 'did(big_orders, 2) && !in_segment("left-cart")'}
//	  - {id: fifth, when: 'bucket("autumn") < 20 && stage != "discover"'}
//
//	topics:                   # what people may want to hear about, or not
//	  - {id: news, name: News of the shop}
//
//	accounts:                 # companies or households, by the Segment spec's group calls
//	  features:               # what the people who belong to it now did together: count,
//	    - {id: seats-used, count: Signed In}      # sum (of money), first or last
//
//	map:
//	  visit_gap: 30m          # silence that ends a visit; the default
//	  stages:                 # in lifecycle order; a person is in the last that holds
//	    - {id: discover, name: Discover}             # the first has no rule
//	    - {id: try, when: orders > 0}
//	    - {id: use, name: Use, when: orders > 1}
//	  touchpoints:            # the first that claims an event has it
//	    - id: order
//	      name: Order         # defaults to the id in words
//	      stage: use
//	      channel: web        # a column of the map: any id
//	      direction: inbound  # or outbound
//	      events: [Order Completed, "page:Thanks", screen]
//	      where: properties.total > 0
//	      window: 30d         # within which coming back is continuing; the default
//	    - {id: letter, stage: try, channel: email, direction: outbound, events: Delivery Sent}
//	    - {id: answer, stage: try, channel: email, direction: inbound, events: Delivery Clicked}
//
//	goals:
//	  - id: second-order
//	    name: A second order
//	    who: traits.country == "FR"   # defaults to everyone
//	    from: [try]           # stages in which people are worked on
//	    to: [use]             # stages where they should be
//	    kpi: {name: Revenue, events: Order Completed, of: revenue, less: Order Refunded, less_of: total}
//	    horizon: 60d          # how long a person is measured
//	    holdout: 10%          # share kept out of the goal, to 50%; the default
//	    every: 7d             # how often a person is reconsidered; the default
//	    topic: news           # of its messages, unless they say another; one of topics
//	    margin: 40%           # share of the KPI's money that is earned; defaults to all
//	    discount: 10%         # by how much a year makes money worth less; the default
//	    budget: {money: 500, per: 30d}                      # for touches
//	    guardrails: [{measure: complaints, at_most: 0.1%}]  # or unsubscribes, bounces: pauses the goal
//	    actions:
//	      - id: ask
//	        kind: question    # offer, information, education, question or repair
//	        when: revenue > 20.5
//	        cool_down: 30d    # defaults to none
//	        cost: 0.05        # of one touch; defaults to nothing
//	        margin: 2         # expected at once; what it really brings is learned
//	        stock: {units: 100, per: 1d}
//	        hours: {from: "09:00", to: "18:00"}           # in which it may go out
//	        excludes: [second-order/ask]  # what is not shown beside it in another slot
//	        within: 24h       # the hour is chosen within that time; defaults to at once
//	        parameters:       # set one way or another: {{ parameters.discount }} in messages
//	          - {id: discount, from: 5, to: 25, steps: 5, cost: 0.3}
//	          - {id: gift, values: [card, sample]}
//	        messages:
//	          - id: ask-email
//	            channel: email            # one of channels, or of slots
//	            appeal: ethos             # ethos, logos or pathos
//	            topic: news               # what consent is asked for; defaults to the kind
//	            subject: How was it, {{ first_name }}?
//	            body: Markdown and Liquid, which package message reads.
//	            next_step: {label: Tell us, url: "https://shop.example/talk"}
//
//	policy:
//	  consent: opt_in         # silence is a no, the default; or opt_out
//	  holdout: 5%             # share kept out of everything, to 50%; the default
//	  caps: [{channel: email, at_most: 2, per: 7d}, {at_most: 3, per: 7d}]
//	  quiet_hours: {from: "21:00", to: "08:00"}      # in the person's own zone
//
//	channels:                 # ways of reaching people
//	  - id: push
//	    double_opt_in:        # a yes counts once it is confirmed there
//	      sources: [website]  # whose yes; everybody's when left out
//	      message: confirm    # of messages, with reply: confirm-consent first; a text of ours when left out
//	      reminders: [1d, 3d]
//	      expires: 7d
//	  - {id: email, from: "The Shop <hello@shop.example>"}
//	  - {id: webhook}
//	  - id: sms
//	    from: "+15550100"
//	    providers:              # accounts, the one to be tried first first; none: a simulator
//	      - id: main
//	        kind: twilio
//	        per_second: 20
//	        settings: {account_sid: AC0123456789}
//	        secrets: {auth_token: SHOP_TWILIO_TOKEN}   # the name of an environment variable
//
//	messages:                 # what is authored once and shared, by actions, journeys and broadcasts
//	  - {id: confirm, channel: push, appeal: ethos, headline: May we write to you?, body: Then say so., next_step: {label: Yes please, reply: confirm-consent}}
//	  - {id: hello, channel: email, appeal: ethos, headline: Hello, body: Welcome., next_step: {label: Look, url: "https://shop.example/"}}
//
//	journeys:                 # authored flows; beside goals' they pass the same gate
//	  - id: welcome
//	    begin: {events: Signed Up, when: traits.country == "FR", again: 365d}
//	    # or begin: {when: orders >= 1, already: true}: once it holds, and for those of whom it holds now
//	    leave: orders >= 1    # through, wherever they stand
//	    inside: finish        # by the steps that they began under; the default; or move
//	    holdout: 10%          # defaults to none; and kpi, horizon, topic as of a goal
//	    transactional: false  # true: what people are owed; no holdout, consent, cap or quiet hour keeps it back
//	    steps:                # each leads to the one below it, or to go
//	      - id: hello
//	        send:             # as an action of a goal, and how long it is tried; weigh: true competes with silence
//	          {kind: information, try: 2d, uses: [hello]}
//	        otherwise: call   # where nothing could be sent
//	      - {wait: 3d}
//	      - {id: looked, wait: {events: Product Viewed, at_most: 7d}, otherwise: call}
//	      - {wait: {at: "09:00", days: [tuesday, thursday]}}
//	      - {branch: [{when: revenue > 20.5, go: call}]}
//	      - {id: try, split: [{arm: long, share: 50%, go: call}, {arm: short, share: 50%, go: bye}]}
//	      - {id: call, hand_over: Ring and ask how it went., owner: care}
//	      - {id: bye, end: welcomed}     # the outcome
//
//	broadcasts:               # one message to many, at a time
//	  - {id: spring, at: 2026-12-01 09:00, local: true, to: orders >= 1, kind: offer, try: 1d, uses: [hello]}
//
//	slots:                    # places that ask what to show; see channel
//	  - id: home-top
//	    name: Top of the home page
//	    keep: 1h              # for how long what was chosen for a person stays; the default
//	    fallback:             # where nothing was chosen, or not in time; a message of nobody
//	      headline: New this week
//	      body: Everything that came in.
//	      next_step: {label: Look, url: "https://shop.example/new"}
//
//	scorer:                   # a model of the company's own; its money by goal/action is added to scores
//	  trait: scores           # an object that people have as a trait
//	  call: next-best         # and one of calls, asked before each choice about a delivery
//
//	complaints:               # while one is open, only actions of kind repair
//	  {events: Complaint Raised, until: Complaint Answered}
//
//	relationship:             # what the state model is told; defaults to the first goal's KPI
//	  discount: 10%           # by how much a year makes money worth less
//	  acts:                   # what people do of their own accord
//	    - {id: order, events: Order Completed, of: revenue, margin: 40%}
//	    - {id: visit, events: page, worth: 0.01}       # of acts without an amount
//
//	pulls:                    # queries to PostgreSQL whose rows become events
//	  - id: shop-orders
//	    name: Orders          # defaults to the id in words
//	    database: SHOP_DATABASE_URL     # an environment variable of the server, never the string itself
//	    query: select id, customer, total, updated_at from orders   # the condition on the cursor and the order are added
//	    cursor: updated_at    # grows when a row is new or has changed
//	    key: id               # or a list: what tells rows apart
//	    every: 5m             # from start to start; the default
//	    overlap: 1m           # read again, for what was committed late; a number where the cursor is one
//	    live: after_first     # the default: the first run is history; or always, never
//	    once: false           # the default: a row that has changed is another event
//	    map:                  # as in an import map of format json; nested values by paths
//	      columns: [id, customer, total, updated_at]
//	      identity: {user_id: customer}
//	      event: Order Completed
//	      time: {column: updated_at, layout: rfc3339}
//	      amount: {column: total}
//	      currency: EUR
//	      properties: {order_id: id}
//
//	calls:                    # systems of the company that conversations ask: POST of JSON
//	  - {id: set-plan, url: "https://shop.example/plans", secret: SHOP_CALL_SECRET, timeout: 5s}
//	  - {id: next-best, url: "https://models.shop.example/scores"}
//
//	conversations:            # dialogues for every channel; see package conversation
//	  - id: change-plan
//	    about: changing your plan     # "You were changing your plan. Shall we go on?"
//	    begin: {words: [change my plan], events: Plan Change Asked, when: traits.plan != "none"}
//	    patience: 1d          # how long an answer is waited for; the default
//	    keep: 7d              # how long it can be gone on with after that; the default
//	    steps:                # each leads to the one below it, or to go
//	      - say: Hello {{ first_name }}.
//	      - id: plan
//	        ask: Which plan would you like?
//	        on: {voice: Which plan shall it be?}   # other words on a channel
//	        options: [{id: small, label: Small plan, words: [cheap]}, {id: large}]
//	        tries: 3          # then otherwise, or people take over; the default
//	      - {id: day, ask: From when on?, for: date, when: future}   # or yes_no, number, amount, text
//	      - {branch: [{when: answers.plan == "small", go: bye}]}
//	      - {id: tip, decide: home-top, otherwise: set}   # what the arbiter chooses for the slot is said; else silence
//	      - {id: set, act: set-plan, with: {plan: "{{ answers.plan }}"}, otherwise: sorry}
//	      - {id: bye, end: changed}        # the outcome
//	      - {id: sorry, hand_over: A colleague will see to it.}
//	    tests: [{name: it works, channel: sms, results: {set-plan: {status: 200}}, script: "< change my plan"}]
//
//	requests:                 # what people have to see to
//	  answer_within: 8h
//	  canned: [{id: sorry, text: "We are sorry, {{ first_name }}."}]
//	  rules:
//	    - {id: complaint, words: [complaint, unacceptable], answer_within: 4h, owner: care}
//	    - {id: failed-payment, events: Payment Failed, when: 'did("Payment Failed", 2, days(7))'}
//	    - {id: again-and-again, contacts: 3, within: 7d}
//
// Every message offers the next conversation: one without next_step does not
// compile. What of and less name are paths of properties, "revenue" by default.
//
// # Features
//
// A feature folds the events that it names and that its where holds of: count,
// sum, first, last, rate or distinct. It is exact, and does not depend on the
// order in which events arrive. A sum of money is kept by currency, and is worth
// what it holds in the workspace's; as: number adds plain numbers whatever the
// currency. Both are decimal: 0.1 and 0.2 are 0.3. What less names is taken off;
// where speaks of those events too.
//
// Events are named as on the map: the name of a track call, "page", "page:NAME",
// and what became of our deliveries: Delivery Sent, Opened, Clicked, Bounced or
// Complained, whose properties are delivery, channel and outcome.
//
// A first or last is a time, or with of what the property was (text, number or
// truth of up to 256 characters; events without it do not count). Recency needs
// no feature: it is now - last_order.
//
// A rate is the count by the units of its window, or without one by the units
// (days, weeks, or months of 30 days) that have begun since the first event.
//
// A distinct tells up to 100 values apart; where it says 100 there are at least
// so many.
//
// within looks back from now. The window moves by whole hours of UTC when it is
// of up to 7d, else by whole days (up to 400d): an event counts for as long as
// within says, and then until the end of that hour or day. An event from the
// future counts as of its arrival.
//
// # Expressions
//
// Rules are CEL (see Expr). They speak of each feature by its id with
// underscores for dashes: a count or distinct is an int, a sum or rate a double
// (sums in units of the workspace's currency), a first or last a timestamp, or
// with of whatever the property is, null when there is none. Then there are
// traits, now, days(n) and hours(n), and never, which is what a first or last is
// that has not been: the Unix epoch. So now - last_order < days(90) is false for
// someone who never ordered, and now - last_order > days(90) is true; add
// orders > 0 where that is not meant.
//
// History is asked by functions, to the microsecond:
//
//   - did("Order Completed"): it ever happened. Labels are those of the map, such
//     as "page:Pricing".
//   - did("Order Completed", 3): at least 3 times, of at most 100.
//   - did("Order Completed", days(30)) and did("Order Completed", 3, days(30)): the
//     latest, or the third latest, is less than 30 days ago.
//   - did_then_not("Cart Viewed", "Order Completed", hours(4)): the latest Cart
//     Viewed is at least 4 hours ago, and Order Completed has not come since. Who
//     orders after all leaves at once.
//   - did(big_orders, 2, days(90)): in place of an event, a feature stands for
//     its events and its where.
//
// account is the company or household that the person belongs to, the one with
// the latest word on it where there are several: account.id, account.role,
// account.members, account.traits.plan, account.features.seats_used. People know
// what is new of their account within about a minute, longer where it has more
// than a thousand; before that, and for those without an account, a rule that
// needs it does not hold. An event counts for the account that it names in
// context.groupId, or else for the only one that its person was ever in. What is
// added up is of those who belong to it now: who leaves takes theirs along.
//
// bucket("salt") < 20 is a fifth of all people: a number from 0 to 99.99 by hash
// of the workspace's seed, the salt and the person. Where people are merged it is
// the surviving person's.
//
// Rules of segments, goals and actions also have state, where a state model is in
// force: state.name is the id of the state that the relationship is believed to
// be in (gone for who has left), state.active the probability that the person is
// not gone, state.soon that of an own act within 30 days, and state.value what
// they are worth from now on. It is what was believed at the last look: at what
// they did last, at a touch, and now and then while they are silent. Of whom
// nothing is believed, a rule that needs it does not hold.
//
// Rules of segments, goals and actions also have stage, and in_segment("id").
// The rules of stages have neither, since segments come after stages. Segments
// may speak of one another, but not in a circle.
//
// So that the engine knows when an answer changes by itself, now may only be
// compared as now - FEATURE < days(N), with any comparison and either side
// first; windows and history functions bring their own times. The condition of
// a touchpoint or feature speaks of the event alone: event.name, event.kind,
// properties and context.
//
// # Versions
//
// A new version of the definitions reaches everybody by a sweep. It reads
// people's histories again only where something that is computed from them
// changed (Workspace.Basis): features, history functions, touchpoints, KPIs.
// Other edits have only the rules asked again.
//
// # Import maps
//
//	name: Invoices
//	format: delimited         # the default; or fixed_width, json, parquet, segment
//	delimiter: comma          # the default; semicolon, tab, pipe, whitespace, or a character
//	header: true              # columns are found by name then; defaults to false
//	encoding: utf-8           # the default; or latin1
//	empty: [nan]              # texts that mean nothing
//	columns: [invoice, item, quantity, price, when, customer, country, {name: note, optional: true}]
//	                          # of fixed_width: {name: item, start: 7, width: 10}
//	skip: [{when: row.customer == "", reason: no customer}]
//	identity: {user_id: customer}       # or anonymous_id; a column, or "shop-{customer}";
//	                          # of a list, the first that is not empty
//	event:                    # a name, or "Bought {item}", or rules of which the first counts
//	  - {when: number(row.quantity) < 0, event: Order Refunded, negate: [quantity]}
//	  - {event: Order Completed}
//	time: {column: when, layout: YYYY-MM-DD HH:mm, zone: Europe/Paris}
//	                          # strftime's and Go's spellings too, rfc3339, unix, unix_ms;
//	                          # at: "12:00" for days without a time;
//	                          # of a list, the first whose column is not empty;
//	                          # arrival, alone or at its end: when the row, or the body of a webhook, comes in
//	amount: {property: revenue, product_of: [quantity, price]}   # or column: NAME
//	currency: EUR             # or {column: NAME}
//	group_by: [invoice]       # lines that are one event: amounts add up
//	group_lines: anywhere     # or together, the default: one after another
//	message_id: invoice       # or a list: tells rows apart across the files of maps of this name
//	properties:               # a column, or {column or value, type, fold}
//	  order_id: invoice       # type: string, number, int, bool or json; fold: first, last or sum
//	products: {sku: item, quantity: {column: quantity, type: int}}
//	traits: {country: country}
//
// A column of json and parquet is a path: user.email, items.0.sku, with a
// backslash before a dot within a name; or {name: mail, path: user.email}.
// Properties and traits keep the type of such a value unless a type is given.
// A file of format segment holds tracking calls, and such a map says nothing
// else.
//
// Conditions are CEL over row, a map of texts, with number(text). An importer
// reads with ImportMap.Lines, finds the events of a row with ImportMap.Rows, and
// gathers rows of one Key with ImportMap.Begin and Fold.Add. A JSON object that
// comes by another way is a row by ImportMap.Object.
//
// # Import maps of several events, of consent, and with what is made up
//
// A row is one event by event; by events, each that holds is one, with its own
// amount, currency, properties, products and, if it likes, time. With neither it
// says something about a person: traits, consent, bounced.
//
//	columns: [arm, visit, spend, confirmed, ip, status]
//	row_number: customer      # a column made up: 1, 2, 3
//	file_name: file           # a column made up: the name of the file, or of that in a zip
//	identity: {anonymous_id: "panel-{customer}"}
//	time: {origin: 2008-03-20}          # made up: the same for every row; or with a column
//	                          # and layout: seconds, minutes, hours or days since then
//	events:
//	  - {when: row.visit == "1", event: Visited, properties: {arm: arm}}
//	  - {when: number(row.spend) > 0.0, event: Order Completed, amount: {column: spend}, currency: EUR}
//	traits: {arm: arm, list: file}
//	consent:                  # each that holds becomes a word of the person's own
//	  - when: row.confirmed != ""
//	    channel: email
//	    topic: news           # defaults to all
//	    given: true
//	    time: {column: confirmed, layout: rfc3339}   # defaults to the row's
//	    proof: "confirmed from {ip}"
//	bounced:                  # an address that cannot be reached, why: bounced or complained
//	  - {when: row.status == "cleaned", channel: email, proof: hard bounce}
//
// Ids and times that are made up are named in every summary (Invented).
package definition
