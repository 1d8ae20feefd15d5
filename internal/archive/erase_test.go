package archive_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/archive"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// rowsWith counts the rows of the archive in which text is.
func (w *world) rowsWith(text string) (with int) {
	w.t.Helper()
	m, ok, err := archive.ReadManifest(w.files)
	require.NoError(w.t, err)
	require.True(w.t, ok)
	for _, f := range m.Files {
		in, err := w.files.Open(f.Name)
		require.NoError(w.t, err)
		p, err := parquet.OpenFile(in, in.Size())
		require.NoError(w.t, err)
		require.Equal(w.t, f.Rows, p.NumRows(), f.Name)
		for _, g := range p.RowGroups() {
			rows := g.Rows()
			buffer := make([]parquet.Row, 100)
			for {
				n, err := rows.ReadRows(buffer)
				for _, row := range buffer[:n] {
					if strings.Contains(fmt.Sprintf("%q", row), text) {
						with++
					}
				}
				if err != nil {
					break // io.EOF
				}
			}
			require.NoError(w.t, rows.Close())
		}
		require.NoError(w.t, in.Close())
	}
	return with
}

func TestNothingOfWhoWasErasedIsLeftInTheArchive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 58)
	say := func(user, anon string) {
		w.now = w.now.Add(time.Hour)
		e := event.Event{
			Kind: event.Identify, UserID: user, AnonymousID: anon, Source: "test", MessageID: fmt.Sprint("x", w.now), Time: w.now, ReceivedAt: w.now,
			Traits: fmt.Appendf(nil, `{"email":"%s@mail.example"}`, user),
		}
		e.To = person.IDOf(0, e.Primary())
		w.put(e)
	}
	for i := range 200 {
		say(fmt.Sprintf("zq%dx", i%4), fmt.Sprintf("zq%dx-phone%d", i%4, i%3))
		if i%20 == 0 {
			w.drain()
			require.NoError(t, w.archive.Finish(t.Context()))
		}
	}
	w.drain()
	require.NoError(t, w.archive.Finish(t.Context()))
	_, err := w.archive.Join(t.Context())
	require.NoError(t, err)
	before := map[string]int{}
	for _, who := range []string{"zq0x", "zq1x", "zq2x", "zq3x"} {
		before[who] = w.rowsWith(who)
		require.Greater(t, before[who], 50)
	}

	who := person.IDOf(0, person.NewIdentity(person.UserID, "zq1x"))
	w.now = w.now.Add(time.Hour)
	w.put(event.Event{Kind: event.Erase, To: who, Source: "console", MessageID: "erase", Time: w.now, ReceivedAt: w.now, Body: event.Pack(event.EraseBody{By: "admin"})})
	w.drain()
	w.files.rate = 4
	for failed := 0; ; failed++ {
		require.Less(t, failed, 100)
		if w.archive.Finish(t.Context()) == nil {
			break
		}
	}
	w.files.rate = 0
	before["zq1x"] = 0
	for who, want := range before {
		require.Equal(t, want, w.rowsWith(who), who)
	}
	m, _, err := archive.ReadManifest(w.files)
	require.NoError(t, err)
	require.Empty(t, m.Erase, "it is done")

	require.NoError(t, w.archive.Close())
	w.openArchive() // which removes what failing writes have left
	names, err := w.files.List()
	require.NoError(t, err)
	require.Len(t, names, len(m.Files)+1, "and the files that held it are gone: %v", names)

	say("zq1x", "zq1x-phone0") // who comes back
	w.drain()
	require.NoError(t, w.archive.Finish(t.Context()))
	require.NotZero(t, w.rowsWith("zq1x"))
}
