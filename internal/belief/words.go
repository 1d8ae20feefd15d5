package belief

import (
	"fmt"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Sentence says in plain words how the relationship stands at now, with dates in
// zone.
func (m *Model) Sentence(b *profile.Belief, now event.Instant, zone *time.Location) string {
	rest, err := m.resume(b)
	if err != nil {
		return "What is believed of this person is being computed again."
	}
	c := rest
	c.law = m.filter.Copy(rest.law)
	c.advance(now)
	_, gone := m.filter.States(c.law)
	date := func(at event.Instant) string { return dated(at, now, zone) }
	act := m.Body.either()
	from, law := b.At, rest.law
	blind, hidden := m.lastUnseen(b.At, now)
	if hidden { // what would have come in the dark is not missed
		until := rest
		until.law = m.filter.Copy(rest.law)
		until.advance(blind.to)
		from, law = blind.to, until.law
	}
	due, comes := m.median(law, from)
	late := comes && due < now
	said := m.said(b, gone, late, comes, date, act, due)
	if hidden {
		return fmt.Sprintf("%s Nothing could be seen from %s to %s: a source was not connected.", said, date(blind.from), date(blind.to))
	}
	return said
}

func (m *Model) said(b *profile.Belief, gone float64, late, comes bool, date func(event.Instant) string, act string, due event.Instant) string {
	switch {
	case b.State == Gone && late:
		return fmt.Sprintf("Has probably left (%.0f %%): nothing since %s, and %s would have been expected by %s.", 100*gone, date(b.At), act, date(due))
	case b.State == Gone:
		return fmt.Sprintf("Has probably left (%.0f %%): nothing since %s.", 100*gone, date(b.At))
	case late:
		return fmt.Sprintf("Has been slipping since %s; %s would have been expected by now.", date(due), act)
	case !comes:
		return fmt.Sprintf("%s; it is open whether there will be another of their own accord.", m.stateSentence(b.State))
	default:
		return fmt.Sprintf("%s; the next is expected by %s.", m.stateSentence(b.State), date(due))
	}
}

func (m *Model) stateSentence(id string) string {
	for i, s := range m.Body.States {
		if s.ID == id {
			return s.Name + ": " + m.Body.pace(i)
		}
	}
	return "Active"
}

// median is when an own act was as likely as not to have come; comes is false
// where that is never.
func (m *Model) median(law *statemodel.Belief, from event.Instant) (at event.Instant, comes bool) {
	low, high := 0.0, 3650.0
	if m.filter.Soon(law, high) < .5 {
		return 0, false
	}
	for range 40 {
		mid := (low + high) / 2
		if m.filter.Soon(law, mid) < .5 {
			low = mid
		} else {
			high = mid
		}
	}
	return from.Add(days(high)), true
}

func dated(at, now event.Instant, zone *time.Location) string {
	t, n := at.Time().In(zone), now.Time().In(zone)
	if t.Year() == n.Year() {
		return t.Format("2 January")
	}
	return t.Format("2 January 2006")
}
