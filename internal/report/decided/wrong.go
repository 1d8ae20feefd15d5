package decided

import (
	"context"
	"fmt"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Wrong is a delivery that failed, or of which nobody knows whether it arrived.
type Wrong struct {
	Person   person.ID `json:"person"`
	Delivery string    `json:"delivery"`
}

// WentWrong lists those by a channel that were granted from a moment on and before
// another (zero: until now), the oldest first: those whose latest outcome it is.
func WentWrong(ctx context.Context, a Archive, channel string, from, to event.Instant) ([]Wrong, error) {
	const granted = "epoch_us(min(time) FILTER (step = 'granted'))"
	when := fmt.Sprintf("%s >= %d", granted, int64(from))
	if to != 0 {
		when += fmt.Sprintf(" AND %s < %d", granted, int64(to))
	}
	sql := `SELECT to_json({'person': any_value(person_id), 'delivery': delivery_id})::VARCHAR FROM deliveries
WHERE channel = ` + text(channel) + ` AND step IN ('granted', 'sent', 'failed', 'unknown') AND delivery_id <> '' GROUP BY delivery_id
HAVING arg_max(step, (epoch_us(time), step <> 'granted')) IN ('failed', 'unknown') AND ` + when + `
ORDER BY min(time), delivery_id`
	return read[Wrong](ctx, a, sql, mostWrong)
}

const mostWrong = 100_000
