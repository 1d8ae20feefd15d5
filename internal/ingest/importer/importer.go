// Package importer brings a company's history into Rapport: it reads a file by
// an import map and appends its rows as imported events. A file is delimited or
// fixed-width text, JSON Lines, Parquet, or calls of the tracking API, a line
// each; it may be compressed with gzip or zstd, or be several files in a zip.
//
// An import can be stopped at any moment and started again, and can be run
// twice: an event's source names the content of the file (the start of its
// SHA-256, of what is inflated, so that a file and its gzip are the same) and its
// message id the first row that it was made of. Where the map names columns that
// tell rows apart, the source names the map and the message id says those, so
// that a row is the same in every file; and a tracking call with a message id is
// the same wherever it is. De-duplication by the two holds for ever. Starting
// again sends everything again; nothing is counted twice.
//
// Order: the events of one person are appended in the order of the file. Rows
// that cannot be read go to a reject file with line and reason; rows that the map
// leaves out on purpose are counted by reason.
package importer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/bot"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/person"
)

// Options say what to import, by which map, and where to.
type Options struct {
	Workspace person.Workspace
	Path      string // of the file, which may be compressed
	Map       *definition.ImportMap
	Appender  ingest.Appender

	// Rejects is the path of the reject file, made when the first row is
	// rejected. Defaults to Path with ".rejects.csv" behind it.
	Rejects string

	// Progress receives how far the import is: a bar if Terminal, else a line now
	// and then. Defaults to nobody.
	Progress io.Writer
	Terminal bool

	// Now is the clock. Defaults to the wall clock.
	Now func() time.Time

	// Batch is the number of events in one append, and Lanes how many appends may
	// run at the same time. Default to 2,000 and 4.
	Batch int
	Lanes int

	// Patience is how long a failure that may pass is retried. A server that says
	// that it is busy is waited for without end. Defaults to 30 s.
	Patience time.Duration
}

func (o Options) withDefaults() (Options, error) {
	if o.Path == "" || o.Map == nil || o.Appender == nil {
		return o, errors.New("import: path, map and appender are needed")
	}
	if o.Rejects == "" {
		o.Rejects = o.Path + ".rejects.csv"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Batch <= 0 {
		o.Batch = 2000
	}
	if o.Lanes <= 0 {
		o.Lanes = 4
	}
	if o.Patience <= 0 {
		o.Patience = 30 * time.Second
	}
	return o, nil
}

// run is one import under way. It belongs to one goroutine; lanes has its own.
type run struct {
	opts    Options
	bots    *bot.List
	now     event.Instant
	sum     *tally
	lanes   *lanes
	bar     *progress
	rejects *rejectFile
	done    int64  // bytes read of all files
	encoded []byte // scratch
}

// reading is one file under way.
type reading struct {
	*run
	member member
	source string // of its events
	size   int64
	within bool                   // the file is one of several in a zip
	raw    func(row int) []byte   // the text of a row that was read and not yet forgotten
	keep   func(row int)          // forgets the rows before
	group  *group                 // of a map whose groups lie together
	groups map[string]*group      // of a map whose groups are scattered
	order  []*group               // the same, by first row
	next   func() (record, error) // io.EOF after the last
	table  *table                 // of Parquet
}

// record is a row of a file: in columns, or a tracking call.
type record struct {
	line definition.Line
	call []byte
}

// group is the rows that are one event.
type group struct {
	key    string
	line   int // the first of them
	id     string
	fold   *definition.Fold
	money  moneyKey
	amount event.Micros
}

func (g *group) add(row definition.Row) {
	g.fold.Add(row)
	g.amount += row.Amount
}

// Run imports a file. It returns when every event is durable, or at the first
// error, with a summary of how far it came.
func Run(ctx context.Context, opts Options) (Summary, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return Summary{}, err
	}
	start := o.Now()
	files, err := members(o.Path)
	if err != nil {
		return Summary{}, err
	}
	r := &run{opts: o, bots: bot.New(), now: event.InstantOf(start), rejects: &rejectFile{path: o.Rejects}}
	var all []*reading
	var sources []string
	var size int64
	for _, m := range files {
		digest, n, err := fingerprint(ctx, m)
		if err != nil {
			return Summary{}, err
		}
		size += n
		f := &reading{run: r, member: m, size: n, within: len(files) > 1, groups: map[string]*group{}}
		f.source = ingest.ImportSource + digest[:16]
		if o.Map.Keyed {
			f.source = ingest.ImportSource + o.Map.Name
		}
		all = append(all, f)
		sources = append(sources, f.source)
	}
	r.sum = newTally(o, strings.Join(slices.Compact(sources), ", "))
	lanes, ctx := startLanes(ctx, o)
	r.lanes = lanes
	r.bar = newProgress(o, size, start)
	for _, f := range all {
		if err = f.read(ctx); err != nil {
			break
		}
	}
	// What the lanes say went wrong comes first: reading stops when they do.
	if laneErr := lanes.close(ctx, err == nil); laneErr != nil {
		err = laneErr
	}
	if closeErr := r.rejects.close(); err == nil {
		err = closeErr
	}
	r.bar.done(r.sum.Rows, r.done)
	return r.sum.summary(r.rejects, size, o.Now().Sub(start)), err
}

