package archive

import "encoding/json"

// The rows of the tables. A field's tag says its column's name and form, and what
// it means: documentation is made of it. Rows that only the fold made have the
// place of the record that caused them.

// eventRow is something that a customer did.
type eventRow struct {
	RecordID    string          `parquet:"record_id" about:"the record that the event was addressed to"`
	Time        int64           `parquet:"time,timestamp(microsecond)" about:"when it happened"`
	ReceivedAt  int64           `parquet:"received_at,timestamp(microsecond)" about:"when it arrived here"`
	Kind        string          `parquet:"kind,dict" about:"the call: track, identify, page, screen, group or alias"`
	Name        string          `parquet:"name,optional,dict" about:"event name of a track call; name of a page or screen"`
	Source      string          `parquet:"source,dict" about:"the source that sent it: a write key's, an import's"`
	Touchpoint  string          `parquet:"touchpoint,optional,dict" about:"touchpoint of the map that claimed it, by the definitions in force then; null: unmapped"`
	Direction   string          `parquet:"direction,optional,dict" about:"inbound or outbound: who acts at the touchpoint; null too in what was archived before it was noted"`
	DeliveryID  string          `parquet:"delivery_id,optional" about:"our delivery that it says led to it (rapport_delivery in context or properties)"`
	Amount      *int64          `parquet:"amount,decimal(6:18)" about:"revenue, else total, else value among the properties, in units of currency; as sent: a refund is not negated"`
	Currency    string          `parquet:"currency,optional,dict" about:"currency among the properties (ISO 4217); null: the workspace's"`
	UserID      string          `parquet:"user_id,optional" about:"user id that it carried"`
	AnonymousID string          `parquet:"anonymous_id,optional" about:"anonymous id that it carried"`
	Properties  json.RawMessage `parquet:"properties,optional,json" about:"properties, as sent"`
	Traits      json.RawMessage `parquet:"traits,optional,json" about:"traits, as sent"`
	Context     json.RawMessage `parquet:"context,optional,json" about:"context, as sent and completed"`
	Imported    bool            `parquet:"imported" about:"history from an import: it started nothing"`
	Bot         bool            `parquet:"bot" about:"sent by a robot, by its user agent: it is of nobody, and started nothing; null in what was archived before robots were marked"`
	MessageID   string          `parquet:"message_id" about:"unique within the source while duplicates are looked for"`
	Partition   int32           `parquet:"partition" about:"journal partition"`
	Offset      int64           `parquet:"offset" about:"place in that partition's journal; with partition, unique"`
}

// decisionRow is a choice that took effect.
type decisionRow struct {
	RecordID    string          `parquet:"record_id" about:"the record that was decided about"`
	Time        int64           `parquet:"time,timestamp(microsecond)" about:"when the choice was made"`
	DecisionID  string          `parquet:"decision_id" about:"the opportunity: partition/offset/number of what made the choice due"`
	Goal        string          `parquet:"goal,dict" about:"goal that it was made for"`
	Trigger     string          `parquet:"trigger,dict" about:"what made the choice due, in words"`
	Action      string          `parquet:"action,dict" about:"action chosen; silence for doing nothing"`
	Message     string          `parquet:"message,optional,dict" about:"message chosen"`
	Channel     string          `parquet:"channel,optional,dict" about:"channel chosen, or the slot that asked"`
	DeliveryID  string          `parquet:"delivery_id,optional" about:"the delivery that it led to, in deliveries; null for silence"`
	Probability float64         `parquet:"probability" about:"of this choice among the candidates, 0 to 1"`
	Candidates  json.RawMessage `parquet:"candidates,json" about:"everything considered, each with its probability and why it was withheld"`
	Chosen      int32           `parquet:"chosen" about:"index of the choice in candidates, from 0"`
	Seed        uint64          `parquet:"seed" about:"of the draw"`
	Policy      string          `parquet:"policy,dict" about:"rule that chose"`
	Definition  string          `parquet:"definition,dict" about:"hash of the definitions in force when choosing"`
	Reason      string          `parquet:"reason" about:"one sentence"`
	Goals       json.RawMessage `parquet:"goals,optional,json" about:"goals that competed; null: goal alone"`
	At          *int64          `parquet:"at,timestamp(microsecond)" about:"when what was chosen might go out; null: at once"`
	Expected    json.RawMessage `parquet:"expected,optional,json" about:"what the outcome is compared with: {action, message, channel, hour, context, score, cost, value}"`
	Levers      json.RawMessage `parquet:"levers,optional,json" about:"ids of levers that made a difference"`
	Arms        json.RawMessage `parquet:"arms,optional,json" about:"arms of experiments that bore on it: {experiment, arm, exposed, shares}; null: none"`
	Forgone     *float64        `parquet:"forgone,optional" about:"expected score that the levers cost, in units of currency"`
	Record      json.RawMessage `parquet:"record,optional,json" about:"all that it takes to make the choice again, with the posterior that it names"`
	Partition   int32           `parquet:"partition" about:"journal partition"`
	Offset      int64           `parquet:"offset" about:"place in that partition's journal; with partition, unique"`
}

