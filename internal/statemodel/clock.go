package statemodel

import (
	"fmt"
	"math"
)

// Clock is how fast time passes for everybody: by the hour of the week, and by
// the calendar. The whole process runs on it, drift and exit included, so that it
// costs nothing in the filter: a change of clock, not of the model.
type Clock struct {
	// Week is the speed in each hour of the week, from Monday 00:00; its mean is 1.
	// Empty is an even week.
	Week []float64 `json:"week,omitempty"`
	// Offset shifts the week: hours to add to UTC.
	Offset float64 `json:"offset,omitempty"`
	// Level is the speed in consecutive periods of Weeks weeks from Origin: growth,
	// seasons, a slowdown of the whole trade. The first holds before them, the last
	// after them.
	Level  []float64 `json:"level,omitempty"`
	Origin float64   `json:"origin,omitempty"` // days
	Weeks  int       `json:"weeks,omitempty"`
}

const hoursOfWeek = 168

func (c Clock) clone() Clock {
	c.Week = append([]float64(nil), c.Week...)
	c.Level = append([]float64(nil), c.Level...)
	return c
}

func (c Clock) check() error {
	if len(c.Week) != 0 {
		if len(c.Week) != hoursOfWeek {
			return fmt.Errorf("a week of %d hours", len(c.Week))
		}
		sum := 0.0
		for h, v := range c.Week {
			if !positive(v) {
				return fmt.Errorf("speed %v in hour %d of the week: it must be above 0", v, h)
			}
			sum += v
		}
		if math.Abs(sum/hoursOfWeek-1) > 1e-6 {
			return fmt.Errorf("the speeds of the week have mean %v: it must be 1", sum/hoursOfWeek)
		}
	}
	if len(c.Level) > 0 && c.Weeks < 1 {
		return fmt.Errorf("calendar periods of %d weeks", c.Weeks)
	}
	for i, v := range c.Level {
		if !positive(v) {
			return fmt.Errorf("speed %v in calendar period %d: it must be above 0", v, i)
		}
	}
	return nil
}

// dial is a clock made ready to be read.
type dial struct {
	c      Clock
	sum    []float64 // of Week up to each hour, in days
	before []float64 // time passed from Origin to each period
	even   bool
}

func (c Clock) dial() dial {
	d := dial{c: c, even: len(c.Week) == 0 && len(c.Level) == 0}
	if len(c.Week) > 0 {
		d.sum = make([]float64, hoursOfWeek)
		total := 0.0
		for h, v := range c.Week {
			d.sum[h] = total
			total += v / 24
		}
	}
	total := 0.0
	for _, v := range c.Level {
		d.before = append(d.before, total)
		total += v * d.width()
	}
	return d
}

func (d *dial) width() float64 { return float64(7 * d.c.Weeks) }

// read returns the time on the clock at a day, and the clock's speed then.
func (d *dial) read(day float64) (passed, speed float64) {
	if d.even {
		return day, 1
	}
	passed, speed = d.week(day)
	if len(d.c.Level) == 0 {
		return passed, speed
	}
	i := int(math.Floor((day - d.c.Origin) / d.width()))
	i = max(0, min(i, len(d.c.Level)-1))
	// A period is of whole weeks, over which the week's profile has mean 1.
	start, _ := d.week(d.c.Origin + float64(i)*d.width())
	return d.before[i] + d.c.Level[i]*(passed-start), d.c.Level[i] * speed
}

// week is read without the calendar.
func (d *dial) week(day float64) (passed, speed float64) {
	if len(d.sum) == 0 {
		return day, 1
	}
	const thursday = 3 // the weekday of day 0
	shifted := day + d.c.Offset/24
	weeks := math.Floor((shifted + thursday) / 7)
	hours := (shifted + thursday - 7*weeks) * 24
	h := min(int(hours), hoursOfWeek-1)
	return 7*weeks + d.sum[h] + (hours-float64(h))/24*d.c.Week[h], d.c.Week[h]
}
