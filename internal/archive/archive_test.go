package archive_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

type record struct {
	RecordID string `parquet:"record_id"`
	PersonID string `parquet:"person_id"`
}

type happened struct {
	RecordID   string `parquet:"record_id"`
	Time       int64  `parquet:"time"`
	Kind       string `parquet:"kind"`
	Name       string `parquet:"name,optional"`
	MessageID  string `parquet:"message_id"`
	Touchpoint string `parquet:"touchpoint,optional"`
	Bot        bool   `parquet:"bot"`
	Amount     *int64 `parquet:"amount,decimal(6:18)"`
}

type decided struct {
	RecordID   string `parquet:"record_id"`
	DecisionID string `parquet:"decision_id"`
	DeliveryID string `parquet:"delivery_id,optional"`
}

type delivered struct {
	RecordID   string `parquet:"record_id"`
	DeliveryID string `parquet:"delivery_id"`
	Step       string `parquet:"step"`
	Time       int64  `parquet:"time"`
}

type changed struct {
	RecordID string `parquet:"record_id,optional"`
	Kind     string `parquet:"kind"`
	Time     int64  `parquet:"time"`
	Body     string `parquet:"body,optional"`
	To       string `parquet:"to_value,optional"`
}

// line is what a table says of one thing that happened.
func line(parts ...any) string { return strings.TrimSpace(fmt.Sprintln(parts...)) }

// archived is what the archive says that happened, a line for each.
func (w *world) archived() (lines []string) {
	w.t.Helper()
	whose := map[string]string{}
	for _, r := range rows[record](w, "records") {
		whose[r.RecordID] = r.PersonID
	}
	of := func(record string) string {
		for range 8 {
			p, ok := whose[record]
			if !ok {
				break
			}
			record = p
		}
		return record
	}
	w.robots = 0
	for _, r := range rows[happened](w, "events") {
		if r.Bot { // of nobody: on no timeline
			w.robots++
			require.Empty(w.t, r.Touchpoint)
			continue
		}
		lines = append(lines, line(of(r.RecordID), r.Time, r.Kind, r.Name, r.MessageID))
	}
	for _, r := range rows[decided](w, "decisions") {
		lines = append(lines, line(of(r.RecordID), "choice", r.DecisionID))
	}
	for _, r := range rows[delivered](w, "deliveries") {
		lines = append(lines, line(of(r.RecordID), r.Time, "delivery", r.DeliveryID, r.Step))
	}
	for _, r := range rows[changed](w, "state_changes") {
		if r.RecordID != "" {
			lines = append(lines, line(of(r.RecordID), r.Time, r.Kind, r.Body))
		}
	}
	slices.Sort(lines)
	return lines
}

// told is the same as timelines tell it.
func (w *world) told() (lines []string) {
	w.t.Helper()
	require.NoError(w.t, w.store.EachPerson(w.t.Context(), func(p *profile.Person, history func(func(event.Event) bool) error) error {
		return history(func(e event.Event) bool {
			switch e.Kind {
			case event.Choice:
				b, err := event.Unpack[event.ChoiceBody](e)
				require.NoError(w.t, err)
				lines = append(lines, line(p.ID, "choice", b.ID))
			case event.Grant:
				b, err := event.Unpack[event.GrantBody](e)
				require.NoError(w.t, err)
				lines = append(lines, line(p.ID, int64(e.Time), "delivery", b.Delivery, "granted"))
			case event.Receipt:
				b, err := event.Unpack[event.ReceiptBody](e)
				require.NoError(w.t, err)
				lines = append(lines, line(p.ID, int64(e.Time), "delivery", b.Delivery, string(b.Outcome)))
			case event.Suppressed:
				b, err := event.Unpack[event.SuppressedBody](e)
				require.NoError(w.t, err)
				lines = append(lines, line(p.ID, int64(e.Time), "delivery", b.Delivery, map[bool]string{true: "held", false: "suppressed"}[b.Held]))
			default:
				if e.Kind.Own() {
					lines = append(lines, line(p.ID, int64(e.Time), e.Kind, string(e.Body)))
				} else {
					lines = append(lines, line(p.ID, int64(e.Time), e.Kind, e.Name, e.MessageID))
				}
			}
			return true
		})
	}))
	slices.Sort(lines)
	return lines
}

