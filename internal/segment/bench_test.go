package segment_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
)

// BenchmarkUpdate keeps one person's memberships in 200 segments up with events
// that four of them ask for, that none asks for, and all again.
func BenchmarkUpdate(b *testing.B) {
	var yaml strings.Builder
	yaml.WriteString("workspace: {name: Shop, currency: EUR}\nfeatures: [{id: visits, count: page, within: 30d}]\nmap: {stages: [{id: new}]}\nsegments:\n")
	for i := range 200 {
		fmt.Fprintf(&yaml, "  - {id: s%d, when: 'did(\"Event %d\", %d, days(%d))'}\n", i, i/4, 1+i%4, 1+i%30)
	}
	ws, err := definition.Compile([]byte(yaml.String()))
	require.NoError(b, err)
	plan := segment.New(ws)
	now := event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))
	p := &profile.Person{}
	for i := range 50 {
		p.Replay(ws, event.Event{Kind: event.Track, Name: fmt.Sprint("Event ", i), Time: now, ReceivedAt: now})
	}
	for _, c := range []struct {
		name string
		ch   profile.Changes
	}{
		{"four of 200", p.Replay(ws, event.Event{Kind: event.Track, Name: "Event 7", Time: now, ReceivedAt: now})},
		{"none of 200", p.Replay(ws, event.Event{Kind: event.Page, Name: "Home", Time: now, ReceivedAt: now})},
		{"all of 200", profile.Changes{All: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v := p.Vars(ws, now)
				if _, err := plan.Update(p, v, c.ch, false); err != nil {
					b.Fatal(err)
				}
				plan.Next(v, c.ch)
			}
		})
	}
}
