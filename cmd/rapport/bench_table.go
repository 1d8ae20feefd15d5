package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/rapporthq/rapport/internal/bench"
	"github.com/rapporthq/rapport/internal/rehearsal"
	"github.com/rapporthq/rapport/internal/sim"
)

// figure is one line of the table: what was measured, what came out, and the
// command that measures the same at length.
type figure struct{ what, value, command string }

// benchTable measures a little of everything, and writes it as a table in
// Markdown: with machine, date and command, without which figures mean nothing.
func benchTable(ctx context.Context, out, progress io.Writer) error {
	var rows []figure
	for _, part := range []struct {
		name    string
		measure func(context.Context, string) ([]figure, error)
	}{{"ingest", benchedIngest}, {"fold", benchedFold}, {"segments", benchedSegments}, {"rehearsal", benchedRehearsal}, {"deliver", benchedDeliver}} {
		fmt.Fprintf(progress, "measuring %s …\n", part.name)
		err := inScratch(func(dir string) error {
			more, err := part.measure(ctx, dir)
			rows = append(rows, more...)
			return err
		})
		if err != nil {
			return fmt.Errorf("bench %s: %w", part.name, err)
		}
	}
	fmt.Fprintf(out, "| `rapport bench` | %s | at length |\n| --- | --- | --- |\n", bench.ThisMachine())
	for _, r := range rows {
		if _, err := fmt.Fprintf(out, "| %s | %s | `%s` |\n", r.what, r.value, r.command); err != nil {
			return err
		}
	}
	return nil
}

func benchedIngest(ctx context.Context, dir string) ([]figure, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r, err := bench.Ingest(ctx, dir, bench.IngestOptions{Binary: binary, Load: bench.Load{Events: 100_000, People: 20_000}, Door: true})
	if err != nil {
		return nil, err
	}
	return []figure{
		{"Events acknowledged as durable, 100 a request, nothing folded", fmt.Sprintf("%.0f a second, %.1f µs of processor each", r.Door.PerSecond, r.Door.Server), "rapport bench ingest"},
		{"The same while they are folded, until the last is on its person's page", fmt.Sprintf("%.0f a second, %.1f µs each", r.Burst.EndToEnd, r.Burst.Server), "rapport bench ingest"},
	}, nil
}

func benchedFold(ctx context.Context, dir string) ([]figure, error) {
	r, err := bench.Fold(ctx, dir, bench.Load{Events: 150_000, People: 20_000})
	return []figure{{"Journal into people, from the beginning", fmt.Sprintf("%.0f events a second, %.1f µs of processor each", r.PerSecond, r.CPUMicros), "rapport bench fold"}}, err
}

func benchedSegments(ctx context.Context, dir string) ([]figure, error) {
	r, err := bench.Segments(ctx, dir, bench.SegmentsOptions{Load: bench.Load{Events: 100_000, People: 50_000}, Previews: 100, Out: func(string) {}})
	return []figure{{fmt.Sprintf("Whom a rule means, of %d people, exactly", r.People), fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", r.Preview.P50, r.Preview.P99), "rapport bench segments"}}, err
}

func benchedDeliver(ctx context.Context, dir string) ([]figure, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r, err := bench.Deliver(ctx, dir, bench.DeliverOptions{Binary: binary, People: 4000, DKIM: true})
	return []figure{{"Personalised e-mails, signed, to a mail server", fmt.Sprintf("%.0f a second, %.0f µs of processor each", r.PerSecond, r.Server), "rapport bench deliver"}}, err
}

func benchedRehearsal(ctx context.Context, _ string) ([]figure, error) {
	const people, days = 5000, 90
	was := debug.SetGCPercent(rehearsal.Garbage)
	defer debug.SetGCPercent(was)
	began := time.Now()
	r, err := sim.Rehearse(ctx, sim.RehearseOptions{Seed: 1, People: people, Days: days, NoReport: true})
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	return []figure{{
		fmt.Sprintf("A rehearsal: %d people and %d days, %d events", people, days, r.Report.Events),
		fmt.Sprintf("%.1f s, %.0f events a second", took.Seconds(), float64(r.Report.Events)/took.Seconds()), "rapport rehearse --people 100000 --days 90",
	}}, nil
}
