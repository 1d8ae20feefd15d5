package models

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// style is one way to write times.
type style struct {
	name  string // as an example
	clock bool   // it says the time of day
	parse func(text string) (event.Instant, bool)
}

// styles are all that are known. Those that are ambiguous, month or day first, come
// in pairs: order is "mdy", "dmy", or empty for both.
func styles(order string) []style {
	layouts := []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST",
		"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "20060102", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2",
		"2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006", "2-Jan-2006 15:04:05", "2-Jan-2006", "2-Jan-06", "2 Jan 2006 15:04:05", "2 Jan 2006", "Jan 2, 2006", "January 2, 2006",
	}
	for _, sep := range []string{"/", "-"} {
		for _, year := range []string{"2006", "06"} {
			for _, clock := range []string{"", " 15:04", " 15:04:05", " 3:04:05 PM", " 3:04 PM"} {
				if order != "dmy" {
					layouts = append(layouts, "1"+sep+"2"+sep+year+clock)
				}
				if order != "mdy" {
					layouts = append(layouts, "2"+sep+"1"+sep+year+clock)
				}
			}
		}
	}
	var out []style
	for _, layout := range layouts {
		out = append(out, style{layout, strings.Contains(layout, ":"), func(text string) (event.Instant, bool) {
			at, err := time.Parse(layout, text)
			return event.Instant(at.UnixMicro()), err == nil
		}})
	}
	number := func(name string, clock bool, unit time.Duration, from, to float64) style {
		return style{name, clock, func(text string) (event.Instant, bool) {
			n, err := strconv.ParseFloat(text, 64)
			return event.Instant(n * float64(unit.Microseconds())), err == nil && n >= from && n < to
		}}
	}
	return append(out,
		number("seconds since 1970", true, time.Second, 1e8, 1e11),
		number("milliseconds since 1970", true, time.Millisecond, 1e11, 1e14),
		number("days, as a number", false, 24*time.Hour, -1e5, 1e5),
	)
}

const howToWrite = "write times like 2011-06-10, 2011-06-10 14:30:00 or 2011-06-10T14:30:00Z, or count days"

// watch finds out how the times of a file are written.
type watch struct{ possible []style }

// see takes in another time; false if it is like none of those before.
func (w *watch) see(text string) bool {
	var still []style
	for _, s := range w.possible {
		if _, ok := s.parse(text); ok {
			still = append(still, s)
		}
	}
	if len(still) > 0 {
		w.possible = still
	}
	return len(still) > 0
}

// sure reports whether there is nothing more to find out.
func (w *watch) sure() bool { return len(w.possible) == 1 }

// style is how times are written, after all of them were seen.
func (w *watch) style() (style, error) {
	s := w.possible[0]
	for _, other := range w.possible[1:] {
		if strings.HasPrefix(s.name, "1") && strings.HasPrefix(other.name, "2") {
			return s, fmt.Errorf("times could begin with the month or with the day, and no line says which: say --dates mdy or --dates dmy")
		}
	}
	return s, nil
}

// readDay reads the time of a flag. A day without a time of day is meant to its
// end: the last microsecond of it.
func readDay(flag, text, order string) (event.Instant, error) {
	w := watch{styles(order)}
	if !w.see(strings.TrimSpace(text)) {
		return 0, fmt.Errorf("--%s %q is not a time; %s", flag, text, howToWrite)
	}
	s, err := w.style()
	if err != nil {
		return 0, fmt.Errorf("--%s %s: %w", flag, text, err)
	}
	at, _ := s.parse(strings.TrimSpace(text))
	if !s.clock {
		at = dayOf(at).end()
	}
	return at, nil
}

// day counts days since 1970, UTC.
type day int64

const microsPerDay = 86400e6

func dayOf(at event.Instant) day {
	d := at / microsPerDay
	if at%microsPerDay < 0 {
		d--
	}
	return day(d)
}

func (d day) start() event.Instant { return event.Instant(d) * microsPerDay }
func (d day) end() event.Instant   { return (d + 1).start() - 1 }
