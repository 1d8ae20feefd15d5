package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unsafe"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
)

// rows is what one step adds to the archive. It refers to the memory of the
// records that it was made of.
type rows struct {
	events     []eventRow
	decisions  []decisionRow
	deliveries []deliveryRow
	changes    []changeRow
}

// place is where in the journal a row comes from.
type place struct {
	partition person.Partition
	offset    uint64
	n         int // among the rows of that offset
}

// addEvent adds something that a customer did.
func (r *rows) addEvent(at place, e *event.Event, atlas *lifecycle.Classifier) {
	row := eventRow{
		RecordID: e.To.String(), Time: int64(e.Time), ReceivedAt: int64(e.ReceivedAt), Kind: e.Kind.String(), Name: e.Name, Source: e.Source,
		UserID: e.UserID, AnonymousID: e.AnonymousID, MessageID: e.MessageID,
		Properties: e.Properties, Traits: e.Traits, Context: e.Context,
		Imported: e.Imported, Bot: e.Bot, Partition: int32(at.partition), Offset: int64(at.offset), //nolint:gosec // offsets count from 1
	}
	if !e.Bot {
		row.Touchpoint, row.Direction = claimed(atlas, e)
	}
	row.DeliveryID = lifecycle.Delivery(*e)
	if amount, currency, ok := amountOf(e.Properties); ok {
		row.Amount, row.Currency = &amount, currency
	}
	r.events = append(r.events, row)
}

// claimed is where on the map e belongs; atlas may be nil.
func claimed(atlas *lifecycle.Classifier, e *event.Event) (touchpoint, direction string) {
	if atlas == nil {
		return "", ""
	}
	i := atlas.Touchpoint(*e)
	if i < 0 {
		return "", ""
	}
	t := &atlas.Map().Touchpoints[i]
	return t.ID, string(t.Direction)
}

// text shares the memory of b, which nobody changes.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // events are immutable

// amountOf reads the amount of an event as the tracking spec has it: revenue,
// else total, else value.
func amountOf(properties []byte) (amount int64, currency string, ok bool) {
	if !bytes.Contains(properties, []byte(`"revenue"`)) && !bytes.Contains(properties, []byte(`"total"`)) && !bytes.Contains(properties, []byte(`"value"`)) {
		return 0, "", false
	}
	best := 3
	var found gjson.Result
	gjson.Parse(text(properties)).ForEach(func(key, value gjson.Result) bool {
		rank := 3
		switch key.Str {
		case "revenue":
			rank = 0
		case "total":
			rank = 1
		case "value":
			rank = 2
		case "currency":
			if value.Type == gjson.String {
				currency = value.Str
			}
		}
		if rank < best && (value.Type == gjson.Number || value.Type == gjson.String) {
			best, found = rank, value
		}
		return true
	})
	if best == 3 {
		return 0, "", false
	}
	number := found.Str
	if found.Type == gjson.Number {
		number = found.Raw
	}
	m, err := event.ParseMicros(number)
	// DECIMAL(18,6) has no more digits.
	if err != nil || m > 999_999_999_999_999_999 || m < -999_999_999_999_999_999 {
		return 0, "", false
	}
	return int64(m), currency, true
}

// add adds what an entry of somebody's timeline says. Kinds that have no table of
// their own are changes.
func (r *rows) add(at place, e *event.Event, atlas *lifecycle.Classifier) error {
	switch e.Kind {
	case event.Choice:
		return r.addDecision(at, e)
	case event.Grant, event.Receipt, event.Suppressed, event.Served:
		return r.addDelivery(at, e, atlas)
	default:
		r.addChange(at, e, e.To.String())
		return nil
	}
}

func (r *rows) addDecision(at place, e *event.Event) error {
	b, err := event.UnpackChosen(e)
	if err != nil {
		return err
	}
	c := b.Candidate
	row := decisionRow{
		RecordID: e.To.String(), Time: int64(e.Time), DecisionID: b.ID.String(), Goal: b.Goal, Trigger: b.Trigger,
		Action: c.Action, Message: c.Message, Channel: c.Channel, Probability: b.Probability,
		Candidates: []byte(gjson.GetBytes(e.Body, "candidates").Raw), Chosen: int32(b.Chosen), //nolint:gosec // an index of candidates
		Seed: b.Seed, Policy: b.Policy, Definition: b.Definition, Reason: b.Reason,
		Partition: int32(at.partition), Offset: int64(at.offset), //nolint:gosec // offsets count from 1
	}
	if c.Action != event.Silence {
		row.DeliveryID = b.ID.Delivery()
	}
	row.At, row.Record = instant(b.At), b.Record
	for _, x := range []struct {
		into *json.RawMessage
		path string
	}{{&row.Goals, "goals"}, {&row.Expected, "expected"}, {&row.Levers, "levers"}, {&row.Arms, "arms"}} {
		if raw := gjson.GetBytes(e.Body, x.path).Raw; raw != "" {
			*x.into = []byte(raw)
		}
	}
	if len(b.Levers) > 0 {
		row.Forgone = &b.Forgone
	}
	r.decisions = append(r.decisions, row)
	return nil
}

