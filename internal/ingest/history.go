package ingest

import (
	"time"

	"github.com/rapporthq/rapport/internal/bot"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// History reads one call of the tracking API, its type in the member type, as
// what happened in the past: as strictly as the API reads it, but its time is
// kept as it stands. Clocks are not corrected: what keeps such calls (Segment's
// copies in a bucket or a warehouse, say) has done so. Source and, where the call
// has none, MessageID are left to be set. Robots are marked as by the API.
func History(ws person.Workspace, bots *bot.List, body []byte, received event.Instant) (event.Event, error) {
	env, err := decode(body, route{}, nil)
	if err != nil {
		return event.Event{}, err
	}
	c := &env.calls[0]
	c.sentAt = ""
	if c.refused == nil && c.timestamp == "" && c.original == "" {
		return event.Event{}, fault.New(fault.Invalid, "timestamp is missing; history must say when it happened, such as 2026-11-22T06:05:17.043Z").At("timestamp")
	}
	for _, text := range [...]string{c.timestamp, c.original} {
		if at, err := parseTime(text); err == nil && at > received.Add(clocksMayDiffer) {
			return event.Event{}, fault.New(fault.Invalid, "time %s is in the future", at.Time().Format(time.RFC3339)).At("timestamp")
		}
	}
	a := API{opts: Options{Workspace: ws, Bots: bots}}
	e, refused := a.event(c, 0, received)
	if refused != nil {
		return event.Event{}, refused
	}
	e.Imported = true
	return e, nil
}
