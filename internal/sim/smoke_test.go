package sim_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/sim"
)

func TestSmoke(t *testing.T) {
	start := time.Now()
	r, err := sim.Rehearse(t.Context(), sim.RehearseOptions{Seed: 1, People: 400, Days: 120, Check: true})
	require.NoError(t, err)
	b, _ := json.MarshalIndent(r.Report, "", " ")
	t.Logf("%s\n%s", time.Since(start), b)
}