func (r *rows) addDelivery(at place, e *event.Event, atlas *lifecycle.Classifier) error {
	row := deliveryRow{
		RecordID: e.To.String(), Time: int64(e.Time), Imported: e.Imported,
		Partition: int32(at.partition), Offset: int64(at.offset), N: int32(at.n), //nolint:gosec // offsets count from 1, rows of one are few
	}
	row.Touchpoint, row.Direction = claimed(atlas, e)
	switch e.Kind {
	case event.Grant:
		b, err := event.UnpackGrant(e)
		if err != nil {
			return err
		}
		row.Step, row.DeliveryID, row.Channel, row.Goal, row.Action = "granted", b.Delivery, b.Channel, b.Goal, b.Action
		row.Message, row.Address, row.Subject = b.Message, b.To, b.Subject
	case event.Receipt:
		b, err := event.Unpack[event.ReceiptBody](*e)
		if err != nil {
			return err
		}
		row.Step, row.DeliveryID, row.Channel, row.Reason, row.Machine = string(b.Outcome), b.Delivery, b.Channel, b.Detail, b.Machine
	case event.Served:
		b, err := event.Unpack[event.ServedBody](*e)
		if err != nil {
			return err
		}
		row.Step, row.Reason = "not_shown", b.Why
		if b.Served {
			row.Step = "shown"
		}
		if b.ID != (event.Opportunity{}) {
			row.DeliveryID = b.ID.Delivery()
		}
	default:
		b, err := event.Unpack[event.SuppressedBody](*e)
		if err != nil {
			return err
		}
		row.Step, row.DeliveryID, row.Channel, row.Goal, row.Action = "suppressed", b.Delivery, b.Channel, b.Goal, b.Action
		if b.Held {
			row.Step = "held"
		}
		row.ReasonCode, row.Reason, row.Until = b.Reason.Code, b.Reason.Sentence, instant(b.Reason.Until)
	}
	r.deliveries = append(r.deliveries, row)
	return nil
}

// instant gives null for never.
func instant(i event.Instant) *int64 {
	if i == 0 {
		return nil
	}
	t := int64(i)
	return &t
}

// addChange adds an entry of whatever kind: the columns are what bodies have in
// common, and the body is there whole.
func (r *rows) addChange(at place, e *event.Event, record string) {
	row := changeRow{
		RecordID: record, Time: int64(e.Time), Kind: kindName(e.Kind), Body: e.Body, Source: e.Source, Imported: e.Imported,
		Partition: int32(at.partition), Offset: int64(at.offset), N: int32(at.n), //nolint:gosec // offsets count from 1, rows of one are few
	}
	if !e.Kind.Own() && len(e.Body) == 0 {
		row.Subject = e.Name
	}
	got := gjson.GetManyBytes(e.Body, "segment", "goal", "journey", "what", "channel", "identity", "account", "hash", "from", "to", "stage", "arm", "given", "live",
		"reason.code", "reason.sentence", "topic")
	for _, v := range got[:8] {
		if row.Subject = subject(v); row.Subject != "" {
			break
		}
	}
	if topic := got[16].Str; topic != "" {
		row.Subject += "/" + topic
	}
	row.From = got[8].Str
	for _, v := range got[9:14] {
		if v.Type == gjson.String {
			row.To = v.Str
			break
		}
	}
	if given := got[12]; given.IsBool() {
		row.To = map[bool]string{true: "given", false: "withdrawn"}[given.Bool()]
	}
	row.ReasonCode, row.Reason = got[14].Str, got[15].Str
	r.changes = append(r.changes, row)
}

// subject writes an identity as it is written everywhere.
func subject(v gjson.Result) string {
	if v.IsObject() {
		kind, value := v.Get("kind").Str, v.Get("value").Str
		if kind == "" || value == "" {
			return ""
		}
		return kind + ":" + value
	}
	return v.Str
}

// kindName is that of a kind that this build may have no word for.
func kindName(k event.Kind) string {
	if s := k.String(); s != "unknown" {
		return s
	}
	return fmt.Sprintf("kind_%d", k)
}