// except returns what is in a and not in b.
func except(a, b []string) (out []string) {
	n := map[string]int{}
	for _, s := range b {
		n[s]++
	}
	for _, s := range a {
		if n[s]--; n[s] < 0 {
			out = append(out, s)
		}
	}
	return out
}

// live is some busy weeks with crashes: people browse, sign in, order, refuse
// letters, and their clients send again what they have sent before.
func (w *world) live(days int) {
	for day := range days {
		for range 8 {
			who := fmt.Sprint("p", day/3+w.r.IntN(6))
			late := w.now.Add(-time.Duration(w.r.IntN(40*24)) * time.Hour)
			switch w.r.IntN(7) {
			case 0:
				w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: "anon-" + who, Time: late})
			case 1:
				w.append(event.Event{Kind: event.Identify, UserID: who, AnonymousID: "anon-" + who, Traits: mail(who)})
			case 2:
				w.append(event.Event{Kind: event.Track, Name: "Unheard Of", AnonymousID: "anon-" + who, Properties: json.RawMessage(`{"value":"1.25"}`)})
			case 3:
				if again := w.sent[max(0, len(w.sent)-1-w.r.IntN(9)):]; len(again) > 0 {
					w.put(again[0])
				}
			case 4:
				w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: who, Imported: true, Time: late, Properties: json.RawMessage(`{"revenue":2.5}`)})
			default:
				w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: who, Properties: json.RawMessage(`{"revenue":7}`)})
			}
			switch w.r.IntN(5) {
			case 0:
				w.drain()
			case 1:
				w.step()
			}
		}
		w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: fmt.Sprint("anon-p", day), Bot: true})
		once := fmt.Sprint("once", day/2)
		w.append(event.Event{Kind: event.Identify, UserID: once, AnonymousID: "anon-" + once, Traits: mail(once)})
		w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: once, MessageID: once, Properties: json.RawMessage(`{"revenue":3}`)})
		w.pass(13 * time.Hour)
		if w.r.IntN(3) == 0 {
			w.crash()
		}
		w.step()
	}
}

func mail(who string) json.RawMessage {
	return json.RawMessage(`{"email":"` + who + `@example.com","consent":{"email":true}}`)
}

func TestTheArchiveTellsExactlyWhatTimelinesTellWhateverCrashes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed)
			w.live(60)
			w.drain()
			require.NoError(t, w.archive.Finish(t.Context()))
			for {
				joined, err := w.archive.Join(t.Context())
				require.NoError(t, err)
				if !joined {
					break
				}
			}
			told := w.told()
			archived := w.archived()
			missing, extra := except(told, archived), except(archived, told)
			require.Empty(t, append(missing, extra...), "%d missing, %d too many; repeat with: go test ./internal/archive -run 'TestTheArchiveTells/seed_%d'", len(missing), len(extra), seed)
			require.Len(t, archived, len(told))
			require.Equal(t, 60, w.robots)
			t.Logf("%d lines, %d crashes", len(told), w.crashes)
			require.Greater(t, w.crashes, 5)
			for _, kind := range []string{"choice", "granted", "sent", "stage_moved", "merged", "goal_joined", "Unheard Of"} {
				require.Positive(t, strings.Count(strings.Join(told, "\n"), kind), kind)
			}
			require.NoError(t, w.archive.Close())
			w.openArchive() // it removes what failures have left over
			names, err := w.files.List()
			require.NoError(t, err)
			m, release := w.archive.Lease()
			defer release()
			require.Len(t, names, len(m.Files)+1, "what is not in the manifest is removed")
			require.Equal(t, w.proc.Positions(), w.archive.Positions())
		})
	}
}
