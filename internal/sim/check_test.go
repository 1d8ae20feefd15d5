package sim_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/sim"
)

// Each of these falsifies the journal of a good rehearsal, or the definitions it
// is held against, in one way. A checker that says nothing then is no checker.
func TestCheckerFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	j := journal.NewMemory()
	rehearse(t, sim.RehearseOptions{Seed: 4, People: 150, Days: 90, LiveDay: 20, Journal: j})
	yaml, ok := definition.Template("retail")
	require.True(t, ok)

	for name, lie := range map[string]struct {
		old, new string                            // in the definitions
		tell     func(e event.Event) []event.Event // in the journal; nil: the truth
		want     string
	}{
		"holdout":      {old: "holdout: 10%", new: "holdout: 45%", want: "is in the goal_holdout"},
		"quiet hours":  {old: `{from: "21:00", to: "08:00"}`, new: `{from: "00:00", to: "23:59"}`, want: "within quiet hours"},
		"cap":          {old: "at_most: 2, per: 7d", new: "at_most: 1, per: 60d", want: "the cap is 1"},
		"cool-down":    {old: "cool_down: 21d", new: "cool_down: 300d", want: "was last granted at"},
		"no action":    {old: "id: thank-you\n", new: "id: thanks\n", want: "there is no action"},
		"consent":      {tell: changed(event.Identify, `{"email":true}`, `{"email":false}`), want: "had not given consent"},
		"zone":         {tell: changed(event.Identify, `"timezone":"America/`, `"timezone":"Asia/Tokyo","x":"`), want: "in Asia/Tokyo, within quiet hours"},
		"disarmed":     {tell: changed(event.Settings, `"everyone"`, `"disarmed"`), want: "the workspace is disarmed"},
		"probability":  {tell: changed(event.Choice, `"probability":0.5`, `"probability":0.4`), want: "the probabilities sum to 0.8"},
		"withheld":     {tell: changed(event.Choice, `"chosen":0`, `"chosen":3`), want: "chose what was withheld"},
		"no ask":       {tell: only(event.Ask, 0), want: "was granted and not asked for"},
		"two grants":   {tell: only(event.Grant, 2), want: "was granted twice"},
		"no grant":     {tell: only(event.Grant, 0), want: "was not granted"},
		"late receipt": {tell: complaint, want: "complained or bounced"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := bytes.ReplaceAll(yaml, []byte(lie.old), []byte(lie.new))
			if lie.old == "" {
				source = yaml
			}
			k := sim.NewChecker(func(context.Context, string) ([]byte, error) { return source, nil })
			err := k.Records(t.Context(), told(t, j, lie.tell))
			var broken sim.Violations
			require.ErrorAs(t, err, &broken)
			require.ErrorContains(t, err, lie.want)
		})
	}

	t.Run("and nothing in what is right", func(t *testing.T) {
		t.Parallel()
		k := sim.NewChecker(j.Body)
		require.NoError(t, k.Records(t.Context(), told(t, j, nil)))
	})
}

func TestCheckerComparesPeopleWithTheirTimelines(t *testing.T) {
	t.Parallel()
	j, s := journal.NewMemory(), store(t)
	rehearse(t, sim.RehearseOptions{Seed: 4, People: 100, Days: 60, LiveDay: 20, Journal: j, Store: s})
	// A KPI that is another property than the one that was counted.
	yaml, err := j.Body(t.Context(), hashOf(t, j))
	require.NoError(t, err)
	other := bytes.ReplaceAll(yaml, []byte("events: Order Completed, of: revenue"), []byte("events: Order Completed, of: products"))
	require.NotEqual(t, yaml, other)
	k := sim.NewChecker(func(context.Context, string) ([]byte, error) { return other, nil })
	require.NoError(t, k.Records(t.Context(), told(t, j, nil)))
	require.ErrorContains(t, k.People(t.Context(), s), "the timeline shows")
}

func hashOf(t *testing.T, j journal.Journal) string {
	t.Helper()
	for _, r := range told(t, j, nil) {
		e, err := event.Decode(r.Data)
		require.NoError(t, err)
		if e.Kind == event.Definition {
			d, err := event.Unpack[event.DefinitionBody](e)
			require.NoError(t, err)
			return d.Hash
		}
	}
	t.Fatal("the journal holds no definitions")
	return ""
}

// told returns the whole journal with each event replaced by what tell makes of it.
func told(t *testing.T, j journal.Journal, tell func(e event.Event) []event.Event) []journal.Record {
	t.Helper()
	r, err := j.NewReader(journal.All(), journal.Positions{})
	require.NoError(t, err)
	var out []journal.Record
	for {
		records, err := r.Poll(0)
		require.NoError(t, err)
		if len(records) == 0 {
			require.NoError(t, r.Close())
			return out
		}
		for _, rec := range records {
			e, err := event.Decode(bytes.Clone(rec.Data))
			require.NoError(t, err)
			events := []event.Event{e}
			if tell != nil {
				events = tell(e)
			}
			for _, e := range events {
				out = append(out, journal.Record{Partition: rec.Partition, Offset: rec.Offset, Data: e.AppendTo(nil)})
			}
		}
	}
}

// changed replaces text in the traits and bodies of events of a kind.
func changed(k event.Kind, old, now string) func(event.Event) []event.Event {
	return func(e event.Event) []event.Event {
		if e.Kind == k {
			e.Traits = bytes.ReplaceAll(e.Traits, []byte(old), []byte(now))
			e.Body = bytes.ReplaceAll(e.Body, []byte(old), []byte(now))
		}
		return []event.Event{e}
	}
}

// only says events of a kind some times instead of once, as if they were new.
func only(k event.Kind, times int) func(event.Event) []event.Event {
	return func(e event.Event) []event.Event {
		if e.Kind != k {
			return []event.Event{e}
		}
		var out []event.Event
		e.Origin = event.Origin{}
		for range times {
			out = append(out, e)
		}
		return out
	}
}

// complaint has everybody complain about everything before it is asked for.
func complaint(e event.Event) []event.Event {
	if e.Kind != event.Ask {
		return []event.Event{e}
	}
	c := e
	c.Kind, c.Body = event.Receipt, event.Pack(event.ReceiptBody{Delivery: "another", Outcome: event.Complained})
	return []event.Event{c, e}
}
