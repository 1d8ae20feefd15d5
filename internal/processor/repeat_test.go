package processor_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
)

// lose carries the outbox out, and says of each delivery that it is not known
// what became of it; it returns the deliveries that went out.
func (w *world) lose(channel string, d time.Duration) (sent []string) {
	w.t.Helper()
	for end := w.now.Add(d); w.now < end; {
		w.now = w.now.Add(time.Minute)
		require.NoError(w.t, w.proc.Tick(w.t.Context(), w.now))
		w.drain()
		for id, c := range w.outbox {
			if c.Delivery.Channel == channel && c.Delivery.Phase == profile.Queued && c.Delivery.After <= w.now {
				w.append(event.Event{Kind: event.Ask, To: c.Person, Body: event.Pack(event.AskBody{Delivery: id, Session: "s"})})
			}
		}
		for id, c := range w.outbox {
			if c.Delivery.Phase == profile.Granted {
				sent = append(sent, id)
				w.append(event.Event{Kind: event.Receipt, To: c.Person, Body: event.Pack(event.ReceiptBody{Delivery: id, Channel: channel, Outcome: event.Unknown})})
			}
		}
	}
	return sent
}

func TestWhatPeopleAreOwedComesAgainUnderItsKeyWhereThatIsKnown(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/receipt.yaml")
	require.NoError(t, err)
	for _, c := range []struct {
		name, channel string
		changes       []string
		times         int
	}{
		{"a webhook knows the key", "webhook", []string{"hello, channel: email", "hello, channel: webhook", "channels:\n", "channels:\n  - {id: webhook}\n"}, 5},
		{"a mail server does not", "email", []string{"holdout: 0%", "holdout: 0%"}, 1},
		{"marketing is left at that", "webhook", []string{"hello, channel: email", "hello, channel: webhook", "channels:\n", "channels:\n  - {id: webhook}\n", "transactional: true", "transactional: false", "consent: opt_in", "consent: opt_out"}, 1},
	} {
		w := newWorld(t, 2)
		_, err = processor.PutDefinitions(t.Context(), w.journal, replace(source, c.changes...), w.now)
		require.NoError(t, err)
		w.drain()
		w.identify("ada", "", map[string]any{"first_name": "Ada", "email": "ada@example.com"})
		w.order("ada", 10)
		sent := map[string]int{}
		for _, id := range w.lose(c.channel, 3*time.Hour) {
			if p := w.person("user_id:ada"); p != nil {
				sent[id]++
			}
		}
		most := 0
		for _, n := range sent {
			most = max(most, n)
		}
		require.Equal(t, c.times, most, c.name)
		p := w.person("user_id:ada")
		touches := map[string]int{}
		for _, touch := range p.Touches {
			touches[touch.Delivery]++
			require.Equal(t, 1, touches[touch.Delivery], "%s: it is one touch", c.name)
		}
		for _, d := range p.Deliveries {
			require.NotContains(t, sent, d.ID, "%s: in the end it is unknown", c.name)
		}
		hash := w.hash()
		w.restart(3)
		require.Equal(t, hash, w.hash())
	}
}
