package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rapporthq/rapport/internal/event"
)

// SegmentsPostgres is the yardstick: the same questions in SQL over one table of
// the same events with two indexes, analysed, and asked after a first time for the
// cache's sake.
type SegmentsPostgres struct {
	Version   string  `json:"version"`
	Preview   Latency `json:"preview"` // count and sample
	Rows      []Asked `json:"questions"`
	Recompute float64 `json:"recompute_seconds"` // the members of the four segments into a table
	Agree     int     `json:"counts_that_agree"`
	Differ    int     `json:"counts_that_differ"`
}

// sqlTimes is how often each form of question is asked: it takes long.
const sqlTimes = 8

func (b *segmentsBench) postgres(ctx context.Context, dir string, counts map[string]int) (res *SegmentsPostgres, err error) {
	c, err := startCluster(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	res = &SegmentsPostgres{}
	if res.Version, err = c.prepare(ctx); err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if err := b.copyEvents(ctx, conn); err != nil {
		return nil, err
	}
	b.say("PostgreSQL has the events")
	var every []time.Duration
	for _, q := range questions() {
		row, took, err := b.askSQL(ctx, conn, q, counts, res)
		if err != nil {
			return nil, err
		}
		every = append(every, took...)
		res.Rows = append(res.Rows, row)
	}
	res.Preview = latencyOf(every)
	res.Recompute, err = b.recompute(ctx, conn)
	return res, err
}

// copyEvents fills the table. Traits of an identify are its properties, and its
// name is empty.
func (b *segmentsBench) copyEvents(ctx context.Context, conn *pgx.Conn) error {
	next := b.past(b.now, 2)
	left := 2*b.People + 2*b.Events
	for left > 0 {
		n := min(left, 100_000)
		rows := pgx.CopyFromSlice(n, func(int) ([]any, error) {
			e := next()
			data := string(e.Properties)
			if e.Kind == event.Identify {
				data = string(e.Traits)
			}
			return []any{e.MessageID, e.UserID, e.Name, e.Time.Time(), data, "{}"}, nil
		})
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{"events"}, []string{"message_id", "user_id", "name", "at", "properties", "context"}, rows); err != nil {
			return fmt.Errorf("copy events: %w", err)
		}
		left -= n
	}
	_, err := conn.Exec(ctx, "vacuum analyze events")
	return err
}

func (b *segmentsBench) askSQL(ctx context.Context, conn *pgx.Conn, q question, counts map[string]int, res *SegmentsPostgres) (row Asked, took []time.Duration, err error) {
	for i := range sqlTimes + 1 {
		rule, sql := q.at(1+i%3, 1+i%29)
		var n int
		var sample []string
		asked := time.Now()
		err := conn.QueryRow(ctx, "with q as materialized ("+sql+") select (select count(*) from q), array(select user_id from q limit 8)", b.now.Time()).Scan(&n, &sample)
		if err != nil {
			return row, nil, fmt.Errorf("ask %s: %w", rule, err)
		}
		if i > 0 {
			took = append(took, time.Since(asked))
		}
		if want, asked := counts[rule]; asked && want == n {
			res.Agree++
		} else if asked {
			b.say("%s: %d here, %d in PostgreSQL", rule, want, n)
			res.Differ++
		}
		row.Rule, row.People = rule, n
	}
	row.Preview = latencyOf(took)
	return row, took, nil
}

func (b *segmentsBench) recompute(ctx context.Context, conn *pgx.Conn) (float64, error) {
	if _, err := conn.Exec(ctx, "create table members (segment int not null, user_id text not null)"); err != nil {
		return 0, err
	}
	began := time.Now()
	for i, q := range questions() {
		_, sql := q.at(3, 30)
		if _, err := conn.Exec(ctx, fmt.Sprintf("insert into members select %d, user_id from (%s) q", i, sql), b.now.Time()); err != nil {
			return 0, err
		}
	}
	return time.Since(began).Seconds(), nil
}
