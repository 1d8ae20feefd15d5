package pull

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Limits of what a row may hold; the same as an import's.
const (
	maxIdentity   = 512
	maxEventBytes = 200 << 10
	clocksDiffer  = 5 * time.Minute
	saveEvery     = time.Second
)

// run is one run of a pull.
type run struct {
	*Puller
	def     definition.Pull
	job     *job
	at      position
	before  RowCounts // of all runs before this one
	figures RowCounts
	live    bool
	now     event.Instant
	saved   time.Time
	row     int

	batch   []event.Event
	rejects []RejectedRow
	ids     []string // of the rows in the batch
	cursor  string   // of the last row in the batch
}

// run reads everything from the cursor on.
func (p *Puller) run(ctx context.Context, def definition.Pull, j *job) error {
	at, err := p.readPosition(def)
	if err != nil {
		return err
	}
	r := &run{Puller: p, def: def, job: j, at: at, before: at.Total, now: p.opts.Now(), saved: time.Now()}
	r.figures.Skipped = map[string]int64{}
	r.live = def.Live == definition.Always || def.Live == definition.AfterFirst && at.Complete
	r.at.Started = event.InstantOf(r.saved)
	db, err := p.connect(ctx, def)
	if err != nil {
		return err
	}
	defer db.close(ctx)
	if err := db.describe(ctx, def); err != nil {
		return err
	}
	r.figures.Expected = db.expect(ctx, def, at.Cursor)
	if err := db.read(ctx, def, at.Cursor, func(row record) error { return r.take(ctx, row) }); err != nil {
		return err
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	r.at.Complete, r.at.LastRun = true, event.InstantOf(time.Now())
	return r.save()
}

// record is a row as the database gives it.
type record struct {
	object string   // the row as a JSON object
	cursor string   // as the database writes it
	key    []string // the same of the columns of the key
}

// take takes in one row.
func (r *run) take(ctx context.Context, row record) error {
	r.row++
	r.figures.Rows++
	id := r.id(row)
	if r.job.seen.has(id) {
		r.figures.Repeated++
	} else if events, err := r.events(row, id); err != nil {
		r.figures.Rejected++
		r.rejects = append(r.rejects, RejectedRow{Time: event.InstantOf(time.Now()), Reason: err.Error(), Row: row.object})
	} else {
		r.batch = append(r.batch, events...)
	}
	r.ids = append(r.ids, id)
	r.cursor = row.cursor
	if len(r.ids) >= r.opts.Batch {
		return r.flush(ctx)
	}
	return nil
}

// id tells a row from all others of the pull: by its key, and by its cursor
// unless a changed row is the same.
func (r *run) id(row record) string {
	parts := row.key
	if !r.def.Once {
		parts = append(parts, row.cursor)
	}
	for i, part := range parts {
		parts[i] = strconv.Quote(part)
	}
	id := strings.Join(parts, "/")
	if len(id) > 64 {
		sum := sha256.Sum256([]byte(id))
		id = "sha256-" + hex.EncodeToString(sum[:16])
	}
	return id
}

// events finds the events of a row.
func (r *run) events(row record, id string) ([]event.Event, error) {
	rows, err := r.def.Map.Rows(r.def.Map.ObjectAt([]byte(row.object), r.row, ""))
	if err != nil {
		return nil, err
	}
	var out []event.Event
	for _, one := range rows {
		if one.Skip != "" {
			r.figures.Skipped[one.Skip]++
			return nil, nil
		}
		if len(one.UserID) > maxIdentity || len(one.AnonymousID) > maxIdentity || len(one.Event) > maxIdentity {
			return nil, fmt.Errorf("an identity or event name is longer than %d bytes", maxIdentity)
		}
		for _, e := range r.def.Map.Begin(one).Named(id) {
			e.To = person.IDOf(r.opts.Workspace, e.Primary())
			e.Source = event.PullPrefix + r.def.ID
			e.ReceivedAt = r.now
			e.Imported = !r.live
			if e.Time.IsZero() { // the map dates it so
				e.Time = r.now
			}
			if e.Time > r.now.Add(clocksDiffer) {
				return nil, fmt.Errorf("time %s is in the future", e.Time)
			}
			e.Time = min(e.Time, r.now)
			if n := len(e.AppendTo(nil)); n > maxEventBytes {
				return nil, fmt.Errorf("the event is %d bytes, the limit is %d; have the map keep fewer properties", n, maxEventBytes)
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// flush makes what was read durable, and then moves the cursor.
func (r *run) flush(ctx context.Context) error {
	if len(r.ids) == 0 {
		return nil
	}
	if err := r.append(ctx); err != nil {
		return err
	}
	if err := r.keepRejects(r.def.ID, r.rejects); err != nil {
		return err
	}
	r.figures.Events += int64(len(r.batch))
	for _, id := range r.ids {
		r.job.seen.add(id)
	}
	r.at.Cursor = r.cursor
	r.at.Total = r.before
	r.at.Total.Skipped = copied(r.before.Skipped)
	r.at.Total.add(r.figures)
	shown := r.rejects
	r.now = r.opts.Now()
	r.update(r.job, func(s *Standing) {
		s.Cursor, s.Run, s.Total = r.at.Cursor, r.figures, r.at.Total
		s.Run.Skipped, s.Total.Skipped = copied(r.figures.Skipped), copied(r.at.Total.Skipped)
		for _, reject := range shown {
			reject.Row = shortened(reject.Row)
			s.Rejected = append(s.Rejected, reject)
			s.RejectFile = r.file(r.def.ID, ".rejects.csv")
		}
		s.Rejected = s.Rejected[max(0, len(s.Rejected)-rejectsShown):]
	})
	r.batch, r.rejects, r.ids = r.batch[:0:0], nil, r.ids[:0]
	if time.Since(r.saved) < saveEvery {
		return nil
	}
	return r.save()
}

// save writes the position. What it says is durable already.
func (r *run) save() error {
	if err := r.writePosition(r.def.ID, r.at); err != nil {
		return err
	}
	r.saved = time.Now()
	r.update(r.job, func(s *Standing) { s.Complete = r.at.Complete })
	return nil
}

// append makes the batch durable. A server that is busy is waited for; another
// failure that may pass is left to the next run.
func (r *run) append(ctx context.Context) error {
	for {
		var err error
		switch {
		case r.opts.Busy():
			err = fault.New(fault.Busy, "the fold is catching up")
		case len(r.batch) > 0:
			err = r.opts.Appender.Append(ctx, r.batch)
		}
		if !fault.Is(err, fault.Busy) || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		t := time.NewTimer(200 * time.Millisecond)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

// planned reads how many rows a plan expects.
func planned(plan []byte) int64 {
	var v []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if json.Unmarshal(plan, &v) != nil || len(v) == 0 {
		return 0
	}
	return int64(v[0].Plan.Rows)
}
