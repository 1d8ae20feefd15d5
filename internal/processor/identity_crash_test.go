package processor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/testenv"
)

func TestAfterAnyCrashWhoIsWhoIsThatOfAnUninterruptedRun(t *testing.T) {
	t.Parallel()
	for _, seed := range testenv.Seeds(t, 3) {
		f := newFrail(t, seed)
		require.NoError(t, f.start())
		f.do(func() error {
			_, err := processor.PutDefinitions(t.Context(), f.journal, shop, f.now)
			return err
		})
		f.mayFail = true
		undone := 0
		for n := range 120 {
			f.append(draw(f.r, f.r.IntN(5)).event(n))
			if n%12 < 11 {
				continue
			}
			f.pass(time.Hour)
			var who person.ID
			var record person.ID
			require.NoError(t, f.store.EachPerson(t.Context(), func(p *profile.Person, _ func(func(event.Event) bool) error) error {
				if len(p.Merges) > 0 {
					who, record = p.ID, p.Merges[f.r.IntN(len(p.Merges))].Record
				}
				return nil
			}))
			if !who.IsZero() {
				undone++
				f.append(event.Event{Kind: event.Unmerge, To: who, Body: event.Pack(event.UnmergeBody{Record: record})})
			}
		}
		f.pass(time.Hour)
		t.Logf("%d crashes, %d merges undone; RAPPORT_SEED=%d go test ./internal/processor -run %s", f.crashes, undone, seed, t.Name())
		require.Greater(t, f.crashes, 5)
		require.NotZero(t, undone)
		live, err := f.store.Hash(t.Context())
		require.NoError(t, err)
		require.NoError(t, f.store.Check(t.Context()))
		require.Equal(t, live, f.replayed())
		total := int64(0)
		require.NoError(t, f.store.EachPerson(t.Context(), func(p *profile.Person, _ func(func(event.Event) bool) error) error {
			require.Empty(t, p.Settling)
			total += p.Events
			return nil
		}))
		require.Equal(t, int64(120), total, "each event counts once")
		f.stop()
	}
}
