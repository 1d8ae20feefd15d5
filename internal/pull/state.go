package pull

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/durable"
	"github.com/rapporthq/rapport/internal/event"
)

// Standing is how a pull stands.
type Standing struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Database string `json:"database" doc:"the environment variable that holds the connection string"`
	Every    int64  `json:"every_seconds"`
	Live     string `json:"live" doc:"after_first: the first run is history; always; never"`

	Cursor     string        `json:"cursor" doc:"of the last row that is durable; empty: none yet"`
	Complete   bool          `json:"complete" doc:"a run has come to its end: the history is here"`
	Running    bool          `json:"running"`
	Started    event.Instant `json:"started" doc:"of the latest run"`
	LastRun    event.Instant `json:"last_run" doc:"end of the latest run that succeeded"`
	Seconds    float64       `json:"seconds" doc:"how long that took"`
	NextRun    event.Instant `json:"next_run"`
	Failures   int           `json:"failures" doc:"runs in a row that failed"`
	Error      string        `json:"error,omitempty" doc:"why the latest run failed"`
	Run        RowCounts     `json:"run" doc:"the latest run so far"`
	Total      RowCounts     `json:"total" doc:"all runs"`
	Rejected   []RejectedRow `json:"rejected" doc:"the latest rows that could not be read, newest last"`
	RejectFile string        `json:"reject_file,omitempty" doc:"where all of them are, on the server"`
}

// RowCounts count rows.
type RowCounts struct {
	Rows     int64            `json:"rows" doc:"read from the database"`
	Repeated int64            `json:"repeated" doc:"met again and left out"`
	Events   int64            `json:"events" doc:"made durable"`
	Skipped  map[string]int64 `json:"skipped" doc:"left out by the map, by reason"`
	Rejected int64            `json:"rejected"`
	Expected int64            `json:"expected,omitempty" doc:"about how many rows the run has, as the database estimates"`
}

// RejectedRow is a row that could not be read.
type RejectedRow struct {
	Time   event.Instant `json:"time"`
	Reason string        `json:"reason"`
	Row    string        `json:"row" doc:"as JSON, shortened"`
}

const (
	rejectsShown = 20
	rejectShown  = 500     // bytes of a row
	rejectBytes  = 1 << 28 // of the file; beyond, rows are only counted
	remembered   = 200_000 // rows that a pull knows again by itself
)

func (s *Standing) describe(d definition.Pull) {
	s.ID, s.Name, s.Database, s.Every, s.Live = d.ID, d.Name, d.Database, int64(d.Every.Seconds()), string(d.Live)
}

func (s *Standing) clone() Standing {
	c := *s
	c.Rejected = slices.Clone(s.Rejected)
	c.Run.Skipped, c.Total.Skipped = copied(s.Run.Skipped), copied(s.Total.Skipped)
	return c
}

func copied(m map[string]int64) map[string]int64 {
	out := make(map[string]int64, len(m))
	maps.Copy(out, m)
	return out
}

func (f *RowCounts) add(o RowCounts) {
	f.Rows += o.Rows
	f.Repeated += o.Repeated
	f.Events += o.Events
	f.Rejected += o.Rejected
	for reason, n := range o.Skipped {
		if f.Skipped == nil {
			f.Skipped = map[string]int64{}
		}
		f.Skipped[reason] += n
	}
}

// position is what a pull's file holds.
type position struct {
	Version  int           `json:"version"`
	Column   string        `json:"column"` // the cursor
	Cursor   string        `json:"cursor"` // as the database writes it; "" at the beginning
	Complete bool          `json:"complete"`
	Started  event.Instant `json:"started"`
	LastRun  event.Instant `json:"last_run"`
	Total    RowCounts     `json:"total"`
}

const positionVersion = 1

func stateOf(at position) Standing {
	return Standing{Cursor: at.Cursor, Complete: at.Complete, Started: at.Started, LastRun: at.LastRun, Total: at.Total}
}

// readPosition returns where a pull is: at the beginning when there is no file, or
// when it is of another cursor.
func (p *Puller) readPosition(d definition.Pull) (position, error) {
	fresh := position{Version: positionVersion, Column: d.Cursor}
	b, err := os.ReadFile(p.file(d.ID, ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	var at position
	if err == nil {
		err = json.Unmarshal(b, &at)
	}
	if err == nil && at.Version != positionVersion {
		err = fmt.Errorf("version %d; this build reads version %d", at.Version, positionVersion)
	}
	if err != nil {
		return fresh, fmt.Errorf("position of pull %s: %w", d.ID, err)
	}
	if at.Column != d.Cursor {
		return fresh, nil
	}
	return at, nil
}

// writePosition puts a position in place of the last: whole, or not at all, even
// if power is lost.
func (p *Puller) writePosition(id string, at position) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write the position of pull %s: %w", id, err)
		}
	}()
	b, err := json.Marshal(at)
	if err != nil {
		return err
	}
	return durable.WriteFile(p.file(id, ".json"), b)
}

// keepRejects writes rejected rows to the pull's file.
func (p *Puller) keepRejects(id string, rejects []RejectedRow) (err error) {
	if len(rejects) == 0 {
		return nil
	}
	name := p.file(id, ".rejects.csv")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep rejected rows: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil || info.Size() > rejectBytes {
		return err
	}
	w := csv.NewWriter(f)
	if info.Size() == 0 {
		_ = w.Write([]string{"time", "reason", "row"}) // Flush's error is this one's
	}
	for _, r := range rejects {
		_ = w.Write([]string{r.Time.String(), r.Reason, r.Row}) // as above
	}
	w.Flush()
	return errors.Join(w.Error(), f.Sync())
}

// recent remembers the last so many ids.
type recent struct {
	ids  map[[16]byte]struct{}
	ring [][16]byte
	next int
}

func newRecent(n int) *recent {
	return &recent{ids: map[[16]byte]struct{}{}, ring: make([][16]byte, 0, min(n, 1024))}
}

func (r *recent) has(id string) bool {
	_, ok := r.ids[hashOf(id)]
	return ok
}

func (r *recent) add(id string) {
	h := hashOf(id)
	if _, ok := r.ids[h]; ok {
		return
	}
	r.ids[h] = struct{}{}
	if len(r.ring) < remembered {
		r.ring = append(r.ring, h)
		return
	}
	delete(r.ids, r.ring[r.next])
	r.ring[r.next] = h
	r.next = (r.next + 1) % len(r.ring)
}

func hashOf(id string) (h [16]byte) {
	sum := sha256.Sum256([]byte(id))
	copy(h[:], sum[:])
	return h
}

// shortened cuts a row to what is shown.
func shortened(row string) string {
	if len(row) > rejectShown {
		return row[:rejectShown] + "… (" + strconv.Itoa(len(row)) + " bytes)"
	}
	return row
}