// deliveryRow is a step in the life of a delivery.
type deliveryRow struct {
	RecordID   string `parquet:"record_id" about:"the record that was to be reached"`
	Time       int64  `parquet:"time,timestamp(microsecond)" about:"when it happened"`
	DeliveryID string `parquet:"delivery_id" about:"names the delivery through its rows; empty: a question of slots of which nothing was shown"`
	Step       string `parquet:"step,dict" about:"granted (may go out), then sent, failed or unknown, then perhaps bounced, opened, clicked, complained; suppressed (policy stopped it for good) or held (until later); of what a slot asked for shown or not_shown"`
	Channel    string `parquet:"channel,optional,dict" about:"channel"`
	Goal       string `parquet:"goal,optional,dict" about:"goal; of granted, suppressed and held"`
	Action     string `parquet:"action,optional,dict" about:"action; of granted, suppressed and held"`
	Message    string `parquet:"message,optional,dict" about:"message; of granted"`
	Address    string `parquet:"address,optional" about:"address on the channel; of granted"`
	Subject    string `parquet:"subject,optional" about:"subject of what was sent; of granted"`
	Machine    bool   `parquet:"machine" about:"a robot's open or click: it counts as nobody's"`
	ReasonCode string `parquet:"reason_code,optional,dict" about:"why suppressed or held, to count by"`
	Reason     string `parquet:"reason,optional" about:"the same as a sentence; of other steps what the channel said"`
	Until      *int64 `parquet:"until,timestamp(microsecond)" about:"when a reason stops holding, if known"`
	Touchpoint string `parquet:"touchpoint,optional,dict" about:"touchpoint of the map that claimed what was sent, opened or clicked, by the definitions in force then"`
	Direction  string `parquet:"direction,optional,dict" about:"inbound or outbound: who acts at the touchpoint"`
	Imported   bool   `parquet:"imported" about:"history from an import"`
	Partition  int32  `parquet:"partition" about:"journal partition"`
	Offset     int64  `parquet:"offset" about:"place in that partition's journal"`
	N          int32  `parquet:"n" about:"number among the rows of that place; with partition and offset, unique"`
}

