package archive_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/archive"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report/duck"
	"github.com/rapporthq/rapport/internal/report/question"
)

// TestMain is both sides: the test asks, and what it starts answers.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == duck.Command {
		os.Exit(duck.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// Archive implements question.Source.
func (w *world) Archive(context.Context) (question.Archive, error) {
	m, release := w.archive.Lease()
	out := question.Archive{AsOf: m.AsOf, PeopleAsOf: m.PeopleAsOf, Release: release}
	for _, t := range archive.Tables(m.VisitGap) {
		table := question.Table{Name: t.Name, OfRecords: t.HasRecord, View: t.View}
		for _, c := range t.Columns {
			table.Columns = append(table.Columns, question.Column(c))
		}
		for _, f := range m.Files {
			if f.Table == t.Name {
				table.Files = append(table.Files, w.files.Location(f.Name))
			}
		}
		out.Tables = append(out.Tables, table)
	}
	return out, nil
}

// visit is somebody looking around for a while, some of it told late, perhaps
// because of a letter.
func (w *world) visit() {
	who := fmt.Sprint("p", w.r.IntN(6))
	start := w.now.Add(-time.Duration(w.r.IntN(200)) * time.Hour)
	for range 1 + w.r.IntN(6) {
		e := event.Event{Kind: event.Page, Name: "Home", AnonymousID: "anon-" + who, Time: start.Add(time.Duration(w.r.IntN(100))*time.Minute + time.Duration(w.n)*time.Microsecond)} // no two at once
		switch w.r.IntN(9) {
		case 0:
			e.Context = json.RawMessage(`{"rapport_delivery":"dlv-1/2/3"}`)
		case 1, 2:
			e.Kind, e.Name, e.UserID, e.Properties = event.Track, "Order Completed", who, json.RawMessage(`{"revenue":2.5,"currency":"USD"}`)
		}
		w.append(e)
	}
}

// answer opens and clicks letters, as people and as robots do.
func (w *world) answer() {
	w.everybody(func(p *profile.Person, history []event.Event) {
		for _, e := range history {
			if e.Kind != event.Receipt || w.r.IntN(3) > 0 {
				continue
			}
			b, err := event.Unpack[event.ReceiptBody](e)
			require.NoError(w.t, err)
			at := e.Time.Add(time.Duration(w.r.IntN(120))*time.Minute + 1)
			for n, outcome := range []event.Outcome{event.Opened, event.Clicked} {
				w.put(event.Event{
					Kind: event.Receipt, To: p.ID, Source: event.ProviderSource, MessageID: fmt.Sprint(b.Delivery, n), Time: at, ReceivedAt: w.now,
					Body: event.Pack(event.ReceiptBody{Delivery: b.Delivery, Channel: b.Channel, Outcome: outcome, Machine: w.r.IntN(4) == 0}),
				})
			}
		}
	})
	w.drain()
}

func (w *world) everybody(use func(p *profile.Person, history []event.Event)) {
	w.t.Helper()
	require.NoError(w.t, w.store.EachPerson(w.t.Context(), func(p *profile.Person, each func(func(event.Event) bool) error) error {
		var history []event.Event
		err := each(func(e event.Event) bool { history = append(history, e); return true })
		use(p, history)
		return err
	}))
}

// undo takes somebody's browser away from them again.
func (w *world) undo() {
	var undone []event.Event
	w.everybody(func(p *profile.Person, _ []event.Event) {
		if len(p.Merges) > 0 && w.r.IntN(3) == 0 {
			undone = append(undone, event.Event{
				Kind: event.Unmerge, To: p.ID, Source: "api", Time: w.now, ReceivedAt: w.now, Body: event.Pack(event.UnmergeBody{Record: p.Merges[0].Record, By: "test"}),
			})
		}
	})
	require.NotEmpty(w.t, undone)
	w.put(undone...)
	w.drain()
}

// TestInteractionsAreWhatWalkingEverybodysTimelineGives asks the table interactions
// for what people did and were told, and in which visits, beside their timelines
// walked from the beginning, under late events, merges, and merges undone.
func TestInteractionsAreWhatWalkingEverybodysTimelineGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 11)
	w.live(60)
	for range 40 {
		w.visit()
		w.pass(time.Hour)
	}
	w.answer()
	w.undo()
	w.pass(time.Hour)
	require.NoError(t, w.archive.Finish(t.Context()))
	require.NoError(t, w.archive.SnapshotPeople(t.Context()))

	shop, err := os.ReadFile("../processor/testdata/shop.yaml")
	require.NoError(t, err)
	ws, err := definition.Compile(shop)
	require.NoError(t, err)
	atlas := lifecycle.New(&ws.Map)
	var want []string
	seen := map[lifecycle.Effort]int{}
	w.everybody(func(p *profile.Person, history []event.Event) {
		var walk profile.Walk
		for _, e := range history {
			if in, ok := atlas.Step(&walk, e); ok {
				want = append(want, line(p.ID, e.Time.Time().Format(time.RFC3339Nano), in.Touchpoint, in.Effort, in.Visit, in.NewVisit))
				seen[in.Effort]++
			}
		}
	})
	answer, err := question.New(question.Options{Command: []string{os.Args[0], duck.Command}, Source: w}).Run(t.Context(), question.Ask{
		SQL: "SELECT person_id, time, touchpoint, effort, coalesce(visit, 0), new_visit FROM interactions", Limit: 100_000,
	})
	require.NoError(t, err)
	var got []string
	for _, row := range answer.Rows {
		got = append(got, line(row...))
	}
	require.Empty(t, except(want, got), "missing")
	require.Empty(t, except(got, want), "too many")
	for _, effort := range []lifecycle.Effort{lifecycle.Outreach, lifecycle.Response, lifecycle.Unprompted} {
		require.Greater(t, seen[effort], 10, "%s: %v", effort, seen)
	}
}
