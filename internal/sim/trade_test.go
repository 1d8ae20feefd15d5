package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/sim"
)

func TestEveryKindOfCompanyLivesAndKeepsTheEnginesPromises(t *testing.T) {
	t.Parallel()
	for _, kind := range sim.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := rehearse(t, sim.RehearseOptions{Kind: kind, Seed: 3, People: 150, Days: 100, LiveDay: 15, Tick: 6 * time.Hour})
			report := r.Report
			require.Greater(t, report.Turned, 75)
			inStages := 0
			for _, s := range report.Stages {
				if s.N > 0 {
					inStages++
				}
			}
			require.GreaterOrEqual(t, inStages, 4, "the template tells its people apart: %v", report.Stages)
			joined, sent := 0, 0
			for _, g := range report.Goals {
				joined, sent = joined+g.Joined, sent+g.Sent
			}
			require.Positive(t, joined)
			require.Positive(t, sent)
		})
	}
}

func TestAKindOfCompanyThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	_, err := sim.Rehearse(t.Context(), sim.RehearseOptions{Kind: "circus"})
	require.ErrorContains(t, err, "want one of shop, app, saas, telco")
}
