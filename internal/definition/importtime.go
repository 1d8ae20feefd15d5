package definition

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition/zone"
	"github.com/rapporthq/rapport/internal/event"
)

// timeRule reads the time of a row.
type timeRule struct {
	column  int
	written string        // the layout in its author's spelling
	layout  string        // of package time
	unit    time.Duration // of a number since 1970; 0: use layout
	zone    *time.Location
	at      time.Duration // since midnight, for layouts without a time of day
}

func (c *importCompiler) time(v value) {
	if !v.need("say when a row happened, such as time: {column: date, layout: YYYY-MM-DD}") {
		return
	}
	o := v.object()
	t := timeRule{column: c.columnNamed(o.take("column"))}
	layout := o.take("layout")
	if layout.need("say how times are written, such as YYYY-MM-DD, %Y%m%d or unix") {
		t.written = layout.text()
		t.layout, t.unit = layout.timeLayout()
	}
	t.zone = o.take("zone").zone(new(zone.Table))
	at := o.take("at")
	t.at = at.clock()
	if !at.absent() && (t.unit > 0 || strings.Contains(t.layout, "15") || strings.Contains(t.layout, "03")) {
		at.problem("the layout has a time of day already", "remove it")
	}
	o.end()
	c.m.time = t
}

// timeLayout reads a layout in any of three spellings and returns Go's, or the
// unit of a number since 1970.
func (v value) timeLayout() (string, time.Duration) {
	text := v.text()
	layout := text
	switch {
	case !v.isText():
		return time.RFC3339, 0
	case text == "unix":
		return "", time.Second
	case text == "unix_ms":
		return "", time.Millisecond
	case text == "rfc3339":
		return time.RFC3339, 0
	case strings.Contains(text, "%"):
		layout = replaceAll(text, "%Y", "2006", "%y", "06", "%m", "01", "%d", "02", "%e", "_2", "%H", "15",
			"%I", "03", "%M", "04", "%S", "05", "%p", "PM", "%b", "Jan", "%B", "January", "%a", "Mon",
			"%z", "-0700", "%Z", "MST", "%f", "000000", "%F", "2006-01-02", "%T", "15:04:05", "%%", "%")
	case strings.Contains(text, "YY"):
		layout = replaceAll(text, "YYYY", "2006", "YY", "06", "MMM", "Jan", "MM", "01", "DD", "02", "HH", "15",
			"mm", "04", "SSS", "000", "ss", "05", "Z", "Z07:00")
	}
	// A layout that loses the day cannot be read back.
	probe := time.Date(2031, 11, 23, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(layout, probe.Format(layout))
	if err != nil || !back.Equal(probe) {
		v.problem(fmt.Sprintf("%q is not a layout of dates", text),
			"write it like YYYY-MM-DD HH:mm:ss, %Y-%m-%d, 2006-01-02, rfc3339, unix or unix_ms")
	}
	return layout, 0
}

func replaceAll(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }

// read returns the instant that text means.
func (t timeRule) read(text string) (event.Instant, error) {
	if t.unit > 0 {
		n, err := strconv.ParseFloat(text, 64)
		us := n * float64(t.unit/time.Microsecond)
		if err != nil || !(us > -1e17 && us < 1e17) {
			return 0, fmt.Errorf("%q is not a number of %s since 1970", text, map[bool]string{true: "seconds", false: "milliseconds"}[t.unit == time.Second])
		}
		return event.Instant(us), nil
	}
	at, err := time.ParseInLocation(t.layout, text, t.zone)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time written as %s", text, t.written)
	}
	if t.at > 0 {
		at = time.Date(at.Year(), at.Month(), at.Day(), 0, int(t.at/time.Minute), 0, 0, t.zone)
	}
	if at.Year() < 1 || at.Year() > 9999 {
		return 0, fmt.Errorf("%q is not within the years 1 to 9999", text)
	}
	return event.InstantOf(at), nil
}
