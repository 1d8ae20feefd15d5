package models

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest/importer"
)

// gathered keeps what an import would send to a server.
type gathered struct {
	mu     sync.Mutex
	events []happened
}

type happened struct {
	who, name string
	at        event.Instant
	amount    float64
}

// Append implements ingest.Appender.
func (g *gathered) Append(_ context.Context, events []event.Event) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range events {
		e := &events[i]
		if e.Kind != event.Track && e.Kind != event.Page && e.Kind != event.Screen {
			continue // traits and consent are no acts
		}
		h := happened{who: e.UserID, name: e.Name, at: e.Time, amount: math.NaN()}
		if h.who == "" {
			h.who = e.AnonymousID
		}
		if v := gjson.GetBytes(e.Properties, "revenue"); v.Exists() {
			h.amount = v.Float()
		}
		g.events = append(g.events, h)
	}
	return nil
}

// readMapped reads a file by an import map. The events named acts are people's own;
// by default Order Completed, or the only event there is.
func readMapped(ctx context.Context, o Options) (*raw, error) {
	scratch, err := os.MkdirTemp("", "rapport-models-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	rejects := filepath.Join(scratch, "rejects.csv")
	var g gathered
	// One lane keeps the events of one moment in the order of the file.
	sum, err := importer.Run(ctx, importer.Options{Path: o.Path, Map: o.Map, Appender: &g, Rejects: rejects, Progress: o.Progress, Lanes: 1})
	if err != nil {
		return nil, err
	}
	out := &raw{rows: sum.Rows, bad: sum.Rejected, leftOut: map[string]int{}, clock: true}
	maps.Copy(out.leftOut, sum.Skipped)
	out.rejected = firstLines(rejects)
	if err := out.tooBad(); err != nil {
		return nil, err
	}
	return out, out.take(g.events, o)
}

func firstLines(path string) (lines []string) {
	f, err := os.Open(path) //nolint:gosec // a file that was just written here
	if err != nil {
		return nil // nothing was rejected
	}
	defer func() { _ = f.Close() }()
	s := bufio.NewScanner(f)
	for s.Scan() && len(lines) <= told {
		lines = append(lines, s.Text())
	}
	return lines[min(1, len(lines)):] // the first is a header
}

// take sorts events into own acts and touches.
func (r *raw) take(events []happened, o Options) error {
	named := map[string]int{}
	for _, e := range events {
		named[e.name]++
	}
	acts := o.Acts
	switch {
	case len(acts) > 0:
	case named["Order Completed"] > 0:
		acts = []string{"Order Completed"}
	case len(named) == 1:
		acts = slices.Collect(maps.Keys(named))
	default:
		return fmt.Errorf("say by --acts which events are people's own acts; the file holds %s", quoted(named))
	}
	for _, name := range slices.Concat(acts, o.Touches) {
		if named[name] == 0 {
			return fmt.Errorf("no event is called %q; the file holds %s", name, quoted(named))
		}
	}
	r.touches = o.Touches
	index := map[string]int32{}
	for _, e := range events {
		a := act{at: e.at, amount: e.amount}
		if !slices.Contains(acts, e.name) {
			i := slices.Index(o.Touches, e.name)
			if i < 0 {
				r.leftOut["events called "+e.name]++
				if !o.FromStart {
					continue
				}
				// Who was there is watched from the beginning, whatever they did.
				a.touch = -1
			} else {
				a.touch, a.amount = int16(i+1), math.NaN() //nolint:gosec // at most 64, see Options
			}
		}
		who, known := index[e.who]
		if !known {
			who = int32(len(r.names)) //nolint:gosec // two thousand million people do not fit in memory
			index[e.who] = who
			r.names = append(r.names, e.who)
		}
		a.who = who
		r.acts = append(r.acts, a)
	}
	return nil
}

func quoted(named map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(named)) {
		parts = append(parts, fmt.Sprintf("%q (%d)", name, named[name]))
	}
	if len(parts) == 0 {
		return "no event at all"
	}
	return strings.Join(parts, ", ")
}
