package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/source"
)

// erasures erase people, and keep the list of who was: a file of one JSON object a
// line, only ever added to. A backup from before an erasure brings the person back;
// the list, which is kept apart from backups, takes them out again before that is
// served.
type erasures struct {
	app  *App
	path string

	due atomic.Bool // the list is yet to be held against the state

	mu struct {
		sync.Mutex
		list   []api.Erasure
		purges []purge
	}
}

// purge is what is to come off the disk, and how often that was tried.
type purge struct {
	records []person.ID
	tries   int
}

// A read of everybody that is under way keeps what it began with, so once is not
// enough; and a store that is written to all the time always has some garbage.
const (
	purgeLeast = 4
	purgeMost  = 24
)

// purgeAgain is how long after an erasure a start takes up its purge again.
const purgeAgain = 24 * time.Hour

// purge takes what was erased lately off the disk, before a checkpoint.
func (e *erasures) purge(ctx context.Context) error {
	state := e.app.data.State
	clean := state.Figures().GarbageBytes == 0
	e.mu.Lock()
	e.mu.purges = slices.DeleteFunc(e.mu.purges, func(p purge) bool {
		return p.tries >= purgeMost || clean && p.tries >= purgeLeast
	})
	var records []person.ID
	for i := range e.mu.purges {
		e.mu.purges[i].tries++
		if e.mu.purges[i].tries <= purgeLeast {
			records = append(records, e.mu.purges[i].records...)
		}
	}
	done := len(e.mu.purges) == 0
	e.mu.Unlock()
	if done {
		state.EndPurge()
		return nil
	}
	return state.Purge(ctx, records)
}

var _ api.Erasures = (*erasures)(nil)

func openErasures(a *App, path string) (*erasures, error) {
	if path == "" {
		path = filepath.Join(a.data.Dir, "erasures.jsonl")
	}
	e := &erasures{app: a, path: path}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list of erasures: %w", err)
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	n := 0
	for line := range bytes.Lines(text[:whole]) {
		n++
		var one api.Erasure
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "line %d of the list of erasures %s is damaged; mend it or take it from a copy: without it, who was erased may come back with a backup", n, path)
		}
		e.mu.list = append(e.mu.list, one)
		if a.opts.Now().Sub(one.At) < purgeAgain {
			e.mu.purges = append(e.mu.purges, purge{records: one.Records})
		}
	}
	if whole < len(text) { // the power went while it was written: nobody was told that it was done
		if err := os.Truncate(path, int64(whole)); err != nil {
			return nil, fmt.Errorf("list of erasures: %w", err)
		}
	}
	e.due.Store(len(e.mu.list) > 0)
	return e, nil
}

// add makes it durable.
func (e *erasures) add(one api.Erasure) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	line, err := json.Marshal(one)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(e.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("list of erasures: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("list of erasures: %w", err)
	}
	e.mu.list = append(e.mu.list, one)
	return nil
}

func (e *erasures) Erased() []api.Erasure {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.mu.list)
}

// Erase is first on the list, and then in the journal: whatever happens in between,
// the next start goes on.
func (e *erasures) Erase(ctx context.Context, id person.ID) (api.Erasure, error) {
	a := e.app
	if err := a.readiness(); err != nil {
		return api.Erasure{}, err
	}
	if err := a.proc.WaitFolded(ctx); err != nil {
		return api.Erasure{}, err
	}
	p, err := a.control.person(id)
	if err != nil {
		return api.Erasure{}, err
	}
	one := api.Erasure{Person: p.ID, Records: []person.ID{p.ID}, At: a.opts.Now(), By: "admin"}
	for _, m := range p.Merges {
		one.Records = append(one.Records, m.Record)
	}
	for _, i := range p.Identities {
		one.Records = append(one.Records, person.IDOf(0, i))
	}
	slices.SortFunc(one.Records, func(a, b person.ID) int { return bytes.Compare(a[:], b[:]) })
	one.Records = slices.Compact(one.Records)
	named, err := a.letters.Naming(until([]api.Erasure{one}))
	if err != nil {
		return one, err
	}
	one.Letters = len(named)
	if err := e.add(one); err != nil {
		return one, err
	}
	if err := e.append(ctx, p.ID, event.EraseBody{At: one.At, By: one.By}); err != nil {
		return one, err
	}
	a.live.Forget(func(l *source.LiveEvent) bool {
		return slices.Contains(one.Records, l.Person) || slices.Contains(one.Records, person.IDOf(0, person.NewIdentity(person.UserID, l.UserID))) ||
			slices.Contains(one.Records, person.IDOf(0, person.NewIdentity(person.AnonymousID, l.AnonymousID)))
	})
	a.simulated.Forget(func(who string) bool {
		return slices.ContainsFunc(one.Records, func(id person.ID) bool { return id.String() == who })
	})
	if err := e.settle(ctx); err != nil {
		return one, err
	}
	if _, err := a.letters.Erase(ctx, until([]api.Erasure{one}), one.By); err != nil {
		return one, err
	}
	e.mu.Lock()
	e.mu.purges = append(e.mu.purges, purge{records: one.Records})
	e.mu.Unlock()
	if err := e.purge(ctx); err != nil {
		return one, err
	}
	return one, a.reports.Refresh(ctx)
}

// until is up to when what names a record is of somebody who was erased.
func until(list []api.Erasure) map[person.ID]event.Instant {
	out := map[person.ID]event.Instant{}
	for _, one := range list {
		for _, r := range one.Records {
			out[r] = max(out[r], one.At)
		}
	}
	return out
}

func (e *erasures) append(ctx context.Context, to person.ID, body event.EraseBody) error {
	return e.app.Append(ctx, []event.Event{{
		Kind: event.Erase, To: to, Source: "console", MessageID: randomText(12), Time: e.app.opts.Now(), ReceivedAt: e.app.opts.Now(),
		Body: event.Pack(body),
	}})
}

// settle waits for an erasure and what follows from it: the records that are told,
// and the hand-overs that they had under way.
func (e *erasures) settle(ctx context.Context) error {
	for range 6 {
		if err := e.app.proc.WaitFolded(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// again erases whom the state has in spite of the list: it is that of a backup. The
// fold runs.
func (e *erasures) again(ctx context.Context) error {
	defer e.due.Store(false)
	back := 0
	for _, one := range e.Erased() {
		record, err := e.app.data.State.Record(one.Person)
		if err != nil {
			return err
		}
		if record != nil && record.Erased >= one.At {
			continue // and whatever else it was is erased too, or about to be
		}
		back++
		for _, r := range one.Records {
			body := event.EraseBody{At: one.At, By: one.By}
			leads, err := e.app.data.State.Person(r)
			if err != nil {
				return err
			}
			if leads != nil && !slices.Contains(one.Records, leads.ID) { // somebody else's, by the backup
				body.Of, body.Records = one.Person, one.Records
			}
			if err := e.append(ctx, r, body); err != nil {
				return err
			}
		}
	}
	if _, err := e.app.letters.Erase(ctx, until(e.Erased()), "admin"); err != nil {
		return err
	}
	if back == 0 {
		return nil
	}
	e.app.opts.Logger.InfoContext(ctx, "erased again what a backup had brought back, by the list of erasures", "people", back)
	return e.settle(ctx)
}

// before keeps the API closed until the list is held against the state: what a
// backup brought back is not served.
func (e *erasures) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.due.Load() && strings.HasPrefix(r.URL.Path, "/api/v1/") && r.URL.Path != "/api/v1/session" {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "the list of erasures is being held against the state; try again in a moment", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}
