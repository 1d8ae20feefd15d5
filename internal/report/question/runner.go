package question

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/child"
	"github.com/rapporthq/rapport/internal/fault"
)

// Options tell New how to answer.
type Options struct {
	// Command starts the process that answers: what reads a [Job] and writes
	// [Piece]s. None: there are no answers.
	Command []string

	// Source is what is asked. Required.
	Source Source

	// AtOnce is how many questions are answered at a time; others wait for a while.
	// Defaults to 2.
	AtOnce int

	// Patience is how long a question waits for its turn. Defaults to 10 seconds.
	Patience time.Duration

	// Timeout is how long an answer may take. Defaults to 30 seconds.
	Timeout time.Duration

	// MemoryBytes is what a question may take. Defaults to 512 MiB.
	MemoryBytes int64

	// Threads is how many threads answer one question. Defaults to the number of
	// processors, at most 4. The process has a lower priority than the server.
	Threads int

	// Bytes is how large an answer may be. Defaults to 16 MiB.
	Bytes int

	// Logger hears of processes that ended badly. Defaults to silence.
	Logger *slog.Logger
}

const (
	defaultRows = 1_000
	maxRows     = 100_000
	maxSQL      = 64 << 10 // bytes
	grace       = 2 * time.Second
)

func (o Options) withDefaults() Options {
	if o.AtOnce == 0 {
		o.AtOnce = 2
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = 512 << 20
	}
	if o.Threads == 0 {
		o.Threads = min(runtime.NumCPU(), 4)
	}
	if o.Bytes == 0 {
		o.Bytes = 16 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Runner answers questions. It is safe for concurrent use.
type Runner struct {
	o     Options
	turns chan struct{}
}

// New returns a runner.
func New(o Options) *Runner {
	o = o.withDefaults()
	return &Runner{o: o, turns: make(chan struct{}, o.AtOnce)}
}

// Tables documents what can be asked.
func (r *Runner) Tables(ctx context.Context) ([]Table, error) {
	a, err := r.o.Source.Archive(ctx)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	return a.documented(), nil
}

// Run answers a question. It ends with ctx.
func (r *Runner) Run(ctx context.Context, ask Ask) (Answer, error) {
	switch {
	case len(r.o.Command) == 0:
		return Answer{}, fault.New(fault.Unsupported, "this program was built without the part that answers questions")
	case strings.TrimSpace(ask.SQL) == "":
		return Answer{}, fault.New(fault.Invalid, "the question is empty; ask for instance: SELECT name, count(*) FROM events GROUP BY name").At("sql")
	case len(ask.SQL) > maxSQL:
		return Answer{}, fault.New(fault.TooLarge, "the question has %d bytes; the limit is %d", len(ask.SQL), maxSQL).At("sql")
	case ask.Limit < 0 || ask.Limit > maxRows:
		return Answer{}, fault.New(fault.Invalid, "limit %d: want 1 to %d rows", ask.Limit, maxRows).At("limit")
	case ask.Limit == 0:
		ask.Limit = defaultRows
	}
	if err := r.turn(ctx); err != nil {
		return Answer{}, err
	}
	defer func() { <-r.turns }()
	a, err := r.o.Source.Archive(ctx)
	if err != nil {
		return Answer{}, err
	}
	defer a.Release()
	job := Job{
		SQL: ask.SQL, Rows: ask.Limit, Bytes: r.o.Bytes, MemoryBytes: r.o.MemoryBytes, Threads: r.o.Threads, Millis: r.o.Timeout.Milliseconds(),
	}
	for _, t := range a.Tables {
		job.Tables = append(job.Tables, JobTable{Name: t.Name, Columns: t.Columns, Files: t.Files, OfRecords: t.OfRecords, View: t.View})
	}
	answer, err := r.process(ctx, job)
	answer.AsOf, answer.PeopleAsOf = a.AsOf, a.PeopleAsOf
	return answer, err
}

func (r *Runner) turn(ctx context.Context) error {
	t := time.NewTimer(r.o.Patience)
	defer t.Stop()
	select {
	case r.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return fault.New(fault.Busy, "%d questions are being answered already; ask again in a moment", r.o.AtOnce)
	}
}

// process has a process of its own answer the job.
func (r *Runner) process(ctx context.Context, job Job) (Answer, error) {
	limited, cancel := context.WithTimeout(ctx, r.o.Timeout+grace)
	defer cancel()
	cmd, said := child.Command(limited, r.o.Command)
	in, err := cmd.StdinPipe()
	if err != nil {
		return Answer{}, fmt.Errorf("question: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return Answer{}, fmt.Errorf("question: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return Answer{}, fmt.Errorf("question: start %s: %w", r.o.Command[0], err)
	}
	answer, failed, readErr := r.talk(in, out, job)
	// It lives only as long as it is listened to: the end of its input ends it.
	_ = in.Close()
	if readErr != nil || failed != nil {
		cancel()
	}
	waitErr := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return Answer{}, ctx.Err()
	case failed != nil:
		return Answer{}, failed.fault(r.o)
	case readErr == nil:
		return answer, nil
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return Answer{}, (&Failed{Why: Slow}).fault(r.o)
	}
	// It died in the middle: the kernel ended it, or memory could not be had.
	r.o.Logger.WarnContext(ctx, "a question's process ended before its answer",
		slog.Any("error", errors.Join(waitErr, readErr)), slog.String("said", said.String()))
	return Answer{}, fault.Wrap(fault.Invalid, errors.Join(waitErr, readErr),
		"the process that answered the question was ended before it was done, most likely because it took too much memory; ask for less at a time").At("sql")
}

// talk hands the job over and reads the answer.
func (r *Runner) talk(in io.Writer, out io.Reader, job Job) (a Answer, failed *Failed, err error) {
	if err := json.NewEncoder(in).Encode(job); err != nil {
		return a, nil, err
	}
	const envelope = 64 // of a row, beside itself
	d := json.NewDecoder(bufio.NewReaderSize(io.LimitReader(out, int64(r.o.Bytes)*2+int64(job.Rows)*envelope), 64<<10))
	a.Rows = [][]any{}
	for {
		var p Piece
		if err := d.Decode(&p); err != nil {
			return a, nil, err
		}
		switch {
		case p.Failed != nil:
			return a, p.Failed, nil
		case p.Done != nil:
			a.Truncated, a.ElapsedMS = p.Done.Truncated, p.Done.ElapsedMS
			return a, nil, nil
		case p.Columns != nil:
			a.Columns = p.Columns
		case p.Row != nil:
			row, err := readRow(p.Row)
			if err != nil {
				return a, nil, err
			}
			a.Rows = append(a.Rows, row)
		}
	}
}

// readRow keeps numbers as they are written.
func readRow(raw []byte) (row []any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&row)
	return row, err
}

func (f *Failed) fault(o Options) error {
	switch f.Why {
	case Memory:
		return fault.New(fault.Invalid, "the question takes more memory than the %d MiB there are for one; ask for less at a time, or of a shorter time. %s",
			o.MemoryBytes>>20, f.Message).At("sql")
	case Slow:
		return fault.New(fault.Invalid, "the question takes longer than the %s there are for one; ask for less at a time, or of a shorter time", o.Timeout).At("sql")
	case Refuse, Wrong:
		return fault.New(fault.Invalid, "%s", f.Message).At("sql")
	default:
		return fmt.Errorf("question: %s", f.Message)
	}
}
