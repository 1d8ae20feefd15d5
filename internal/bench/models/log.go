package models

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel/classic"
)

// Log is a log of transactions, split: what the models are given.
type Log struct {
	People     []Customer
	Split, End event.Instant // the last moments of the two halves
	Touches    []string      // classes of touches
	ByDay      bool          // acts of one day are one
	FromStart  bool          // everybody is watched from the beginning of the log

	Rows     int            // of the file
	LeftOut  map[string]int // rows, by reason
	Rejected int            // rows that could not be read
	Examples []string       // of them, with line and mend
	Later    int            // people who began after the split
}

// Customer is one person of the log. Times are weeks since their beginning.
type Customer struct {
	ID      string
	Began   float64 // days since 1970
	Acts    []Act   // after the one that began it, if one did
	Touches []TouchAt
	Before  float64 // age at the split
	Until   float64 // age at the end
}

// Act is something that somebody did.
type Act struct {
	At     float64
	Amount float64 // 0: none above 0 is known
}

// TouchAt is something that the company did, of a class of [Log.Touches].
type TouchAt struct {
	At    float64
	Class int
}

// History is the person's repeats in weeks, until an age.
func (c Customer) History(age float64) classic.History {
	h := classic.History{Age: age}
	for _, a := range c.Acts {
		if a.At <= age {
			h.Times = append(h.Times, a.At)
		}
	}
	return h
}

// Spend is what the person's repeats until an age were worth; none if Acts is 0.
func (c Customer) Spend(age float64) classic.Spend {
	var s classic.Spend
	for _, a := range c.Acts {
		if a.At <= age && a.Amount > 0 {
			s.Mean += a.Amount
			s.Acts++
		}
	}
	if s.Acts > 0 {
		s.Mean /= float64(s.Acts)
	}
	return s
}

// shortLog is the length of a log below which a day is too coarse a measure, if
// its times say the time of day.
const shortLog = 60 * 24 * time.Hour

// split makes a log of what a file holds.
func (r *raw) split(o Options) (*Log, error) {
	split, err := readDay("split", o.Split, o.Dates)
	if err != nil {
		return nil, err
	}
	l := &Log{Split: split, Touches: r.touches, FromStart: o.FromStart, Rows: r.rows, LeftOut: r.leftOut, Rejected: r.bad, Examples: r.rejected}
	first, last := event.Instant(math.MaxInt64), event.Instant(math.MinInt64)
	for _, a := range r.acts {
		first, last = min(first, a.at), max(last, a.at)
	}
	switch {
	case len(r.acts) == 0:
		return nil, fmt.Errorf("%s holds not one act of a customer", o.Path)
	case first > split:
		return nil, fmt.Errorf("--split %s is before the first act, %s: nothing is left to fit models on", o.Split, first)
	case last <= split:
		return nil, fmt.Errorf("--split %s is not before the last act, %s: nothing is left to ask about", o.Split, last)
	}
	switch o.Merge {
	case "":
		l.ByDay = !r.clock || last.Sub(first) >= shortLog
	case "day":
		l.ByDay = true
	case "none":
	default:
		return nil, fmt.Errorf("--merge %s: it is day or none", o.Merge)
	}
	l.End = last
	if o.End != "" {
		if l.End, err = readDay("end", o.End, o.Dates); err != nil {
			return nil, err
		}
		if l.End <= split {
			return nil, fmt.Errorf("--end %s is not after --split %s", o.End, o.Split)
		}
	}
	l.fill(r, first)
	if len(l.People) == 0 {
		return nil, fmt.Errorf("nobody has begun by %s: choose a later --split", o.Split)
	}
	return l, nil
}

// scale turns an instant into days since 1970: whole ones if acts are by day.
func (l *Log) scale(at event.Instant) float64 {
	if l.ByDay {
		return float64(dayOf(at))
	}
	return float64(at) / microsPerDay
}

const daysPerWeek = 7

func (l *Log) fill(r *raw, first event.Instant) {
	slices.SortStableFunc(r.acts, func(a, b act) int { return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.at, b.at)) })
	split, end := l.scale(l.Split), l.scale(l.End)
	if !l.ByDay { // a moment before midnight is midnight
		split, end = math.Round(split*1e7)/1e7, math.Round(end*1e7)/1e7
	}
	for i := 0; i < len(r.acts); {
		j := i
		for j < len(r.acts) && r.acts[j].who == r.acts[i].who {
			j++
		}
		l.person(r.names[r.acts[i].who], r.acts[i:j], l.scale(first), split, end)
		i = j
	}
	slices.SortFunc(l.People, func(a, b Customer) int { return cmp.Compare(a.ID, b.ID) })
}

func (l *Log) person(id string, acts []act, first, split, end float64) {
	c := Customer{ID: id, Began: math.NaN()}
	if l.FromStart {
		c.Began = first
	}
	last := math.Inf(-1)
	for _, a := range acts {
		at := l.scale(a.at)
		switch {
		case at > end:
			l.LeftOut["after the end"]++
			continue
		case a.touch > 0:
			if !math.IsNaN(c.Began) {
				c.Touches = append(c.Touches, TouchAt{(at - c.Began) / daysPerWeek, int(a.touch - 1)})
			} else {
				l.LeftOut["touches before the first act"]++
			}
			continue
		case a.amount < 0:
			l.LeftOut["refunds: amounts below 0"]++
			continue
		}
		amount := 0.0
		if a.amount > 0 {
			amount = a.amount
		}
		switch {
		case at == last && len(c.Acts) > 0:
			c.Acts[len(c.Acts)-1].Amount += amount
		case at == last: // of the act that began it
		case math.IsNaN(c.Began):
			c.Began = at
		default:
			c.Acts = append(c.Acts, Act{(at - c.Began) / daysPerWeek, amount})
		}
		last = at
	}
	switch {
	case math.IsNaN(c.Began): // only touches and refunds
		l.LeftOut["people without an act"]++
	case c.Began > split:
		l.Later++
	default:
		c.Before, c.Until = (split-c.Began)/daysPerWeek, (end-c.Began)/daysPerWeek
		l.People = append(l.People, c)
	}
}
