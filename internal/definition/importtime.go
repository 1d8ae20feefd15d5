package definition

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition/zone"
	"github.com/rapporthq/rapport/internal/event"
)

// timeRule reads the time of a row: the first choice whose column is not empty.
type timeRule []timeChoice

// arrival is the time of a row that does not say when it happened: when it comes
// in, as the body of a webhook or by an import. It is the zero instant in the row.
const arrival = "arrival"

type timeChoice struct {
	column  int           // -1: origin is the time
	written string        // the layout in its author's spelling
	layout  string        // of package time
	unit    time.Duration // of a number since origin; 0: use layout
	origin  time.Time     // of numbers; 1970 unless the times are invented
	zone    *time.Location
	at      time.Duration // since midnight, for layouts without a time of day
}

func (c *importCompiler) time(v value) timeRule {
	var out timeRule
	items := v.list()
	for i, item := range items {
		t := c.timeChoice(item)
		if t.column < 0 && i < len(items)-1 {
			item.problem("has no column, so the choices after it are never reached", "move it to the end")
		}
		out = append(out, t)
	}
	return out
}

func (c *importCompiler) timeChoice(v value) timeChoice {
	if v.isText() && strings.TrimSpace(v.text()) == arrival {
		return timeChoice{column: -1}
	}
	o := v.object()
	column, layout, origin, at := o.take("column"), o.take("layout"), o.take("origin"), o.take("at")
	t := timeChoice{column: -1, zone: o.take("zone").zone(new(zone.Table)), origin: time.Unix(0, 0)}
	if column.absent() && !origin.absent() {
		t.origin = origin.origin(t.zone)
		whose := "rows without another are"
		if c.timed != "" {
			whose = c.timed + " is"
		}
		c.invented(fmt.Sprintf("times are invented: %s at %s", whose, event.InstantOf(t.origin)))
		if !layout.absent() {
			layout.problem("there is no column that is written so", "add column, or remove it")
		}
		o.end()
		return t
	}
	t.column = c.columnNamed(column)
	if layout.need("say how times are written, such as YYYY-MM-DD, %Y%m%d or unix") {
		t.written = layout.text()
		t.layout, t.unit = layout.timeLayout()
	}
	counts := map[string]bool{"seconds": true, "minutes": true, "hours": true, "days": true}[t.written]
	switch {
	case counts && origin.absent():
		layout.problem("a count of "+t.written+" begins somewhere", "add origin: the date of "+strings.TrimSuffix(t.written, "s")+" 0, such as 2018-01-01")
	case counts:
		t.origin = origin.origin(t.zone)
		c.invented(fmt.Sprintf("times are invented: %s 0 is %s", strings.TrimSuffix(t.written, "s"), event.InstantOf(t.origin)))
	case !origin.absent():
		origin.problem("only counts have an origin", "use layout: seconds, minutes, hours or days, or remove it")
	}
	t.at = at.clock()
	if !at.absent() && (t.unit > 0 || strings.Contains(t.layout, "15") || strings.Contains(t.layout, "03")) {
		at.problem("the layout has a time of day already", "remove it")
	}
	o.end()
	return t
}

// invented notes what the map makes up, once.
func (c *importCompiler) invented(sentence string) {
	if !contains(c.m.Invented, sentence) {
		c.m.Invented = append(c.m.Invented, sentence)
	}
}

// origin reads a date, or a time with its zone.
func (v value) origin(zone *time.Location) time.Time {
	text := strings.TrimSpace(v.text())
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil && v.isText() {
		v.problem(fmt.Sprintf("%q is not a date", text), "write one such as 2018-01-01, or 2018-01-01T09:00:00Z")
	}
	return t
}

// timeLayout reads a layout in any of three spellings and returns Go's, or the
// unit of a number.
func (v value) timeLayout() (string, time.Duration) {
	text := v.text()
	layout := text
	units := map[string]time.Duration{
		"unix": time.Second, "unix_ms": time.Millisecond,
		"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": day,
	}
	switch {
	case !v.isText():
		return time.RFC3339, 0
	case units[text] != 0:
		return "", units[text]
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

// given reports whether the rule has something to read in a row.
func (t timeRule) given(fields []string) bool {
	for _, choice := range t {
		if choice.column < 0 || fields[choice.column] != "" {
			return true
		}
	}
	return false
}

// read returns the instant that a row means; column is where an error lies.
func (t timeRule) read(fields []string) (at event.Instant, column int, err error) {
	for _, choice := range t {
		column = choice.column
		if column < 0 {
			return event.InstantOf(choice.origin), column, nil
		}
		if fields[column] != "" {
			at, err = choice.read(fields[column])
			return at, column, err
		}
	}
	return 0, column, fmt.Errorf("%q is not a time written as %s", "", t[len(t)-1].written)
}

// read returns the instant that text means.
func (t timeChoice) read(text string) (event.Instant, error) {
	if t.unit > 0 {
		n, err := strconv.ParseFloat(text, 64)
		us := n * float64(t.unit/time.Microsecond)
		if err != nil || !(us > -1e17 && us < 1e17) {
			return 0, fmt.Errorf("%q is not a number of %s", text, t.counted())
		}
		return t.inCalendar(t.origin, us, text)
	}
	at, err := time.ParseInLocation(t.layout, text, t.zone)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time written as %s", text, t.written)
	}
	if t.at > 0 {
		at = time.Date(at.Year(), at.Month(), at.Day(), 0, int(t.at/time.Minute), 0, 0, t.zone)
	}
	return t.inCalendar(at, 0, text)
}

// counted names what the column holds numbers of.
func (t timeChoice) counted() string {
	switch t.written {
	case "unix":
		return "seconds since 1970"
	case "unix_ms":
		return "milliseconds since 1970"
	default:
		return t.written
	}
}

// inCalendar adds microseconds to a time that must stay within the calendar.
func (t timeChoice) inCalendar(at time.Time, us float64, text string) (event.Instant, error) {
	when := event.InstantOf(at)
	if t.unit > 0 {
		when += event.Instant(us)
	}
	if year := when.Time().Year(); year < 1 || year > 9999 {
		return 0, fmt.Errorf("%q is not within the years 1 to 9999", text)
	}
	return when, nil
}
