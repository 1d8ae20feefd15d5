package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/pace"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// SnapshotPeople archives people as they stand, and which records are theirs, in
// place of the snapshot before, unless nobody has changed since.
func (a *Archive) SnapshotPeople(ctx context.Context) error {
	now, version := a.opts.Now(), a.opts.Fold.Version()
	if version == a.version {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.mu.m.PeopleAsOf = max(a.mu.m.PeopleAsOf, now)
		return nil
	}
	a.mu.Lock()
	step := a.mu.m.Step + 1
	a.mu.Unlock()
	people := FileInfo{Name: fmt.Sprintf("%s/%012d.parquet", tablePeople, step), Table: tablePeople, From: step, To: step}
	records := FileInfo{Name: fmt.Sprintf("%s/%012d.parquet", tableRecords, step), Table: tableRecords, From: step, To: step}
	err := a.opts.Files.Write(people.Name, func(w io.Writer) error {
		pw := newSnapshot[personRow](w)
		err := a.opts.Files.Write(records.Name, func(w io.Writer) error {
			rw := newSnapshot[recordRow](w)
			leads := map[person.ID]person.ID{}
			pace := pace.Pace{Behind: a.behind, Share: a.opts.Share}
			err := a.opts.State.EachRecord(ctx, func(p *profile.Person) error {
				if err := pace.Step(ctx); err != nil {
					return err
				}
				if p.IsForward() {
					// Events are never addressed to the home of an address, nor to nobody's.
					if !p.Vacant && p.Rank != person.AddressRank {
						leads[p.ID] = p.Forward
					}
					return nil
				}
				row, err := a.personRow(ctx, p, now)
				if err != nil {
					return err
				}
				return pw.add(row)
			})
			if err == nil {
				err = rw.addAll(ends(leads))
			}
			return rw.close(err, &records)
		})
		return pw.close(err, &people)
	})
	if err != nil {
		return err
	}
	err = a.change(func(m *Manifest) error {
		kept := m.Files[:0]
		for _, f := range m.Files {
			if f.Table != tablePeople && f.Table != tableRecords {
				kept = append(kept, f)
			}
		}
		m.Files = append(kept, people, records)
		m.PeopleAsOf = now
		return nil
	})
	if err == nil {
		a.version = version
	}
	return err
}

// ends gives each record the person at the end of its way, in the order of their
// ids: records that were merged one after the other lead to each other.
func ends(leads map[person.ID]person.ID) []recordRow {
	rows := make([]recordRow, 0, len(leads))
	ids := slices.SortedFunc(maps.Keys(leads), func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		to := leads[id]
		for range len(leads) { // there are no circles
			next, more := leads[to]
			if !more {
				break
			}
			to = next
		}
		rows = append(rows, recordRow{RecordID: id.String(), PersonID: to.String()})
	}
	return rows
}

// snapshot writes rows as they come.
type snapshot[T any] struct {
	c    *counter
	w    *parquet.GenericWriter[T]
	rows []T
	n    int64
}

func newSnapshot[T any](w io.Writer) *snapshot[T] {
	c := &counter{w: w}
	return &snapshot[T]{c: c, w: parquet.NewGenericWriter[T](c, options()...)}
}

func (s *snapshot[T]) add(row T) error {
	s.n++
	if s.rows = append(s.rows, row); len(s.rows) < 256 {
		return nil
	}
	return s.flush()
}

func (s *snapshot[T]) addAll(rows []T) error {
	for _, row := range rows {
		if err := s.add(row); err != nil {
			return err
		}
	}
	return nil
}

func (s *snapshot[T]) flush() error {
	err := writeRows(s.w, s.rows)
	s.rows = s.rows[:0]
	return err
}

func (s *snapshot[T]) close(err error, info *FileInfo) error {
	if err == nil {
		err = s.flush()
	}
	if err == nil {
		err = s.w.Close()
	}
	info.Rows, info.Bytes = s.n, s.c.n
	return err
}

