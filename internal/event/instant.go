package event

import (
	"fmt"
	"time"
)

// Instant is a moment in microseconds since the Unix epoch, UTC. Zero means
// never. It is a plain number so that state is the same bytes everywhere.
type Instant int64

// InstantOf returns the instant of t, rounded down to the microsecond. The zero
// time is the zero instant.
func InstantOf(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMicro())
}

// Time returns the instant in UTC. The zero instant is the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(i)).UTC()
}

// IsZero reports whether i is never.
func (i Instant) IsZero() bool { return i == 0 }

// Add returns i moved by d.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Sub returns how long after o i is.
func (i Instant) Sub(o Instant) time.Duration { return time.Duration(i-o) * time.Microsecond }

// String gives RFC 3339 with as many decimals as needed, or "never".
func (i Instant) String() string {
	if i == 0 {
		return "never"
	}
	return i.Time().Format(time.RFC3339Nano)
}

// MarshalJSON writes RFC 3339, and null for never.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i == 0 {
		return []byte("null"), nil
	}
	return i.Time().MarshalJSON()
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*i = 0
		return nil
	}
	var t time.Time
	if err := t.UnmarshalJSON(b); err != nil {
		return fmt.Errorf("instant: %w", err)
	}
	*i = InstantOf(t)
	return nil
}
