package conversation

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
)

var (
	isoDate   = regexp.MustCompile(`\b(\d{4})-(\d{1,2})-(\d{1,2})\b`)
	dayFirst  = regexp.MustCompile(`\b(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?\b`)
	eightKeys = regexp.MustCompile(`^(\d{2})(\d{2})(\d{4})$`)
	ordinals  = regexp.MustCompile(`(\d)(st|nd|rd|th)\b`)
)

// date reads a day. In figures the day comes before the month unless it cannot. A
// day without a year is the next of its kind, the last one where q looks back.
func date(said Said, today time.Time, q *definition.Question) (time.Time, bool) {
	d, ok := someDay(said, today, q.Past)
	if !ok {
		return d, false
	}
	this := dayOf(today.Year(), today.Month(), today.Day())
	if q.Past && d.After(this) || q.Future && d.Before(this) {
		return d, false
	}
	return d, true
}

func someDay(said Said, today time.Time, past bool) (time.Time, bool) {
	if m := eightKeys.FindStringSubmatch(either(said)); m != nil {
		return checked(atoi(m[3]), atoi(m[2]), atoi(m[1]))
	}
	text := ordinals.ReplaceAllString(strings.ToLower(said.Text), "$1")
	if m := isoDate.FindStringSubmatch(text); m != nil {
		return checked(atoi(m[1]), atoi(m[2]), atoi(m[3]))
	}
	if m := dayFirst.FindStringSubmatch(text); m != nil {
		day, month := atoi(m[1]), atoi(m[2])
		if month > 12 {
			day, month = month, day
		}
		return inYear(m[3], month, day, today, past)
	}
	return inWords(strings.Fields(words(text)), today, past)
}

// inWords reads "3 March 2027", "March 3", "tomorrow", "in 3 days" and "next
// Friday".
func inWords(fields []string, today time.Time, past bool) (time.Time, bool) {
	this := dayOf(today.Year(), today.Month(), today.Day())
	day, month, year := 0, 0, ""
	for i, f := range fields {
		switch f {
		case "today":
			return this, true
		case "tomorrow":
			return this.AddDate(0, 0, 1), true
		case "yesterday":
			return this.AddDate(0, 0, -1), true
		case "days", "day":
			if n, ok := before(fields, i); ok && fields[0] == "in" {
				return this.AddDate(0, 0, n), true
			}
		case "week", "weeks":
			if n, ok := before(fields, i); ok && fields[0] == "in" {
				return this.AddDate(0, 0, 7*n), true
			}
		}
		if n, err := strconv.Atoi(f); err == nil {
			if n > 31 {
				year = f
			} else {
				day = n
			}
		}
		if m := named(f, 12, func(n int) string { return time.Month(n + 1).String() }); m >= 0 {
			month = m + 1
		}
		if w := named(f, 7, func(n int) string { return time.Weekday(n).String() }); w >= 0 && len(fields) <= 3 {
			return weekday(time.Weekday(w), this, past), true
		}
	}
	if day == 0 || month == 0 {
		return time.Time{}, false
	}
	return inYear(year, month, day, today, past)
}

func before(fields []string, i int) (int, bool) {
	if i == 0 {
		return 0, false
	}
	if fields[i-1] == "a" {
		return 1, true
	}
	return wholeNumber(fields[i-1])
}

// named returns the place of the name that f is, or begins with three letters or
// more.
func named(f string, n int, name func(int) string) int {
	for i := range n {
		if len(f) >= 3 && strings.HasPrefix(strings.ToLower(name(i)), f) {
			return i
		}
	}
	return -1
}

func weekday(w time.Weekday, this time.Time, past bool) time.Time {
	ahead := (int(w) - int(this.Weekday()) + 7) % 7
	if past {
		return this.AddDate(0, 0, ahead-7)
	}
	if ahead == 0 {
		ahead = 7
	}
	return this.AddDate(0, 0, ahead)
}

func inYear(year string, month, day int, today time.Time, past bool) (time.Time, bool) {
	if year != "" {
		y := atoi(year)
		if y < 100 {
			y += 2000
		}
		return checked(y, month, day)
	}
	this := dayOf(today.Year(), today.Month(), today.Day())
	d, ok := checked(today.Year(), month, day)
	switch {
	case ok && past && d.After(this):
		return checked(today.Year()-1, month, day)
	case ok && !past && d.Before(this):
		return checked(today.Year()+1, month, day)
	}
	return d, ok
}

// checked returns a day that there is.
func checked(year, month, day int) (time.Time, bool) {
	d := dayOf(year, time.Month(month), day)
	return d, d.Day() == day && int(d.Month()) == month && year > 1800 && year < 2200
}

func dayOf(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