// read goes through a file.
func (r *reading) read(ctx context.Context) (err error) {
	file, err := r.member.open()
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := r.begin(file); err != nil {
		return err
	}
	if r.table != nil {
		defer func() { err = errors.Join(err, r.table.close()) }()
	}
	for {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", r.opts.Path, err)
		}
		if err := r.take(ctx, rec); err != nil {
			return err
		}
		r.bar.at(r.sum.Rows, r.done)
	}
	if r.group != nil {
		if err := r.finish(ctx, r.group); err != nil {
			return err
		}
	}
	for _, g := range r.order {
		if err := r.finish(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// begin makes ready to read rows of the map's format. A Parquet file is read by a
// map of delimited text with a header too: both find columns by name.
func (r *reading) begin(file io.Reader) error {
	content := bufio.NewReaderSize(file, 64<<10)
	magic, _ := content.Peek(len(parquetMagic)) // a shorter file is none, and says so when it is read
	switch m := r.opts.Map; {
	case string(magic) == parquetMagic && (m.Format == definition.Parquet || m.Format == definition.Delimited && m.Header):
		return r.beginTable(content)
	case string(magic) == parquetMagic:
		return fault.New(fault.Invalid, "%s is Parquet and the map says format: %s; say format: parquet", r.member.name, m.Format)
	case m.Format == definition.Parquet:
		return fault.New(fault.Invalid, "%s is not Parquet: it does not begin with %s", r.member.name, parquetMagic)
	}
	t := &tape{r: content, read: &r.done}
	r.raw, r.keep = t.line, t.forget
	if r.opts.Map.Format == definition.SegmentCalls {
		r.next = calls(t)
		return nil
	}
	lines := r.opts.Map.Lines(t)
	lines.File = r.member.name
	r.next = func() (record, error) {
		line, err := lines.Next()
		return record{line: line}, err
	}
	return nil
}

// take takes in one row.
func (r *reading) take(ctx context.Context, rec record) error {
	number := rec.line.Number
	r.sum.Rows++
	r.keep(number)
	if rec.call != nil {
		return r.call(ctx, number, rec.call)
	}
	rows, err := r.opts.Map.Rows(rec.line)
	if err != nil {
		return r.reject(number, err)
	}
	for _, row := range rows {
		if row.Skip != "" {
			r.sum.Skipped[row.Skip]++
			return nil
		}
		if err := r.check(row); err != nil {
			return r.reject(number, err)
		}
	}
	if len(rows) > 1 { // all of them or none
		for _, row := range rows {
			if err := r.tooLarge(r.group1(row, number)); err != nil {
				return r.reject(number, err)
			}
		}
	}
	for _, row := range rows {
		if err := r.row(ctx, row, number); err != nil {
			return err
		}
	}
	return nil
}

// check refuses what cannot be history.
func (r *reading) check(row definition.Row) error {
	switch {
	case row.Time > r.now:
		return fmt.Errorf("time %s is in the future", row.Time)
	case len(row.UserID) > ingest.MaxIdentity || len(row.AnonymousID) > ingest.MaxIdentity || len(row.Event) > ingest.MaxName:
		return fmt.Errorf("an identity or event name is longer than %d bytes", ingest.MaxName)
	default:
		return nil
	}
}

func (r *reading) row(ctx context.Context, row definition.Row, number int) error {
	switch {
	case row.Key == "":
		return r.finish(ctx, r.group1(row, number))
	case !r.opts.Map.Scattered:
		return r.together(ctx, row, number)
	}
	if g := r.groups[row.Key]; g != nil {
		g.add(row)
		return nil
	}
	g := r.group1(row, number)
	r.groups[row.Key] = g
	r.order = append(r.order, g)
	return nil
}

// group1 begins a group with its first row.
func (r *reading) group1(row definition.Row, line int) *group {
	g := &group{
		key: row.Key, line: line, id: row.MessageID, fold: r.opts.Map.Begin(row),
		money: moneyKey{row.Event, row.Currency}, amount: row.Amount,
	}
	if g.id == "" {
		g.id = fmt.Sprintf("row:%d", line)
	}
	return g
}

func (r *reading) together(ctx context.Context, row definition.Row, line int) error {
	last := r.group
	if last != nil && last.key == row.Key {
		last.add(row)
		return nil
	}
	r.group = r.group1(row, line)
	if last == nil {
		return nil
	}
	return r.finish(ctx, last)
}

// events gives the events of a whole group, ready to go.
func (r *reading) events(g *group) []event.Event {
	events := g.fold.Named(g.id)
	for i := range events {
		e := &events[i]
		e.To = person.IDOf(r.opts.Workspace, e.Primary())
		e.Source = r.source
		e.ReceivedAt = r.now
		if e.Time.IsZero() { // the map dates it so
			e.Time = r.now
		}
	}
	return events
}

// tooLarge says why a group cannot be taken.
func (r *reading) tooLarge(g *group) error {
	for _, e := range r.events(g) {
		if r.encoded = e.AppendTo(r.encoded[:0]); len(r.encoded) > ingest.MaxImportedBytes {
			return fmt.Errorf("the event made of this row and %d more is %d bytes, the limit is %d; have the map keep fewer properties or products",
				g.fold.Rows()-1, len(r.encoded), ingest.MaxImportedBytes)
		}
		if e.Time > r.now {
			return fmt.Errorf("time %s is in the future", e.Time)
		}
	}
	return nil
}

// finish sends the events of a whole group on their way.
func (r *reading) finish(ctx context.Context, g *group) error {
	if err := r.tooLarge(g); err != nil {
		r.sum.Rejected += g.fold.Rows() - 1
		return r.reject(g.line, err)
	}
	for _, e := range r.events(g) {
		if e.Kind == event.Identify && !r.sum.newTraits(e) {
			continue
		}
		if err := r.put(ctx, e); err != nil {
			return err
		}
	}
	r.sum.amount(g)
	return nil
}

func (r *reading) put(ctx context.Context, e event.Event) error {
	r.sum.event(e)
	return r.lanes.put(ctx, e)
}

func (r *reading) reject(line int, why error) error {
	reason := why.Error()
	if r.within {
		reason = r.member.name + ": " + reason
	}
	r.sum.Rejected++
	return r.rejects.add(line, reason, string(bytes.ToValidUTF8(r.raw(line), []byte("\uFFFD"))))
}
