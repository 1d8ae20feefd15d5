package liquid

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/osteele/tuesday"

	"github.com/rapporthq/rapport/internal/event"
)

//nolint:gochecknoglobals // immutable
var dataFilters = map[string]filter{
	"date":    {1, 1, date},
	"default": {0, 1, byDefault},
	"item":    {0, 0, item},
	"json":    {0, 0, asJSON},
}

// byDefault replaces nothing, false and what is empty.
func byDefault(c *call) (any, error) {
	missing := c.in == nil || isEmpty(c.in)
	if c.in == false {
		missing = !truthy(c.named["allow_false"])
	}
	switch {
	case !missing:
		return c.in, nil
	case len(c.args) == 0:
		return "", nil
	default:
		return c.arg(0), nil
	}
}

// item looks an item of the catalogue up by its id.
func item(c *call) (any, error) {
	if c.render.in.Item == nil {
		return nil, nil
	}
	id, err := c.text()
	if err != nil {
		return nil, err
	}
	found := c.render.in.Item(id)
	if found == nil {
		return nil, nil
	}
	return normaliseIn(found, c.render.in.Zone), nil
}

func asJSON(c *call) (any, error) {
	v := c.in
	if s, ok := v.(span); ok {
		list, err := flatten(s)
		if err != nil {
			return nil, err
		}
		v = list
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written as JSON", kindOf(v))
	}
	return string(b), nil
}

var errDate = errors.New("not a date")

// widePadding finds a strftime width of three or more digits.
var widePadding = regexp.MustCompile(`%[-_0^#:]*\d{3,}`)

// date formats with strftime. "now" and "today" are the render's instant; a
// number is seconds since 1970; a text without a zone is in the render's zone.
// What is not a date is printed as it is.
func date(c *call) (any, error) {
	if err := c.work.spend(16); err != nil {
		return nil, err
	}
	format, err := c.argText(0)
	if err != nil || format == "" {
		return c.in, err
	}
	in := c.render.in
	t, err := parseDate(c.in, in.Now, in.Zone)
	if err != nil {
		return c.in, nil //nolint:nilerr // Liquid prints what is not a date as it is
	}
	if len(format) > 1000 || widePadding.MatchString(format) {
		return nil, fmt.Errorf("date format %.40q is too wide", format)
	}
	return tuesday.Strftime(format, t.In(in.Zone))
}

func parseDate(v any, now event.Instant, zone *time.Location) (time.Time, error) {
	switch v := v.(type) {
	case int:
		return time.Unix(int64(v), 0), nil
	case float64:
		return time.UnixMicro(int64(v * 1e6)), nil
	case string:
		if v == "now" || v == "today" {
			return now.Time(), nil
		}
		if sec, err := strconv.ParseUint(v, 10, 63); err == nil {
			return time.Unix(int64(sec), 0), nil //nolint:gosec // 63 bits
		}
		for _, layout := range []string{
			time.RFC3339Nano, time.RFC1123Z, time.RFC1123, time.RFC822Z, time.RubyDate, time.ANSIC,
			"2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
			"2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", "January 2 2006", "Jan 2 2006",
		} {
			if t, err := time.ParseInLocation(layout, v, zone); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, errDate
}