// changeRow is everything else that came to be on somebody's timeline.
type changeRow struct {
	RecordID   string          `parquet:"record_id,optional" about:"the record that changed; null for the workspace as a whole"`
	Time       int64           `parquet:"time,timestamp(microsecond)" about:"when it happened"`
	Kind       string          `parquet:"kind,dict" about:"stage_moved, segment_entered, segment_left, goal_joined, consented, merged, refused, definition, settings and whatever else the engine notes"`
	Subject    string          `parquet:"subject,optional,dict" about:"what it is about: the segment, goal, channel, identity or refused thing"`
	From       string          `parquet:"from_value,optional,dict" about:"what was: the stage left"`
	To         string          `parquet:"to_value,optional,dict" about:"what is: the stage, the arm, given or withdrawn"`
	ReasonCode string          `parquet:"reason_code,optional,dict" about:"why not, to count by"`
	Reason     string          `parquet:"reason,optional" about:"the same as a sentence"`
	Body       json.RawMessage `parquet:"body,optional,json" about:"all that was recorded"`
	Source     string          `parquet:"source,dict" about:"who recorded it"`
	Imported   bool            `parquet:"imported" about:"history from an import"`
	Partition  int32           `parquet:"partition" about:"journal partition"`
	Offset     int64           `parquet:"offset" about:"place in that partition's journal"`
	N          int32           `parquet:"n" about:"number among the rows of that place; with partition and offset, unique"`
}

// personRow is a person as they stand.
type personRow struct {
	PersonID   string          `parquet:"person_id" about:"the person"`
	UserID     string          `parquet:"user_id,optional" about:"their user id; the first of several"`
	Email      string          `parquet:"email,optional" about:"their e-mail address; the first of several"`
	Phone      string          `parquet:"phone,optional" about:"their telephone number; the first of several"`
	Identities json.RawMessage `parquet:"identities,json" about:"every identity: [{kind, value}]"`
	Traits     json.RawMessage `parquet:"traits,optional,json" about:"declared attributes by name"`
	Features   json.RawMessage `parquet:"features,optional,json" about:"computed attributes by name, at the time of the snapshot"`
	Segments   json.RawMessage `parquet:"segments,optional,json" about:"segments that they belong to, each with since when"`
	Consent    json.RawMessage `parquet:"consent,optional,json" about:"what they said, by channel or channel/topic: {given, time, proof}, and how its confirmation stands, where it is confirmed"`
	Suppressed json.RawMessage `parquet:"suppressed,optional,json" about:"addresses that must not be used again: {why, time}"`
	Goals      json.RawMessage `parquet:"goals,optional,json" about:"goals joined: {joined, arm, kpi, before, reached, chosen, silent, sent, held, reachable}, money in units of the workspace's currency"`
	Stage      string          `parquet:"stage,optional,dict" about:"stage of the map"`
	StageSince *int64          `parquet:"stage_since,timestamp(microsecond)" about:"since when"`
	State      string          `parquet:"state,optional,dict" about:"state that the relationship is believed to be in, as of the last look; gone: they have left; null: nothing is believed"`
	StateSince *int64          `parquet:"state_since,timestamp(microsecond)" about:"since when"`
	Active     *float64        `parquet:"active" about:"probability that they are not gone, 0 to 1, as of the last look"`
	Soon       *float64        `parquet:"soon" about:"probability of an own act within 30 days, 0 to 1, as of the last look"`
	Value      *int64          `parquet:"expected_value,decimal(6:18)" about:"what they are worth from the last look on, discounted, in units of the workspace's currency"`
	FirstSeen  *int64          `parquet:"first_seen,timestamp(microsecond)" about:"time of their first event"`
	LastSeen   *int64          `parquet:"last_seen,timestamp(microsecond)" about:"time of their latest event"`
	Events     int64           `parquet:"events" about:"events of their own"`
	Visits     int64           `parquet:"visits" about:"visits so far"`
	Outreach   int64           `parquet:"outreach" about:"interactions that we began"`
	Response   int64           `parquet:"response" about:"interactions in answer to our outreach"`
	Unprompted int64           `parquet:"unprompted" about:"interactions of their own accord"`
	Deliveries int32           `parquet:"open_deliveries" about:"deliveries without an outcome"`
	Definition string          `parquet:"definition,optional,dict" about:"hash of the definitions that they were last brought up to"`
	Partition  int32           `parquet:"partition" about:"journal partition that they live in"`
}

// recordRow leads from a record that is somebody's today to that person.
type recordRow struct {
	RecordID string `parquet:"record_id" about:"a record that is only a name of a person by now"`
	PersonID string `parquet:"person_id" about:"the person whose it is"`
}
