// Package pacing says when letters may go: not too many a second to one domain of
// recipients, and not more a day than a sender who is new may send. Receivers hold
// back, or refuse, what comes in a flood from whom they do not know.
//
// It is pure: time is what it is told. A Book gives each letter the first turn
// that is left, and never more turns than the limits allow.
package pacing

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Limits are what an account may send. Zero fields limit nothing.
type Limits struct {
	// PerDomain is how many letters a second go to one domain.
	PerDomain float64

	// WarmUp is nil where nothing limits a day.
	WarmUp *WarmUp
}

// WarmUp is how many letters a day may bring, from the first on which any are sent.
// Days are those of UTC.
type WarmUp struct {
	Since   time.Time // within the first day
	First   int       // letters of that day
	Ceiling int       // letters of the last day of the warm-up, and of each that follows
	Days    int       // from the first day to the last
}

// Day counts days since 1970.
type Day int

// DayOf is the day of t.
func DayOf(t time.Time) Day { return Day(math.Floor(float64(t.Unix()) / (24 * 60 * 60))) }

// Start is when d begins.
func (d Day) Start() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// Volume is how many letters d may bring: each day more than the one before by the
// same share.
func (w WarmUp) Volume(d Day) int {
	n := int(d - DayOf(w.Since))
	switch {
	case n < 0:
		return 0
	case n >= w.Days:
		return w.Ceiling
	}
	return int(math.Round(float64(w.First) * math.Pow(float64(w.Ceiling)/float64(w.First), float64(n)/float64(w.Days))))
}

// Turn is when a letter may go.
type Turn struct {
	At  time.Time
	Why string // it is not at once; a sentence
}

// Book gives turns. It is not safe for concurrent use.
type Book struct {
	limits  Limits
	domains map[string]time.Time // when the next letter to it may go
	taken   map[Day]int
}

// NewBook returns an empty book.
func NewBook(l Limits) *Book {
	return &Book{limits: l, domains: map[string]time.Time{}, taken: map[Day]int{}}
}

// Resume notes that so many turns of a day were used before the book was made.
func (b *Book) Resume(d Day, used int) { b.taken[d] = used }

// mostDomains is how many domains are kept in mind before those whose turn has
// passed are forgotten.
const mostDomains = 10_000

// horizon is how far ahead a turn may be: there is always one within it, since a
// day's volume does not fall.
const horizon = 100 * 365

// Take gives the letter to an address the first turn from now on.
func (b *Book) Take(to string, now time.Time) Turn {
	t := b.first(to, now)
	b.book(to, t.At, now)
	return t
}

// TakeNow takes a turn if there is one now.
func (b *Book) TakeNow(to string, now time.Time) bool {
	t := b.first(to, now)
	if t.At.After(now) {
		return false
	}
	b.book(to, t.At, now)
	return true
}

func (b *Book) first(to string, now time.Time) Turn {
	t := Turn{At: now}
	if turn := b.domains[domain(to)]; b.limits.PerDomain > 0 && turn.After(t.At) {
		t = Turn{turn, fmt.Sprintf("%s gets %g letters a second, and others come first.", domain(to), b.limits.PerDomain)}
	}
	w := b.limits.WarmUp
	if w == nil {
		return t
	}
	for d, last := DayOf(t.At), DayOf(t.At)+horizon; d < last; d++ {
		volume := w.Volume(d)
		if b.taken[d] < volume {
			break
		}
		t.At = (d + 1).Start()
		t.Why = fmt.Sprintf("The account warms up: %s brings %d letters at most, and they are given away.", d.Start().Format(time.DateOnly), volume)
	}
	return t
}

func (b *Book) book(to string, at, now time.Time) {
	if b.limits.PerDomain > 0 {
		if len(b.domains) >= mostDomains {
			for name, turn := range b.domains {
				if turn.Before(now) {
					delete(b.domains, name)
				}
			}
		}
		b.domains[domain(to)] = at.Add(time.Duration(float64(time.Second) / b.limits.PerDomain))
	}
	if b.limits.WarmUp == nil {
		return
	}
	b.taken[DayOf(at)]++
	for d := range b.taken {
		if d < DayOf(now) {
			delete(b.taken, d)
		}
	}
}

func domain(to string) string { return strings.ToLower(to[strings.LastIndexByte(to, '@')+1:]) }
