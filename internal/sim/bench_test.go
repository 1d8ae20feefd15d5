package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/sim"
)

// BenchmarkRehearsal is the whole of Rapport on a virtual clock: company, engine,
// journal and store in memory, unchecked.
func BenchmarkRehearsal(b *testing.B) {
	for b.Loop() {
		r, err := sim.Rehearse(b.Context(), sim.RehearseOptions{Seed: 1, People: 2000, Days: 180, NoReport: true})
		require.NoError(b, err)
		b.ReportMetric(float64(r.Report.Events), "events")
	}
}

// BenchmarkCompany is the company by itself.
func BenchmarkCompany(b *testing.B) {
	events := 0
	for b.Loop() {
		events += len(company(1, 2000).Step(monday.Add(180 * 24 * time.Hour)))
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
