package archive

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/person"
)

// Internal: chains of several merges are rare in random worlds.
func TestARecordLeadsToThePersonAtTheEndOfAllMerges(t *testing.T) {
	t.Parallel()
	id := func(n byte) person.ID { return person.ID{n} }
	rows := ends(map[person.ID]person.ID{id(4): id(3), id(3): id(2), id(2): id(1), id(9): id(8)})
	got := map[string]string{}
	for _, r := range rows {
		got[r.RecordID] = r.PersonID
	}
	require.Equal(t, map[string]string{
		id(4).String(): id(1).String(), id(3).String(): id(1).String(), id(2).String(): id(1).String(), id(9).String(): id(8).String(),
	}, got)
}