func (a *Archive) personRow(ctx context.Context, p *profile.Person, now event.Instant) (personRow, error) {
	row := personRow{
		PersonID: p.ID.String(), Stage: p.Stage, StageSince: instant(p.StageSince), FirstSeen: instant(p.FirstSeen), LastSeen: instant(p.LastSeen),
		Events: p.Events, Visits: p.Walk.Visits, Outreach: p.Walk.Effort.Outreach, Response: p.Walk.Effort.Response, Unprompted: p.Walk.Effort.Unprompted,
		Deliveries: int32(len(p.Deliveries)), Definition: p.Definition, Partition: int32(p.ID.Home()), //nolint:gosec // open deliveries are few
	}
	if b := p.Belief; b != nil && b.State != "" {
		active, soon, value := float64(b.Active)/1000, float64(b.Soon)/1000, int64(b.Value)
		row.State, row.StateSince, row.Active, row.Soon, row.Value = b.State, instant(b.Since), &active, &soon, &value
	}
	for _, i := range p.Identities {
		switch i.Kind {
		case person.UserID:
			row.UserID = first(row.UserID, i.Value)
		case person.Email:
			row.Email = first(row.Email, i.Value)
		case person.Phone:
			row.Phone = first(row.Phone, i.Value)
		default: // among the identities
		}
	}
	traits := make(map[string]json.RawMessage, len(p.Traits))
	for _, t := range p.Traits {
		traits[t.Key] = t.Value.Value
	}
	features := map[string]any{}
	if p.Definition != "" && len(p.Features) > 0 {
		ws, err := a.opts.Fold.Definitions(ctx, p.Definition)
		if err != nil {
			return row, err
		}
		features = valuesOf(ws, p, now)
	}
	for _, part := range []struct {
		into *json.RawMessage
		n    int
		v    any
	}{
		{&row.Identities, 1, identitiesOf(p)},
		{&row.Traits, len(traits), traits},
		{&row.Features, len(features), features},
		{&row.Segments, len(p.Segments), segmentsOf(p)},
		{&row.Consent, len(p.Consent) + len(p.Declared), consentOf(p)},
		{&row.Suppressed, len(p.Suppressed), suppressedOf(p)},
		{&row.Goals, len(p.Goals), goalsOf(p)},
	} {
		if part.n == 0 {
			continue
		}
		b, err := json.Marshal(part.v)
		if err != nil {
			return row, fmt.Errorf("archive person %s: %w", p.ID, err)
		}
		*part.into = b
	}
	return row, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func identitiesOf(p *profile.Person) []person.Identity {
	if p.Identities == nil {
		return []person.Identity{}
	}
	return p.Identities
}

// valuesOf are the features of p as expressions see them.
func valuesOf(ws *definition.Workspace, p *profile.Person, now event.Instant) map[string]any {
	out := make(map[string]any, len(ws.Features))
	for i := range ws.Features {
		f := &ws.Features[i]
		if v := p.Value(f, ws.Currency, now); v != nil {
			out[f.ID] = v
		}
	}
	return out
}

func segmentsOf(p *profile.Person) any {
	type row struct {
		Segment string        `json:"segment"`
		Since   event.Instant `json:"since"`
	}
	out := []row{}
	for _, s := range p.Segments {
		out = append(out, row{s.Segment, s.Since})
	}
	return out
}

func consentOf(p *profile.Person) any {
	type row struct {
		Given    bool          `json:"given"`
		Time     event.Instant `json:"time"`
		Proof    string        `json:"proof,omitempty"`
		Declared bool          `json:"declared,omitempty"`

		Confirmation event.ConfirmMove `json:"confirmation,omitempty"`
	}
	out := map[string]row{}
	for _, c := range p.Declared {
		channel, _ := profile.SplitConsentKey(c.Key)
		out[c.Key] = row{c.Value.Given, c.Value.Time, c.Value.Proof, true, p.Confirming.Get(channel).Move}
	}
	for _, c := range p.Consent { // what the person said counts
		channel, _ := profile.SplitConsentKey(c.Key)
		out[c.Key] = row{c.Value.Given, c.Value.Time, c.Value.Proof, false, p.Confirming.Get(channel).Move}
	}
	return out
}

func suppressedOf(p *profile.Person) any {
	type row struct {
		Why  event.Outcome `json:"why"`
		Time event.Instant `json:"time"`
	}
	out := map[string]row{}
	for address, s := range p.Suppressed {
		out[address] = row{s.Why, s.Time}
	}
	return out
}

func goalsOf(p *profile.Person) any {
	type row struct {
		Joined    event.Instant `json:"joined"`
		Arm       profile.Arm   `json:"arm"`
		KPI       json.Number   `json:"kpi"`
		Before    json.Number   `json:"before"`
		Reached   event.Instant `json:"reached"`
		Chosen    int           `json:"chosen"`
		Silent    int           `json:"silent"`
		Sent      int           `json:"sent"`
		Held      int           `json:"held"`
		Reachable bool          `json:"reachable"`
	}
	out := map[string]row{}
	for id, g := range p.Goals {
		out[id] = row{
			g.Joined, g.Arm, json.Number(g.KPI.String()), json.Number(g.Before.String()), g.Reached,
			g.Chosen, g.Silent, g.Sent, g.Held, g.Reachable,
		}
	}
	return out
}
