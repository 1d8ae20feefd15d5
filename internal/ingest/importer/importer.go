// Package importer brings a company's history into Rapport: it reads a text file
// by an import map and appends its rows as imported events.
//
// An import can be stopped at any moment and started again, and can be run
// twice: an event's source names the content of the file (the start of its
// SHA-256, of the inflated text, so that a file and its gzip are the same) and
// its message id the first line that it was made of. De-duplication by the two
// holds for ever. Starting again sends everything again; nothing is counted
// twice.
//
// Order: the events of one person are appended in the order of the file. Rows
// that cannot be read go to a reject file with line and reason; rows that the map
// leaves out on purpose are counted by reason.
package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/person"
)

// Options say what to import, by which map, and where to.
type Options struct {
	Workspace person.Workspace
	Path      string // of the file, which may be gzipped
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
	now     event.Instant
	sum     *tally
	lanes   *lanes
	rejects *rejectFile
	tape    *tape

	group   *group            // of a map whose groups lie together
	groups  map[string]*group // of a map whose groups are scattered
	ordered []*group          // the same, by first line
	encoded []byte            // scratch
}

// group is the rows that are one event.
type group struct {
	key    string
	line   int // the first of them
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
	digest, size, err := fingerprint(ctx, o.Path)
	if err != nil {
		return Summary{}, err
	}
	file, err := open(o.Path)
	if err != nil {
		return Summary{}, err
	}
	defer func() { _ = file.Close() }()
	r := &run{
		opts: o, now: event.InstantOf(start), sum: newTally(o, ingest.ImportSource+digest[:16]), tape: &tape{r: file},
		rejects: &rejectFile{path: o.Rejects}, groups: map[string]*group{},
	}
	lanes, ctx := startLanes(ctx, o)
	r.lanes = lanes
	bar := newProgress(o, size, start)
	err = r.read(ctx, bar)
	// What the lanes say went wrong comes first: reading stops when they do.
	if laneErr := lanes.close(ctx, err == nil); laneErr != nil {
		err = laneErr
	}
	if closeErr := r.rejects.close(); err == nil {
		err = closeErr
	}
	bar.done(r.sum.Rows, r.tape.read)
	return r.sum.summary(r.rejects, size, o.Now().Sub(start)), err
}

// read goes through the file.
func (r *run) read(ctx context.Context, bar *progress) error {
	lines := r.opts.Map.Lines(r.tape)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", r.opts.Path, err)
		}
		if err := r.line(ctx, line); err != nil {
			return err
		}
		bar.at(r.sum.Rows, r.tape.read)
	}
	if r.group != nil {
		if err := r.finish(ctx, r.group); err != nil {
			return err
		}
	}
	for _, g := range r.ordered {
		if err := r.finish(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// line takes in one line.
func (r *run) line(ctx context.Context, line definition.Line) error {
	r.sum.Rows++
	r.tape.forget(line.Number)
	if line.Err != nil {
		return r.reject(line.Number, line.Err)
	}
	row, err := r.opts.Map.Row(line.Fields)
	switch {
	case err != nil:
		return r.reject(line.Number, err)
	case row.Skip != "":
		r.sum.Skipped[row.Skip]++
		return nil
	case row.Time > r.now:
		return r.reject(line.Number, fmt.Errorf("time %s is in the future", row.Time))
	case row.Time.IsZero():
		return r.reject(line.Number, errors.New("time 1970-01-01T00:00:00Z stands for no time at all"))
	case len(row.UserID) > ingest.MaxIdentity || len(row.AnonymousID) > ingest.MaxIdentity || len(row.Event) > ingest.MaxName:
		return r.reject(line.Number, fmt.Errorf("an identity or event name is longer than %d bytes", ingest.MaxName))
	}
	switch {
	case row.Key == "":
		return r.finish(ctx, r.begin(row, line.Number))
	case !r.opts.Map.Scattered:
		return r.together(ctx, row, line.Number)
	}
	if g := r.groups[row.Key]; g != nil {
		g.add(row)
		return nil
	}
	g := r.begin(row, line.Number)
	r.groups[row.Key] = g
	r.ordered = append(r.ordered, g)
	return nil
}

func (r *run) begin(row definition.Row, line int) *group {
	return &group{
		key: row.Key, line: line, fold: r.opts.Map.Begin(row),
		money: moneyKey{row.Event, row.Currency}, amount: row.Amount,
	}
}

func (r *run) together(ctx context.Context, row definition.Row, line int) error {
	last := r.group
	if last != nil && last.key == row.Key {
		last.add(row)
		return nil
	}
	r.group = r.begin(row, line)
	if last == nil {
		return nil
	}
	return r.finish(ctx, last)
}

// finish sends the events of a whole group on their way.
func (r *run) finish(ctx context.Context, g *group) error {
	events := g.fold.Events()
	for i := range events {
		e := &events[i]
		e.To = person.IDOf(r.opts.Workspace, e.Primary())
		e.Source = r.sum.Source
		e.ReceivedAt = r.now
		e.MessageID = fmt.Sprintf("row:%d", g.line)
		if e.Kind == event.Identify {
			e.MessageID += ":traits"
		}
		if r.encoded = e.AppendTo(r.encoded[:0]); len(r.encoded) > ingest.MaxImportedBytes {
			r.sum.Rejected += g.fold.Rows() - 1
			return r.reject(g.line, fmt.Errorf("the event made of this row and %d more is %d bytes, the limit is %d; have the map keep fewer properties or products",
				g.fold.Rows()-1, len(r.encoded), ingest.MaxImportedBytes))
		}
	}
	for _, e := range events {
		if e.Kind == event.Identify && !r.sum.newTraits(e) {
			continue
		}
		r.sum.event(e)
		if err := r.lanes.put(ctx, e); err != nil {
			return err
		}
	}
	r.sum.amount(g)
	return nil
}

func (r *run) reject(line int, why error) error {
	r.sum.Rejected++
	return r.rejects.add(line, why.Error(), string(bytes.ToValidUTF8(r.tape.line(line), []byte("\uFFFD"))))
}
