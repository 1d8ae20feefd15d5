package archive

import (
	"fmt"
	"time"
)

// tableInteractions is no table with files: it is asked of events and deliveries
// each time, in event-time order, so that a late event and a merge, and a merge
// undone, change the visits around them too. It says what lifecycle.Classifier.Step
// says of the same events.
const tableInteractions = "interactions"

// interactionColumns are what interactionsView selects, in its order.
func interactionColumns() []Column {
	return []Column{
		{Name: "person_id", Type: "VARCHAR", About: "the person whose record it is today: through merges, and back when one was undone"},
		{Name: "record_id", Type: "VARCHAR", About: "the record that it was addressed to"},
		{Name: "time", Type: "TIMESTAMP WITH TIME ZONE", About: "when it happened"},
		{Name: "touchpoint", Type: "VARCHAR", About: "touchpoint of the map, by the definitions in force then"},
		{Name: "effort", Type: "VARCHAR", About: "who began it: outreach (we did), response (they, on our outreach), unprompted (they, of their own accord)"},
		{Name: "visit", Type: "BIGINT", About: "number of the person's visit, from 1: a run of own acts without the silence that ends one; null for outreach"},
		{Name: "new_visit", Type: "BOOLEAN", About: "whether it began the visit"},
		{Name: "kind", Type: "VARCHAR", About: "the call that it was, or receipt for what became of a delivery"},
		{Name: "name", Type: "VARCHAR", About: "event name, name of the page or screen, or the step of the delivery: sent, opened, clicked"},
		{Name: "delivery_id", Type: "VARCHAR", About: "the delivery that it was, or that led to it"},
		{Name: "amount", Type: "DECIMAL(18,6)", About: "amount of the event, as in events"},
		{Name: "currency", Type: "VARCHAR", About: "its currency; null: the workspace's"},
		{Name: "imported", Type: "BOOLEAN", About: "history from an import"},
		{Name: "partition", Type: "INTEGER", About: "journal partition"},
		{Name: "offset", Type: "BIGINT", About: "place in that partition's journal"},
		{Name: "n", Type: "INTEGER", About: "number among the rows of that place; with partition and offset, unique"},
	}
}

// interactionsView computes interactions in DuckDB's SQL, with visits that end
// after gap.
func interactionsView(gap time.Duration) string {
	if gap <= 0 {
		gap = 30 * time.Minute // as maps that do not say
	}
	return fmt.Sprintf(`WITH claimed AS (
  SELECT person_id, record_id, time, touchpoint, coalesce(direction, 'inbound') = 'outbound' AS ours, delivery_id IS NOT NULL AS answers,
    kind, name, delivery_id, amount, currency, imported, partition, "offset", 0::INTEGER AS n
  FROM events WHERE touchpoint IS NOT NULL
  UNION ALL
  SELECT person_id, record_id, time, touchpoint, direction = 'outbound', true,
    'receipt', step, delivery_id, NULL, NULL, imported, partition, "offset", n
  FROM deliveries WHERE touchpoint IS NOT NULL
), met AS (
  SELECT *, NOT ours AND coalesce(time - lag(time) OVER w >= INTERVAL %d MICROSECONDS, true) AS begins
  FROM claimed WINDOW w AS (PARTITION BY person_id, ours ORDER BY time, partition, "offset", n)
), numbered AS (
  SELECT *, sum(begins::INTEGER) OVER (PARTITION BY person_id, ours ORDER BY time, partition, "offset", n ROWS UNBOUNDED PRECEDING)::BIGINT AS number
  FROM met
), told AS (
  SELECT *, first_value(answers) OVER (PARTITION BY person_id, ours, number ORDER BY time, partition, "offset", n) AS answered
  FROM numbered
)
SELECT person_id, record_id, time, touchpoint,
  CASE WHEN ours THEN 'outreach' WHEN answers OR answered THEN 'response' ELSE 'unprompted' END AS effort,
  CASE WHEN NOT ours THEN number END AS visit, begins AS new_visit,
  kind, name, delivery_id, amount, currency, imported, partition, "offset", n
FROM told`, gap.Microseconds())
}
